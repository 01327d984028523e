//! `doctor`.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cabinet::Cabinet;
use crate::installation::{Ended, Installation};
use crate::running::Running;

/// Runs it on ports that nobody uses, so that tests do not meet a running server.
fn doctor(machine: &Installation) -> Ended {
    let variables = [("MARKETPASS__HTTP__LISTEN", "127.0.0.1:0"), ("MARKETPASS__OPS__LISTEN", "127.0.0.1:0")];
    machine.run_with(&["--json", "doctor"], &variables, "")
}

fn status_of(findings: &Value, check: &str) -> String {
    let finding = findings.as_array().unwrap().iter().find(|finding| finding["check"] == check);
    finding.unwrap_or_else(|| panic!("{check}: {findings}"))["status"].as_str().unwrap().to_owned()
}

/// What it found although it failed.
fn found(ended: Ended) -> Value {
    let findings = serde_json::from_str(&ended.stdout).unwrap();
    assert!(ended.refusal().contains("failed: do what is said above"));
    findings
}

#[test]
fn an_empty_machine_is_healthy_and_stays_empty() {
    let machine = Installation::new();
    let findings = doctor(&machine).json();
    assert!(findings.as_array().unwrap().iter().all(|finding| finding["status"] == "ok"), "{findings}");
    assert_eq!(std::fs::read_dir(machine.folder()).unwrap().count(), 0);
}

#[test]
fn a_machine_in_use_is_healthy() {
    let cabinet = Cabinet::new();
    let findings = doctor(&cabinet.machine).json();
    for check in ["data folder", "secrets", "database", "migrations", "integrity", "fingerprints", "clock"] {
        assert_eq!(status_of(&findings, check), "ok", "{check}");
    }
}

#[test]
fn the_address_of_a_running_server_is_fine_and_a_stranger_on_it_is_a_warning() {
    let cabinet = Cabinet::new();
    let server = Running::serve(&cabinet.machine, &[]);
    let address = server.said["listen"].as_str().unwrap().to_owned();
    let status = |machine: &Installation| {
        let variables = [("MARKETPASS__HTTP__LISTEN", &*address), ("MARKETPASS__OPS__LISTEN", "127.0.0.1:0")];
        status_of(&machine.run_with(&["--json", "doctor"], &variables, "").json(), "people's address")
    };
    assert_eq!(status(&cabinet.machine), "ok");
    assert_eq!(status(&Installation::new()), "warn");
}

#[test]
fn a_readable_folder_is_a_warning_and_readable_secrets_are_a_failure() {
    let cabinet = Cabinet::new();
    let open = |name: &str, mode| {
        std::fs::set_permissions(cabinet.machine.path(name), Permissions::from_mode(mode)).unwrap();
    };
    open("marketpass-data", 0o755);
    assert_eq!(status_of(&doctor(&cabinet.machine).json(), "data folder"), "warn");
    open("marketpass-data/secrets/peppers", 0o644);
    assert_eq!(status_of(&found(doctor(&cabinet.machine)), "secrets"), "fail");
}

#[test]
fn secrets_of_another_database_are_a_failure() {
    let (cabinet, other) = (Cabinet::new(), Cabinet::new());
    let peppers = "marketpass-data/secrets/peppers";
    std::fs::copy(other.machine.path(peppers), cabinet.machine.path(peppers)).unwrap();
    assert_eq!(status_of(&found(doctor(&cabinet.machine)), "fingerprints"), "fail");
}

#[test]
fn a_damaged_database_is_a_failure() {
    let cabinet = Cabinet::new();
    let database = cabinet.machine.path("marketpass-data/marketpass.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // Behind the first page, which holds the schema.
    bytes[4096..].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
    let findings = found(doctor(&cabinet.machine));
    let failed = findings.as_array().unwrap().iter().any(|f| f["status"] == "fail" && f["check"] != "clock");
    assert!(failed, "{findings}");
}

#[test]
fn a_wrong_configuration_is_all_there_is_to_say() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[http]\nlisen = 1\n");
    let findings = found(machine.run(&["--json", "doctor"]));
    assert_eq!(findings.as_array().unwrap().len(), 1);
    assert_eq!(status_of(&findings, "configuration"), "fail");
}

#[test]
fn a_variable_with_one_underscore_is_a_warning() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[http]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n");
    let findings = machine.run_with(&["--json", "doctor"], &[("MARKETPASS_LOG_LEVEL", "x")], "").json();
    assert_eq!(status_of(&findings, "environment"), "warn");
}

#[test]
fn settings_that_are_not_for_production_are_warnings() {
    let machine = Installation::new();
    machine
        .write("marketpass.toml", "[limits]\nscale = 10\n[http]\npublic_url = \"http://auth.example.org\"\n");
    let findings = doctor(&machine).json();
    assert_eq!(
        (status_of(&findings, "limits"), status_of(&findings, "public address")),
        ("warn".into(), "warn".into())
    );
}
