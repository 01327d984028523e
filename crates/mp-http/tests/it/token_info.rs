//! The answer itself, its headers and its limit (market-api §2, §5.2).

use std::time::Duration;

use crate::world::{World, grant, plain, routed};

const BODY: &str =
    r#"{"status":"OK","result":{"apiKey":{"name":"ERP «1С» 🔑","authScopes":["PRICING","COMMUNICATION"]}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_and_its_headers_are_the_documented_ones() {
    let world = World::new().await;
    let token = world.key("ERP «1С» 🔑").await.token;
    let answer = world.ask(plain(token.expose())).await;
    assert_eq!((answer.status, answer.reason.as_str()), (200, "OK"));
    assert_eq!(answer.body, BODY);
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-ratelimit-resource-limit", "100"),
        ("x-ratelimit-resource-remaining", "99"),
        ("x-ratelimit-resource-until", "Sat, 21 Nov 2026 13:00:00 GMT"),
        ("date", "Sat, 21 Nov 2026 12:30:00 GMT"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_through_the_server_print_the_same() {
    let world = World::new().await;
    let token = world.key("ERP «1С» 🔑").await.token;
    let mut both = Vec::new();
    for request in [plain(token.expose()), routed(token.expose())] {
        let mut answer = world.ask(request).await;
        assert_eq!(answer.body, BODY);
        let varies = ["date", "traceparent", "x-ratelimit-resource-remaining"];
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| varies.contains(&name.as_str())) {
            value.clear();
        }
        answer.headers.sort();
        both.push(answer.headers);
    }
    assert_eq!(both[0], both[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hundred_pass_and_the_next_is_420_over_all_spellings_keys_and_listeners() {
    let world = World::new().await;
    let (one, other) = (world.key("one").await.token, world.key("other").await.token);
    let mut callers = [world.caller().await, crate::wire::Caller::connect(world.api_listen()).await];
    for used in 1..=100 {
        let token = if used % 3 == 0 { &one } else { &other };
        let request = if used % 10 == 0 { routed(token.expose()) } else { plain(token.expose()) };
        let request =
            if used % 4 == 0 { request.replace("/v2/auth/token", "/auth/token.json") } else { request };
        let answer = callers[used % 2].ask(request).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-resource-remaining"), Some((100 - used).to_string().as_str()));
    }
    let message = format!(
        "Hit rate limit of 100 requests per 1 hour for resource /auth/token.json for businessId {}",
        world.business()
    );
    for request in [plain(one.expose()), routed(other.expose())] {
        let refused = world.ask(request).await;
        refused.is_error(420, "METHOD_FAILURE", &message);
        assert_eq!(refused.reason, "Method Failure");
        assert_eq!(refused.header("x-ratelimit-resource-remaining"), Some("0"));
        assert_eq!(refused.header("x-ratelimit-resource-until"), Some("Sat, 21 Nov 2026 13:00:00 GMT"));
    }
    world.clock.advance(Duration::from_secs(1800));
    assert_eq!(world.ask(plain(one.expose())).await.status, 200, "a new window");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_racing_callers_pass_exactly_one_hundred_times() {
    let world = std::sync::Arc::new(World::new().await);
    let token = world.key("ERP").await.token;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (world, request) = (std::sync::Arc::clone(&world), plain(token.expose()));
        callers.spawn(async move {
            let mut caller = world.caller().await;
            let mut passed = 0;
            for _ in 0..5 {
                passed += usize::from(caller.ask(&request).await.status == 200);
            }
            passed
        });
    }
    assert_eq!(callers.join_all().await.into_iter().sum::<usize>(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_trace_is_continued_on_both_ways() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736";
    let header = format!("traceparent: {trace}-00f067aa0ba902b7-01\r\nApi-Key:");
    for request in [plain(token.expose()), routed(token.expose())] {
        let answer = world.ask(request.replace("Api-Key:", &header)).await;
        let traceparent = answer.header("traceparent").unwrap();
        assert!(traceparent.starts_with(trace) && !traceparent.contains("00f067aa0ba902b7"), "{traceparent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_access_alone_is_told_in_its_wire_spelling() {
    let world = World::new().await;
    for scope in mp_domain::scope::AccessScope::all() {
        let single = mp_domain::api_key::KeyGrant {
            scopes: [scope].into_iter().collect(),
            ..grant(scope.wire_name())
        };
        let answer = world.ask(plain(world.key_with(single).await.token.expose())).await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.body.ends_with(&format!(r#""authScopes":["{}"]}}}}}}"#, scope.wire_name())),
            "{}",
            answer.body
        );
    }
}
