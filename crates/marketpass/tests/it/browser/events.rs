//! The events that end credentials, each done as a person or an administrator does it.
//!
//! Owns the list with what each is to end (yandex-oauth §8.3, product.md §3.6). Must never ask whether it worked: that is
//! the table's.

use std::time::Duration;

use mp_testkit::{happens, promptly};

use super::authenticator::Authenticator;
use super::factors::{switch_passkey_on, switch_totp_off, switch_totp_on};
use super::revocations::PROMISED;
use super::scene::Fate::{self, Alive, Dead, NoReach};
use super::scene::Scene;
use super::site::PASSWORD;

/// An event.
pub(crate) struct Event {
    pub(crate) name: &'static str,
    /// What has to be there before the person gets any credential.
    pub(crate) before: Before,
    pub(crate) act: fn(&mut Scene<'_>),
    /// What is left of each credential, in the order of the table's columns.
    pub(crate) leaves: [Fate; 6],
    /// What the seller API says of the person's token from then on.
    pub(crate) told: &'static str,
}

/// The second factor a person has from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    Totp,
    Passkey,
}

const INVALID: &str =
    r#"403 {"status":"ERROR","errors":[{"code":"FORBIDDEN","message":"OAuth token is invalid"}]}"#;
const LOGGED_OUT: &str = "403 {\"status\":\"ERROR\",\"errors\":[{\"code\":\"FORBIDDEN\",\"message\":\"OAuth token is invalid \
                          (account has been globally logged out)\"}]}";
const DISABLED: &str =
    r#"403 {"status":"ERROR","errors":[{"code":"FORBIDDEN","message":"User account is disabled"}]}"#;
const DENIED: &str = r#"403 {"status":"ERROR","errors":[{"code":"FORBIDDEN","message":"Access denied"}]}"#;
const OK: &str = "200 ";

/// Everything of the person but the session in which it was done.
const ALL_BUT_HERE: [Fate; 6] = [Dead, Dead, Alive, Alive, Dead, Alive];
/// Everything of the person.
const ALL: [Fate; 6] = [Dead, Dead, Alive, Dead, Dead, Alive];
/// One token.
const ONE: [Fate; 6] = [Dead, Alive, Alive, Alive, Alive, Alive];
/// All tokens of the application.
const OF_THE_APP: [Fate; 6] = [Dead, Alive, Dead, Alive, Alive, Alive];

const fn event(name: &'static str, act: fn(&mut Scene<'_>), leaves: [Fate; 6], told: &'static str) -> Event {
    Event { name, before: Before::Nothing, act, leaves, told }
}

pub(crate) const EVENTS: [Event; 21] = [
    event("sign out everywhere", sign_out_everywhere, ALL, LOGGED_OUT),
    event("password change", change_password, ALL_BUT_HERE, INVALID),
    event("second factor on: codes", codes_on, ALL_BUT_HERE, INVALID),
    Event { before: Before::Totp, ..event("second factor off: codes", codes_off, ALL_BUT_HERE, INVALID) },
    event("second factor on: passkey", passkey_on, ALL_BUT_HERE, INVALID),
    Event {
        before: Before::Passkey,
        ..event("second factor off: passkey", passkey_off, ALL_BUT_HERE, INVALID)
    },
    event("recovery by e-mail", recover, ALL, INVALID),
    event("account disabled", |scene| scene.operate("disable"), ALL, DISABLED),
    event(
        "logged out everywhere by the operator",
        |scene| scene.operate("logout-everywhere"),
        ALL,
        LOGGED_OUT,
    ),
    event("password set by the operator", set_password, ALL, INVALID),
    event("expiry of the token", expire, ONE, INVALID),
    event("rights of the application changed", change_rights, OF_THE_APP, INVALID),
    event("application deleted", delete_application, OF_THE_APP, INVALID),
    event("access withdrawn", withdraw, ONE, INVALID),
    event("31st device token", fill_devices, ONE, INVALID),
    event("token revoked by the operator", revoke_token, ONE, INVALID),
    event("left the staff", leave_staff, [NoReach, NoReach, Alive, Alive, Alive, Alive], DENIED),
    event("secret of the application renewed", renew_secret, [Alive; 6], OK),
    event("signed out here", sign_out, [Alive, Alive, Alive, Dead, Alive, Alive], OK),
    event("session elsewhere ended", end_session, [Alive, Alive, Alive, Alive, Dead, Alive], OK),
    event("API key deleted", delete_key, [Alive, Alive, Alive, Alive, Alive, Dead], OK),
];

fn sign_out_everywhere(scene: &mut Scene<'_>) {
    scene.browser.go("/account/sign-out-everywhere");
    scene.browser.send();
    scene.browser.arrives("/login");
}

fn change_password(scene: &mut Scene<'_>) {
    scene.browser.go("/account/security/password");
    scene.browser.enter("current", PASSWORD);
    scene.browser.enter("new", "battery staple correct");
    scene.browser.send();
    scene.browser.arrives("/account/security?");
}

