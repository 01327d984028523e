//! Links in letters: safe to fetch, used by a button.

use axum::http::StatusCode;
use mp_domain::event::Actor;
use mp_service::SignUp;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_link_that_a_scanner_fetches_still_verifies_the_address_afterwards() {
    let mut world = World::with(SignUp::Open).await;
    let mut browser = world.browser();
    let fields = [("login", "boris"), ("email", "boris@example.org"), ("password", "another long one")];
    browser.post("/account/sign-up", &fields).await;
    let link = world.link_of_next_letter().await;
    assert!(link.starts_with("/account/verify/"), "{link}");
    for _ in 0..3 {
        assert_eq!(world.browser().get(&link).await.status, StatusCode::OK);
    }
    assert!(browser.get("/account").await.text.contains("Not confirmed"));
    assert!(world.browser().post(&link, &[]).await.text.contains("Your address is confirmed"));
    assert!(browser.get("/account").await.text.contains(">Confirmed<"));
    assert!(world.browser().post(&link, &[]).await.text.contains("This link no longer works"));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let mut world = World::with(SignUp::Open).await;
    let mut signed_in = world.browser();
    let fields = [("login", "boris"), ("email", "boris@example.org"), ("password", "another long one")];
    signed_in.post("/account/sign-up", &fields).await;
    let verification = world.link_of_next_letter().await;
    signed_in.post(&verification, &[]).await;

    let mut browser = world.browser();
    let page = browser.post("/account/recover", &[("login", "boris")]).await;
    assert!(page.text.contains("Check your mail"), "{}", page.text);
    let link = world.link_of_next_letter().await;
    assert!(browser.get(&link).await.text.contains("For the login boris"));
    let page = browser.post(&link, &[("password", "short")]).await;
    assert!(page.text.contains("too short") && page.text.contains("For the login boris"), "{}", page.text);
    let page = browser.post(&link, &[("password", "a new long one")]).await;
    assert_eq!(page.location(), Some("/login?after=recovered"));
    assert_eq!(signed_in.get("/account").await.location(), Some("/login?next=%2Faccount"));
    assert!(browser.post(&link, &[("password", "a new long one")]).await.text.contains("no longer works"));
    let page = browser.post("/login", &[("login", "boris"), ("password", "a new long one")]).await;
    assert_eq!(page.location(), Some("/"));
}

#[tokio::test]
async fn asking_for_a_link_never_tells_whether_the_account_exists() {
    let world = World::new().await;
    let known = world.browser().post("/account/recover", &[("login", "olga")]).await;
    let unknown = world.browser().post("/account/recover", &[("login", "nobody")]).await;
    assert_eq!(known.status, unknown.status);
    let main = |text: &str| text.split_once("<main").unwrap().1.to_owned();
    assert_eq!(main(&known.text), main(&unknown.text));
}

#[tokio::test]
async fn an_invitation_brings_its_address_along() {
    let mut world = World::with(SignUp::Invitation).await;
    let page = world.browser().get("/account/sign-up").await;
    assert!(page.text.contains("by invitation"), "{}", page.text);
    let email = "vera@example.org".parse().unwrap();
    world.service.invite(Actor::Operator, email).await.unwrap();
    let link = world.link_of_next_letter().await;
    let mut browser = world.browser();
    let page = browser.get(&link).await;
    assert!(page.text.contains("vera@example.org"), "{}", page.text);
    let invitation = page.field("invitation").to_owned();
    let fields = [("login", "vera"), ("password", PASSWORD), ("invitation", invitation.as_str())];
    let stolen = [("email", "eve@example.org"), fields[0], fields[1], fields[2]];
    assert_eq!(browser.post("/account/sign-up", &stolen).await.location(), Some("/account"));
    let page = browser.get("/account").await;
    assert!(page.text.contains("vera@example.org") && page.text.contains(">Confirmed<"), "{}", page.text);
    assert!(world.browser().get(&link).await.text.contains("no longer works"));
}

#[tokio::test]
async fn another_address_counts_once_its_link_was_followed() {
    let mut world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.post("/account/email", &[("email", "not an address")]).await;
    assert!(page.text.contains("href=\"#field-email\""));
    browser.post("/account/email", &[("email", "new@example.org")]).await;
    assert!(browser.get("/account").await.text.contains("olga@example.org"));
    let link = world.link_of_next_letter().await;
    browser.post(&link, &[]).await;
    assert!(browser.get("/account").await.text.contains("new@example.org"));
}
