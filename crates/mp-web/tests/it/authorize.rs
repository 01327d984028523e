//! `/authorize`: who is asked what, who is refused and how, and what an answer is worth.

use std::time::Duration;

use axum::http::{HeaderMap, Method, StatusCode};
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::client::{Client, ClientKind, ClientProfile, GrantType};
use mp_domain::event::Actor;
use mp_domain::name::Name;
use mp_domain::seller_kind::SellerKind;
use mp_service::businesses::{NewBusiness, NewCampaign};

use crate::world::{Browser, ORIGIN, Page, World};

pub(crate) const OWN: &str = "https://pass.example.org/verification_code";
const ELSEWHERE: &str = "https://shop.example/callback";

/// An application of olga's that may get tokens in the redirect.
pub(crate) async fn client(world: &World, name: &str, redirects: &[&str]) -> Client {
    let owner = world.service.list_accounts().await.unwrap();
    let owner = owner.iter().find(|account| account.login.as_str() == "olga").unwrap().id;
    let profile = ClientProfile {
        name: Name::new(name).unwrap(),
        email: "shop@example.org".parse().unwrap(),
        redirect_uris: redirects.iter().map(|uri| world.service.read_redirect_uri(uri).unwrap()).collect(),
        scopes: "market:partner-api login:info".parse().unwrap(),
        grant_types: vec![GrantType::Implicit],
        ignores_redirect_query: false,
    };
    let actor = Actor::Operator;
    world.service.register_client(actor, owner, ClientKind::Id, profile, None, false).await.unwrap().0
}

fn request(client: &Client, more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("response_type", "token").append_pair("client_id", &client.id.to_string());
    query.extend_pairs(more);
    format!("/authorize?{}", query.finish())
}

/// What stands behind the `#` of the place an answer leads to.
fn fragment(page: &Page) -> &str {
    page.location().and_then(|place| place.split_once('#')).map_or("", |(_, fragment)| fragment)
}

/// Opens the question and answers it.
async fn answered(browser: &mut Browser, path: &str, decision: &str) -> Page {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let ticket = page.field("ticket").to_owned();
    browser.post("/authorize", &[("ticket", &ticket), ("decision", decision)]).await
}

#[tokio::test]
async fn a_stranger_signs_in_first_and_comes_back_to_the_whole_request() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[OWN]).await;
    let path = request(&client, &[("state", "a b")]);
    let page = world.browser().get(&path).await;
    let next = form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    assert_eq!(page.location(), Some(format!("/login?next={next}").as_str()));
}

#[tokio::test]
async fn the_question_names_everything_a_person_needs_to_decide() {
    let world = World::new().await;
    let client = client(&world, "Shop sync", &[OWN]).await;
    for number in 0..7 {
        cabinet(&world, &format!("Cabinet {number}"), 7).await;
    }
    let mut browser = world.signed_in("olga").await;
    let page = browser.get(&request(&client, &[])).await;
    for said in [
        "Allow Shop sync access?",
        "From olga · shop@example.org",
        "You are signed in as olga",
        "Use another account",
        "Read and change everything you can reach",
        "See your login, first and last name and sex",
        "Cabinet 0",
        "Store 0, Store 1",
        "and 2 more stores",
        "and 2 more cabinets",
        "lasts a year",
        "/account/applications",
        "value=\"allow\"",
        "value=\"deny\"",
        "href=\"/cabinet\"",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("Cabinet 6"), "a long list is shortened");
    browser.language = "ru";
    let page = browser.get(&request(&client, &[])).await;
    assert!(page.text.contains("Разрешить доступ приложению «Shop sync»?"));
    assert!(page.text.contains("и ещё 2 магазина") && page.text.contains("и ещё 2 кабинета"));
}

async fn cabinet(world: &World, name: &str, stores: usize) {
    let (owner, name) = ("olga".parse().unwrap(), Name::new(name).unwrap());
    let new =
        NewBusiness { id: None, name, owner, subscription: Subscription::None, kind: SellerKind::Seller };
    let business_id = world.service.create_business(Actor::Operator, new).await.unwrap().id;
    for number in 0..stores {
        let name = Name::new(&format!("Store {number}")).unwrap();
        let new = NewCampaign { id: None, business_id, name, placement: Placement::Fbs };
        world.service.create_campaign(Actor::Operator, new).await.unwrap();
    }
}

