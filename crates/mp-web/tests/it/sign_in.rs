//! The door.

use axum::http::StatusCode;
use mp_service::SignUp;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_are_told_in_the_same_words() {
    let world = World::new().await;
    let wrong = world.browser().post("/login", &[("login", "olga"), ("password", "wrong")]).await;
    let unknown = world.browser().post("/login", &[("login", "olgs"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = |text: &str| text.split_once("<main").unwrap().1.replace("olgs", "olga");
    let without_token = |text: String| {
        let (before, rest) = text.split_once("name=\"csrf\" value=\"").unwrap();
        format!("{before}{}", rest.split_once('"').unwrap().1)
    };
    assert_eq!(without_token(main(&wrong.text)), without_token(main(&unknown.text)));
    assert!(wrong.text.contains("role=\"alert\""));
    assert!(!wrong.text.contains("wrong\""), "the password comes back");
}

#[tokio::test]
async fn what_a_person_typed_is_shown_as_text() {
    let world = World::new().await;
    let page = world.browser().post("/login", &[("login", "\"><script>x</script>"), ("password", "y")]).await;
    assert!(!page.text.contains("<script>x"), "{}", page.text);
}

#[tokio::test]
async fn an_empty_form_says_what_is_missing() {
    let world = World::new().await;
    let page = world.browser().post("/login", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("href=\"#field-login\"") && page.text.contains("href=\"#field-password\""));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let thief = browser.clone();
    assert!(browser.get("/logout").await.text.contains("Sign out of this browser?"));
    assert_eq!(thief.clone().get("/account").await.status, StatusCode::OK);
    browser.post("/logout", &[]).await;
    assert!(!browser.cookies.contains_key("__Host-marketpass"));
    assert_eq!(thief.clone().get("/account").await.location(), Some("/login?next=%2Faccount"));
}

#[tokio::test]
async fn the_cookie_changes_when_a_person_signs_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.cookies.insert("__Host-marketpass".into(), "planted".into());
    browser.post("/login", &[("login", "olga"), ("password", PASSWORD)]).await;
    assert_ne!(browser.cookies["__Host-marketpass"], "planted");
}

#[tokio::test]
async fn people_register_only_where_they_may() {
    let fields = [("login", "boris"), ("email", "boris@example.org"), ("password", "another long one")];
    let closed = World::new().await;
    assert!(!closed.browser().get("/login").await.text.contains("/account/sign-up"));
    let page = closed.browser().post("/account/sign-up", &fields).await;
    assert!(page.text.contains("cannot register themselves"), "{}", page.text);

    let open = World::with(SignUp::Open).await;
    let mut browser = open.browser();
    assert!(browser.get("/login").await.text.contains("/account/sign-up"));
    assert_eq!(browser.post("/account/sign-up", &fields).await.location(), Some("/account"));
    assert!(browser.get("/account").await.text.contains("boris@example.org"));
    let page = open.browser().post("/account/sign-up", &fields).await;
    assert!(page.text.contains("The login boris is taken"), "{}", page.text);
}

#[tokio::test]
async fn everything_wrong_with_a_registration_is_told_at_once() {
    let world = World::with(SignUp::Open).await;
    let fields = [("login", "борис"), ("email", "boris"), ("password", "x")];
    let page = world.browser().post("/account/sign-up", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("href=\"#field-login\"") && page.text.contains("href=\"#field-email\""));
    assert!(page.text.contains("value=\"борис\"") && page.text.contains("value=\"boris\""));
}
