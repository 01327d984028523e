//! Whether the search for secrets finds what is there, and finds none after everything that could spill one.

use super::site::{PASSWORD, Site};
use super::visitor::{Visitor, percent};
use crate::served::{plain, token};

#[test]
fn the_search_for_secrets_looks_where_the_server_writes() {
    let site = Site::new();
    Visitor::signed_in(&site, "owner");
    let written = site.written();
    let holds = |place: &str, part: &str| {
        let mut places = written.iter().filter(|(name, _)| name.contains(place));
        places.any(|(_, content)| content.windows(part.len()).any(|found| found == part.as_bytes()))
    };
    // The log, the metrics, and the table of events among the others.
    assert!(holds("log.jsonl", "marketpass answers") && holds("log.jsonl", "DEBUG"));
    assert!(holds("/metrics", "marketpass_"));
    assert!(holds("marketpass-data", "business_created") && holds("marketpass-data", "owner@example.org"));
    // Not where nobody but the server reads: there the secrets are.
    assert!(!written.iter().any(|(name, _)| name.contains("secrets/")));
}

#[test]
fn nothing_secret_was_written() {
    let site = Site::new();
    let api_key = token(&site.cabinet.key("ERP"));
    let mut person = Visitor::signed_in(&site, "owner");
    let session = person.session().unwrap().to_owned();
    let oauth = oauth_token(&site);
    let secrets =
        [api_key.as_str(), oauth.as_str(), session.as_str(), PASSWORD, "a-wrong-password", "123456789012"];
    secrets.iter().for_each(|secret| site.keep(secret));
    let mut pages = Vec::new();
    for secret in secrets {
        let quoted = percent(secret);
        // Where people put things by mistake: the address, the wrong field, the wrong header, the wrong page.
        for path in [
            "/",
            "/login",
            "/account",
            "/client/",
            "/cabinet/",
            "/v2/campaigns/",
            "/nothing/",
            "/account/recover/",
            "/account/verify/",
            "/account/sign-up/",
            "/verification_code",
        ] {
            pages.push(person.get(&format!("{path}{quoted}")).body);
            pages.push(
                person.get(&format!("{path}?oauth_token={quoted}&access_token={quoted}&code={quoted}")).body,
            );
            let fields = [
                ("password", secret),
                ("code", secret),
                ("ticket", secret),
                ("token", secret),
                ("answer", secret),
            ];
            pages.push(person.post(path, &fields).body);
        }
        pages.push(Visitor::new(&site).sign_in("owner", &format!("{secret}!")).body);
        let authorize =
            format!("/authorize?response_type=token&client_id={quoted}&redirect_uri={quoted}&scope={quoted}");
        pages.push(
            person.get(&authorize).headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect(),
        );
        for header in [
            "Authorization: Bearer",
            "Authorization: OAuth",
            "Authorization: Basic",
            "Api-Key:",
            "Cookie: marketpass=",
        ] {
            let request =
                format!("GET /v2/campaigns HTTP/1.1\r\nHost: localhost\r\n{header} {secret}\r\n\r\n");
            pages.push(site.ask(request).body);
        }
        pages.push(site.ask(plain(secret)).body);
        pages.push(
            site.ask(format!("POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nX: {secret}\u{1}\r\n\r\n")).body,
        );
    }
    for page in &pages {
        // What a person put into the address themselves may stand in a link of the language switch only.
        for secret in [PASSWORD, session.as_str(), api_key.as_str()] {
            assert!(!page.contains(secret), "a page gives a secret back: {page}");
        }
    }
    assert!(site.wrote_no_secret() >= secrets.len());
}

/// An OAuth token of the owner.
fn oauth_token(site: &Site) -> String {
    let run = |arguments: &[&str]| site.cabinet.machine.run(arguments).json();
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
        "--kind",
        "api",
        "--scope",
        "market:partner-api",
    ];
    let client = run(&create)["client_id"].as_str().unwrap().to_owned();
    run(&["--json", "token", "issue", "--client", &client, "--login", "owner"])["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}
