//! `import FILE [--tokens-out FILE]`.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::installation::{Ended, Installation};
use crate::running::Running;

/// Of the right form; nobody signs in with it here.
const HASH: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b8dWRWJTmaaOObG";
/// The example of the seller API's documentation (market-api §1.2).
const TOKEN: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

fn lines() -> String {
    [
        json!({"account": {"login": "olga", "email": "olga@example.org", "name": "Ольга", "password_hash": HASH}}),
        json!({"business": {"id": 7, "name": "Ёлки", "owner": "olga", "subscription": "medium"}}),
        json!({"campaign": {"business_id": 7, "id": 70, "name": "Север", "placement": "DBS"}}),
        json!({"member": {"business_id": 7, "login": "olga", "role": "owner"}}),
        json!({"key": {"business_id": 7, "name": "ERP", "scopes": ["pricing"], "token": TOKEN}}),
        json!({"key": {"business_id": 7, "name": "CRM", "scopes": ["communication"]}}),
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

fn import(machine: &Installation) -> Ended {
    machine.run(&["--json", "import", "lines.jsonl", "--tokens-out", "tokens.jsonl"])
}

#[test]
fn a_platform_is_imported_and_its_keys_work_as_before() {
    let machine = Installation::new();
    machine.write("lines.jsonl", &lines());
    let result = import(&machine).json();
    assert_eq!(
        result,
        json!({"accounts": 1, "businesses": 1, "campaigns": 1, "members": 1, "keys": 2, "refused": 0})
    );
    let tokens = machine.path("tokens.jsonl");
    assert_eq!(tokens.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let generated: Value = serde_json::from_str(&std::fs::read_to_string(tokens).unwrap()).unwrap();
    assert_eq!(generated["name"], "CRM");
    let server = Running::serve(&machine, &[]);
    for (token, name) in [(TOKEN, "ERP"), (generated["token"].as_str().unwrap(), "CRM")] {
        let answer = server.token_info("listen", token);
        assert!(answer.status == 200 && answer.body.contains(name), "{}", answer.body);
    }
}

#[test]
fn importing_again_changes_nothing() {
    let machine = Installation::new();
    machine.write("lines.jsonl", &lines());
    let first = import(&machine).json();
    let tokens = std::fs::read(machine.path("tokens.jsonl")).unwrap();
    let keys = machine.run(&["--json", "key", "list", "--business", "7"]).json();
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_eq!(import(&machine).json(), first);
    assert_eq!(machine.run(&["--json", "key", "list", "--business", "7"]).json(), keys);
    assert_eq!(std::fs::read(machine.path("tokens.jsonl")).unwrap(), tokens);
}

#[test]
fn a_bad_line_is_named_by_its_number_and_stops_only_itself() {
    let machine = Installation::new();
    machine.write("lines.jsonl", &format!("{{\"acount\":{{}}}}\n{}not JSON\n", lines()));
    let ended = import(&machine);
    assert_eq!(ended.status, 1);
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&result["keys"], &result["refused"]), (&json!(2), &json!(2)));
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert!(said[0].starts_with("line 1: ") && said[1].starts_with("line 8: "), "{}", ended.stderr);
    let last =
        "error: 2 lines were refused, everything else is imported: correct them and import the file again";
    assert_eq!(said[2], last);
}

#[test]
fn lines_come_through_standard_input_too() {
    let machine = Installation::new();
    let first_two = lines().lines().take(2).collect::<Vec<_>>().join("\n");
    let result = machine.run_with(&["import", "-"], &[], &first_two).text();
    assert!(result.starts_with("Accounts:    1\nBusinesses:  1\n"), "{result}");
}

#[test]
fn files_that_will_not_do_are_refused_with_what_to_do() {
    let machine = Installation::new();
    let refusal = machine.run(&["import", "missing.jsonl"]).refusal();
    assert!(
        refusal.starts_with("missing.jsonl cannot be read: ")
            && refusal.ends_with("name a file of JSON lines")
    );
    assert!(machine.run(&["import", "."]).refusal().starts_with(". cannot be read: it is a folder"));
    machine.write("lines.jsonl", &lines());
    machine.write("tokens.jsonl", "");
    std::fs::set_permissions(machine.path("tokens.jsonl"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let refusal = import(&machine).refusal();
    assert!(refusal.contains("run `chmod 600 tokens.jsonl` or name another file"), "{refusal}");
    assert_eq!(machine.run(&["--json", "account", "list"]).json(), json!([]), "nothing was imported");
}
