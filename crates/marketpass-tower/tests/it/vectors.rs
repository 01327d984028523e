//! The same requests through every door: the built-in proxy, the layer, forward-auth and Envoy's. The same answers, save what
//! a door does not see.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use mp_domain::api_key::KeyGrant;
use mp_domain::event::Actor;
use mp_domain::scope::AccessScope;
use mp_market::described::{Described, Ruling};
use tokio::net::TcpStream;

use crate::world::{Answer, Shop, World, answering, ask, grant, request, upstream};

const BODY: &str = "{\"result\":{\"shopSkus\":[{},{}]},\"status\":\"OK\"}";

/// A request of the table; `{b}`, `{c}` and `{off}` stand for the cabinet, its store and one that is switched off.
struct Vector {
    verb: &'static str,
    path: &'static str,
    credential: Credential,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// What comes of it at doors that see heads alone, where what stands or is counted in a body makes a difference.
    by_head: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    None,
    /// All methods.
    All,
    /// Prices alone.
    Prices,
    /// All methods, for the store `{c}` alone.
    Narrow,
    Deleted,
    Paused,
    Token,
    Given(&'static str, &'static str),
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

const fn get(path: &'static str, credential: Credential) -> Vector {
    Vector { verb: "GET", path, credential, headers: &[], body: "", by_head: None }
}

const fn post(path: &'static str, credential: Credential, body: &'static str) -> Vector {
    Vector { verb: "POST", path, credential, headers: JSON, body, by_head: None }
}

const fn about_body(path: &'static str, credential: Credential, body: &'static str, by_head: u16) -> Vector {
    Vector { by_head: Some(by_head), ..post(path, credential, body) }
}

use Credential::{All, Deleted, Given, Narrow, None as Nobody, Paused, Prices, Token};

const VECTORS: &[Vector] = &[
    get("/v2/nowhere", Nobody),
    get("/v2/nowhere", All),
    get("//v2/campaigns/{c}/orders", All),
    get("/v2/campaigns%2F{c}/orders", All),
    get("/v2/campaigns/{c}/../{c}/orders", All),
    Vector { verb: "DELETE", ..get("/v2/campaigns/{c}/orders", Nobody) },
    get("/v2/campaigns/{c}/orders", Nobody),
    get("/v2/campaigns/{c}/orders", Given("api-key", "")),
    get("/v2/campaigns/{c}/orders", Given("api-key", "Bearer ACMA:x")),
    get("/v2/campaigns/{c}/orders", Given("api-key", "ACMA:x")),
    get(
        "/v2/campaigns/{c}/orders",
        Given("api-key", "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664"),
    ),
    get(
        "/v2/campaigns/{c}/orders",
        Given("api-key", "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0665"),
    ),
    get("/v2/campaigns/{c}/orders", Given("authorization", "Basic eA==")),
    get("/v2/campaigns/{c}/orders", Given("authorization", "Bearer")),
    get("/v2/campaigns/{c}/orders", Given("authorization", "Bearer y0_nobody")),
    get("/v2/campaigns/{c}/orders", Deleted),
    get("/v2/campaigns/{c}/orders", Paused),
    get("/v2/campaigns/{c}/orders", Prices),
    get("/v2/campaigns/{c}/orders", All),
    get("/v2/campaigns/{c}/orders.json", All),
    get("/v2/campaigns/{c}/orders", Token),
    get("/v2/campaigns/{c}/orders", Narrow),
    get("/v2/campaigns/{off}/orders", Narrow),
    get("/v2/campaigns/{off}/orders", All),
    get("/v2/campaigns/{off}/orders", Token),
    get("/v2/campaigns/99/orders", All),
    get("/v2/campaigns/99/orders", Token),
    get("/v2/campaigns/0/orders", All),
    get("/v2/campaigns/0/orders", Nobody),
    get("/v2/campaigns/9223372036854775808/orders", All),
    Vector { headers: &[("x-business-id", "99")], ..get("/v2/campaigns/{c}/orders", All) },
    Vector { headers: &[("x-business-id", "nonsense")], ..get("/v2/campaigns/{c}/orders", All) },
    Vector {
        headers: &[("x-business-id", "5"), ("x-business-id", "6")],
        ..get("/v2/campaigns/{c}/orders", All)
    },
    get("/v2/warehouses?campaignId={c}", All),
    get("/v2/warehouses?campaignId=99", All),
    get("/v2/warehouses?campaign%49d=99", All),
    get("/v2/warehouses?campaignId={c}&campaignId={off}", All),
    post("/v2/businesses/{b}/offer-mappings/update", All, "{\"offerMappings\":[{},{},{}]}"),
    post("/v2/businesses/{b}/offer-mappings/update", All, "{\"offerMappings\":[]}"),
    post("/v2/businesses/{b}/offer-mappings/update", All, ""),
    about_body("/v2/businesses/{b}/offer-mappings/update", All, "{", 200),
    about_body("/v2/businesses/{b}/offer-mappings/update", Prices, "{", 403),
    post("/v2/businesses/99/offer-mappings/update", All, "{"),
    post("/v2/businesses/{b}/offer-mappings/update", Narrow, "{\"offerMappings\":[{}]}"),
    Vector {
        headers: &[("content-type", "text/plain")],
        ..about_body("/v2/businesses/{b}/offer-mappings/update", All, "{}", 200)
    },
    // Let in by its head, the first of them uses up what the others may.
    about_body(
        "/v2/reports/united-orders/generate",
        All,
        "{\"businessId\":{b},\"campaignIds\":[{c},99]}",
        200,
    ),
    about_body("/v2/reports/united-orders/generate", All, "{\"businessId\":99}", 420),
    about_body("/v2/reports/united-orders/generate", All, "{\"bus\\u0069nessId\":99}", 420),
    about_body("/v2/reports/united-orders/generate", All, "{\"businessId\":\"7\"}", 420),
    about_body("/v2/reports/united-orders/generate", All, "{\"businessId\":{b},\"campaignIds\":[{c}]}", 420),
    post("/v2/reports/united-orders/generate", All, "{\"businessId\":{b},\"campaignIds\":[{c}]}"),
    post("/v2/reports/united-orders/generate", Token, "{\"businessId\":{b}}"),
    post("/v2/campaigns/{c}/stats/skus", All, "{}"),
    post("/v2/campaigns/{c}/stats/skus", All, "{}"),
    post("/v2/campaigns/{off}/stats/skus", Prices, "{}"),
];

/// One side: a world, and what stands for each credential in it.
struct Side {
    world: World,
    /// The store, and the one that is switched off.
    stores: [String; 2],
    tokens: [(Credential, String); 6],
}

impl Side {
    async fn new(world: World) -> Self {
        let (open, off) = (world.store("North").await, world.store("South").await);
        let service = world.node().service();
        service
            .set_campaign_availability(Actor::Operator, off, "MANUALLY_DISABLED".parse().unwrap())
            .await
            .unwrap();
        let make = async |name: &str, scope, campaigns| {
            let name = mp_domain::name::Name::new(name).unwrap();
            world.key_with(KeyGrant { name, campaigns, ..grant(scope) }).await
        };
        let deleted = make("deleted", AccessScope::AllMethods, Vec::new()).await;
        let paused = make("paused", AccessScope::AllMethods, Vec::new()).await;
        service.delete_api_key(Actor::Operator, deleted.key.id).await.unwrap();
        service.pause_api_key(Actor::Operator, paused.key.id).await.unwrap();
        let keys = [
            (All, make("all", AccessScope::AllMethods, Vec::new()).await.token),
            (Prices, make("prices", AccessScope::Pricing, Vec::new()).await.token),
            (Narrow, make("narrow", AccessScope::AllMethods, vec![open]).await.token),
            (Deleted, deleted.token),
            (Paused, paused.token),
            (Token, world.token().await),
        ];
        let tokens = keys.map(|(credential, token)| (credential, token.expose().to_owned()));
        let stores = [open, off].map(|id| id.to_string());
        Self { world, stores, tokens }
    }

