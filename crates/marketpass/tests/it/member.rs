//! `member …`.

use serde_json::json;

use crate::cabinet::{Cabinet, add_account};

#[test]
fn the_owner_is_the_first_member_and_others_join_and_leave() {
    let cabinet = Cabinet::new();
    add_account(&cabinet.machine, "emil");
    let store = cabinet.campaigns[1].as_str();
    let add = ["--login", "emil", "--role", "employee", "--campaign", store];
    let added = cabinet.run(&["member", "add"], &add).json();
    assert_eq!(added["role"], "employee");
    assert_eq!(added["campaigns"], json!([store.parse::<i64>().unwrap()]));
    let staff = cabinet.run(&["member", "list"], &[]).json();
    assert_eq!((&staff[0]["login"], &staff[1]["login"]), (&json!("emil"), &json!("owner")));
    let text = cabinet.machine.run(&["member", "list", "--business", &cabinet.business]).text();
    assert!(text.lines().any(|line| line.starts_with("owner  owner     all  ")), "{text}");
    let business: i64 = cabinet.business.parse().unwrap();
    let removed = cabinet.run(&["member", "remove"], &["--login", "emil"]).json();
    assert_eq!(removed, json!({"business_id": business, "login": "emil"}));
    assert_eq!(cabinet.run(&["member", "list"], &[]).json().as_array().unwrap().len(), 1);
}

#[test]
fn the_last_owner_stays() {
    let cabinet = Cabinet::new();
    let refusal = cabinet.run(&["member", "remove"], &["--login", "owner"]).refusal();
    assert!(refusal.starts_with("owner is the only owner of business "), "{refusal}");
}

#[test]
fn an_unknown_role_is_wrong_usage() {
    let cabinet = Cabinet::new();
    let message = cabinet.run(&["member", "add"], &["--login", "owner", "--role", "boss"]).usage_error();
    assert!(message.contains("'boss' is no role: one of owner, manager, employee is expected"), "{message}");
}
