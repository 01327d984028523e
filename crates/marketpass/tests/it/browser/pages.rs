//! Every page as people meet it: two languages, two colour schemes, a desk and a phone.
//!
//! Owns the inspection. Must never let a page through that is not on the list of the router.

use serde_json::Value;

use super::authenticator::Authenticator;
use super::axe;
use super::factors::{switch_passkey_on, switch_totp_on};
use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::window::{Browser, DESK, Look};

/// What a page may weigh with everything it loads, in bytes.
const WEIGHT: u64 = 50_000;

const DESK_WIDTH: u32 = 1280;
const PHONE_WIDTH: u32 = 360;

/// What must not stand in a page: what only an unsafe policy would let run.
const INLINE: &str = "const inline = [...document.querySelectorAll('script:not([src]), style, [style]')];\
    const handlers = [...document.querySelectorAll('*')].filter(element => [...element.attributes].some(a => a.name.startsWith('on')));\
    return [...inline, ...handlers].map(element => element.outerHTML.slice(0, 200));";

/// Bytes of the page with all it loaded.
const WEIGH: &str = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0);";

/// What sticks out of the window to the right.
const TOO_WIDE: &str = "return document.documentElement.scrollWidth <= innerWidth ? [] : \
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)\
    .map(e => e.outerHTML.slice(0, 120)).slice(0, 5);";

/// Looks at the page `path` in every way and keeps its pictures under `name`.
#[track_caller]
pub(crate) fn inspect(browser: &Browser<'_>, name: &str, path: &str) {
    inspect_with(browser, name, |browser| browser.go(path));
}

/// The same for a page that is reached by more than its address.
#[track_caller]
pub(crate) fn inspect_with(browser: &Browser<'_>, name: &str, open: impl Fn(&Browser<'_>)) {
    let mut found = Vec::new();
    for language in ["en", "ru"] {
        browser.look(Look { language, scheme: "light", width: DESK_WIDTH });
        open(browser);
        let tag = browser.attribute("html", "lang");
        assert_eq!(tag.as_deref(), Some(language), "{name}");
        found.extend(
            strings(&browser.script(INLINE, Vec::new())).into_iter().map(|line| format!("inline: {line}")),
        );
        let weight = browser.script(WEIGH, Vec::new()).as_u64().unwrap();
        assert!((1000..WEIGHT).contains(&weight), "{name} weighs {weight} bytes");
        for scheme in ["light", "dark"] {
            for width in [DESK_WIDTH, PHONE_WIDTH] {
                let look = Look { language, scheme, width };
                browser.look(look);
                browser.keep_picture(name, look);
                let wide = strings(&browser.script(TOO_WIDE, Vec::new()));
                found.extend(wide.into_iter().map(|line| format!("wider than {width}: {line}")));
            }
            found.extend(
                axe::violations(browser).into_iter().map(|line| format!("{language} {scheme}: {line}")),
            );
        }
    }
    assert!(found.is_empty(), "{name} is not as it should be:\n{}", found.join("\n"));
    browser.asked_nobody_else();
    browser.complained_about_nothing();
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_before_signing_in_are_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    inspect(&browser, "login", "/login");
    inspect_with(&browser, "login-wrong", |browser| {
        browser.go("/login");
        browser.enter("login", "owner");
        browser.enter("password", "not the password");
        browser.send();
        browser.text_of("#problems");
    });
    inspect(&browser, "recover", "/account/recover");
    inspect(&browser, "recover-over", "/account/recover/nothing");
    inspect(&browser, "verify-over", "/account/verify/nothing");
    inspect(&browser, "sign-up", "/account/sign-up");
    inspect(&browser, "not-found", "/nothing");
}

#[test]
fn pages_of_the_account_are_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.go("/login");
    sign_in(&browser, "owner", PASSWORD);
    browser.leaves("/login");
    for (name, path) in [
        ("account", "/account"),
        ("account-email", "/account/email"),
        ("security", "/account/security"),
        ("password", "/account/security/password"),
        ("totp", "/account/security/totp"),
        ("passkey-new", "/account/security/passkeys/new"),
        ("devices", "/account/sessions"),
        ("connected-none", "/account/applications"),
        ("sign-out-everywhere", "/account/sign-out-everywhere"),
        ("sign-out", "/logout"),
    ] {
        inspect(&browser, name, path);
    }
    let device = Authenticator::plug_into(&browser);
    browser.look(DESK);
    switch_passkey_on(&browser);
    inspect(&browser, "security-passkey", "/account/security");
    inspect(&browser, "backup-codes-renew", "/account/security/backup-codes");
    inspect_with(&browser, "passkey-remove", |browser| {
        browser.go("/account/security");
        browser.click("a[href^='/account/security/passkeys/']:not([href$='/new'])");
    });
    browser.look(DESK);
    let (secret, _) = switch_totp_on(&browser);
    inspect(&browser, "totp-off", "/account/security/totp/off");
    browser.forget_cookies();
    browser.look(DESK);
    browser.go("/login");
    sign_in(&browser, "owner", PASSWORD);
    browser.arrives("/login/otp");
    inspect(&browser, "otp", "/login/otp");
    site.keep(&secret);
    device.unplug(&browser);
}
