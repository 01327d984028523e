//! What every answer carries.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::world::{Page, World};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; font-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What every answer must carry, under the policy of most pages.
pub(crate) fn check(page: &Page, what: &str) {
    assert_eq!(page.header("content-security-policy"), POLICY, "{what}");
    let referrer = if what.starts_with("GET /verification_code") { "no-referrer" } else { "same-origin" };
    assert_eq!(page.header("referrer-policy"), referrer, "{what}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(page.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000", "{what}");
    assert!(page.header("permissions-policy").contains("publickey-credentials-get=(self)"), "{what}");
}

#[tokio::test]
async fn every_answer_is_protected() {
    let world = World::new().await;
    let signed_in = world.signed_in("olga").await;
    for path in mp_web::paths().chain(["/nowhere", "/login?next=%2F%2Fevil.example"]) {
        for verb in [Method::GET, Method::POST] {
            for mut browser in [world.browser(), signed_in.clone()] {
                let page = browser.ask(verb.clone(), path, &[("origin", "null")], Body::empty()).await;
                let what = format!("{verb} {path}: {}", page.status);
                check(&page, &what);
                assert_eq!(page.header("cache-control"), "no-store", "{what}");
            }
        }
    }
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_neighbours_and_plain_http() {
    let world = World::new().await;
    let mut browser = world.browser();
    let fields = [("login", "olga"), ("password", crate::world::PASSWORD)];
    let page = browser.post("/login", &fields).await;
    let lines: Vec<_> =
        page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(lines.iter().any(|line| line.starts_with("__Host-marketpass=")), "{lines:?}");
    for line in lines {
        assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax") && line.ends_with("; Secure"), "{line}");
    }
}

#[tokio::test]
async fn what_pages_are_made_of_is_kept_for_ever_under_an_address_that_changes() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/login").await;
    let files: Vec<_> =
        page.text.split('"').filter(|text| text.starts_with("/assets/")).map(str::to_owned).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let asset = browser.get(&file).await;
        assert_eq!(asset.status, StatusCode::OK, "{file}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        check(&asset, &file);
    }
    assert_eq!(browser.get("/assets/style.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_verb_that_a_page_does_not_know_is_answered_with_those_it_does() {
    let world = World::new().await;
    let headers = [("sec-fetch-site", "same-origin")];
    let page = world.browser().ask(Method::DELETE, "/login", &headers, Body::empty()).await;
    assert_eq!((page.status, page.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD,POST"));
}
