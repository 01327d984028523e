//! `token …`.

use serde_json::{Value, json};

use crate::cabinet::add_account;
use crate::installation::Installation;

/// An application and its owner.
struct Application {
    machine: Installation,
    id: String,
}

impl Application {
    fn new() -> Self {
        let machine = Installation::new();
        add_account(&machine, "owner");
        let words = "--json client create --owner owner --name ERP --email a@b --scope market:partner-api";
        let create: Vec<&str> = words.split(' ').chain(["--scope", "login:info"]).collect();
        let id = machine.run(&create).json()["client_id"].as_str().unwrap().to_owned();
        Self { machine, id }
    }

    fn issue(&self, rest: &[&str]) -> Value {
        let issue = ["--json", "token", "issue", "--client", &self.id, "--login", "owner"];
        self.machine.run(&[&issue, rest].concat()).json()
    }

    fn refused(&self, rest: &[&str]) -> String {
        self.machine.run(&[&["token", "issue", "--client", &self.id], rest].concat()).refusal()
    }

    fn listed(&self) -> Vec<Value> {
        self.machine.run(&["--json", "token", "list", "--login", "owner"]).json().as_array().unwrap().clone()
    }

    fn revoke(&self, token: &Value) -> Value {
        let arguments = ["--json", "token", "revoke", "--token-stdin"];
        self.machine.run_with(&arguments, &[], token.as_str().unwrap()).json()
    }
}

#[test]
fn the_token_that_lives_is_given_again_and_stored_nowhere() {
    let application = Application::new();
    let first = application.issue(&[]);
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["access_token", "expires_in"]);
    let token = first["access_token"].as_str().unwrap();
    assert!(token.starts_with("y0_") && token.len() == 61, "{first}");
    assert_eq!(first["expires_in"], 31_536_000);
    let again = application.issue(&[]);
    assert_eq!(again["access_token"], first["access_token"]);
    assert!(again["expires_in"].as_u64().unwrap() <= 31_536_000);
    assert_eq!(application.listed().len(), 1);
    let files = std::fs::read_dir(application.machine.path("marketpass-data")).unwrap();
    for file in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(20).any(|window| window == &token.as_bytes()[10..30]), "{}", file.display());
    }
}

#[test]
fn other_rights_or_a_time_to_live_make_another_token() {
    let application = Application::new();
    let first = application.issue(&[]);
    let fewer = application.issue(&["--scope", "login:info"]);
    assert_ne!(fewer["access_token"], first["access_token"]);
    let short = application.issue(&["--scope", "login:info", "--expires-in", "12h"]);
    assert_ne!(short["access_token"], fewer["access_token"]);
    assert_eq!(short["expires_in"], 43_200);
    assert_eq!(application.listed().len(), 1, "each replaces the one before");
    assert_eq!(application.listed()[0]["scopes"], json!(["login:info"]));
}

#[test]
fn a_token_is_listed_without_anything_that_opens() {
    let application = Application::new();
    application.issue(&[]);
    let mut grant = application.listed().remove(0);
    for moment in ["id", "issued_at", "expires_at"] {
        assert!(grant.as_object_mut().unwrap().remove(moment).unwrap().is_string(), "{moment}");
    }
    assert_eq!(
        grant,
        json!({
            "login": "owner",
            "client_id": application.id,
            "client_name": "ERP",
            "device_id": null,
            "device_name": null,
            "scopes": ["market:partner-api", "login:info"],
            "live": true,
            "revoked_at": null,
            "last_used_at": null,
        })
    );
    let of_client = application.machine.run(&["--json", "token", "list", "--client", &application.id]).json();
    assert_eq!(of_client, Value::from(application.listed()));
    assert!(
        application.machine.run(&["token", "list"]).usage_error().contains("--login <LOGIN>|--client <ID>")
    );
}

#[test]
fn a_revoked_token_is_dead_and_the_next_one_is_another() {
    let application = Application::new();
    let first = application.issue(&[]);
    assert_eq!(application.revoke(&first["access_token"]), json!({"revoked": true}));
    let grant = application.listed().remove(0);
    assert_eq!(grant["live"], false);
    assert!(grant["revoked_at"].is_string());
    assert_eq!(application.revoke(&first["access_token"]), json!({"revoked": false}), "again");
    assert_eq!(application.revoke(&json!("y0_nonsense")), json!({"revoked": false}));
    let next = application.issue(&[]);
    assert_ne!(next["access_token"], first["access_token"]);
    assert_eq!(application.revoke(&first["access_token"]), json!({"revoked": false}), "replaced");
    assert_eq!(application.listed()[0]["live"], true);
}

#[test]
fn what_ends_tokens_shows_in_the_list() {
    let machine = |application: &Application, words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        application.machine.run(&words).text();
    };
    let application = Application::new();
    let issued = application.issue(&[]);
    machine(&application, "account logout-everywhere --login owner");
    assert_eq!(application.listed()[0]["live"], false);
    let next = application.issue(&[]);
    assert_ne!(next["access_token"], issued["access_token"]);
    machine(&application, &format!("client edit --client {} --scope market:partner-api", application.id));
    assert_eq!(application.listed()[0]["live"], false, "other rights");
    application.issue(&[]);
    machine(&application, "account disable --login owner");
    assert_eq!(application.listed()[0]["live"], false, "switched off");
    let refusal = application.refused(&["--login", "owner"]);
    assert!(refusal.starts_with("the account owner is switched off"), "{refusal}");
    machine(&application, "account enable --login owner");
    assert_eq!(application.listed()[0]["live"], true, "switched on again");
    machine(&application, &format!("client delete --client {}", application.id));
    assert_eq!(application.listed()[0]["live"], false, "application deleted");
}

#[test]
fn what_cannot_be_issued_is_refused_with_what_to_do() {
    let application = Application::new();
    let refusal = application.refused(&["--login", "nobody"]);
    assert!(refusal.starts_with("there is no account with the login nobody"), "{refusal}");
    let refusal = application.refused(&["--login", "owner", "--scope", "login:email"]);
    assert_eq!(
        refusal,
        "the application is registered for market:partner-api login:info and not for all of login:email"
    );
    let refusal = application.refused(&["--login", "owner", "--expires-in", "366d"]);
    assert_eq!(refusal, "a token with these rights lives for at most 365 days: choose a shorter time");
    let refusal = application.refused(&["--login", "owner", "--expires-in", "0s"]);
    assert!(refusal.contains("would have expired already"), "{refusal}");
    let unknown = "0".repeat(32);
    let issue = ["token", "issue", "--client", &unknown, "--login", "owner"];
    assert!(application.machine.run(&issue).refusal().starts_with("there is no application 0000"));
    let refusal = application.machine.run_with(&["token", "revoke", "--token-stdin"], &[], "").refusal();
    assert_eq!(refusal, "standard input is empty: pipe the token in");
}
