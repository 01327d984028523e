//! Forms of other sites.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::world::{ORIGIN, PASSWORD, World};

const CREDENTIALS: [(&str, &str); 2] = [("login", "olga"), ("password", PASSWORD)];

#[tokio::test]
async fn signing_in_is_refused_from_elsewhere_and_accepted_from_here() {
    let world = World::new().await;
    let cases: [(&[(&str, &str)], bool); 9] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)], false),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
        (&[("origin", ORIGIN)], true),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "http://pass.example.org")], false),
        (&[("origin", "null")], false),
    ];
    for (headers, is_accepted) in cases {
        let page = world.browser().post_with("/login", headers, &CREDENTIALS).await;
        let expected = if is_accepted { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(page.status, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_browser_that_says_nothing_proves_itself_by_the_form_token() {
    let world = World::new().await;
    let mut browser = world.browser();
    let token = browser.get("/login").await.form_token().to_owned();
    assert_eq!(browser.post_with("/login", &[], &CREDENTIALS).await.status, StatusCode::BAD_REQUEST);
    let [login, password] = CREDENTIALS;
    let mut stranger = world.browser();
    let fields = [("csrf", token.as_str()), login, password];
    assert_eq!(stranger.post_with("/login", &[], &fields).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.post_with("/login", &[], &fields).await.location(), Some("/"));
}

#[tokio::test]
async fn the_token_of_a_signed_in_browser_is_that_of_its_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    let before = browser.get("/login").await.form_token().to_owned();
    browser.post("/login", &CREDENTIALS).await;
    let page = browser.post_with("/logout", &[], &[("csrf", &before)]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let token = browser.get("/account").await.form_token().to_owned();
    assert_ne!(token, before);
    let page = browser.post_with("/logout", &[], &[("csrf", &token)]).await;
    assert_eq!(page.location(), Some("/login?after=signed-out"));
}

#[tokio::test]
async fn every_form_of_every_page_is_refused_from_elsewhere() {
    let world = World::new().await;
    let signed_in = world.signed_in("olga").await;
    for path in mp_web::paths() {
        let path = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for verb in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let headers = [("sec-fetch-site", "cross-site")];
            let page = signed_in.clone().ask(verb.clone(), &path, &headers, Body::empty()).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{verb} {path}");
        }
    }
}

#[tokio::test]
async fn a_form_in_parts_carries_the_token_too() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let token = browser.get("/account").await.form_token().to_owned();
    let body = |token: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x--\r\n")
    };
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    let page = browser.ask(Method::POST, "/logout", &headers, Body::from(body("wrong"))).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let page = browser.ask(Method::POST, "/logout", &headers, Body::from(body(&token))).await;
    assert_eq!(page.location(), Some("/login?after=signed-out"));
}

#[tokio::test]
async fn the_refusal_says_where_to_go() {
    let world = World::new().await;
    let page = world.browser().post_with("/login", &[("origin", "null")], &CREDENTIALS).await;
    assert!(page.text.contains("https://pass.example.org"), "{}", page.text);
}