    fn fill(&self, text: &str) -> String {
        let [open, off] = &self.stores;
        text.replace("{b}", &self.world.business.to_string()).replace("{c}", open).replace("{off}", off)
    }

    fn request(&self, vector: &Vector) -> Request<Full<Bytes>> {
        let found = |sought| self.tokens.iter().find(|(kind, _)| *kind == sought).map(|(_, token)| token);
        let credential = match vector.credential {
            Nobody => None,
            Given(name, value) => Some((name, value.to_owned())),
            Token => found(Token).map(|token| ("authorization", format!("Bearer {token}"))),
            key => found(key).map(|token| ("api-key", token.clone())),
        };
        let mut headers = vector.headers.to_vec();
        headers.extend(credential.as_ref().map(|(name, value)| (*name, value.as_str())));
        request(vector.verb, &self.fill(vector.path), &headers, &self.fill(vector.body))
    }
}

/// Puts a request to the server's own gate.
async fn ask_gate(side: &Side, vector: &Vector) -> Answer {
    exchange(side.world.api_listen(), side.request(vector)).await
}

/// Puts a request to a gateway that asks the server about it.
async fn ask_forward_auth(side: &Side, vector: &Vector) -> Answer {
    let (head, _) = side.request(vector).into_parts();
    let mut question = Request::get("/forward-auth/original").body(Full::default()).unwrap();
    *question.headers_mut() = head.headers;
    let mut describe = |name, value: String| question.headers_mut().insert(name, value.parse().unwrap());
    describe("x-original-method", head.method.to_string());
    describe("x-original-uri", head.uri.to_string());
    exchange(side.world.listen(), question).await
}

/// Puts a request to Envoy's door, as it is described there.
async fn ask_ext_authz(side: &Side, vector: &Vector) -> Answer {
    let (head, _) = side.request(vector).into_parts();
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let (gateway, target) = (IpAddr::from([127, 0, 0, 1]), head.uri.to_string());
    let described =
        Described { verb: head.method.as_str(), target: &target, headers: &headers, peer: gateway };
    match side.world.gatekeeper().judge(gateway, Ok(described)) {
        Ruling::Admitted { .. } => Answer::of(Response::new(Full::<Bytes>::default())).await,
        Ruling::Refused(response) => Answer::of(response.map(|body| Full::from(Bytes::from(body)))).await,
    }
}

async fn exchange(address: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = request.map(Body::new);
    request.headers_mut().insert("host", HeaderValue::from_static("x"));
    Answer::of(sender.send_request(request).await.unwrap()).await
}

/// What a door that lets requests pass without seeing their answers has to say.
fn ruled(answer: &Answer) -> (u16, &str) {
    (answer.status, if answer.status == 200 { "" } else { &answer.body })
}

const COMPARED: [&str; 11] = [
    "allow",
    "cache-control",
    "content-type",
    "deprecation",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sunset",
    "x-content-type-options",
    "x-ratelimit-resource-limit",
    "x-ratelimit-resource-remaining",
];

fn told(answer: &Answer) -> String {
    let headers = COMPARED.iter().filter_map(|name| Some((*name, answer.headers.get(*name)?)));
    // What an upstream says of itself is its own.
    let headers = headers.filter(|(name, _)| answer.status != 200 || !name.starts_with("content"));
    let lines: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    format!("{} {}\n{}", answer.status, answer.body, lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_answers_like_the_gate() {
    let behind = Side::new(World::before(Some(upstream(200, BODY))).await).await;
    let beside = Side::new(World::new().await).await;
    let shop: Shop = beside.world.shop(answering(200, BODY)).await;
    let (asked, described) = (Side::new(World::new().await).await, Side::new(World::new().await).await);
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for (number, vector) in VECTORS.iter().enumerate() {
        let gate = ask_gate(&behind, vector).await;
        let layer = ask(&shop, beside.request(vector)).await;
        let (gate_told, layer_told) = (told(&gate), told(&layer));
        let what =
            format!("{number}: {} {} {:?} {}", vector.verb, vector.path, vector.credential, vector.body);
        assert_eq!(layer_told, gate_told, "{what}");
        for (door, answer) in [
            ("forward-auth", ask_forward_auth(&asked, vector).await),
            ("ext_authz", ask_ext_authz(&described, vector).await),
        ] {
            match vector.by_head {
                Some(status) => assert_eq!(answer.status, status, "{door}: {what}: {}", answer.body),
                None => assert_eq!(ruled(&answer), ruled(&gate), "{door}: {what}"),
            }
        }
        *statuses.entry(gate.status).or_default() += 1;
    }
    for status in [200, 400, 401, 403, 404, 405, 415, 420] {
        assert!(statuses.contains_key(&status), "no vector is answered with {status}: {statuses:?}");
    }
}