#[tokio::test]
async fn allowing_leads_on_with_a_token_and_denying_with_an_error() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[ELSEWHERE]).await;
    let mut browser = world.signed_in("olga").await;
    let path = request(&client, &[("state", "x&y")]);
    let page = answered(&mut browser, &path, "deny").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().unwrap().starts_with("https://shop.example/callback#error=access_denied&"));
    assert!(fragment(&page).ends_with("&state=x%26y"));
    let page = answered(&mut browser, &path, "allow").await;
    assert!(fragment(&page).starts_with("access_token=y0_"), "{:?}", page.location());
    assert!(fragment(&page).contains("&token_type=bearer&expires_in=31536000&state=x%26y"));
}

#[tokio::test]
async fn what_was_allowed_is_not_asked_again_unless_the_application_insists() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[OWN]).await;
    let mut browser = world.signed_in("olga").await;
    let first = answered(&mut browser, &request(&client, &[]), "allow").await;
    world.clock.advance(Duration::from_secs(1000));
    let again = browser.get(&request(&client, &[])).await;
    let token = |page: &Page| fragment(page).split('&').next().unwrap().to_owned();
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(token(&first), token(&again));
    assert!(fragment(&again).contains("expires_in=31535000"), "{}", fragment(&again));
    let page = browser.get(&request(&client, &[("force_confirm", "yes")])).await;
    assert!(page.text.contains("value=\"allow\""));
}

#[tokio::test]
async fn the_consent_form_may_lead_to_the_application_and_to_nobody_else() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[ELSEWHERE, "myapp://token", "http://localhost/cb"]).await;
    let mut browser = world.signed_in("olga").await;
    for (redirect, target) in [
        (ELSEWHERE, "form-action 'self' https://shop.example;"),
        ("myapp://token", "form-action 'self' myapp:;"),
        ("http://localhost:7001/cb", "form-action 'self' http://localhost:7001;"),
    ] {
        let page = browser.get(&request(&client, &[("redirect_uri", redirect)])).await;
        assert!(page.header("content-security-policy").contains(target), "{redirect}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_browser_that_a_form_of_ours_brought_is_led_on_by_a_page() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[ELSEWHERE]).await;
    let mut browser = world.signed_in("olga").await;
    answered(&mut browser, &request(&client, &[]), "allow").await;
    let headers = [("sec-fetch-site", "same-origin")];
    let page = browser.ask(Method::GET, &request(&client, &[]), &headers, axum::body::Body::empty()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text
            .contains("http-equiv=\"refresh\" content=\"0;url=https://shop.example/callback#access_token=")
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn an_unknown_application_is_a_page_for_everybody_and_never_a_redirect() {
    let world = World::new().await;
    for id in ["00000000000000000000000000000000", "nonsense", "<script>", "\u{202e}", ""] {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "token"),
                ("client_id", id),
                ("redirect_uri", "https://evil.example/"),
            ])
            .finish();
        let page = world.browser().get(&format!("/authorize?{query}")).await;
        assert_eq!((page.status, page.location()), (StatusCode::BAD_REQUEST, None), "{id}");
        assert!(page.text.contains("Unknown client with such client_id"), "{id}");
        assert!(!page.text.contains("<script>") && !page.text.contains('\u{202e}'), "{id}");
    }
    let mut browser = world.browser();
    browser.language = "ru";
    assert!(browser.get("/authorize?client_id=x").await.text.contains("Unknown client with such client_id"));
    let page = world.browser().get("/authorize?client_id=a&client_id=b").await;
    assert_eq!((page.status, page.location()), (StatusCode::BAD_REQUEST, None));
    assert!(page.text.contains("client_id is given more than once"));
}

