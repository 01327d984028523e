//! Pages that nobody comes back to: what was just made, links of letters, the way on to an application.
//!
//! Owns their inspection. Must never show the same secret in both languages: each look makes one of its own.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use mp_testkit::eventually;

use super::bad_input::application;
use super::factors::switch_totp_on;
use super::letters::keep_link;
use super::pages::{inspect, inspect_with, owner};
use super::site::{PASSWORD, Site};
use super::visitor::Visitor;
use super::window::{Browser, DESK};

/// Presses the main button of a form with several, and remembers the secret that it brings.
fn make(browser: &Browser<'_>) {
    browser.click(".actions button.button");
    browser.site.keep(&browser.text_of(".secret-value"));
}

#[test]
fn pages_that_show_a_key_this_once_are_sound() {
    let site = Site::new();
    let (browser, _) = owner(&site);
    let keys = format!("/cabinet/{}/keys", site.cabinet.business);
    // As long as a name may be, with nowhere to break it.
    let names = ["А", "Б"].map(|letter| letter.repeat(100));
    let number = Cell::new(0);
    inspect_with(&browser, "key-created", |browser| {
        browser.go(&format!("{keys}/new"));
        browser.enter("name", &names[number.replace(1)]);
        browser.click("#access-pricing-read");
        make(browser);
    });
    let listed = site.cabinet.run(&["key", "list"], &[]).json();
    let key = listed[0]["id"].as_str().unwrap();
    inspect_with(&browser, "key-rotated", |browser| {
        browser.go(&format!("{keys}/{key}/rotate"));
        make(browser);
    });
}

#[test]
fn pages_that_show_a_secret_of_an_application_this_once_are_sound() {
    let site = Site::new();
    let (browser, client) = owner(&site);
    let number = Cell::new(0);
    inspect_with(&browser, "client-created", |browser| {
        number.set(number.get() + 1);
        browser.go("/client/new/id");
        browser.enter("name", &format!("{} {}", number.get(), "ВыгрузкаОстатковИЦен".repeat(4)));
        browser.click("[value=debug-redirect]");
        browser.shows_value("input[name=redirect_uri]", &site.url("/verification_code"));
        browser.type_into("input[type=search]", "market:partner-api");
        browser.click("[role=option]");
        browser.enter("email", "shop@example.org");
        make(browser);
    });
    inspect_with(&browser, "client-renewed", |browser| {
        browser.go(&format!("/client/{client}/secret"));
        make(browser);
    });
}

#[test]
fn the_page_that_shows_backup_codes_this_once_is_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.put_session(Visitor::signed_in(&site, "owner").session().unwrap());
    switch_totp_on(&browser);
    inspect_with(&browser, "backup-codes", |browser| {
        browser.go("/account/security/backup-codes");
        browser.send();
        browser.text_of(".secret-list");
        for code in browser.texts(".secret-list code") {
            site.keep(&code);
        }
    });
}

#[test]
fn pages_of_links_that_prove_an_address_are_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.put_session(Visitor::signed_in(&site, "owner").session().unwrap());
    let number = Cell::new(0);
    let asked = |browser: &Browser<'_>| {
        number.set(number.get() + 1);
        let address = format!("{}{}@example.org", "olga-of-the-firs-and-sticks".repeat(2), number.get());
        browser.go("/account/email");
        browser.enter("email", &address);
        browser.send();
        browser.lacks("main [name=email]");
        let letter = site.mailbox.newest_to(&address, 0);
        keep_link(&site, letter.link());
        letter.link().to_owned()
    };
    inspect_with(&browser, "email-sent", |browser| drop(asked(browser)));
    browser.look(DESK);
    inspect(&browser, "verify", &asked(&browser));
    inspect_with(&browser, "verified", |browser| {
        browser.go(&asked(browser));
        browser.send();
        browser.text_of("main a[href='/account']");
    });
}

#[test]
fn pages_of_recovery_are_sound() {
    let site = Site::new();
    let browser = Browser::new(&site);
    inspect_with(&browser, "recover-sent", |browser| {
        browser.go("/account/recover");
        browser.enter("login", "owner");
        browser.send();
        browser.lacks("main [name=login]");
    });
    let letter = site.mailbox.newest_to("owner@example.org", 1);
    keep_link(&site, letter.link());
    inspect(&browser, "recover-password", letter.link());
    inspect_with(&browser, "recover-password-wrong", |browser| {
        browser.go(letter.link());
        browser.enter("password", "short");
        browser.send();
        browser.text_of("#problems");
    });
    inspect(&browser, "recovered", "/login?after=recovered");
}

#[test]
fn pages_of_an_invitation_are_sound() {
    let site = Site::with("[accounts]\nsign_up = \"invitation\"\n");
    let browser = Browser::new(&site);
    inspect(&browser, "sign-up-closed", "/account/sign-up");
    let address = format!("{}@example.org", "olga-of-the-firs-and-sticks".repeat(2));
    let invited = site.cabinet.machine.run(&["--json", "account", "invite", "--email", &address]).json();
    let link = invited["url"].as_str().unwrap();
    keep_link(&site, link);
    inspect(&browser, "invitation", link);
    inspect_with(&browser, "invitation-wrong", |browser| {
        browser.go(link);
        browser.enter("login", "ольга");
        browser.enter("password", "a long password");
        browser.send();
        browser.text_of("#problems");
    });
}

/// An application that is sent a browser and leaves it where it is, as one that answers with a file to save does; where
/// it listens.
fn application_without_a_page() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            // A browser that goes away while it is answered has been answered.
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn the_page_on_the_way_to_an_application_is_sound() {
    let site = Site::new();
    let elsewhere = format!("http://{}/callback", application_without_a_page());
    let client = application(&site, &elsewhere);
    let issue = ["--json", "token", "issue", "--client", &client, "--login", "owner"];
    let issued = site.cabinet.machine.run(&issue).json();
    site.keep(issued["access_token"].as_str().unwrap());
    let browser = Browser::new(&site);
    inspect_with(&browser, "onward", |browser| {
        browser.forget_cookies();
        browser.go(&format!("/authorize?response_type=token&client_id={client}"));
        browser.enter("login", "owner");
        browser.enter("password", PASSWORD);
        browser.send();
        let mut sent = Vec::new();
        eventually("the way on to the application", || {
            sent.extend(browser.requests());
            sent.iter().any(|request| request["url"] == elsewhere.as_str())
        });
        let is_known = |url: &str| url == elsewhere || url.starts_with(&site.base);
        assert!(sent.iter().all(|request| is_known(request["url"].as_str().unwrap())), "{sent:?}");
    });
}

#[test]
fn pages_that_end_a_consent_are_sound() {
    let site = Site::new();
    let (browser, client) = owner(&site);
    let asks = format!("/authorize?response_type=token&client_id={client}");
    let session = browser.session().unwrap();
    inspect_with(&browser, "consent-over", |browser| {
        browser.put_session(&session);
        browser.go(&asks);
        // Signed out meanwhile, in another window.
        browser.forget_cookies();
        browser.click("[value=deny]");
        browser.lacks("[name=ticket]");
    });
    let foreign = format!("https://evil.example/{}", "callback".repeat(30));
    inspect(&browser, "authorize-foreign-stranger", &format!("{asks}&redirect_uri={foreign}"));
}