fn codes_on(scene: &mut Scene<'_>) {
    switch_totp_on(scene.browser);
}

fn codes_off(scene: &mut Scene<'_>) {
    switch_totp_off(scene.browser);
}

fn passkey_on(scene: &mut Scene<'_>) {
    let device = Authenticator::plug_into(scene.browser);
    switch_passkey_on(scene.browser);
    device.unplug(scene.browser);
}

fn passkey_off(scene: &mut Scene<'_>) {
    scene.browser.go("/account/security");
    scene.browser.click("a[href^='/account/security/passkeys/']:not([href$='/new'])");
    scene.browser.send();
    scene.browser.arrives("/account/security?");
}

fn recover(scene: &mut Scene<'_>) {
    let known = scene.site.mailbox.letters().len();
    scene.browser.go("/account/recover");
    scene.browser.enter("login", &scene.login);
    scene.browser.send();
    let letter = scene.site.mailbox.newest_to(&format!("{}@example.org", scene.login), known);
    scene.site.keep(letter.link().rsplit('/').next().unwrap());
    scene.browser.go(letter.link());
    scene.browser.enter("password", "battery staple correct");
    scene.browser.send();
    scene.browser.arrives("/login");
}

fn set_password(scene: &mut Scene<'_>) {
    let arguments = ["account", "set-password", "--login", &scene.login, "--password-stdin"];
    scene.site.cabinet.machine.run_with(&arguments, &[], "battery staple correct").text();
}

fn expire(scene: &mut Scene<'_>) {
    let client = scene.another_client("Коротко");
    let login = scene.login.clone();
    // One whose life is over before anybody has looked says nothing: the next one lives longer.
    let life = [2, 10, 60].into_iter().find(|life| {
        scene.token = scene.issue(&client, &login, &["--expires-in", &format!("{life}s")]);
        happens(PROMISED, || scene.told().starts_with(OK))
    });
    let life = Duration::from_secs(life.expect("a new token works"));
    promptly("its end", life + PROMISED, || !scene.told().starts_with(OK));
}

fn change_rights(scene: &mut Scene<'_>) {
    scene.browser.go(&format!("/client/{}/edit", scene.client));
    scene.browser.type_into("input[type=search]", "login:info");
    scene.browser.click("[role=option]");
    scene.browser.press("Save changes");
    scene.browser.sees("ClientID");
}

fn delete_application(scene: &mut Scene<'_>) {
    scene.browser.go(&format!("/client/{}/delete", scene.client));
    scene.browser.fill("To confirm, type the name", &scene.client_name);
    scene.browser.press("Delete application");
    scene.browser.leaves("/client/");
}

fn withdraw(scene: &mut Scene<'_>) {
    scene.browser.go(&format!("/account/applications/{}", scene.client));
    scene.browser.send();
    scene.browser.arrives("/account/applications?");
}

fn fill_devices(scene: &mut Scene<'_>) {
    let token_of = |number: usize| scene.token_of_device(&format!("device-{number}"));
    let first = token_of(1);
    let others: Vec<String> = (2..=30).map(token_of).collect();
    assert_eq!(scene.site.get("/v2/campaigns", &first).status, 200, "thirty devices live side by side");
    let newest = token_of(31);
    for living in [&others[28], &newest] {
        assert_eq!(scene.site.get("/v2/campaigns", living).status, 200);
    }
    scene.token = first;
}

fn revoke_token(scene: &mut Scene<'_>) {
    let arguments = ["token", "revoke", "--token-stdin"];
    scene.site.cabinet.machine.run_with(&arguments, &[], &scene.token).text();
}

fn leave_staff(scene: &mut Scene<'_>) {
    scene.site.cabinet.run(&["member", "remove"], &["--login", &scene.login]).text();
}

fn renew_secret(scene: &mut Scene<'_>) {
    scene.browser.go(&format!("/client/{}/secret", scene.client));
    scene.browser.press("Renew secret");
    scene.browser.sees("The old secret does not work any more");
    scene.site.keep(&scene.browser.value_like(|value| value.len() == 32 && value != scene.client));
}

fn sign_out(scene: &mut Scene<'_>) {
    scene.browser.go("/");
    scene.browser.press("Sign out");
    scene.browser.arrives("/login");
}

fn end_session(scene: &mut Scene<'_>) {
    scene.browser.go("/account/sessions");
    scene.browser.press("End");
    scene.browser.arrives("/account/sessions?");
}

fn delete_key(scene: &mut Scene<'_>) {
    scene.browser.go(&format!("/cabinet/{}/keys/{}/delete", scene.site.cabinet.business, scene.key));
    scene.browser.fill("To confirm, type the name", &scene.login);
    scene.browser.press("Delete key");
    scene.browser.sees("is deleted. Calls with it are refused.");
}
