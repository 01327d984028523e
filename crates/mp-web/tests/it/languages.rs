//! Both languages, on every page.

use axum::http::StatusCode;
use mp_service::SignUp;

use crate::world::{Page, World};

#[tokio::test]
async fn the_browsers_language_is_spoken_until_another_is_chosen() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.language = "ru-RU,ru;q=0.9,en;q=0.8";
    assert!(browser.get("/login").await.text.contains("<html lang=\"ru\">"));
    let page = browser.post("/language", &[("language", "en"), ("next", "/login?next=%2Faccount")]).await;
    assert_eq!(page.location(), Some("/login?next=%2Faccount"));
    assert!(browser.get("/login").await.text.contains("<html lang=\"en\">"));
    assert_eq!(browser.post("/language", &[("language", "de")]).await.status, StatusCode::BAD_REQUEST);
}

/// The way back from a form that was refused, as the switch of languages names it.
fn way_back(page: &Page) -> String {
    let (top, _) = page.text.split_once("<main").expect("it is a page");
    let (_, rest) = top.split_once("name=\"next\" value=\"").expect("the page has the switch");
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn the_language_can_be_switched_after_a_refused_form_and_the_way_on_is_kept() {
    let world = World::new().await;
    let next = "/authorize?client_id=1&state=a";
    let mut browser = world.browser();
    let page = browser.post("/login", &[("login", "olga"), ("password", "wrong"), ("next", next)]).await;
    assert_eq!(way_back(&page), "/login?next=%2Fauthorize%3Fclient_id%3D1%26state%3Da");
    let page = browser.get(&way_back(&page)).await;
    assert_eq!(page.field("next").replace("&#38;", "&"), next);

    let mut browser = world.signed_in("olga").await;
    let page = browser.post("/account/confirm", &[("password", "wrong"), ("next", next)]).await;
    assert_eq!(way_back(&page), "/account/confirm?next=%2Fauthorize%3Fclient_id%3D1%26state%3Da");

    let open = World::with(SignUp::Open).await;
    let page = open.browser().post("/account/sign-up", &[("login", "борис")]).await;
    assert_eq!(open.browser().get(&way_back(&page)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_to_a_form_that_has_no_page_leads_home_in_the_other_language() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.post("/authorize", &[("ticket", "over"), ("decision", "allow")]).await;
    assert_eq!((page.status, way_back(&page).as_str()), (StatusCode::BAD_REQUEST, "/"));
}

/// A message that is missing or lacks a variable ends a debug build's task, so a page that comes is complete.
#[tokio::test]
async fn every_page_can_be_shown_in_every_language() {
    let world = World::new().await;
    let signed_in = world.signed_in("olga").await;
    for path in mp_web::paths().filter(|path| !path.contains('{')) {
        for language in ["en", "ru"] {
            for mut browser in [world.browser(), signed_in.clone()] {
                browser.language = language;
                let page = browser.get(path).await;
                assert!(!page.status.is_server_error(), "{path} in {language}: {}", page.status);
                let is_html = page.header("content-type").starts_with("text/html");
                assert!(!is_html || page.text.contains(&format!("<html lang=\"{language}\">")), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn no_english_is_left_on_a_russian_page() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    browser.language = "ru";
    for path in ["/account", "/account/security", "/account/sessions", "/account/applications", "/nowhere"] {
        let page = browser.get(path).await;
        let (_, main) = page.text.split_once("<main").unwrap();
        for word in ["the ", "your ", "sign", "Sign", "device", "account "] {
            let visible: String =
                main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
            assert!(!visible.contains(word), "{path} says {word:?}");
        }
    }
}
