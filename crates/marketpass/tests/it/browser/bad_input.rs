//! What attackers send to the pages, and what comes of it.

use serde_json::json;

use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::visitor::{Visitor, hidden, percent};
use super::window::Browser;

#[test]
fn ten_thousand_wrong_passwords_from_many_addresses_do_not_lock_the_owner_out() {
    let site = Site::new();
    let mut owner = Visitor::signed_in(&site, "owner");
    owner.cookies.remove("marketpass");
    let mut attacker = Visitor::new(&site);
    let began = std::time::Instant::now();
    let mut looked_at = 0;
    for number in 0..10_000 {
        attacker.address = format!("198.51.{}.{}", number / 250, number % 250);
        let reply = attacker.post("/login", &[("login", "owner"), ("password", "wrong-password")]);
        assert!(matches!(reply.status, 422 | 429) && attacker.session().is_none(), "{reply:?}");
        looked_at += u32::from(reply.status == 422);
    }
    assert_eq!(looked_at, 10, "ten passwords are tried, however many addresses there are");
    // Even the right password is not tried where nobody has signed in before.
    let refused = attacker.sign_in("owner", PASSWORD);
    assert!(refused.status == 429 && refused.body.contains("Too many attempts"), "{refused:?}");
    assert_eq!(owner.sign_in("owner", PASSWORD).status, 303, "the owner's browser has a budget of its own");
    assert!(owner.is_signed_in());
    println!("ten thousand wrong passwords: {:?}", began.elapsed());
}

#[test]
fn a_refusal_does_not_tell_whether_an_account_exists() {
    let site = Site::new();
    let mut visitor = Visitor::new(&site);
    let mut told = |login: &str| {
        let reply = visitor.post("/login", &[("login", login), ("password", "wrong-password")]);
        (reply.status, reply.body.replace(login, "LOGIN"))
    };
    let (known, unknown) = (told("owner"), told("nobody"));
    assert_eq!(known, unknown);
    assert!(!known.1.contains("wrong-password"), "a password is never given back");
}

#[test]
fn forms_of_other_sites_are_refused_signing_in_included() {
    let site = Site::new();
    let mut visitor = Visitor::new(&site);
    let ours = format!("Origin: {}\r\n", site.base);
    for (provenance, is_ours) in [
        ("Sec-Fetch-Site: cross-site\r\n", false),
        ("Sec-Fetch-Site: same-site\r\n", false),
        ("Origin: null\r\n", false),
        ("Origin: http://evil.example\r\n", false),
        ("Origin: http://localhost\r\n", false),
        ("", false),
        (ours.as_str(), true),
        ("Sec-Fetch-Site: same-origin\r\n", true),
    ] {
        visitor.provenance = provenance.to_owned();
        let reply = visitor.sign_in("owner", PASSWORD);
        assert_eq!(reply.status == 303, is_ours, "{provenance:?}: {reply:?}");
        assert_eq!(visitor.session().is_some(), is_ours, "{provenance:?}");
    }
    // Signed in by now; the same holds for what a person does.
    for provenance in ["Sec-Fetch-Site: cross-site\r\n", "Origin: null\r\n", ""] {
        visitor.provenance = provenance.to_owned();
        let reply = visitor.post("/logout", &[]);
        assert!(matches!(reply.status, 400 | 403) && visitor.is_signed_in(), "{provenance:?}: {reply:?}");
    }
    // A browser that says nothing of where a form comes from proves it by the token in the form.
    let token = hidden(&visitor.get("/account").body, "csrf");
    assert_eq!(visitor.post("/logout", &[("csrf", &token)]).status, 303);
    assert!(!visitor.is_signed_in());
}