#[tokio::test]
async fn a_foreign_redirect_is_a_page_that_says_what_is_registered_and_what_was_asked_for() {
    let world = World::new().await;
    let client = client(&world, "Shop <b>", &[ELSEWHERE, "http://127.0.0.1/cb"]).await;
    let mut browser = world.signed_in("olga").await;
    for redirect in [
        "https://evil.example/callback",
        "https://shop.example/callback/",
        "https://shop.example/callback?x=1",
        "https://shop.example/callback#x",
        "https://shop.example/Callback",
        "https://shop.example/callback/../callback",
        "https://shop.example/%63allback",
        "https://shop.example:443/callback",
        "https://me@shop.example/callback",
        "https://shop.example@evil.example/callback",
        "https://shop.example.evil.example/callback",
        "https://shop.example\\@evil.example/callback",
        "https://shоp.example/callback",
        "https://xn--shp-0xc.example/callback",
        "HTTPS://shop.example/callback",
        "http://shop.example/callback",
        "//shop.example/callback",
        "http://127.0.0.1:8000/other",
        "http://127.0.0.1:8000@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "javascript:alert(1)",
        "\"><script>alert(1)</script>",
        "\u{202e}https://shop.example/callback",
    ] {
        let page = browser.get(&request(&client, &[("redirect_uri", redirect)])).await;
        assert_eq!((page.status, page.location()), (StatusCode::BAD_REQUEST, None), "{redirect}");
        assert!(page.text.contains("redirect_uri does not match the Callback URL defined for the client"));
        assert!(page.text.contains(ELSEWHERE), "what is registered");
        assert!(!page.text.contains("<script>alert") && !page.text.contains('\u{202e}'), "{redirect}");
        assert!(!page.text.contains("<b>"), "{redirect}");
    }
    let page = browser.get(&request(&client, &[("redirect_uri", "https://evil.example/cb")])).await;
    assert!(page.text.contains("https://evil.example/cb"), "what was asked for");
    assert!(page.text.contains(&format!("/client/{}/edit", client.id)), "the owner can put it right");
    let page = world.browser().get(&request(&client, &[("redirect_uri", "https://evil.example/cb")])).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("shop@example.org") && !page.text.contains("/edit"));
    browser.language = "ru";
    let page = browser.get(&request(&client, &[("redirect_uri", "https://evil.example/cb")])).await;
    assert!(
        page.text.contains("redirect_uri не совпадает с Callback URL, указанным при регистрации приложения")
    );
}

