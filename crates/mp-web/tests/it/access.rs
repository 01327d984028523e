//! Who may see which page.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::world::World;

/// Every path and verb that needs nobody to be signed in. A new page is either here or refuses strangers.
const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/assets/{file}"),
    ("POST", "/language"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("POST", "/logout"),
    ("GET", "/authorize"),
    // Tells a stranger that the question is over.
    ("POST", "/authorize"),
    ("GET", "/client/{client_id}/icon"),
    ("GET", "/verification_code"),
    ("GET", "/account/sign-up"),
    ("POST", "/account/sign-up"),
    ("GET", "/account/recover"),
    ("POST", "/account/recover"),
    ("GET", "/account/recover/{token}"),
    ("POST", "/account/recover/{token}"),
    ("GET", "/account/verify/{token}"),
    ("POST", "/account/verify/{token}"),
];

/// The path with something where ids stand.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

fn is_public(verb: &Method, path: &str) -> bool {
    PUBLIC.iter().any(|(public_verb, public_path)| *public_verb == verb.as_str() && *public_path == path)
}

#[tokio::test]
async fn a_page_that_is_not_listed_as_public_sends_strangers_to_sign_in() {
    let world = World::new().await;
    let mut refused = 0;
    for path in mp_web::paths() {
        for verb in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let headers =
                [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
            let answer = world.browser().ask(verb.clone(), &filled(path), &headers, Body::empty()).await;
            if answer.status == StatusCode::METHOD_NOT_ALLOWED || is_public(&verb, path) {
                continue;
            }
            let to_sign_in = answer.location().is_some_and(|place| place.starts_with("/login"));
            assert!(to_sign_in, "{verb} {path} answers a stranger with {}", answer.status);
            refused += 1;
        }
    }
    assert!(refused > 20, "the pages were not asked");
}

#[tokio::test]
async fn what_is_listed_as_public_exists() {
    let paths: Vec<_> = mp_web::paths().collect();
    for (_, path) in PUBLIC {
        assert!(paths.contains(path), "{path} is no page any more");
    }
}

#[tokio::test]
async fn signing_in_leads_back_to_the_page_that_was_wanted() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/account/sessions?x=1").await;
    assert_eq!(page.location(), Some("/login?next=%2Faccount%2Fsessions%3Fx%3D1"));
    let page = browser.get("/login?next=%2Faccount%2Fsessions%3Fx%3D1").await;
    assert_eq!(page.field("next"), "/account/sessions?x=1");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let world = World::new().await;
    for next in
        ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/a\r\nb"]
    {
        let mut browser = world.browser();
        let page = browser.get(&format!("/login?{}", query(next))).await;
        assert!(!page.main().contains("evil.example"), "{next}");
        let fields = [("login", "olga"), ("password", crate::world::PASSWORD), ("next", next)];
        assert_eq!(browser.post("/login", &fields).await.location(), Some("/"), "{next}");
        let page = browser.get(&format!("/login?{}", query(next))).await;
        assert_eq!(page.location(), Some("/"), "{next}");
        let page = browser.post("/language", &[("language", "ru"), ("next", next)]).await;
        assert_eq!(page.location(), Some("/"), "{next}");
        let fields = [("password", crate::world::PASSWORD), ("next", next)];
        assert_eq!(browser.post("/account/confirm", &fields).await.location(), Some("/account"), "{next}");
    }
}

fn query(next: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish()
}

#[tokio::test]
async fn what_matters_asks_again_who_one_is_after_ten_minutes() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    assert_eq!(browser.get("/account/email").await.status, StatusCode::OK);
    world.clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(
        browser.get("/account/email").await.location(),
        Some("/account/confirm?next=%2Faccount%2Femail")
    );
    let fields = [("password", crate::world::PASSWORD), ("next", "/account/email")];
    assert_eq!(browser.post("/account/confirm", &fields).await.location(), Some("/account/email"));
    assert_eq!(browser.get("/account/email").await.status, StatusCode::OK);
}
