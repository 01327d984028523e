//! The pages of applications: registering, showing, editing, renewing, deleting.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use mp_domain::client::Client;

use crate::world::{Browser, ORIGIN, PASSWORD, Page, World};

const OWN: &str = "https://pass.example.org/verification_code";

/// What the form of the documentation is filled in with.
pub(crate) fn form<'a>(name: &'a str, redirect: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("do", "save"),
        ("name", name),
        ("platform", "web"),
        ("redirect_uri", redirect),
        ("scope", scope),
        ("email", "shop@example.org"),
    ]
}

/// The one application that olga has.
pub(crate) async fn only_client(world: &World) -> Client {
    let all = world.service.list_clients(None).await.unwrap();
    assert_eq!(all.len(), 1, "one application");
    all.into_iter().next().unwrap().1
}

async fn registered(world: &World, browser: &mut Browser, name: &str) -> Page {
    let page = browser.post("/client/new/id", &form(name, OWN, "market:partner-api")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(world.service.list_clients(None).await.unwrap().len(), 1);
    page
}

#[tokio::test]
async fn somebody_without_applications_is_told_what_they_are_for() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.get("/").await;
    assert!(page.text.contains("You have no applications yet"));
    assert!(page.text.contains("href=\"/client/new\""));
    browser.language = "ru";
    assert!(browser.get("/").await.text.contains("У вас пока нет приложений"));
}

#[tokio::test]
async fn the_form_of_the_documentation_makes_an_application_and_shows_its_secret_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.get("/client/new").await;
    for label in [
        "The name of your service",
        "Icon",
        "Web services",
        "Redirect URI",
        "Substitute the URL for debugging",
        "Access to data",
        "Yandex.Market API / Product search for partners",
        "Contact email",
        "Create an application",
    ] {
        assert!(page.text.contains(label), "{label}");
    }
    let page = registered(&world, &mut browser, "Shop sync").await;
    let client = only_client(&world).await;
    assert!(page.text.contains(&client.id.to_string()));
    assert!(page.text.contains("secret-value"));
    let page = browser.get(&format!("/client/{}", client.id)).await;
    let link = format!("{ORIGIN}/authorize?response_type=token&#38;client_id={}", client.id);
    assert!(page.text.contains(&link), "{}", page.text);
    assert!(!page.text.contains("secret-value"), "the secret is shown once");
    assert!(browser.get("/").await.text.contains("Shop sync"));
}

#[tokio::test]
async fn without_scripts_every_button_of_the_form_changes_the_form_and_keeps_what_was_typed() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let mut press = async |wish: &'static str, extra: &[(&'static str, &'static str)]| {
        let fields = [&[("do", wish), ("name", "Typed"), ("email", "a@example.org")], extra].concat();
        browser.post("/client/new/id", &fields).await
    };
    let page = press("debug-redirect", &[("redirect_uri", "")]).await;
    assert!(page.text.contains(&format!("value=\"{OWN}\"")) && page.text.contains("value=\"Typed\""));
    let page = press("add-redirect", &[("redirect_uri", "https://a.example/")]).await;
    assert!(page.text.contains("field-redirect-1") && page.text.contains("https://a.example/"));
    let two = [("redirect_uri", "https://a.example/"), ("redirect_uri", "https://b.example/")];
    let page = press("remove-redirect 0", &two).await;
    assert!(!page.text.contains("https://a.example/") && page.text.contains("https://b.example/"));
    let page = press("search", &[("query", "market:partner-api")]).await;
    assert!(page.text.contains("1 access found"));
    assert_eq!(hidden_rights(&page), 5);
    let page = press("search", &[("query", "nonsense"), ("scope", "login:info")]).await;
    assert!(
        page.text.contains("Nothing is called") && hidden_rights(&page) == 5,
        "what is chosen stays visible"
    );
    let page = press("save", &[("query", "market")]).await;
    assert!(page.text.contains("1 access found"), "whoever presses Enter after typing searches");
    assert_eq!(world.service.list_clients(None).await.unwrap().len(), 0);
}

fn hidden_rights(page: &Page) -> usize {
    page.text.lines().filter(|line| line.contains("data-right=") && line.ends_with(" hidden>")).count()
}