#[test]
fn a_session_that_somebody_planted_is_not_the_one_that_is_signed_in() {
    let site = Site::new();
    let mut attacker = Visitor::new(&site);
    attacker.get("/login");
    let planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let browser = Browser::new(&site);
    browser.go("/login");
    browser.put_session(planted);
    browser.go("/login");
    sign_in(&browser, "owner", PASSWORD);
    browser.leaves("/login");
    assert_ne!(browser.session().as_deref(), Some(planted));
    attacker.cookies.insert("marketpass".to_owned(), planted.to_owned());
    assert!(!attacker.is_signed_in());
    // Signing in again in the same browser is another session, too.
    let first = browser.session().unwrap();
    browser.go("/login");
    attacker.cookies.insert("marketpass".to_owned(), first);
    assert!(attacker.is_signed_in(), "it is this cookie that counts");
}

#[test]
fn the_back_button_shows_nothing_after_signing_out() {
    let site = Site::new();
    let browser = Browser::new(&site);
    browser.go("/login?next=/account/sessions");
    sign_in(&browser, "owner", PASSWORD);
    browser.arrives("/account/sessions");
    browser.go("/account");
    browser.press("Sign out");
    browser.arrives("/login");
    for _ in 0..2 {
        browser.back();
        browser.arrives("/login");
        assert!(!browser.source().contains("owner@example.org"));
    }
}

#[test]
fn nobody_is_sent_to_another_site_after_signing_in() {
    let site = Site::new();
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x=y",
        "/\t/evil.example",
        "evil.example",
        "///evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "/..//evil.example",
    ] {
        let mut visitor = Visitor::new(&site);
        let path = format!("/login?next={}", percent(next));
        let page = visitor.get(&path);
        assert_eq!(page.status, 200);
        let fields = [("login", "owner"), ("password", PASSWORD), ("next", next)];
        let reply = visitor.post(&path, &fields);
        let target = reply.header("location").unwrap_or_else(|| panic!("{reply:?}"));
        let is_ours = target.starts_with('/') && !target.starts_with("//") && !target.starts_with("/\\");
        assert!(is_ours && !target.contains(char::is_control), "{next:?} leads to {target}");
    }
}

