//! The pages beside the seller API: where they are reached, and what they are told of the caller.

use std::time::Duration;

use axum::body::Bytes;
use axum::routing::{get, post};
use axum::{Extension, Router};
use mp_http::Timeouts;
use mp_service::CallerAddress;

use crate::wire::Caller;
use crate::world::{World, request};

async fn world() -> World {
    let short = Timeouts { body: Duration::from_millis(200), ..Timeouts::default() };
    let address =
        |Extension(CallerAddress(address)): Extension<CallerAddress>| async move { address.to_string() };
    let length = |body: Bytes| async move { body.len().to_string() };
    let pages = Router::new().route("/whoami", get(address)).route("/length", post(length));
    World::with_pages(short, pages).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_knows_whose_request_it_is() {
    let world = world().await;
    let answer = world.ask(request("GET", "/whoami", "X-Forwarded-For: 192.0.2.7\r\n")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "192.0.2.7"));
    assert!(answer.header("traceparent").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_of_the_api_has_no_pages() {
    let world = world().await;
    let mut caller = Caller::connect(world.api_listen()).await;
    caller.ask(request("GET", "/whoami", "")).await.is_error(404, "NOT_FOUND", "Resource not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_missing_is_told_in_the_callers_language() {
    let world = world().await;
    for program in ["", "Accept: */*\r\n", "Accept: application/json\r\n"] {
        let answer = world.ask(request("GET", "/nothing", program)).await;
        answer.is_error(404, "NOT_FOUND", "Resource not found");
    }
    let browser = request("GET", "/nothing", "Accept: Text/HTML,application/xhtml+xml\r\n");
    let answer = world.ask(browser).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, ""), "what the pages themselves say");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_of_the_api_are_not_pages() {
    let world = world().await;
    let answer = world.ask(request("GET", "/v2/auth/token", "Accept: text/html\r\n")).await;
    answer.is_error(405, "METHOD_NOT_ALLOWED", "Request method 'GET' not supported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_too_long_is_not_waited_for() {
    let world = world().await;
    let whole = request("POST", "/length", "Content-Length: 3\r\n") + "abc";
    assert_eq!(world.ask(whole).await.body, "3");
    let half = request("POST", "/length", "Content-Length: 3\r\n") + "ab";
    assert_eq!(world.ask(half).await.status, 400);
}
