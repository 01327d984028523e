//! `key …`.

use serde_json::{Value, json};

use crate::cabinet::Cabinet;

fn is_token(value: &Value) -> bool {
    let token = value.as_str().unwrap();
    token.starts_with("ACMA:") && token.len() == 54
}

fn listed(cabinet: &Cabinet) -> Vec<Value> {
    cabinet.run(&["key", "list"], &[]).json().as_array().unwrap().clone()
}

fn change(cabinet: &Cabinet, command: &str, key: &Value, rest: &[&str]) -> Value {
    let id = key["id"].as_str().unwrap();
    cabinet.machine.run(&[&["--json", "key", command, "--key", id], rest].concat()).json()
}

#[test]
fn the_token_is_shown_once_and_stored_nowhere() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    assert!(is_token(&key["token"]), "{key}");
    assert_eq!(key.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "name", "token"]);
    let secret = key["token"].as_str().unwrap().as_bytes()[5..45].to_vec();
    let data = cabinet.machine.path("marketpass-data");
    let files =
        std::fs::read_dir(data).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    let create = ["key", "create", "--business", &cabinet.business, "--name", "CRM", "--scope", "pricing"];
    let text = cabinet.machine.run(&create).text();
    assert!(text.contains("Token:  ACMA:") && text.contains("it will not be shown again"), "{text}");
}

#[test]
fn a_key_is_listed_with_everything_it_was_given() {
    let cabinet = Cabinet::new();
    let store = cabinet.campaigns[0].as_str();
    let chosen = [
        &["--name", "Ключ 🔑", "--scope", "pricing:read-only", "--scope", "ALL_METHODS", "--campaign", store]
            [..],
        &["--expires-in", "90d", "--allow-ip", "203.0.113.7", "--allow-ip", "2001:db8::/32"],
    ]
    .concat();
    let created = cabinet.run(&["key", "create"], &chosen).json();
    let mut key = listed(&cabinet).remove(0);
    for time in ["created_at", "expires_at"] {
        assert!(key.as_object_mut().unwrap().remove(time).unwrap().is_string(), "{time}");
    }
    assert_eq!(
        key,
        json!({
            "id": created["id"],
            "name": "Ключ 🔑",
            "scopes": ["all-methods", "pricing:read-only"],
            "state": "active",
            "campaigns": [store.parse::<i64>().unwrap()],
            "networks": ["203.0.113.7/32", "2001:db8::/32"],
            "created_by": "operator",
            "last_used_at": null,
        })
    );
}

#[test]
fn an_edit_changes_name_and_accesses_but_needs_one_of_them() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    let edited = change(&cabinet, "edit", &key, &["--name", "CRM", "--scope", "communication"]);
    assert_eq!((&edited["name"], &edited["scopes"]), (&json!("CRM"), &json!(["communication"])));
    let id = key["id"].as_str().unwrap();
    let message = cabinet.machine.run(&["key", "edit", "--key", id]).usage_error();
    assert!(message.contains("--name") && message.contains("--scope"), "{message}");
}

#[test]
fn a_rotation_keeps_the_key_and_shows_another_token() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    let rotated = change(&cabinet, "rotate", &key, &["--overlap", "12h"]);
    assert_eq!((&rotated["id"], &rotated["name"]), (&key["id"], &key["name"]));
    assert!(is_token(&rotated["token"]) && rotated["token"] != key["token"]);
    let again = change(&cabinet, "rotate", &key, &[]);
    assert!(is_token(&again["token"]) && again["token"] != rotated["token"]);
}

#[test]
fn a_key_is_paused_resumed_and_deleted_for_good() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    for (command, state) in [("pause", "paused"), ("resume", "active"), ("delete", "deleted")] {
        assert_eq!(change(&cabinet, command, &key, &[])["state"], state);
    }
    let id = key["id"].as_str().unwrap();
    let refusal = cabinet.machine.run(&["key", "resume", "--key", id]).refusal();
    assert!(refusal.contains("cannot be changed any more: create a new one"), "{refusal}");
}

#[test]
fn the_thirty_first_key_is_refused() {
    let cabinet = Cabinet::new();
    for number in 1..=30 {
        cabinet.key(&format!("key {number}"));
    }
    let refusal = cabinet.run(&["key", "create"], &["--name", "one more", "--scope", "pricing"]).refusal();
    assert!(refusal.contains("30 live keys, the most there may be"), "{refusal}");
    assert_eq!(listed(&cabinet).len(), 30);
}

#[test]
fn a_name_in_use_is_refused() {
    let cabinet = Cabinet::new();
    cabinet.key("ERP");
    let refusal = cabinet.run(&["key", "create"], &["--name", "ERP", "--scope", "pricing"]).refusal();
    assert!(refusal.ends_with("has a key named 'ERP' already: choose another name"), "{refusal}");
}

#[test]
fn slips_are_wrong_usage_and_say_what_is_expected() {
    let cabinet = Cabinet::new();
    let named =
        |rest: &[&str]| cabinet.run(&["key", "create"], &[&["--name", "x"], rest].concat()).usage_error();
    assert!(named(&["--scope", "prices"]).contains("'prices' is no access; the accesses are all-methods, "));
    assert!(named(&[]).contains("--scope <ACCESS>"));
    assert!(named(&["--scope", "pricing", "--expires-in", "3w"]).contains("for example 90d, 12h, 30s"));
    assert!(
        named(&["--scope", "pricing", "--allow-ip", "10.0.0.0/99"]).contains("for example 203.0.113.0/24")
    );
    let long = "ж".repeat(101);
    let message = cabinet.run(&["key", "create"], &["--name", &long, "--scope", "pricing"]).usage_error();
    assert!(message.contains("the name has 101 characters: at most 100 are allowed"), "{message}");
    let message = cabinet.machine.run(&["key", "pause", "--key", "x"]).usage_error();
    assert!(message.contains("'x' is no key id: a UUID is expected"), "{message}");
}

#[test]
fn the_prefix_of_tokens_can_be_configured() {
    let cabinet = Cabinet::new();
    let create =
        ["--json", "key", "create", "--business", &cabinet.business, "--name", "x", "--scope", "pricing"];
    let key = cabinet.machine.run_with(&create, &[("MARKETPASS__KEYS__PREFIX", "SHOP1")], "").json();
    assert!(key["token"].as_str().unwrap().starts_with("SHOP1:"), "{key}");
}
