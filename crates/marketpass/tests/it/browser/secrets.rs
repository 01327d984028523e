//! Whether the search for secrets finds what is there, and finds none after everything that could spill one.

use super::site::{PASSWORD, Site};
use super::visitor::{Visitor, percent};
use crate::served::{plain, token};
use crate::wire::Reply;

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
    assert!(holds("log.jsonl", "marketpass answers"));
    assert!(holds("/metrics", "marketpass_"));
    assert!(holds("marketpass-data", "business.created") && holds("marketpass-data", "owner@example.org"));
    // Not where nobody but the server reads: there the secrets are.
    assert!(!written.iter().any(|(name, _)| name.contains("secrets/")));
}

const PATHS: [&str; 11] = [
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
];

const HEADERS: [&str; 5] = [
    "Authorization: Bearer ",
    "Authorization: OAuth ",
    "Authorization: Basic ",
    "Api-Key: ",
    "Cookie: marketpass=",
];

#[test]
fn nothing_secret_was_written() {
    let site = Site::new();
    let api_key = token(&site.cabinet.key("ERP"));
    let mut person = Visitor::signed_in(&site, "owner");
    let session = person.session().unwrap().to_owned();
    let oauth = oauth_token(&site);
    let secrets =
        [api_key.as_str(), oauth.as_str(), session.as_str(), PASSWORD, "a-wrong-password", "123456789012"];
    for secret in secrets {
        site.keep(secret);
    }
    let mut errors = Vec::new();
    let mut note = |reply: Reply| {
        if reply.status >= 400 {
            errors.push(reply.body);
        }
    };
    for secret in secrets {
        let quoted = percent(secret);
        // Where people put things by mistake: the address, the wrong field, the wrong header, the wrong page.
        for path in PATHS {
            note(person.get(&format!("{path}{quoted}")));
            note(person.get(&format!("{path}?oauth_token={quoted}&access_token={quoted}&code={quoted}")));
            let fields = ["password", "code", "ticket", "token", "answer"].map(|field| (field, secret));
            note(person.post(path, &fields));
        }
        note(Visitor::new(&site).sign_in("owner", &format!("{secret}!")));
        for header in HEADERS {
            let head = "GET /v2/campaigns HTTP/1.1\r\nHost: localhost\r\n";
            note(site.ask(format!("{head}{header}{secret}\r\n\r\n")));
            note(site.ask(format!("{head}Accept: text/html\r\n{header}{secret}\u{1}\r\n\r\n")));
        }
        note(site.ask(plain(secret)));
    }
    assert!(errors.len() > 100, "{} refusals are not what was meant to be asked", errors.len());
    for error in errors {
        let given_back = secrets.iter().find(|secret| error.contains(**secret));
        assert!(given_back.is_none(), "a refusal gives {given_back:?} back: {error}");
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