#[tokio::test]
async fn what_the_application_did_wrong_goes_back_to_it_once_somebody_is_signed_in() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[ELSEWHERE]).await;
    let mut browser = world.signed_in("olga").await;
    let long = "s".repeat(1025);
    let longest = "ж".repeat(1024);
    for (more, error) in [
        (vec![("scope", "market:partner-api,login:info")], "invalid_scope"),
        (vec![("scope", "cloud_api:disk.read")], "invalid_scope"),
        (vec![("scope", "login:email")], "invalid_scope"),
        (vec![("state", long.as_str())], "invalid_request"),
        (vec![("state", "a"), ("state", "b")], "invalid_request"),
        (vec![("device_id", "12345")], "invalid_request"),
        (vec![("device_id", "123456789012345678901234567890123456789012345678901")], "invalid_request"),
        (vec![("device_id", "устройство")], "invalid_request"),
        (vec![("device_id", "123456\n")], "invalid_request"),
        (vec![("device_id", "123456"), ("device_name", "a\u{202e}b")], "invalid_request"),
        (vec![("response_type", "code")], "invalid_request"),
    ] {
        let page = browser.get(&request(&client, &more)).await;
        let place = page.location().unwrap_or_default().to_owned();
        assert!(place.starts_with(&format!("{ELSEWHERE}#error={error}&")), "{more:?}: {place}");
        let page = world.browser().get(&request(&client, &more)).await;
        assert!(page.location().is_some_and(|place| place.starts_with("/login?")), "{more:?}");
    }
    let path = format!("/authorize?response_type=code&client_id={}", client.id);
    assert!(fragment(&browser.get(&path).await).starts_with("error=unsupported_response_type&"));
    for fine in [
        vec![("scope", "")],
        vec![("scope", "login:info")],
        vec![("state", longest.as_str())],
        vec![("device_id", "test device 123"), ("device_name", "Anna's laptop")],
        vec![("device_name", "ignored without an id \u{202e}")],
        vec![("force_confirm", "perhaps")],
        vec![("approval_prompt", "auto"), ("approval_prompt", "force")],
    ] {
        assert_eq!(browser.get(&request(&client, &fine)).await.status, StatusCode::OK, "{fine:?}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_in_its_own_session_and_for_ten_minutes() {
    let world = World::new().await;
    world.account("boris").await;
    let client = client(&world, "Shop", &[OWN]).await;
    let mut browser = world.signed_in("olga").await;
    let ticket = browser.get(&request(&client, &[])).await.field("ticket").to_owned();
    let over =
        |page: &Page| page.status == StatusCode::BAD_REQUEST && page.text.contains("This request is over");
    let fields = [("ticket", ticket.as_str()), ("decision", "allow")];
    for mut other in [world.signed_in("boris").await, world.signed_in("olga").await, world.browser()] {
        assert!(over(&other.post("/authorize", &fields).await), "the ticket belongs to another session");
    }
    assert!(fragment(&browser.post("/authorize", &fields).await).starts_with("access_token="));
    let page = browser.post("/authorize", &fields).await;
    assert!(over(&page), "the back button and a reload repeat the answer");
    assert_eq!(page.location(), None);
    assert!(over(&browser.post("/authorize", &[("ticket", "made-up"), ("decision", "allow")]).await));
    let late = browser.get(&request(&client, &[("force_confirm", "1")])).await.field("ticket").to_owned();
    world.clock.advance(Duration::from_secs(601));
    assert!(over(&browser.post("/authorize", &[("ticket", &late), ("decision", "allow")]).await));
}

#[tokio::test]
async fn questions_in_two_tabs_are_answered_independently() {
    let world = World::new().await;
    let one = client(&world, "One", &["https://one.example/"]).await;
    let two = client(&world, "Two", &["https://two.example/"]).await;
    let mut browser = world.signed_in("olga").await;
    let first = browser.get(&request(&one, &[("state", "1")])).await.field("ticket").to_owned();
    let second = browser.get(&request(&two, &[("state", "2")])).await.field("ticket").to_owned();
    let denied = browser.post("/authorize", &[("ticket", &second), ("decision", "deny")]).await;
    assert!(denied.location().unwrap().starts_with("https://two.example/#error=access_denied"));
    let allowed = browser.post("/authorize", &[("ticket", &first), ("decision", "allow")]).await;
    assert!(allowed.location().unwrap().starts_with("https://one.example/#access_token="));
    assert!(fragment(&allowed).ends_with("&state=1"));
}

#[tokio::test]
async fn an_answer_from_another_site_or_after_signing_out_is_worth_nothing() {
    let world = World::new().await;
    let client = client(&world, "Shop", &[OWN]).await;
    let mut browser = world.signed_in("olga").await;
    let page = browser.get(&request(&client, &[])).await;
    let ticket = page.field("ticket").to_owned();
    let fields = [("ticket", ticket.as_str()), ("decision", "allow")];
    for headers in
        [[("sec-fetch-site", "cross-site")], [("origin", "null")], [("origin", "https://evil.example")]]
    {
        assert_eq!(browser.post_with("/authorize", &headers, &fields).await.status, StatusCode::FORBIDDEN);
    }
    let before = browser.clone();
    let page = browser.post("/logout", &[("next", &request(&client, &[]))]).await;
    assert!(
        page.location().unwrap().starts_with("/login?next=%2Fauthorize%3F"),
        "another account may be used"
    );
    let mut back = before;
    let page = back.post("/authorize", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn the_page_of_the_token_is_for_everybody_and_shows_nothing_that_a_link_could_say() {
    let world = World::new().await;
    let page = world.browser().get("/verification_code").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("verification-code.js") && page.text.contains("<noscript>"));
    assert!(
        page.text.contains(&format!("curl -H &#39;Authorization: Bearer TOKEN&#39; {ORIGIN}/v2/campaigns"))
    );
    let page = world.browser().get("/verification_code?code=abcdefghijklmnop").await;
    assert!(page.text.contains("abcdefghijklmnop") && page.text.contains("Confirmation code"));
    for message in ["Call%20us%20now", "%3Cscript%3E", "a&code=b"] {
        let page = world.browser().get(&format!("/verification_code?code={message}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("Confirmation code"), "{message}");
    }
    assert_headers(&page.headers);
}

fn assert_headers(headers: &HeaderMap) {
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-store");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"));
}