#[tokio::test]
async fn what_cannot_be_registered_is_explained_at_its_field() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let long = format!("https://example.org/{}", "a".repeat(2000));
    for (redirect, explanation) in [
        ("", "Enter at least one Redirect URI"),
        ("https://me:secret@example.org/", "Remove the user name"),
        ("https://example.org@evil.example/", "Remove the user name"),
        ("https://example.org/#x", "Remove the #"),
        ("https://пример.рф/", "not an absolute address"),
        ("https://EXAMPLE.org/", "small Latin letters"),
        ("javascript:alert(1)", "kind of address is not accepted"),
        ("http://example.org/", "travel unencrypted"),
        ("https://example.org/a/../b", "read in two ways"),
        ("https://example.org/a%2Fb", "read in two ways"),
        ("https://example.org//b", "read in two ways"),
        (&long, "too long"),
    ] {
        let page = browser.post("/client/new/id", &form("Shop", redirect, "market:partner-api")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{redirect}");
        assert!(page.text.contains(explanation), "{redirect}: {}", page.text);
    }
    for (name, email, scope, explanation) in [
        ("", "a@example.org", "market:partner-api", "Enter a name"),
        ("a\u{202e}b", "a@example.org", "market:partner-api", "U+202E"),
        ("Shop", "nobody", "market:partner-api", "Enter an e-mail address"),
        ("Shop", "a@example.org", "", "Choose at least one access"),
        ("Shop", "a@example.org", "market:partner-api,login:info", "Choose at least one access"),
    ] {
        let fields = [
            ("do", "save"),
            ("name", name),
            ("platform", "web"),
            ("redirect_uri", OWN),
            ("email", email),
            ("scope", scope),
        ];
        let page = browser.post("/client/new/id", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{explanation}");
        assert!(page.text.contains(explanation), "{explanation}");
    }
    assert_eq!(world.service.list_clients(None).await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_short_form_asks_for_name_rights_and_address_and_for_nobodys_personal_data() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.get("/client/new/api").await;
    assert!(!page.text.contains("type=\"file\"") && !page.text.contains("name=\"redirect_uri\""));
    let fields = [("do", "save"), ("name", "Mine"), ("email", "a@example.org"), ("scope", "login:info")];
    let page = browser.post("/client/new/api", &fields).await;
    assert!(page.text.contains("cannot ask for personal data"));
    let fields =
        [("do", "save"), ("name", "Mine"), ("email", "a@example.org"), ("scope", "market:partner-api")];
    assert_eq!(browser.post("/client/new/api", &fields).await.status, StatusCode::OK);
    assert_eq!(only_client(&world).await.profile.redirect_uris[0].as_str(), OWN);
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_application() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    registered(&world, &mut browser, "Shop").await;
    let page = browser.post("/client/new/id", &form("Shop", OWN, "market:partner-api")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("already have an application called"));
    only_client(&world).await;
}

#[tokio::test]
async fn names_are_shown_as_text_and_never_as_markup() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    let name = "<script>alert(1)</script>\"'&";
    registered(&world, &mut browser, name).await;
    let id = only_client(&world).await.id;
    for path in [
        "/".to_owned(),
        format!("/client/{id}"),
        format!("/client/{id}/edit"),
        format!("/client/{id}/delete"),
    ] {
        let page = browser.get(&path).await;
        assert!(!page.text.contains("<script>alert") && page.text.contains("alert(1)"), "{path}");
    }
}

#[tokio::test]
async fn an_application_is_not_there_for_anybody_but_its_owner() {
    let world = World::new().await;
    world.account("boris").await;
    let mut owner = world.signed_in("olga").await;
    registered(&world, &mut owner, "Shop").await;
    let id = only_client(&world).await.id;
    let mut stranger = world.signed_in("boris").await;
    assert!(!stranger.get("/").await.text.contains("Shop"));
    for path in ["", "/edit", "/secret", "/delete"] {
        let path = format!("/client/{id}{path}");
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        let fields = [("do", "save"), ("name", "Shop"), ("seen", ""), ("overlap", "0")];
        let posted = stranger.post(&path, &fields).await;
        assert!([StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&posted.status), "{path}");
    }
    only_client(&world).await;
}

#[tokio::test]
async fn a_changed_application_keeps_its_id_and_says_that_other_rights_end_its_tokens() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    registered(&world, &mut browser, "Shop").await;
    let before = only_client(&world).await;
    let path = format!("/client/{}/edit", before.id);
    assert!(browser.get(&path).await.text.contains("all tokens this application ever got stop working"));
    let page = browser.post(&path, &form("Other", "https://shop.example/cb", "login:info")).await;
    assert_eq!(page.location(), Some(format!("/client/{}", before.id).as_str()));
    let after = only_client(&world).await;
    assert_eq!((after.id, after.token_epoch), (before.id, before.token_epoch + 1));
    let page = browser.get(&format!("/client/{}", before.id)).await;
    assert!(page.text.contains("https://shop.example/cb"));
    assert!(
        !page.text.contains("authorize?response_type"),
        "no token in the redirect to somebody else's page"
    );
}

