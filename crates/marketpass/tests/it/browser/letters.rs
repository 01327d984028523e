//! What happens by letter: signing up, proving and changing an address, recovery. The letters go through a real SMTP
//! conversation with somebody else's mail server, which insists on a password.

use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::visitor::Visitor;
use super::window::Browser;

/// Remembers the secret in a link.
pub(crate) fn keep_link(site: &Site, link: &str) {
    site.keep(link.rsplit(['/', '=']).next().unwrap());
}

#[test]
fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let site = Site::new();
    let browser = Browser::new(&site);
    let mut elsewhere = Visitor::signed_in(&site, "owner");
    browser.go("/login");
    browser.click("a[href='/account/recover']");
    browser.enter("login", "owner");
    browser.send();
    let letter = site.mailbox.newest_to("owner@example.org", 0);
    keep_link(&site, letter.link());
    assert!(
        letter.link().starts_with(&site.base) && letter.sender.contains("post@example.org"),
        "{letter:?}"
    );
    browser.go(letter.link());
    browser.sees("owner");
    browser.enter("password", "battery staple correct");
    browser.send();
    browser.arrives("/login");
    assert!(!elsewhere.is_signed_in());
    sign_in(&browser, "owner", PASSWORD);
    browser.sees("There is a problem");
    sign_in(&browser, "owner", "battery staple correct");
    browser.leaves("/login");
    // Another time the link opens nothing.
    browser.forget_cookies();
    browser.go(letter.link());
    assert!(!browser.has("[name=password]"), "{}", browser.text());
    browser.asked_nobody_else();
}

#[test]
fn the_answer_to_a_recovery_does_not_tell_whether_there_is_such_an_account() {
    let site = Site::new();
    let mut visitor = Visitor::new(&site);
    let mut told = |login: &str| {
        let reply = visitor.post("/account/recover", &[("login", login)]);
        (reply.status, reply.header("location").map(str::to_owned), reply.body.replace(login, "LOGIN"))
    };
    assert_eq!(told("owner"), told("nobody"));
    let letter = site.mailbox.newest_to("owner@example.org", 0);
    keep_link(&site, letter.link());
    assert_eq!(site.mailbox.letters().len(), 1, "nobody gets a letter about somebody else's typing");
}

#[test]
fn somebody_signs_up_and_proves_an_address() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.go("/login");
    browser.click("a[href='/account/sign-up']");
    browser.enter("name", "Ольга");
    browser.enter("login", "olga");
    browser.enter("email", "olga@example.org");
    browser.enter("password", "a long password");
    browser.send();
    let letter = site.mailbox.newest_to("olga@example.org", 0);
    keep_link(&site, letter.link());
    browser.go(letter.link());
    browser.send();
    browser.sees("olga@example.org");
    browser.forget_cookies();
    browser.go("/login");
    // From now on the address is as good as the login.
    sign_in(&browser, "olga@example.org", "a long password");
    browser.leaves("/login");
    browser.sees("Ольга");
}

#[test]
fn an_invitation_lets_one_person_in_where_nobody_else_can_sign_up() {
    let site = Site::with("[accounts]\nsign_up = \"invitation\"\n");
    let invited = ["--json", "account", "invite", "--email", "olga@example.org"];
    let link = site.cabinet.machine.run(&invited).json()["url"].as_str().unwrap().to_owned();
    keep_link(&site, &link);
    let browser = Browser::new(&site);
    browser.go("/account/sign-up");
    assert!(!browser.has("[name=password]"), "{}", browser.text());
    browser.go(&link);
    browser.enter("name", "Ольга");
    browser.enter("login", "olga");
    browser.enter("password", "a long password");
    browser.send();
    browser.leaves("/account/sign-up");
    browser.forget_cookies();
    browser.go(&link);
    assert!(!browser.has("[name=password]"), "an invitation is for one: {}", browser.text());
}

#[test]
fn an_address_is_changed_when_the_new_one_is_proven() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.go("/account/email");
    sign_in(&browser, "owner", PASSWORD);
    browser.arrives("/account/email");
    browser.enter("email", "new@example.org");
    browser.send();
    let letter = site.mailbox.newest_to("new@example.org", 0);
    keep_link(&site, letter.link());
    browser.go("/account");
    browser.sees("owner@example.org");
    browser.go(letter.link());
    browser.send();
    browser.go("/account");
    browser.sees("new@example.org");
    assert!(!browser.text().contains("owner@example.org"));
}
