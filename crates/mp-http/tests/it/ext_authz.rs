//! `envoy.service.auth.v3.Authorization` over gRPC (product.md §4).

use std::time::Duration;

use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::service::auth::v3::CheckRequest;
use http::uri::PathAndQuery;
use mp_domain::api_key::KeyGrant;
use mp_domain::network::Networks;
use mp_domain::scope::AccessScope;
use tonic::Code;
use tonic_prost::ProstCodec;

use crate::envoy::{Envoy, Told, from, http, joined, question, value};
use crate::wire::Caller;
use crate::world::{World, api_key, grant, plain, request};

/// What is done to a good question.
type Change<'a> = &'a dyn Fn(&mut CheckRequest);

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_may_pass_says_who_calls_and_loses_what_is_not_for_the_service() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let (token, business) = (issued.token.expose(), world.business().to_string());
    let path = format!("/v2/businesses/{business}/settings");
    let headers = [
        ("api-key", token),
        ("accept", "application/json"),
        ("cookie", "a=b"),
        ("x-auth-subject", "key:1"),
        ("x-auth-admin", "yes"),
        ("x_auth_subject", "key:1"),
        ("x-original-uri", "/"),
        ("x-http-method-override", "GET"),
        ("X-Http-Method-Override", "PUT"),
    ];
    for question in [question("POST", &path, &headers), joined("POST", &path, &headers)] {
        let told = world.envoy().await.ask(question).await.unwrap();
        let Told::Pass { set, mut removed, answered } = told else { panic!("{told:?}") };
        let subject = format!("key:{}", issued.key.id);
        let expected = [
            ("x-auth-subject", &*subject),
            ("x-auth-business", &business),
            ("x-auth-campaigns", "*"),
            ("x-auth-scope", "pricing communication"),
            ("x-auth-operation", "getBusinessSettings"),
        ];
        assert_eq!(set, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        removed.sort();
        assert_eq!(
            removed,
            [
                "api-key",
                "authorization",
                "cookie",
                "cookie2",
                "proxy-authorization",
                "x-auth-admin",
                "x-http-method-override",
                "x-original-uri",
                "x_auth_subject"
            ]
        );
        assert_eq!(value(&answered, "x-ratelimit-resource-limit"), Some("100"));
        assert!(answered.iter().all(|(name, _)| name.starts_with("x-ratelimit-resource-")), "{answered:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_identity_header_is_set_even_where_it_is_empty() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.token().await.1.expose());
    let told = world.envoy().await.ask(question("GET", "/v2/campaigns", &[("authorization", &bearer)])).await;
    let Ok(Told::Pass { set, .. }) = told else { panic!("{told:?}") };
    assert_eq!(set.len(), 5);
    assert_eq!(value(&set, "x-auth-business"), Some(""));
    assert_eq!(value(&set, "x-auth-scope"), Some("market:partner-api"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_end_reaches_the_caller_with_every_answer() {
    let world = World::new().await;
    let prices = KeyGrant { scopes: [AccessScope::Pricing].into_iter().collect(), ..grant("ERP") };
    let (issued, token) = (world.key_with(prices).await, world.token().await.1);
    let path = format!("/v2/campaigns/{}/orders", world.store("North").await);
    let bearer = format!("Bearer {}", token.expose());
    let envoy = world.envoy().await;
    let told = envoy.ask(question("GET", &path, &[("authorization", &bearer)])).await.unwrap();
    let Told::Pass { answered, .. } = told else { panic!("{told:?}") };
    let (status, refused, _) =
        envoy.refusal(question("GET", &path, &[("api-key", issued.token.expose())])).await;
    assert_eq!(status, 403);
    for headers in [answered, refused] {
        assert_eq!(value(&headers, "deprecation"), Some("@1800230400"));
        assert_eq!(value(&headers, "sunset"), Some("Mon, 12 Apr 2027 00:00:00 GMT"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_the_one_that_forward_auth_gives() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let (token, envoy) = (issued.token.expose(), world.envoy().await);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (verb, path, status) in [
        ("GET", "/v2/campaigns/99", 403),
        ("GET", "/v2/nowhere", 404),
        ("DELETE", "/v2/campaigns", 405),
        ("GET", "/v2/campaigns/0?a=b", 400),
        ("GET", "//v2/campaigns", 404),
        ("GET", "/v2/campaigns%2f", 404),
        ("GET", "http://api.example.org/v2/campaigns", 404),
        ("POST", "/v2/businesses/1/settings", 403),
    ] {
        let lines = format!(
            "X-Original-Method: {verb}\r\nX-Original-URI: {path}\r\nTraceparent: {trace}\r\n{}",
            api_key(&issued.token)
        );
        let expected = world.ask(request("GET", "/forward-auth/original", &lines)).await;
        let asked = question(verb, path, &[("api-key", token), ("traceparent", trace)]);
        let (told, headers, body) = envoy.refusal(asked).await;
        assert_eq!((told, &*body), (status, &*expected.body), "{verb} {path}");
        assert_eq!(expected.status, status);
        let told_trace = value(&headers, "traceparent").unwrap();
        assert!(told_trace.len() == trace.len() && told_trace[..36] == trace[..36], "{told_trace}");
        let mut headers: Vec<_> = headers.into_iter().filter(|(name, _)| name != "traceparent").collect();
        let of_the_connection = ["traceparent", "content-length", "date", "connection"];
        let mut expected: Vec<_> =
            expected.headers.into_iter().filter(|(name, _)| !of_the_connection.contains(&&**name)).collect();
        headers.sort();
        expected.sort();
        assert_eq!(headers, expected, "{verb} {path}");
    }
    let (status, _, body) = envoy.refusal(question("GET", "/v2/campaigns", &[])).await;
    assert!(status == 401 && body.contains("Credentials are not specified"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_limit_is_told_as_429_and_its_true_status_beside() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let path = format!("/v2/businesses/{}/settings", world.business());
    let asked = question("POST", &path, &[("api-key", issued.token.expose())]);
    let envoy = world.envoy().await;
    for left in (0..100).rev() {
        let told = envoy.ask(asked.clone()).await.unwrap();
        let Told::Pass { answered, .. } = told else { panic!("{told:?}") };
        assert_eq!(value(&answered, "x-ratelimit-resource-remaining"), Some(&*left.to_string()));
    }
    let (status, headers, body) = envoy.refusal(asked).await;
    assert_eq!((status, value(&headers, "x-auth-status")), (429, Some("420")));
    assert_eq!(value(&headers, "x-ratelimit-resource-remaining"), Some("0"));
    assert!(body.contains(r#""status":"ERROR""#), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_credential_is_refused_however_it_is_told() {
    let world = World::new().await;
    let (issued, token) = (world.key("ERP").await, world.token().await.1);
    let (key, bearer) = (issued.token.expose(), format!("Bearer {}", token.expose()));
    let oldest = format!("OAuth oauth_token={}", token.expose());
    let envoy = world.envoy().await;
    for headers in [
        &[("api-key", key), ("api-key", key)][..],
        &[("api-key", key), ("API-Key", key)],
        &[("authorization", &*bearer), ("authorization", &*bearer)],
        &[("authorization", &*oldest), ("authorization", "oauth_client_id=x")],
        &[("api-key", key), ("api-key", ""), ("authorization", &*bearer)],
    ] {
        assert_eq!(envoy.status(question("GET", "/v2/campaigns", headers)).await, 401, "{headers:?}");
        assert_eq!(envoy.status(joined("GET", "/v2/campaigns", headers)).await, 401, "{headers:?}");
    }
    let whole = format!("{oldest}, oauth_login=shop");
    let oldest = [("authorization", &*whole)];
    assert_eq!(envoy.status(question("GET", "/v2/campaigns", &oldest)).await, 200);
    assert_eq!(envoy.status(joined("GET", "/v2/campaigns", &oldest)).await, 401, "it may have been two");
    assert_eq!(envoy.status(joined("GET", "/v2/campaigns", &[("authorization", &*bearer)])).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_headers_decide_where_both_are_told() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let mut asked = question("GET", "/v2/campaigns", &[]);
    http(&mut asked).headers.insert("api-key".to_owned(), issued.token.expose().to_owned());
    assert_eq!(world.envoy().await.status(asked).await, 401);
    let mut asked = question("GET", "/v2/campaigns", &[]);
    let header = core::HeaderValue {
        key: "api-key".to_owned(),
        value: issued.token.expose().to_owned(),
        ..core::HeaderValue::default()
    };
    http(&mut asked).header_map.as_mut().unwrap().headers.push(header);
    assert_eq!(world.envoy().await.status(asked).await, 200, "a value that is text is one, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_with_a_part_missing_is_refused_and_never_guessed() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let envoy = world.envoy().await;
    let good = question("GET", "/v2/campaigns", &[("api-key", issued.token.expose())]);
    assert_eq!(envoy.status(good.clone()).await, 200);
    let without = |change: Change<'_>| {
        let mut asked = good.clone();
        change(&mut asked);
        asked
    };
    let cases: [(Change<'_>, &str); 9] = [
        (&|asked| asked.attributes = None, "attributes.request.http is missing"),
        (&|asked| asked.attributes.as_mut().unwrap().request = None, "attributes.request.http is missing"),
        (&|asked| http(asked).method.clear(), "attributes.request.http.method is missing"),
        (&|asked| http(asked).path.clear(), "attributes.request.http.path is missing"),
        (&|asked| http(asked).query = "a=b".to_owned(), "query does not stand in the path"),
        (&|asked| http(asked).fragment = "a".to_owned(), "fragment does not stand in the path"),
        (&|asked| asked.attributes.as_mut().unwrap().source = None, "attributes.source.address is missing"),
        (
            &|asked| {
                let pipe = core::Pipe { path: "/run/envoy".to_owned(), mode: 0 };
                let source = asked.attributes.as_mut().unwrap().source.as_mut().unwrap();
                source.address = Some(core::Address { address: Some(core::address::Address::Pipe(pipe)) });
            },
            "attributes.source.address is missing",
        ),
        (&|asked| *asked = from(asked.clone(), "localhost"), "attributes.source.address is no IP address"),
    ];
    for (change, problem) in cases {
        let (status, headers, body) = envoy.refusal(without(change)).await;
        assert_eq!((status, value(&headers, "x-auth-status")), (400, Some("400")));
        assert!(
            body.contains(&format!("The gateway's description of the request is unclear: {problem}")),
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_whoever_is_connected_to_the_gateway_or_whom_a_trusted_proxy_names() {
    let networks = || Networks::new(vec!["203.0.113.0/24".parse().unwrap()]);
    let ask = async |world: &World, address: &str, forwarded: &[&str]| {
        let issued = world.key_with(KeyGrant { networks: networks(), ..grant(address) }).await;
        let mut headers = vec![("api-key", issued.token.expose())];
        headers.extend(forwarded.iter().map(|hops| ("x-forwarded-for", *hops)));
        let envoy = world.envoy().await;
        let asked = from(question("GET", "/v2/campaigns", &headers), address);
        let status = envoy.status(asked).await;
        let asked = from(joined("GET", "/v2/campaigns", &headers), address);
        assert_eq!(envoy.status(asked).await, status, "lines or a list");
        world.node.service().delete_api_key(mp_domain::event::Actor::Operator, issued.key.id).await.unwrap();
        status
    };
    let world = World::new().await;
    assert_eq!(ask(&world, "203.0.113.9", &[]).await, 200);
    assert_eq!(ask(&world, "::ffff:203.0.113.9", &[]).await, 200);
    assert_eq!(ask(&world, "198.51.100.1", &[]).await, 403);
    assert_eq!(ask(&world, "127.0.0.1", &["203.0.113.9"]).await, 403, "nobody is believed by default");
    let world = World::behind(&["10.0.0.0/8"]).await;
    assert_eq!(ask(&world, "10.1.1.1", &["203.0.113.9"]).await, 200);
    assert_eq!(ask(&world, "10.1.1.1", &["203.0.113.9, 10.2.2.2", "10.1.1.1"]).await, 200);
    assert_eq!(ask(&world, "10.1.1.1", &["203.0.113.9", "198.51.100.1"]).await, 403);
    assert_eq!(ask(&world, "198.51.100.1", &["203.0.113.9"]).await, 403);
    assert_eq!(ask(&world, "10.1.1.1", &[]).await, 403, "the proxy itself is outside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_nobody_trusts_learns_nothing() {
    let world = World::unknown_to_gateways().await;
    let issued = world.key("ERP").await;
    let envoy = world.envoy().await;
    for asked in [
        question("GET", "/v2/campaigns", &[("api-key", issued.token.expose())]),
        question("GET", "/v2/nowhere", &[]),
        CheckRequest { attributes: None },
    ] {
        let (status, _, body) = envoy.refusal(asked).await;
        assert!(status == 403 && body.contains(r#""message":"Access denied""#), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_seen_even_where_the_gateway_sends_it() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let path = format!("/v2/businesses/{}/offer-prices/updates", world.business());
    let mut asked = question("POST", &path, &[("api-key", issued.token.expose())]);
    let http = http(&mut asked);
    http.body = "no JSON".repeat(70_000);
    http.raw_body = b"\xff\xfe".repeat(100);
    http.size = -1;
    assert_eq!(world.envoy().await.status(asked).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_is_an_error_of_grpc_and_the_next_question_is_answered() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let envoy = world.envoy().await;
    let huge = "x".repeat(1024 * 1024);
    let too_large = envoy.ask(question("GET", "/v2/campaigns", &[("x-huge", &huge)])).await.unwrap_err();
    assert_eq!(too_large.code(), Code::OutOfRange, "{too_large:?}");
    let unknown = call(&envoy, "/envoy.service.auth.v3.Authorization/Guess").await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
    let old = call(&envoy, "/envoy.service.auth.v2.Authorization/Check").await.unwrap_err();
    assert_eq!(old.code(), Code::Unimplemented);
    assert_eq!(
        envoy.status(question("GET", "/v2/campaigns", &[("api-key", issued.token.expose())])).await,
        200
    );
}

/// Any method with an empty message, and the message it answers.
async fn call(envoy: &Envoy, path: &'static str) -> Result<Health, tonic::Status> {
    let mut client = tonic::client::Grpc::new(envoy.channel.clone());
    client.ready().await.unwrap();
    let codec = ProstCodec::<(), Health>::default();
    let path = PathAndQuery::from_static(path);
    Ok(client.unary(tonic::Request::new(()), path, codec).await?.into_inner())
}

/// `grpc.health.v1.HealthCheckResponse`
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
struct Health {
    #[prost(int32, tag = "1")]
    status: i32,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_ready_says_so() {
    let world = World::new().await;
    let health = call(&world.envoy().await, "/grpc.health.v1.Health/Check").await.unwrap();
    assert_eq!(health.status, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_hear_of_changes_wants_no_questions() {
    let world = World::new().await;
    let envoy = world.envoy().await;
    world.node.stop().await;
    world.clock.advance(Duration::from_secs(60));
    let health = call(&envoy, "/grpc.health.v1.Health/Check").await.unwrap();
    assert_eq!(health.status, 2, "NOT_SERVING");
    let asked = question("GET", "/v2/campaigns", &[]);
    assert_eq!(envoy.status(asked).await, 401, "what is asked all the same is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seller_api_and_pages_are_not_to_be_had_here() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let mut caller = Caller::connect(world.addresses.extauthz_listen.unwrap()).await;
    caller.send_unwanted(plain(issued.token.expose())).await;
    let said = caller.rest().await;
    assert!(!said.starts_with(b"HTTP/1"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_questions_at_once_are_all_answered_and_counted() {
    let world = World::new().await;
    let issued = world.key("ERP").await;
    let path = format!("/v2/businesses/{}/settings", world.business());
    let asked = question("POST", &path, &[("api-key", issued.token.expose())]);
    let envoy = world.envoy().await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..250 {
        let (envoy, asked) = (envoy.clone(), asked.clone());
        asking.spawn(async move { envoy.status(asked).await });
    }
    let statuses = asking.join_all().await;
    let passed = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((passed, refused), (100, 150), "exactly the limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_lets_go_of_idle_gateways_and_takes_no_more() {
    let mut world = World::new().await;
    let envoy = world.envoy().await;
    assert_eq!(envoy.status(question("GET", "/v2/campaigns", &[])).await, 401);
    let address = world.addresses.extauthz_listen.unwrap();
    world.begin_to_stop();
    world.stopped().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
