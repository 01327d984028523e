//! `db …`, and the secrets that belong to a database.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::cabinet::Cabinet;
use crate::installation::Installation;

const ELSEWHERE: (&str, &str) = ("MARKETPASS__DATABASE__URL", "sqlite:elsewhere.db");

#[test]
fn the_first_command_makes_a_private_database_with_its_secrets() {
    let machine = Installation::new();
    machine.run(&["business", "list"]).text();
    for (name, mode) in [
        ("marketpass-data", 0o700),
        ("marketpass-data/marketpass.db", 0o600),
        ("marketpass-data/secrets", 0o700),
        ("marketpass-data/secrets/peppers", 0o600),
    ] {
        let metadata = machine.path(name).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn first_commands_at_once_agree_on_database_and_secrets() {
    let machine = Installation::new();
    std::thread::scope(|scope| {
        let racing: Vec<_> =
            (0..6).map(|_| scope.spawn(|| machine.run(&["business", "list"]).text())).collect();
        for command in racing {
            assert_eq!(command.join().unwrap(), "(none)\n");
        }
    });
    machine.run(&["doctor"]).text();
}

#[test]
fn migrating_twice_changes_nothing_more() {
    let machine = Installation::new();
    let first = machine.run(&["--json", "db", "migrate"]).json();
    assert!(!first["applied"].as_array().unwrap().is_empty());
    assert_eq!(machine.run(&["--json", "db", "migrate"]).json(), json!({"applied": []}));
    assert_eq!(machine.run(&["db", "migrate"]).text(), "The database is up to date.\n");
}

#[test]
fn a_backup_brings_everything_back() {
    let cabinet = Cabinet::new();
    cabinet.key("ERP");
    let keys = cabinet.run(&["key", "list"], &[]).json();
    let backup = cabinet.machine.run(&["--json", "db", "backup", "backup.db"]).json();
    assert_eq!(backup["rows"]["api_key"], 1);
    let restored =
        cabinet.machine.run_with(&["--json", "db", "restore", "backup.db"], &[ELSEWHERE], "").json();
    assert_eq!(restored["rows"], backup["rows"]);
    let list = ["--json", "key", "list", "--business", &cabinet.business];
    assert_eq!(cabinet.machine.run_with(&list, &[ELSEWHERE], "").json(), keys);
}

#[test]
fn a_backup_replaces_nothing_and_a_restore_needs_an_empty_database() {
    let cabinet = Cabinet::new();
    cabinet.machine.run(&["db", "backup", "backup.db"]).text();
    let refusal = cabinet.machine.run(&["db", "backup", "backup.db"]).refusal();
    assert!(refusal.starts_with("backup.db exists already"), "{refusal}");
    let refusal = cabinet.machine.run(&["db", "restore", "backup.db"]).refusal();
    assert!(refusal.starts_with("sqlite:./marketpass-data/marketpass.db is not empty"), "{refusal}");
    let refusal = cabinet.machine.run(&["db", "restore", "misspelt.db"]).refusal();
    assert_eq!(refusal, "there is no file misspelt.db: name what `marketpass db backup` wrote");
    assert!(!cabinet.machine.path("misspelt.db").exists());
}

#[test]
fn a_restore_without_the_secrets_says_where_they_belong() {
    let cabinet = Cabinet::new();
    cabinet.machine.run(&["db", "backup", "backup.db"]).text();
    let machine = Installation::new();
    std::fs::copy(cabinet.machine.path("backup.db"), machine.path("backup.db")).unwrap();
    let said = machine.run(&["db", "restore", "backup.db"]).text();
    assert!(said.contains("put your copy of them back now, at ./marketpass-data/secrets/peppers"), "{said}");
}

#[test]
fn a_copy_goes_to_another_database() {
    let cabinet = Cabinet::new();
    let copied = cabinet.machine.run(&["--json", "db", "copy", "--to", "sqlite:elsewhere.db"]).json();
    assert_eq!((&copied["to"], &copied["rows"]["campaign"]), (&json!("sqlite:elsewhere.db"), &json!(2)));
    let there = cabinet.machine.run_with(&["--json", "business", "list"], &[ELSEWHERE], "").json();
    assert_eq!(there, cabinet.machine.run(&["--json", "business", "list"]).json());
}

#[test]
fn lost_and_foreign_secrets_stop_every_command_and_are_not_replaced() {
    let cabinet = Cabinet::new();
    cabinet.key("ERP");
    let peppers = cabinet.machine.path("marketpass-data/secrets/peppers");
    let right = std::fs::read(&peppers).unwrap();
    std::fs::remove_file(&peppers).unwrap();
    let refusal = cabinet.machine.run(&["business", "list"]).refusal();
    assert!(refusal.contains("is missing, but the database holds keys made with it"), "{refusal}");
    assert!(!peppers.exists(), "no new secrets for a database that has keys");

    let other = Installation::new();
    other.run(&["business", "list"]).text();
    std::fs::copy(other.path("marketpass-data/secrets/peppers"), &peppers).unwrap();
    let refusal = cabinet.machine.run(&["business", "list"]).refusal();
    assert!(refusal.starts_with("the secrets file does not belong to this database"), "{refusal}");

    std::fs::write(&peppers, right).unwrap();
    cabinet.machine.run(&["business", "list"]).text();
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let machine = Installation::new();
    let diary = machine.write("elsewhere.db", &"my diary ".repeat(1000));
    let refusal = machine.run_with(&["business", "list"], &[ELSEWHERE], "").refusal();
    assert!(refusal.contains("no SQLite database"), "{refusal}");
    assert_eq!(std::fs::read_to_string(diary).unwrap(), "my diary ".repeat(1000));
}