/// Registers an application that sends people to another site.
pub(crate) fn application(site: &Site, redirect_uri: &str) -> String {
    let create = [
        "--json",
        "client",
        "create",
        "--owner",
        "owner",
        "--name",
        "Выгрузка",
        "--email",
        "shop@example.org",
        "--redirect-uri",
        redirect_uri,
        "--scope",
        "market:partner-api",
        "--grant",
        "implicit",
    ];
    let made = site.cabinet.machine.run(&create).json();
    site.keep(made["client_secret"].as_str().unwrap());
    made["client_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_answer_goes_to_no_address_but_the_registered_one() {
    let site = Site::new();
    let client = application(&site, "https://shop.example.org/callback");
    let mut visitor = Visitor::signed_in(&site, "owner");
    for redirect in [
        "https://shop.example.org/callback/",
        "https://shop.example.org/Callback",
        "https://shop.example.org/callback?x=1",
        "https://shop.example.org/callback#x",
        "https://olga@shop.example.org/callback",
        "https://shop.example.org:443/callback",
        "https://shop.example.org@evil.example/callback",
        "https://evil.example/callback",
        "http://shop.example.org/callback",
        "https://shop.example.org/x/../callback",
        "https://shop.example.org/%63allback",
        "https://shop.example.org\\@evil.example/callback",
        "https://shop.example.org.evil.example/callback",
        "https://shop.examp\u{43b}e.org/callback",
        "//shop.example.org/callback",
        "javascript:alert(1)",
        "https://SHOP.example.org/callback",
        "https://shop.example.org/callback\r\nX: y",
        "",
    ] {
        let path =
            format!("/authorize?response_type=token&client_id={client}&redirect_uri={}", percent(redirect));
        let reply = visitor.get(&path);
        let is_absent = redirect.is_empty();
        assert_eq!(reply.status == 200, is_absent, "{redirect:?}: {reply:?}");
        assert!(is_absent || reply.status == 400 && reply.header("location").is_none(), "{redirect:?}");
    }
    let unknown = visitor.get("/authorize?response_type=token&client_id=00000000000000000000000000000000");
    assert!(
        unknown.status == 400 && unknown.body.contains("Unknown client with such client_id"),
        "{unknown:?}"
    );
}

#[test]
fn odd_parameters_are_answered_at_the_registered_address_or_on_a_page() {
    let site = Site::new();
    let client = application(&site, "https://shop.example.org/callback");
    let mut visitor = Visitor::signed_in(&site, "owner");
    visitor.provenance = "Sec-Fetch-Site: cross-site\r\n".to_owned();
    let mut answer = |query: &str| {
        let reply = visitor.get(&format!("/authorize?client_id={client}&{query}"));
        let target = reply.header("location").map(str::to_owned);
        (reply.status, target)
    };
    let asks = |outcome: (u16, Option<String>), what: &str| assert_eq!(outcome, (200, None), "{what}");
    let refuses = |outcome: (u16, Option<String>), what: &str| {
        let (status, target) = outcome;
        let is_sent_back = target.as_deref().is_some_and(|target| {
            target.starts_with("https://shop.example.org/callback#error=") && matches!(status, 302 | 303)
        });
        assert!(is_sent_back || status == 400 && target.is_none(), "{what}: {status} {target:?}");
    };
    asks(answer(&format!("response_type=token&state={}", "s".repeat(1024))), "a state of 1024");
    refuses(answer(&format!("response_type=token&state={}", "s".repeat(1025))), "a state of 1025");
    asks(answer("response_type=token&device_id=test%20device%20123&device_name=x"), "a device");
    for device in ["short", &"d".repeat(51), "tab%09inside", "%D1%91%D0%BB%D0%BA%D0%B0-1"] {
        refuses(answer(&format!("response_type=token&device_id={device}")), device);
    }
    asks(answer("response_type=token&scope="), "an empty scope");
    for scope in ["market:partner-api,login:info", "market:nothing", "login:info"] {
        refuses(answer(&format!("response_type=token&scope={}", percent(scope))), scope);
    }
    refuses(answer("response_type=password"), "an unknown response_type");
    refuses(answer("state=x"), "no response_type");
    refuses(answer("response_type=token&response_type=token"), "a parameter twice");
}

#[test]
fn two_tabs_each_answer_their_own_question_once() {
    let site = Site::new();
    let client = application(&site, "https://shop.example.org/callback");
    let mut person = Visitor::signed_in(&site, "owner");
    let mut ask = |state: &str| {
        let path =
            format!("/authorize?response_type=token&client_id={client}&force_confirm=yes&state={state}");
        hidden(&person.get(&path).body, "ticket")
    };
    let (one, two) = (ask("one"), ask("two"));
    assert_ne!(one, two);
    // Somebody else's session cannot answer, with or without an account.
    super::super::cabinet::add_account(&site.cabinet.machine, "olga");
    for mut other in [Visitor::signed_in(&site, "olga"), Visitor::new(&site)] {
        let reply = other.post("/authorize", &[("ticket", &two), ("decision", "allow")]);
        assert!(reply.header("location").is_none_or(|to| to.starts_with("/login")), "{reply:?}");
    }
    let allow = [("ticket", two.as_str()), ("decision", "allow")];
    let reply = person.post("/authorize", &allow);
    let target = reply.header("location").unwrap().to_owned();
    assert!(
        target.starts_with("https://shop.example.org/callback#access_token=y0_")
            && target.contains("state=two")
    );
    site.keep(target.split(['=', '&']).nth(1).unwrap());
    let replayed = person.post("/authorize", &allow);
    assert!(replayed.status >= 400 && replayed.header("location").is_none(), "{replayed:?}");
    let denied = person.post("/authorize", &[("ticket", one.as_str()), ("decision", "deny")]);
    let target = denied.header("location").unwrap();
    let is_told = target.starts_with("https://shop.example.org/callback#error=access_denied&");
    assert!(is_told && target.ends_with("&state=one"), "{target}");
    let no_decision = person.post("/authorize", &[("ticket", one.as_str()), ("decision", "maybe")]);
    assert!(no_decision.status >= 400 && no_decision.header("location").is_none());
}

#[test]
fn names_are_shown_as_text_whatever_is_in_them() {
    let site = Site::new();
    let name = "<script src=//evil.example></script><b>Ёлки & 'палки' \"";
    let create = |name: &str| {
        site.cabinet.machine.run(&[
            "--json",
            "client",
            "create",
            "--owner",
            "owner",
            "--name",
            name,
            "--email",
            "shop@example.org",
            "--kind",
            "api",
            "--scope",
            "market:partner-api",
        ])
    };
    let made = create(name).json();
    for hidden_letter in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{7}"] {
        assert!(create(&format!("Shop{hidden_letter}pohS")).usage_error().contains("cannot be shown"));
    }
    let browser = Browser::new(&site);
    browser.go("/");
    sign_in(&browser, "owner", PASSWORD);
    browser.sees(name);
    for path in ["/client/", "/authorize?response_type=token&client_id="] {
        browser.go(&format!("{path}{}", made["client_id"].as_str().unwrap()));
        browser.sees(name);
        assert_eq!(
            browser.script("return document.querySelectorAll('b, script[src*=evil]').length", Vec::new()),
            json!(0)
        );
    }
    browser.asked_nobody_else();
    browser.complained_about_nothing();
}

