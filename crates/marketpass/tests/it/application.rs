//! `client …`.

use serde_json::{Value, json};

use crate::cabinet::add_account;
use crate::installation::Installation;

/// A machine with the person who owns the applications.
fn machine() -> Installation {
    let machine = Installation::new();
    add_account(&machine, "owner");
    machine
}

const CREATE: [&str; 9] =
    ["--json", "client", "create", "--owner", "owner", "--name", "Выгрузка 🔑", "--email", "dev@example.org"];
const MARKET: [&str; 2] = ["--scope", "market:partner-api"];

/// The same with another name: no two of an owner have the same.
fn creating(name: &str) -> [&str; 9] {
    let mut command = CREATE;
    command[6] = name;
    command
}

fn create(machine: &Installation, rest: &[&str]) -> Value {
    let others = listed(machine).len();
    let name = if others == 0 { CREATE[6].to_owned() } else { format!("Выгрузка {others}") };
    machine.run(&[&creating(&name), &MARKET[..], rest].concat()).json()
}

fn listed(machine: &Installation) -> Vec<Value> {
    machine.run(&["--json", "client", "list"]).json().as_array().unwrap().clone()
}

fn id(client: &Value) -> &str {
    client["client_id"].as_str().unwrap()
}

fn is_32_hexadecimal_digits(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[test]
fn the_secret_is_shown_once_and_stored_nowhere() {
    let machine = machine();
    let client = create(&machine, &[]);
    assert_eq!(client.as_object().unwrap().keys().collect::<Vec<_>>(), ["client_id", "client_secret"]);
    assert!(is_32_hexadecimal_digits(&client["client_id"]), "{client}");
    assert!(is_32_hexadecimal_digits(&client["client_secret"]), "{client}");
    let secret = client["client_secret"].as_str().unwrap().as_bytes();
    let files = std::fs::read_dir(machine.path("marketpass-data")).unwrap();
    for file in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    let text = machine.run(&[&creating("Сверка")[1..], &MARKET].concat()).text();
    assert!(text.contains("Client secret:  ") && text.contains("it will not be shown again"), "{text}");
    assert_eq!(create(&machine, &["--public"])["client_secret"], Value::Null);
}

#[test]
fn a_name_that_the_owner_has_given_already_is_refused() {
    let machine = machine();
    create(&machine, &[]);
    let refusal = machine.run(&[&CREATE, &MARKET[..]].concat()).refusal();
    assert_eq!(refusal, "the owner has an application called Выгрузка 🔑 already: choose another name");
    assert_eq!(listed(&machine).len(), 1);
}

#[test]
fn an_application_is_listed_with_everything_it_was_given() {
    let machine = machine();
    let given = [
        ["--redirect-uri", "https://example.org/callback"],
        ["--redirect-uri", "http://localhost:8080/verification_code"],
        ["--scope", "login:email"],
        ["--grant", "implicit"],
    ];
    let created = create(&machine, given.as_flattened());
    let mut client = listed(&machine).remove(0);
    assert!(client.as_object_mut().unwrap().remove("created_at").unwrap().is_string());
    assert_eq!(
        client,
        json!({
            "client_id": created["client_id"],
            "owner": "owner",
            "name": "Выгрузка 🔑",
            "email": "dev@example.org",
            "kind": "id",
            "redirect_uris": ["https://example.org/callback", "http://localhost:8080/verification_code"],
            "scopes": ["market:partner-api", "login:email"],
            "grant_types": ["implicit"],
            "ignores_redirect_query": false,
            "public": false,
            "former_secret_until": null,
        })
    );
    add_account(&machine, "other");
    let of = |login| machine.run(&["--json", "client", "list", "--owner", login]).json();
    assert_eq!((of("owner").as_array().unwrap().len(), of("other")), (1, json!([])));
    let refusal = machine.run(&["client", "list", "--owner", "nobody"]).refusal();
    assert!(refusal.starts_with("there is no account with the login nobody"), "{refusal}");
}

#[test]
fn the_token_in_the_redirect_is_there_by_default_only_for_our_own_page() {
    let machine = machine();
    let grants = |rest: &[&str]| {
        let created = create(&machine, rest);
        let found = listed(&machine).into_iter().find(|client| client["client_id"] == created["client_id"]);
        found.unwrap()["grant_types"].clone()
    };
    let own = json!(["implicit", "authorization_code", "refresh_token"]);
    assert_eq!(grants(&[]), own);
    assert_eq!(grants(&["--kind", "api"]), own);
    let elsewhere = ["--redirect-uri", "https://example.org/"];
    assert_eq!(grants(&elsewhere), json!(["authorization_code", "refresh_token"]));
}

#[test]
fn an_edit_changes_what_is_named_and_nothing_else() {
    let machine = machine();
    let client = create(&machine, &[]);
    let edit = |rest: &[&str]| {
        let changed =
            machine.run(&[&["--json", "client", "edit", "--client", id(&client)], rest].concat()).json();
        assert_eq!(changed["client_id"], client["client_id"]);
        listed(&machine).remove(0)
    };
    let edited = edit(&["--name", "CRM", "--redirect-query", "ignore"]);
    assert_eq!((&edited["name"], &edited["ignores_redirect_query"]), (&json!("CRM"), &json!(true)));
    assert_eq!(edited["email"], "dev@example.org");
    let edited = edit(&["--email", "x@y.z", "--scope", "login:info", "--redirect-uri", "myapp://token"]);
    assert_eq!(edited["scopes"], json!(["login:info"]));
    assert_eq!((&edited["email"], &edited["name"]), (&json!("x@y.z"), &json!("CRM")));
    assert_eq!(edited["redirect_uris"], json!(["myapp://token"]));
    let message = machine.run(&["client", "edit", "--client", id(&client)]).usage_error();
    assert!(message.contains("--name") && message.contains("--redirect-query"), "{message}");
}

#[test]
fn a_renewed_secret_is_another_one_and_the_overlap_is_listed() {
    let machine = machine();
    let client = create(&machine, &[]);
    let renew = |rest: &[&str]| {
        machine.run(&[&["--json", "client", "renew-secret", "--client", id(&client)], rest].concat())
    };
    let renewed = renew(&[]).json();
    assert_eq!(renewed["client_id"], client["client_id"]);
    assert!(is_32_hexadecimal_digits(&renewed["client_secret"]));
    assert_ne!(renewed["client_secret"], client["client_secret"]);
    assert_eq!(listed(&machine)[0]["former_secret_until"], Value::Null);
    renew(&["--overlap", "12h"]).json();
    assert!(listed(&machine)[0]["former_secret_until"].is_string());
    let refusal = renew(&["--overlap", "91d"]).refusal();
    assert!(refusal.contains("at most 90 days longer"), "{refusal}");
    let public = create(&machine, &["--public"]);
    let refusal = machine.run(&["client", "renew-secret", "--client", id(&public)]).refusal();
    assert!(refusal.ends_with("is public and has no secret: there is nothing to renew"), "{refusal}");
}

#[test]
fn a_deleted_application_is_gone() {
    let machine = machine();
    let client = create(&machine, &[]);
    let delete = || machine.run(&["client", "delete", "--client", id(&client)]);
    assert!(delete().text().contains("deleted for good, and its tokens with it"));
    assert_eq!(listed(&machine), Vec::<Value>::new());
    assert!(delete().refusal().starts_with("there is no application "));
}

#[test]
fn slips_say_what_is_expected() {
    let machine = machine();
    let refused = |rest: &[&str]| machine.run(&[&CREATE, &MARKET[..], rest].concat()).refusal();
    let refusal = refused(&["--redirect-uri", "http://example.org/"]);
    assert!(
        refusal.starts_with("the redirect URI 'http://example.org/' cannot be registered: it would send")
    );
    let twice = ["--redirect-uri", "myapp://token", "--redirect-uri", "myapp://token"];
    assert_eq!(refused(&twice), "the redirect URI myapp://token is named twice: name it once");
    let refusal = refused(&["--kind", "api", "--scope", "login:info"]);
    assert!(refusal.starts_with("an application for API access cannot ask for login:info"), "{refusal}");
    let refusal = refused(&["--kind", "api", "--redirect-uri", "myapp://token"]);
    assert!(refusal.contains("and cannot be changed: leave it out"), "{refusal}");
    let message = machine.run(&[&CREATE[..], &["--scope", "login:info,login:email"]].concat()).usage_error();
    assert!(
        message.contains("'login:info,login:email' is no scope: one of market:partner-api, "),
        "{message}"
    );
    assert!(machine.run(&CREATE).usage_error().contains("--scope <RIGHT>"));
    let message = machine.run(&["client", "delete", "--client", "x"]).usage_error();
    assert!(message.contains("32 digits 0-9 and a-f are expected"), "{message}");
}
