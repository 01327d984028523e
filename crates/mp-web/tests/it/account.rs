//! The account's own pages.

use axum::http::StatusCode;
use mp_domain::time::Clock as _;
use totp_rs::{Builder, Secret, Totp};

use crate::world::{Browser, PASSWORD, Page, World};

/// The secret in the page, as an application would compute with it.
fn application(page: &Page) -> Totp {
    let (_, rest) = page.text.split_once("data-copy=\"").unwrap();
    let secret: String = rest.split('"').next().unwrap().split(' ').collect();
    let builder = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap());
    builder.with_account_name("olga").build().unwrap()
}

fn code(world: &World, application: &Totp) -> String {
    application.generate(u64::try_from(world.clock.now().seconds()).unwrap()).to_string()
}

/// Switches codes on; gives the application and the backup codes.
pub(crate) async fn enrol(world: &World, browser: &mut Browser) -> (Totp, Vec<String>) {
    let page = browser.get("/account/security/totp").await;
    assert!(page.text.contains("data:image/svg+xml;base64,"));
    let application = application(&page);
    let wrong = browser.post("/account/security/totp", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post("/account/security/totp", &[("code", &code(world, &application))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let codes: Vec<_> = page
        .text
        .split("<li><code>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    assert!(page.text.contains("download=\"marketpass-backup-codes.txt\" href=\"data:text/plain"));
    (application, codes)
}

#[tokio::test]
async fn the_second_factor_stands_between_the_password_and_the_account() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let (application, codes) = enrol(&world, &mut browser).await;
    assert!(browser.get("/account/security").await.text.contains("10 codes left."));

    let mut second = world.browser();
    let page =
        second.post("/login", &[("login", "olga"), ("password", PASSWORD), ("next", "/account")]).await;
    assert_eq!(page.location(), Some("/login/otp?next=%2Faccount"));
    assert_eq!(second.get("/account").await.location(), Some("/login/otp?next=%2Faccount"));
    let page = second.get("/login/otp?next=%2Faccount").await;
    assert!(!page.text.contains("olga"), "{}", page.text);
    let page = second.post("/login/otp", &[("code", "123"), ("next", "/account")]).await;
    assert!(page.text.contains("href=\"#field-code\"") && page.field("next") == "/account");

    world.clock.advance(std::time::Duration::from_secs(60));
    let cookie = second.cookies["__Host-marketpass"].clone();
    let fields = [("code", code(&world, &application)), ("next", "/account".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(second.post("/login/otp", &fields).await.location(), Some("/account"));
    assert_ne!(second.cookies["__Host-marketpass"], cookie);
    assert_eq!(second.get("/account").await.status, StatusCode::OK);

    let mut third = world.browser();
    third.post("/login", &[("login", "olga"), ("password", PASSWORD)]).await;
    assert_eq!(third.post("/login/otp", &[("code", &codes[0])]).await.location(), Some("/"));
    assert!(third.get("/account/security").await.text.contains("9 codes left."));
}

#[tokio::test]
async fn the_second_factor_is_switched_off_after_a_question() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    enrol(&world, &mut browser).await;
    assert!(browser.get("/account/security/totp/off").await.text.contains("Turn off codes from the app?"));
    let page = browser.post("/account/security/totp/off", &[]).await;
    assert_eq!(page.location(), Some("/account/security?done=totp-off"));
    assert!(!browser.get("/account/security").await.text.contains("/account/security/totp/off"));
}

#[tokio::test]
async fn another_password_signs_other_browsers_out_and_keeps_this_one() {
    let world = World::new().await;
    let (mut here, mut there) = (world.signed_in("olga").await, world.signed_in("olga").await);
    let page =
        here.post("/account/security/password", &[("current", "wrong"), ("new", "a brand new one")]).await;
    assert!(page.text.contains("href=\"#field-current\""), "{}", page.text);
    let page = here.post("/account/security/password", &[("current", PASSWORD), ("new", "short")]).await;
    assert!(page.text.contains("href=\"#field-new\""), "{}", page.text);
    let page =
        here.post("/account/security/password", &[("current", PASSWORD), ("new", "a brand new one")]).await;
    assert_eq!(page.location(), Some("/account/security?done=password"));
    assert!(here.get("/account/security?done=password").await.text.contains("The password is changed."));
    assert_eq!(there.get("/account").await.location(), Some("/login?next=%2Faccount"));
}

#[tokio::test]
async fn another_browser_is_signed_out_from_the_list() {
    let world = World::new().await;
    let (mut here, mut there) = (world.signed_in("olga").await, world.signed_in("olga").await);
    let page = here.get("/account/sessions").await;
    assert!(page.text.contains("Firefox, Linux") && page.text.contains("192.0.2.1"), "{}", page.text);
    let other = page.text.split("<li>").skip(1).find(|row| !row.contains("this browser")).unwrap();
    let (_, rest) = other.split_once("action=\"").unwrap();
    let page = here.post(rest.split('"').next().unwrap(), &[]).await;
    assert_eq!(page.location(), Some("/account/sessions?done=session"));
    assert_eq!(there.get("/account").await.location(), Some("/login?next=%2Faccount"));
    assert_eq!(here.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let world = World::new().await;
    world.account("boris").await;
    let (mut olga, mut boris) = (world.signed_in("olga").await, world.signed_in("boris").await);
    let page = olga.get("/account/sessions").await;
    let (_, rest) = page.text.split_once("action=\"/account/sessions/").unwrap();
    let id = rest.split('"').next().unwrap();
    boris.post(&format!("/account/sessions/{id}"), &[]).await;
    assert_eq!(olga.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_everywhere_says_what_ends_and_ends_it() {
    let world = World::new().await;
    let (mut here, mut there) = (world.signed_in("olga").await, world.signed_in("olga").await);
    let page = here.get("/account/sign-out-everywhere").await;
    assert!(page.text.contains("All 2 browsers are signed out"), "{}", page.text);
    let page = here.post("/account/sign-out-everywhere", &[]).await;
    assert_eq!(page.location(), Some("/login?after=everywhere"));
    assert_eq!(there.get("/account").await.location(), Some("/login?next=%2Faccount"));
}
