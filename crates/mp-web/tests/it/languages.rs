//! Both languages, on every page.

use axum::http::StatusCode;

use crate::world::World;

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
