//! `POST /gateway/stream`: who may begin one. What is said on it is tested with `marketpass-tower`.

use crate::world::{GATEWAY_SECRET, World, request};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_peer_with_the_secret_may_begin_a_stream() {
    let ask = async |world: &World, verb: &str, headers: &str| {
        world.ask(request(verb, "/gateway/stream", headers)).await
    };
    let ours = format!("Authorization: Bearer {GATEWAY_SECRET}\r\n");
    let world = World::new().await;
    let foreign = "The gateway secret is missing or foreign";
    for headers in [
        "",
        "Authorization: Bearer another\r\n",
        "Authorization: Bearer \r\n",
        &format!("Authorization: Basic {GATEWAY_SECRET}\r\n"),
        &format!("Api-Key: {GATEWAY_SECRET}\r\n"),
        &format!("{ours}{ours}"),
        &format!("{ours}Api-Key: x\r\n"),
    ] {
        ask(&world, "POST", headers).await.is_error(401, "UNAUTHORIZED", foreign);
    }
    let wrong_verb = ask(&world, "GET", &ours).await;
    assert_eq!((wrong_verb.status, wrong_verb.header("allow")), (405, Some("POST")));
    let untrusting = World::unknown_to_gateways().await;
    ask(&untrusting, "POST", &ours).await.is_error(403, "FORBIDDEN", "Access denied");
    let secretless = World::with(|parts| parts.gateway_secret = None).await;
    ask(&secretless, "POST", &ours).await.is_error(401, "UNAUTHORIZED", foreign);
    let elsewhere = world.ask_api(request("POST", "/gateway/stream", &ours)).await;
    elsewhere.is_error(404, "NOT_FOUND", "Resource not found");
}
