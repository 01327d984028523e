//! Whether the instruments show what they are meant to show: one that is always content proves nothing.

use super::authenticator::Authenticator;
use super::site::Site;
use super::window::{Browser, DESK, Look};
use super::{axe, oathtool};

#[test]
fn axe_core_sees_a_picture_without_words_and_grey_on_white() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.go(
        "data:text/html,<html lang=en><title>x</title><main><h1>x</h1><img src=data:,><p style='color:%23bbb'>pale words</p></main>",
    );
    let found = axe::violations(&browser).join("\n");
    assert!(found.contains("image-alt: <img") && found.contains("color-contrast: <p"), "{found}");
}

#[test]
fn the_codes_are_those_of_the_standard() {
    // RFC 6238, appendix B.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert_eq!(oathtool::code_at(secret, 59), "287082");
    assert_eq!(oathtool::code_at(secret, 1_111_111_109), "081804");
}

#[test]
fn the_window_has_the_look_it_is_given_and_tells_what_it_asked_for() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.look(Look { language: "ru", scheme: "dark", width: 360 });
    browser.go("/livez");
    let seen = "return [matchMedia('(prefers-color-scheme: dark)').matches, innerWidth < 1280]";
    assert_eq!(browser.script(seen, Vec::new()), serde_json::json!([true, true]));
    let asked = browser.requests();
    assert_eq!(
        (asked[0]["url"].as_str().unwrap(), asked[0]["headers"]["Accept-Language"].as_str()),
        (site.url("/livez").as_str(), Some("ru"))
    );
    assert!(Authenticator::plug_into(&browser).passkeys(&browser).is_empty());
    browser.look(DESK);
}
