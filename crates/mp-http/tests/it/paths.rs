//! Paths and verbs, which are looked at before anything else (product.md §3.5, §3.14).

use crate::world::World;

async fn status(world: &World, verb: &str, path: &str) -> u16 {
    world.ask(format!("{verb} {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_token_info_is_served() {
    let world = World::new().await;
    for path in ["/v2/auth/token", "/v2/auth/token.json", "/auth/token", "/auth/token.json"] {
        assert_eq!(status(&world, "POST", path).await, 401, "{path}");
        assert_eq!(status(&world, "POST", &format!("{path}?any=thing")).await, 401, "{path}");
    }
    assert_eq!(status(&world, "POST", "http://x/v2/auth/token").await, 401, "absolute form");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_and_ambiguous_paths_are_not_found() {
    let world = World::new().await;
    for path in [
        "/",
        "*",
        "/v1/auth/token",
        "/V2/auth/token",
        "/v2/auth/token/",
        "/v2/auth/token.xml",
        "/v2//auth/token",
        "//v2/auth/token",
        "/v2/./auth/token",
        "/v2/x/../auth/token",
        "/v2/auth%2Ftoken",
        "/v2/auth/%74oken",
        "/v2/auth/token%00",
        "/v2/auth/token;a=b",
        "/v2/auth/token%252F",
        "/v2\\auth\\token",
        "/healthz",
        "/metrics",
    ] {
        let answer = world.ask(format!("POST {path} HTTP/1.1\r\nHost: x\r\nApi-Key: ACMA:\r\n\r\n")).await;
        answer.is_error(404, "NOT_FOUND", "Resource not found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_verbs_are_not_allowed() {
    let world = World::new().await;
    for verb in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "FROB"] {
        let answer = world.ask(format!("{verb} /v2/auth/token HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        answer.is_error(405, "METHOD_NOT_ALLOWED", &format!("Request method '{verb}' not supported"));
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_head_has_no_body() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.send("HEAD /v2/auth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answer = caller.head().await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert!(caller.is_closed().await);
}
