//! A person with one credential of each kind, and a neighbour: what the table of revocations is tried on.
//!
//! Owns making them and asking whether they live. Must never share a person between two events.

use serde_json::Value;

use super::authenticator::Authenticator;
use super::events::Before;
use super::factors::{answer_with_app, switch_passkey_on, switch_totp_on};
use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::visitor::{Visitor, hidden};
use super::window::Browser;
use crate::cabinet::add_account;
use crate::served::plain;
use crate::wire::Reply;

/// Somebody to try an event on.
pub(crate) struct Scene<'a> {
    pub(crate) site: &'a Site,
    /// Where the person is signed in.
    pub(crate) browser: &'a Browser<'a>,
    /// The person's login.
    pub(crate) login: String,
    /// The application that the person owns and has a token of.
    pub(crate) client: String,
    pub(crate) client_name: String,
    /// Of that application.
    pub(crate) token: String,
    other_token: String,
    neighbours_token: String,
    /// The person's session in another browser.
    elsewhere: Visitor<'a>,
    /// The id of the API key, which is called as the person.
    pub(crate) key: String,
    key_token: String,
}

/// What is left of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Alive,
    /// It lives, and reaches nothing (product.md §3.6).
    NoReach,
    Dead,
}

impl Fate {
    /// What stands in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::NoReach => "no reach",
            Self::Dead => "dead",
        }
    }

    fn of(is_alive: bool) -> Self {
        if is_alive { Self::Alive } else { Self::Dead }
    }

    fn of_token(reply: &Reply) -> Self {
        match reply.status {
            200 => Self::Alive,
            403 if reply.body.contains("\"Access denied\"") => Self::NoReach,
            403 => Self::Dead,
            _ => panic!("{reply:?}"),
        }
    }
}

impl<'a> Scene<'a> {
    /// Everything alive.
    pub(crate) fn set(site: &'a Site, browser: &'a Browser<'a>, number: usize, before: Before) -> Self {
        let (login, neighbour) = (format!("person-{number}"), format!("neighbour-{number}"));
        for login in [&login, &neighbour] {
            add_account(&site.cabinet.machine, login);
            site.cabinet.run(&["member", "add"], &["--login", login, "--role", "manager"]).text();
        }
        let client_name = format!("Выгрузка {number}");
        let client = client(site, &login, &client_name);
        let other = self::client(site, &login, &format!("Сверка {number}"));
        let key = site.cabinet.run(&["key", "create"], &["--name", &login, "--scope", "pricing"]).json();
        let elsewhere = enter_twice(site, browser, &login, before);
        let scene = Self {
            token: issue(site, &client, &login, &[]),
            other_token: issue(site, &other, &login, &[]),
            neighbours_token: issue(site, &client, &neighbour, &[]),
            elsewhere,
            key: text(&key["id"]),
            key_token: text(&key["token"]),
            site,
            browser,
            login,
            client,
            client_name,
        };
        site.keep(&scene.key_token);
        scene
    }

    /// What is left of each credential, in the order of the table's columns.
    pub(crate) fn fates(&mut self) -> [Fate; 6] {
        let fate = |token: &str| Fate::of_token(&self.site.get("/v2/campaigns", token));
        [
            fate(&self.token),
            fate(&self.other_token),
            fate(&self.neighbours_token),
            Fate::of(self.here().is_some_and(|mut here| here.is_signed_in())),
            Fate::of(self.elsewhere.is_signed_in()),
            Fate::of(self.site.ask(plain(&self.key_token)).status == 200),
        ]
    }

    /// Somebody with the session that the browser has.
    fn here(&self) -> Option<Visitor<'a>> {
        let mut twin = Visitor::new(self.site);
        twin.cookies.insert("marketpass".to_owned(), self.browser.session()?);
        Some(twin)
    }

    /// What the seller API says to the person's token.
    pub(crate) fn told(&self) -> String {
        let reply = self.site.get("/v2/campaigns", &self.token);
        format!("{} {}", reply.status, reply.body)
    }

    /// Runs `account COMMAND` on the person.
    pub(crate) fn operate(&self, command: &str) {
        self.site.cabinet.machine.run(&["account", command, "--login", &self.login]).text();
    }

    /// Another application of the person.
    pub(crate) fn another_client(&self, name: &str) -> String {
        client(self.site, &self.login, &format!("{name} {}", self.login))
    }

    /// A token without a browser.
    pub(crate) fn issue(&self, client: &str, login: &str, rest: &[&str]) -> String {
        issue(self.site, client, login, rest)
    }

    /// The token of a device, allowed by the person where they are asked.
    pub(crate) fn token_of_device(&self, device: &str) -> String {
        let mut here = self.here().expect("the person is signed in");
        let path = format!("/authorize?response_type=token&client_id={}&device_id={device}", self.client);
        let mut reply = here.get(&path);
        if reply.status == 200 {
            let ticket = hidden(&reply.body, "ticket");
            reply = here.post("/authorize", &[("ticket", &ticket), ("decision", "allow")]);
        }
        let target = reply.header("location").unwrap_or_else(|| panic!("{reply:?}"));
        let token = target.split("#access_token=").nth(1).unwrap().split('&').next().unwrap();
        self.site.keep(token);
        token.to_owned()
    }
}

/// Signs a person in twice, first elsewhere, then in the browser as it is left; with the second factor of `before`.
fn enter_twice<'a>(site: &'a Site, browser: &Browser<'a>, login: &str, before: Before) -> Visitor<'a> {
    browser.forget_cookies();
    let mut elsewhere = Visitor::signed_in(site, login);
    if before == Before::Nothing {
        browser.put_session(Visitor::signed_in(site, login).session().unwrap());
        return elsewhere;
    }
    browser.put_session(elsewhere.session().unwrap());
    let device = (before == Before::Passkey).then(|| Authenticator::plug_into(browser));
    let app = (before == Before::Totp).then(|| switch_totp_on(browser).0);
    if device.is_some() {
        switch_passkey_on(browser);
    }
    // Whoever switches a factor on gets another cookie.
    elsewhere.cookies.insert("marketpass".to_owned(), browser.session().unwrap());
    browser.forget_cookies();
    browser.go("/login");
    sign_in(browser, login, PASSWORD);
    if let Some(app) = app {
        answer_with_app(browser, &app);
    }
    if let Some(device) = device {
        browser.arrives("/login/otp");
        browser.press("Use a passkey");
        browser.leaves("/login");
        device.unplug(browser);
    }
    browser.leaves("/login");
    elsewhere
}

fn client(site: &Site, owner: &str, name: &str) -> String {
    let debug_url = site.url("/verification_code");
    let create = [
        "--json",
        "client",
        "create",
        "--owner",
        owner,
        "--name",
        name,
        "--email",
        "shop@example.org",
        "--kind",
        "id",
        "--redirect-uri",
        &debug_url,
        "--scope",
        "market:partner-api",
    ];
    let made = site.cabinet.machine.run(&create).json();
    site.keep(made["client_secret"].as_str().unwrap());
    text(&made["client_id"])
}

/// A token without a browser.
fn issue(site: &Site, client: &str, login: &str, rest: &[&str]) -> String {
    let arguments = ["--json", "token", "issue", "--client", client, "--login", login];
    let issued = site.cabinet.machine.run(&[&arguments, rest].concat()).json();
    let token = text(&issued["access_token"]);
    site.keep(&token);
    token
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