#[test]
fn a_stolen_cookie_is_dead_after_a_password_change_and_the_owner_stays() {
    let site = Site::new();
    let mut owner = Visitor::signed_in(&site, "owner");
    let mut thief = Visitor::new(&site);
    thief.address = "198.51.100.66".to_owned();
    thief.cookies.insert("marketpass".to_owned(), owner.session().unwrap().to_owned());
    assert!(thief.is_signed_in(), "it was worth stealing");
    let new = "battery staple correct";
    site.keep(new);
    let change = [("current", PASSWORD), ("new", new)];
    let reply = owner.post("/account/security/password", &change);
    assert_eq!(reply.status, 303, "{reply:?}");
    assert!(!thief.is_signed_in() && owner.is_signed_in());
    // The form that did it does not do it again.
    assert_eq!(owner.post("/account/security/password", &change).status, 422);
}

#[test]
fn forms_that_are_sent_again_do_nothing_again() {
    let site = Site::new();
    let mut owner = Visitor::signed_in(&site, "owner");
    let list = format!("/cabinet/{}/keys", site.cabinet.business);
    let page = owner.get(&format!("{list}/new")).body;
    let access = page.split("type=\"radio\" name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form =
        [("name", "Учёт"), (access.as_str(), "read"), ("stores", "all"), ("expiry", "never"), ("do", "save")];
    let create = |owner: &mut Visitor<'_>| owner.post(&format!("{list}/new"), &form);
    let made = create(&mut owner);
    assert!(made.body.contains("ACMA:"), "{made:?}");
    assert_eq!(create(&mut owner).status, 422, "the name is taken");
    let keys = site.cabinet.run(&["key", "list"], &[]).json();
    assert_eq!(keys.as_array().unwrap().len(), 1, "{keys}");
    // A new token, asked for twice by one form.
    let path = format!("{list}/{}/rotate", keys[0]["id"].as_str().unwrap());
    let seen = hidden(&owner.get(&path).body, "seen");
    let rotate = [("seen", seen.as_str()), ("overlap", "0")];
    let first = owner.post(&path, &rotate);
    let token = first.body.split("ACMA:").nth(1).unwrap_or_else(|| panic!("{first:?}"));
    let token = format!("ACMA:{}", &token[..49]);
    site.keep(&token);
    let again = owner.post(&path, &rotate);
    assert!(again.status == 422 && !again.body.contains("ACMA:"), "{again:?}");
    assert_eq!(site.ask(crate::served::plain(&token)).status, 200, "the first token is the one that counts");
}
