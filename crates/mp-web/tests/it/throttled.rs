//! Forms that are sent too often.

use std::time::Duration;

use axum::http::StatusCode;
use mp_service::SignUp;

use crate::account::enrol;
use crate::world::{Browser, PASSWORD, World};

/// More than any budget there is.
const ENOUGH: usize = 25;

/// Sends a form until it is refused unseen, and asserts that the refusal says so, in words and for programs.
async fn exhaust(world: &World, browser: &mut Browser, path: &str, fields: &[(&str, &str)]) {
    for _ in 0..ENOUGH {
        let page = browser.post(path, fields).await;
        if page.status != StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(page.header("retry-after"), "", "{path}: {}", page.status);
            continue;
        }
        assert_eq!(page.header("retry-after"), "900", "{path}");
        assert!(page.main().contains("Too many attempts. Try again in 15 minutes."), "{path}: {}", page.text);
        world.clock.advance(Duration::from_millis(60_500));
        let page = browser.post(path, fields).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "840"), "{path}");
        return;
    }
    panic!("{path} was never refused");
}

#[tokio::test]
async fn every_form_that_was_sent_too_often_says_when_to_send_it_again() {
    let world = World::with(SignUp::Open).await;
    let mut browser = world.signed_in("olga").await;
    for (path, fields) in [
        ("/login", [("login", "boris"), ("password", "wrong")]),
        ("/account/recover", [("login", "olga"), ("", "")]),
        ("/account/confirm", [("password", "wrong"), ("next", "/account")]),
        ("/account/email", [("email", "new@example.org"), ("", "")]),
    ] {
        exhaust(&world, &mut browser, path, &fields).await;
    }
    let mut browser = world.signed_in("olga").await;
    let change = [("current", "wrong"), ("new", "a brand new one")];
    exhaust(&world, &mut browser, "/account/security/password", &change).await;
    let wishes = [("login", "olga"), ("email", "boris@example.org"), ("password", PASSWORD)];
    exhaust(&world, &mut world.browser(), "/account/sign-up", &wishes).await;
}

#[tokio::test]
async fn letters_that_prove_an_address_are_asked_for_so_often_only() {
    let world = World::with(SignUp::Open).await;
    let mut browser = world.browser();
    let wishes = [("login", "boris"), ("email", "boris@example.org"), ("password", PASSWORD)];
    browser.post("/account/sign-up", &wishes).await;
    exhaust(&world, &mut browser, "/account/verification", &[]).await;
}

#[tokio::test]
async fn a_second_factor_is_tried_so_often_only_and_a_passkey_instead_of_a_code_is_one_more_try() {
    let world = World::new().await;
    enrol(&world, &mut world.signed_in("olga").await).await;
    let mut browser = world.browser();
    browser.post("/login", &[("login", "olga"), ("password", PASSWORD)]).await;
    exhaust(&world, &mut browser, "/login/otp", &[("code", "000000")]).await;
    let page = browser.post("/login/otp/passkey", &[("answer", "{}")]).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "840"), "{}", page.text);
}

#[tokio::test]
async fn a_form_can_be_sent_again_once_the_wait_is_over() {
    let world = World::new().await;
    let mut browser = world.browser();
    exhaust(&world, &mut browser, "/login", &[("login", "olga"), ("password", "wrong")]).await;
    world.clock.advance(Duration::from_secs(840));
    let page = browser.post("/login", &[("login", "olga"), ("password", PASSWORD)]).await;
    assert_eq!(page.location(), Some("/"), "{}", page.text);
}
