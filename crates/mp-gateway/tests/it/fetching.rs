//! Fetching a document.

use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use http::StatusCode;
use mp_gateway::fetch;

use crate::world::{RawUpstream, serve};

const PATIENCE: Duration = Duration::from_secs(60);

async fn site() -> String {
    let pages = Router::new()
        .route("/document", get(|| async { "0123456789" }))
        .route("/moved", get(|| async { Redirect::permanent("/document") }))
        .route("/gone", get(|| async { StatusCode::NOT_FOUND }));
    format!("http://{}", serve(pages).await)
}

async fn refusal(url: &str, most: usize) -> String {
    fetch(url, most, PATIENCE).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_document_is_fetched_whole_or_not_at_all() {
    let url = format!("{}/document?a=b", site().await);
    assert_eq!(fetch(&url, 10, PATIENCE).await.unwrap(), b"0123456789");
    assert_eq!(refusal(&url, 9).await, format!("{url} sends more than 9 bytes: no document is as large"));
}

#[tokio::test]
async fn whatever_is_not_the_document_is_told() {
    let site = site().await;
    let told = refusal(&format!("{site}/moved"), 10).await;
    assert_eq!(told, format!("{site}/moved sends on to /document: name that address if it is right"));
    assert_eq!(
        refusal(&format!("{site}/gone"), 10).await,
        format!("{site}/gone answered 404 Not Found: check the address")
    );
    for url in ["ftp://example.org/a", "example.org", "http://", "http://a:b@127.0.0.1/"] {
        assert!(refusal(url, 10).await.contains(" is no address: "), "{url}");
    }
    assert!(!refusal("http://olga:secret@127.0.0.1/", 10).await.contains("secret"));
    let told = refusal("http://127.0.0.1:1/", 10).await;
    assert!(told.starts_with("http://127.0.0.1:1/ did not answer: "), "{told}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = RawUpstream::listen().await;
    let url = silent.parts().url.to_string();
    let told = fetch(&url, 10, Duration::from_millis(50)).await.unwrap_err().to_string();
    assert!(told.contains(" took longer than 0 seconds: try again"), "{told}");
}