#[tokio::test]
async fn an_application_is_made_only_by_somebody_who_has_just_proved_who_they_are() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    world.clock.advance(Duration::from_secs(601));
    for path in ["/client/new", "/client/new/id", "/client/new/api"] {
        let page = browser.get(path).await;
        assert!(page.location().unwrap().starts_with("/account/confirm?next="), "{path}");
    }
    let page = browser.post("/client/new/id", &form("Shop", OWN, "market:partner-api")).await;
    let page = browser.get(page.location().unwrap()).await;
    let next = page.field("next").replace("&#38;", "&");
    assert!(next.starts_with("/client/new/id?"), "{next}");
    let page = browser.post("/account/confirm", &[("password", PASSWORD), ("next", &next)]).await;
    let page = browser.get(page.location().unwrap()).await;
    assert!(page.main().contains("value=\"Shop\"") && page.main().contains(&format!("value=\"{OWN}\"")));
    let mut list = browser.get("/").await;
    assert!(!list.main().contains("Shop"), "nothing is made before");
    let page = browser.post("/client/new/id", &form("Shop", OWN, "market:partner-api")).await;
    assert!(page.text.contains("secret-value"), "{}", page.text);
    list = browser.get("/").await;
    assert!(list.main().contains("Shop"));
}

#[tokio::test]
async fn a_renewed_secret_is_shown_once_and_the_form_works_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    registered(&world, &mut browser, "Shop").await;
    let path = format!("/client/{}/secret", only_client(&world).await.id);
    let seen = browser.get(&path).await.field("seen").to_owned();
    let fields = [("seen", seen.as_str()), ("overlap", "7")];
    let page = browser.post(&path, &fields).await;
    assert!(page.text.contains("secret-value") && page.text.contains("The old secret works until"));
    let until = only_client(&world).await.former_secret.unwrap().until;
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("has been renewed since this form was opened"));
    assert_eq!(only_client(&world).await.former_secret.unwrap().until, until);
}

#[tokio::test]
async fn secrets_and_deletion_ask_again_who_one_is() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    registered(&world, &mut browser, "Shop").await;
    let id = only_client(&world).await.id;
    world.clock.advance(Duration::from_secs(601));
    for page in ["secret", "delete"] {
        let path = format!("/client/{id}/{page}");
        let expected = format!("/account/confirm?next=%2Fclient%2F{id}%2F{page}");
        assert_eq!(browser.get(&path).await.location(), Some(expected.as_str()));
        assert_eq!(browser.post(&path, &[("name", "Shop")]).await.location(), Some(expected.as_str()));
    }
    only_client(&world).await;
}

#[tokio::test]
async fn an_application_is_deleted_by_its_typed_name_alone() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    registered(&world, &mut browser, "Shop").await;
    let path = format!("/client/{}/delete", only_client(&world).await.id);
    assert!(browser.get(&path).await.text.contains("Nobody has called with its tokens"));
    let page = browser.post(&path, &[("name", "shop")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    only_client(&world).await;
    assert_eq!(browser.post(&path, &[("name", "Shop")]).await.location(), Some("/"));
    assert_eq!(browser.post(&path, &[("name", "Shop")]).await.status, StatusCode::NOT_FOUND);
}

/// A form with a file in it.
async fn upload(browser: &mut Browser, file: &[u8]) -> Page {
    let mut body = Vec::new();
    for (name, value) in form("With icon", OWN, "market:partner-api") {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--x\r\nContent-Disposition: form-data; name=\"icon\"; filename=\"i.png\"\r\nContent-Type: image/png\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", "multipart/form-data; boundary=x")];
    browser.ask(Method::POST, "/client/new/id", &headers, Body::from(body)).await
}

/// The smallest GIF there is: one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

#[tokio::test]
async fn an_icon_is_judged_by_its_content_and_served_as_a_png_of_ours() {
    let world = World::new().await;
    let mut browser = world.signed_in("olga").await;
    for (file, explanation) in [
        (&b"<svg onload=alert(1)>"[..], "could not be read"),
        (&vec![0; (1 << 20) + 1][..], "larger than 1 MB"),
    ] {
        let page = upload(&mut browser, file).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains(explanation), "{explanation}");
        assert!(page.text.contains("value=\"With icon\""), "what was typed stays");
    }
    assert_eq!(upload(&mut browser, PIXEL).await.status, StatusCode::OK);
    let path = format!("/client/{}/icon", only_client(&world).await.id);
    let icon = world.browser().get(&path).await;
    assert_eq!((icon.status, icon.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!(icon.header("x-content-type-options"), "nosniff");
    assert!(icon.text.contains("PNG"));
    let absent = "/client/00000000000000000000000000000000/icon";
    assert_eq!(world.browser().get(absent).await.status, StatusCode::NOT_FOUND);
}
