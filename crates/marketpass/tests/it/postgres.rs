//! The same commands on PostgreSQL.

use mp_testkit::Postgres;
use serde_json::json;

use crate::cabinet::Cabinet;
use crate::installation::Installation;

/// A machine whose configuration names an empty PostgreSQL database.
fn configured() -> Installation {
    let machine = Installation::new();
    machine
        .write("marketpass.toml", &format!("[database]\nurl = {:?}\n", Postgres::shared().create_database()));
    machine
}

#[test]
fn a_cabinet_on_postgresql_is_administered_with_the_same_commands() {
    let cabinet = Cabinet::on(configured());
    let key = cabinet.key("ERP");
    let id = key["id"].as_str().unwrap();
    assert_eq!(cabinet.machine.run(&["--json", "key", "pause", "--key", id]).json()["state"], "paused");
    assert_eq!(cabinet.run(&["key", "list"], &[]).json()[0]["name"], "ERP");
    let findings = cabinet.machine.run(&["--json", "doctor"]).json();
    assert!(findings.as_array().unwrap().iter().all(|finding| finding["status"] != "fail"), "{findings}");
    assert!(!cabinet.machine.path("marketpass-data/marketpass.db").exists(), "nothing is kept on the side");
}

#[test]
fn a_database_moves_from_sqlite_to_postgresql_and_a_backup_back() {
    let cabinet = Cabinet::new();
    cabinet.key("ERP");
    let keys = cabinet.run(&["key", "list"], &[]).json();
    let list = ["--json", "key", "list", "--business", &cabinet.business];
    let machine = &cabinet.machine;

    let url = Postgres::shared().create_database();
    machine.run(&["db", "copy", "--to", &url]).text();
    let postgres = [("MARKETPASS__DATABASE__URL", url.as_str())];
    assert_eq!(machine.run_with(&list, &postgres, "").json(), keys);

    machine.run_with(&["db", "backup", "backup.db"], &postgres, "").text();
    let elsewhere = [("MARKETPASS__DATABASE__URL", "sqlite:elsewhere.db")];
    machine.run_with(&["db", "restore", "backup.db"], &elsewhere, "").text();
    assert_eq!(machine.run_with(&list, &elsewhere, "").json(), keys);
}

#[test]
fn a_server_that_does_not_answer_is_a_refusal_without_the_password() {
    let machine = Installation::new();
    let url = [("MARKETPASS__DATABASE__URL", "postgres://olga:s3cret@127.0.0.1:1/mp")];
    let refusal = machine.run_with(&["business", "list"], &url, "").refusal();
    assert!(
        refusal.starts_with("the database is not available: ") && !refusal.contains("s3cret"),
        "{refusal}"
    );
    let shown = machine.run_with(&["--json", "config", "show"], &url, "").json();
    let shown = shown.as_array().unwrap().iter().find(|setting| setting["name"] == "database.url").unwrap();
    assert_eq!(shown["value"], json!("postgres://olga:***@127.0.0.1:1/mp"));
}
