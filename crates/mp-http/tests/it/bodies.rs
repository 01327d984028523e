//! What a request may carry (product.md §3.9), and what looking at it costs (§3.7).

use crate::wire::Answer;
use crate::world::{World, with_body};

const LIMIT: usize = 512 * 1024;

fn costs_one(answer: &Answer, remaining: &str) {
    assert_eq!(answer.header("x-ratelimit-resource-remaining"), Some(remaining));
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_bodies_and_json_are_welcome() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let json = "Content-Type: application/json\r\n";
    for (headers, body) in [
        ("", ""),
        (json, ""),
        ("Content-Type: text/plain\r\n", ""),
        (json, "{}"),
        (json, "[]"),
        (json, "\"\""),
        ("", "{}"),
        ("Content-Type: application/json; charset=UTF-8\r\n", "{\"a\": 1}"),
    ] {
        let answer = world.ask(with_body(token.expose(), headers, body)).await;
        assert_eq!(answer.status, 200, "{headers} {body}");
    }
    let largest = format!("[{}]", " ".repeat(LIMIT - 2));
    assert_eq!(world.ask(with_body(token.expose(), json, &largest)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_read_to_its_end() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let head = format!(
        "POST /auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        token.expose()
    );
    let mut caller = world.caller().await;
    assert_eq!(caller.ask(format!("{head}1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n")).await.status, 200);
    assert_eq!(caller.ask(format!("{head}0\r\n\r\n")).await.status, 200);
    assert_eq!(caller.ask(format!("{head}1\r\n{{\r\n0\r\n\r\n")).await.status, 400);
    let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    caller.send_unwanted(format!("{head}{}", piece.repeat(9))).await;
    let message = "The request is too big: Maximum allowed request size must be less than '512' KB, \
                   but passed '0.5";
    assert!(caller.answer().await.body.contains(message));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_foreign_and_large_bodies_are_refused_and_cost_one() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let json = "Content-Type: application/json\r\n";
    let broken = world.ask(with_body(token.expose(), json, "{\"a\":}")).await;
    broken.is_error(400, "BAD_REQUEST", "JSON: expected value at line 1 column 6");
    costs_one(&broken, "99");
    let foreign = world.ask(with_body(token.expose(), "Content-Type: text/plain\r\n", "{}")).await;
    foreign.is_error(415, "UNSUPPORTED_MEDIA_TYPE", "Content type 'text/plain' not supported");
    costs_one(&foreign, "98");
    let two = "Content-Type: text/plain\r\nContent-Type: application/json\r\n";
    let doubled = world.ask(with_body(token.expose(), two, "{}")).await;
    doubled.is_error(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Content type 'text/plain, application/json' not supported",
    );
    costs_one(&doubled, "97");
    let mut caller = world.caller().await;
    caller.send_unwanted(with_body(token.expose(), json, &" ".repeat(3 * LIMIT))).await;
    let large = caller.answer().await;
    let message = "The request is too big: Maximum allowed request size must be less than '512' KB, \
                   but passed '1.50' MB";
    large.is_error(400, "BAD_REQUEST", message);
    costs_one(&large, "96");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reads_no_body() {
    let world = World::new().await;
    let head = "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n";
    // Not a byte of the announced body is sent, and the answer comes nevertheless.
    let refused = world.ask(format!("{head}\r\n")).await;
    refused.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
    let refused = world.ask(format!("{head}Expect: 100-continue\r\n\r\n")).await;
    refused.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_in_the_middle_of_a_large_body_still_gets_its_refusal() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    let head = "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n";
    caller.send_unwanted(head).await;
    caller.send_unwanted(" ".repeat(4_000_000)).await;
    caller.answer().await.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_waits_is_told_to_go_on() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    let mut caller = world.caller().await;
    let request = with_body(token.expose(), "Expect: 100-continue\r\n", "{}");
    caller.send(request.strip_suffix("{}").unwrap()).await;
    assert_eq!(caller.head().await.status, 100);
    assert_eq!(caller.ask("{}").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_a_bad_request() {
    let world = World::impatient().await;
    let token = world.key("ERP").await.token;
    let request = with_body(token.expose(), "", "{}");
    let answer = world.ask(request.strip_suffix("}").unwrap()).await;
    answer.is_error(400, "BAD_REQUEST", "Unexpected end of content");
    costs_one(&answer, "99");
}
