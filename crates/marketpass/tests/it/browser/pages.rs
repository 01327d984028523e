//! Every page as people meet it: two languages, two colour schemes, a desk and a phone.
//!
//! Owns the inspection. Must never let a page through that is not on the list of the router.

use serde_json::Value;

use super::authenticator::Authenticator;
use super::axe;
use super::factors::{switch_passkey_on, switch_totp_on};
use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::visitor::Visitor;
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
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0);";

/// What sticks out of a window of that width to the right. Not `innerWidth`: a phone's grows with what it shows.
const TOO_WIDE: &str = "return document.documentElement.scrollWidth <= arguments[0] ? [] : \
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > arguments[0] + 1)\
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
                let wide = strings(&browser.script(TOO_WIDE, vec![width.into()]));
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
        ("confirm", "/account/confirm?next=/account/email"),
    ] {
        inspect(&browser, name, path);
    }
    inspect_with(&browser, "confirm-wrong", |browser| {
        browser.go("/account/confirm");
        browser.enter("password", "not the password");
        browser.send();
        browser.text_of("#problems");
    });
    let device = Authenticator::plug_into(&browser);
    browser.look(DESK);
    switch_passkey_on(&browser);
    inspect(&browser, "security-passkey", "/account/security");
    inspect(&browser, "confirm-passkey", "/account/confirm");
    inspect(&browser, "backup-codes-renew", "/account/security/backup-codes");
    inspect_with(&browser, "passkey-remove", |browser| {
        browser.go("/account/security");
        browser.click("a[href^='/account/security/passkeys/']:not([href$='/new'])");
    });
    browser.look(DESK);
    switch_totp_on(&browser);
    inspect(&browser, "totp-off", "/account/security/totp/off");
    browser.forget_cookies();
    browser.look(DESK);
    browser.go("/login");
    sign_in(&browser, "owner", PASSWORD);
    browser.arrives("/login/otp");
    inspect(&browser, "otp", "/login/otp");
    device.unplug(&browser);
}

/// A site with an application that many things are long in, and a browser whose person owns everything.
pub(crate) fn owner(site: &Site) -> (Browser<'_>, String) {
    let name = format!("Выгрузка {}", "остатков и цен ".repeat(6).trim_end());
    let create =
        ["--json", "client", "create", "--owner", "owner", "--name", &name, "--email", "shop@example.org"];
    let debug_url = site.url("/verification_code");
    let rest = ["--redirect-uri", &debug_url, "--scope", "market:partner-api"];
    let client = site.cabinet.machine.run(&[&create[..], &rest].concat()).json();
    let browser = Browser::new(site);
    browser.put_session(Visitor::signed_in(site, "owner").session().unwrap());
    (browser, client["client_id"].as_str().unwrap().to_owned())
}

#[test]
fn pages_of_applications_are_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    crate::cabinet::add_account(&site.cabinet.machine, "newcomer");
    browser.put_session(Visitor::signed_in(&site, "newcomer").session().unwrap());
    inspect(&browser, "applications-none", "/");
    drop(browser);
    let (browser, client) = owner(&site);
    let wrong = |browser: &Browser<'_>| {
        browser.go("/client/new/api");
        browser.enter("name", "Выгрузка");
        browser.enter("email", "shop@example.org");
        browser.click(".actions button");
        browser.text_of("#problems");
    };
    inspect(&browser, "applications", "/");
    inspect(&browser, "client-new", "/client/new/id");
    inspect(&browser, "client-new-api", "/client/new/api");
    inspect_with(&browser, "client-new-wrong", wrong);
    inspect(&browser, "client", &format!("/client/{client}"));
    inspect(&browser, "client-edit", &format!("/client/{client}/edit"));
    inspect(&browser, "client-secret", &format!("/client/{client}/secret"));
    inspect(&browser, "client-delete", &format!("/client/{client}/delete"));
}

/// An answer with a token that nobody was given.
const EXAMPLE: &str =
    "access_token=y0_An-example-of-a-token-that-was-never-issued-to-anybody-0000&expires_in=31536000";

#[test]
fn pages_of_consent_are_sound() {
    let site = Site::new();
    let (browser, client) = owner(&site);
    let asks = format!("/authorize?response_type=token&client_id={client}");
    inspect(&browser, "consent", &asks);
    inspect(&browser, "authorize-unknown", "/authorize?response_type=token&client_id=nothing");
    inspect(&browser, "authorize-foreign", &format!("{asks}&redirect_uri=https://evil.example/"));
    inspect(&browser, "code-nothing", "/verification_code");
    // A change behind the # alone would load nothing.
    let answered = |browser: &Browser<'_>, fragment: &str| {
        browser.go("/cabinet");
        browser.go(&format!("/verification_code#{fragment}"));
    };
    inspect_with(&browser, "code-denied", |browser| answered(browser, "error=access_denied"));
    inspect_with(&browser, "token", |browser| answered(browser, EXAMPLE));
    browser.look(DESK);
    browser.go(&asks);
    browser.press("Allow access");
    browser.sees("Your token");
    site.keep(&browser.value_like(|value| value.starts_with("y0_")));
    inspect(&browser, "connected", "/account/applications");
    inspect(&browser, "connected-withdraw", &format!("/account/applications/{client}"));
}

#[test]
fn pages_of_a_cabinet_are_sound() {
    let site = Site::new();
    let (browser, _) = owner(&site);
    let keys = format!("/cabinet/{}/keys", site.cabinet.business);
    inspect(&browser, "cabinets", "/cabinet");
    inspect(&browser, "keys-none", &keys);
    let mut ids = Vec::new();
    for number in 0..4 {
        let name = format!("{number} {}", "Интеграция с учётной системой ".repeat(number));
        ids.push(site.cabinet.key(name.trim())["id"].as_str().unwrap().to_owned());
    }
    site.cabinet.machine.run(&["key", "pause", "--key", &ids[1]]).text();
    inspect(&browser, "keys", &keys);
    inspect(&browser, "key-new", &format!("{keys}/new"));
    for page in ["edit", "rotate", "delete"] {
        inspect(&browser, &format!("key-{page}"), &format!("{keys}/{}/{page}", ids[0]));
    }
    crate::cabinet::add_account(&site.cabinet.machine, "clerk");
    site.cabinet.run(&["member", "add"], &["--login", "clerk", "--role", "employee"]).text();
    browser.put_session(Visitor::signed_in(&site, "clerk").session().unwrap());
    inspect(&browser, "keys-forbidden", &keys);
}
