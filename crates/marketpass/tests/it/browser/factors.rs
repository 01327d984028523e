//! The second factor in a browser: codes that `oathtool` makes, and passkeys on Chromium's own device.

use super::authenticator::Authenticator;
use super::oathtool::App;
use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::window::Browser;

/// Switches codes on for whoever is signed in; the app that makes them, and the backup codes.
#[track_caller]
pub(crate) fn switch_totp_on(browser: &Browser<'_>) -> (App, Vec<String>) {
    browser.go("/account/security/totp");
    let secret = browser.value_like(is_base32);
    browser.site.keep(&secret);
    browser.site.keep(&secret.replace(' ', ""));
    let app = App::new(&secret);
    in_time(browser, &app, |code| {
        browser.enter("code", code);
        browser.send();
    });
    browser.sees("Save your backup codes");
    let codes = browser.texts(".secret-list code");
    for code in &codes {
        browser.site.keep(code);
    }
    (app, codes)
}

fn is_base32(text: &str) -> bool {
    let plain = text.replace(' ', "");
    plain.len() >= 26 && plain.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

/// Switches codes off.
#[track_caller]
pub(crate) fn switch_totp_off(browser: &Browser<'_>) {
    browser.go("/account/security/totp/off");
    browser.send();
    browser.arrives("/account/security?");
}

/// Adds the passkey of the device that is plugged in.
#[track_caller]
pub(crate) fn switch_passkey_on(browser: &Browser<'_>) {
    browser.go("/account/security/passkeys/new");
    browser.enter("name", "Laptop");
    browser.send();
    browser.sees("Save your backup codes");
    for code in browser.texts(".secret-list code") {
        browser.site.keep(&code);
    }
}

/// Enters a code on the page that asks for one.
#[track_caller]
pub(crate) fn answer_with_code(browser: &Browser<'_>, code: &str) {
    browser.arrives("/login/otp");
    browser.enter("code", code);
    browser.click("form[action='/login/otp'] button");
}

/// Enters a code of an app on the page that asks for one.
#[track_caller]
pub(crate) fn answer_with_app(browser: &Browser<'_>, app: &App) {
    in_time(browser, app, |code| answer_with_code(browser, code));
}

/// Enters another code where the machine stood still until the time of the first one was over.
fn in_time(browser: &Browser<'_>, app: &App, enter: impl Fn(&str)) {
    enter(&app.code());
    while browser.has("#problems") && app.is_out_of_date() {
        enter(&app.code());
    }
}

/// Signs in with the password alone, in a browser that forgets who was there.
#[track_caller]
fn begin(browser: &Browser<'_>) {
    browser.forget_cookies();
    browser.go("/login");
    sign_in(browser, "owner", PASSWORD);
}

#[test]
fn codes_are_asked_for_and_none_is_accepted_twice() {
    let site = Site::new();
    let browser = Browser::new(&site);
    begin(&browser);
    let (app, backup) = switch_totp_on(&browser);
    assert_eq!(backup.len(), 10);
    // The code that switched them on is used up; the password alone opens nothing.
    begin(&browser);
    browser.arrives("/login/otp");
    browser.go("/account");
    browser.arrives("/login");
    answer_with_code(&browser, &app.shown_last());
    browser.sees("There is a problem");
    answer_with_app(&browser, &app);
    browser.leaves("/login");
    // A backup code works, once.
    begin(&browser);
    answer_with_code(&browser, &backup[3]);
    browser.leaves("/login");
    begin(&browser);
    for refused in [backup[3].as_str(), &app.shown_last(), &app.code_of_tomorrow(), "000000"] {
        answer_with_code(&browser, refused);
        browser.sees("There is a problem");
    }
    answer_with_code(&browser, &backup[0]);
    browser.leaves("/login");
    switch_totp_off(&browser);
    begin(&browser);
    browser.leaves("/login");
}

#[test]
fn a_passkey_is_added_signs_in_and_is_removed() {
    let site = Site::new();
    let browser = Browser::new(&site);
    let device = Authenticator::plug_into(&browser);
    begin(&browser);
    browser.leaves("/login");
    switch_passkey_on(&browser);
    let passkeys = device.passkeys(&browser);
    assert_eq!((passkeys.len(), passkeys[0]["rpId"].as_str()), (1, Some("localhost")));
    begin(&browser);
    browser.arrives("/login/otp");
    browser.press("Use a passkey");
    browser.leaves("/login");
    browser.go("/account/security");
    browser.sees("Laptop");
    browser.click("a[href^='/account/security/passkeys/']:not([href$='/new'])");
    browser.send();
    browser.arrives("/account/security?");
    begin(&browser);
    browser.leaves("/login");
    // What was removed is of no use any more: with another factor on, the old passkey is not taken.
    switch_passkey_on(&browser);
    assert_eq!(device.passkeys(&browser).len(), 2);
    browser.complained_about_nothing();
}
