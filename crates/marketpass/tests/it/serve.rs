//! `serve`, together with the commands that act on its database while it runs.

use std::time::Duration;

use mp_testkit::{Postgres, eventually, promptly};

use crate::cabinet::Cabinet;
use crate::installation::Installation;
use crate::running::Running;

/// product.md §5: a change is in force on every node within one second.
const PROMISED: Duration = Duration::from_secs(1);

fn token(key: &serde_json::Value) -> &str {
    key["token"].as_str().unwrap()
}

fn message(server: &Running, token: &str) -> String {
    let answer = server.token_info("listen", token);
    if answer.status == 200 { "OK".to_owned() } else { format!("{} {}", answer.status, answer.body) }
}

/// Follows a key through commands of other processes.
fn changes_are_in_force_within_a_second(cabinet: &Cabinet) {
    let server = Running::serve(&cabinet.machine, &[]);
    let key = cabinet.key("ERP");
    let id = key["id"].as_str().unwrap();
    let run = |command: &str| cabinet.machine.run(&["--json", "key", command, "--key", id]).json();
    let expect = |token: &str, part: &str| {
        promptly(part, PROMISED, || message(&server, token).contains(part));
    };
    expect(token(&key), "OK");
    run("pause");
    expect(
        token(&key),
        "403 {\"status\":\"ERROR\",\"errors\":[{\"code\":\"FORBIDDEN\",\"message\":\"Api-Key token is paused\"",
    );
    run("resume");
    expect(token(&key), "OK");
    let rotated = run("rotate");
    expect(token(&rotated), "OK");
    expect(token(&key), "Api-Key token is revoked");
    run("delete");
    expect(token(&rotated), "Api-Key token is revoked");
}

#[test]
fn a_command_is_in_force_on_the_running_server_within_a_second() {
    changes_are_in_force_within_a_second(&Cabinet::new());
}

#[test]
fn a_command_is_in_force_within_a_second_on_postgresql_too() {
    let machine = Installation::new();
    machine
        .write("marketpass.toml", &format!("[database]\nurl = {:?}\n", Postgres::shared().create_database()));
    changes_are_in_force_within_a_second(&Cabinet::on(machine));
}

#[test]
fn a_taken_port_leaves_nothing_behind() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Installation::new();
    let address = taken.local_addr().unwrap().to_string();
    let refusal = machine.run(&["serve", "--listen", &address, "--ops-listen", "127.0.0.1:0"]).refusal();
    assert!(refusal.contains(&address), "{refusal}");
    assert!(!machine.path("marketpass-data").exists());
}

#[test]
fn keys_outlive_a_rotation_of_the_pepper_and_move_to_the_new_one() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    let server = Running::serve(&cabinet.machine, &[]);
    assert_eq!(message(&server, token(&key)), "OK");
    let rotated = cabinet.machine.run(&["--json", "db", "rotate-pepper"]).json();
    assert_eq!(rotated, serde_json::json!({"pepper": 2}));
    let fingerprints = || {
        let findings = cabinet.machine.run(&["--json", "doctor"]).json();
        let found = findings.as_array().unwrap().iter().find(|finding| finding["check"] == "fingerprints");
        found.unwrap()["message"].as_str().unwrap().to_owned()
    };
    assert!(fingerprints().ends_with("; 1 secrets still need pepper 1"), "{}", fingerprints());
    eventually("the key to move", || {
        message(&server, token(&key)) == "OK" && !fingerprints().contains("still need")
    });
    let made_since = cabinet.key("CRM");
    promptly("the new key", PROMISED, || message(&server, token(&made_since)) == "OK");
    assert_eq!(message(&server, token(&key)), "OK");
}

#[test]
fn the_seller_api_has_an_origin_of_its_own_and_operations_are_apart() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    let server = Running::serve(&cabinet.machine, &["--api-listen", "127.0.0.1:0"]);
    assert_eq!(server.said["secrets"], 1);
    assert_eq!(server.token_info("api_listen", token(&key)).remaining(), 99);
    assert_eq!(server.token_info("listen", token(&key)).remaining(), 98, "one budget behind both");
    assert_eq!(server.ask("ops_listen", "GET", "/healthz", &[]).status, 200);
    assert_eq!(server.ask("listen", "GET", "/metrics", &[]).status, 404);
}

#[test]
fn a_clean_stop_keeps_limits_exactly_and_notes_the_last_use() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    let server = Running::serve(&cabinet.machine, &[]);
    let before = server.token_info("listen", token(&key));
    assert_eq!(before.remaining(), 99);
    assert!(server.end("TERM").success());
    assert!(cabinet.run(&["key", "list"], &[]).json()[0]["last_used_at"].is_string());
    let after = Running::serve(&cabinet.machine, &[]).token_info("listen", token(&key));
    let window = |head: &str| {
        head.lines().find(|line| line.starts_with("x-ratelimit-resource-until")).map(str::to_owned)
    };
    // At the turn of an hour the budget is rightly a new one.
    if window(&before.head) == window(&after.head) {
        assert_eq!(after.remaining(), 98);
    }
}

#[test]
fn limits_are_scaled_and_the_server_says_so() {
    let cabinet = Cabinet::new();
    let key = cabinet.key("ERP");
    cabinet.machine.write("marketpass.toml", "[limits]\nscale = 10\n");
    let server = Running::serve(&cabinet.machine, &[]);
    assert_eq!(server.token_info("listen", token(&key)).remaining(), 999);
    let metrics = server.ask("ops_listen", "GET", "/metrics", &[]).body;
    assert!(metrics.lines().any(|line| line.contains("scale") && line.ends_with(" 10.0")), "{metrics}");
}

#[test]
fn forwarding_headers_are_believed_from_configured_proxies_only() {
    let cabinet = Cabinet::new();
    let create = ["--name", "office", "--scope", "pricing", "--allow-ip", "203.0.113.0/24"];
    let key = cabinet.run(&["key", "create"], &create).json();
    let headers = [("Api-Key", token(&key)), ("X-Forwarded-For", "203.0.113.9")];
    let ask = |server: &Running| server.ask("listen", "POST", "/v2/auth/token", &headers).status;
    assert_eq!(ask(&Running::serve(&cabinet.machine, &[])), 403, "anybody can write such a header");
    cabinet.machine.write("marketpass.toml", "[http]\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    assert_eq!(ask(&Running::serve(&cabinet.machine, &[])), 200);
}

#[test]
fn a_taken_port_and_a_folder_in_use_are_refused_with_what_to_do() {
    let machine = Installation::new();
    let server = Running::serve(&machine, &[]);
    let taken = server.said["listen"].as_str().unwrap();
    let refusal = machine.run(&["serve", "--listen", taken, "--data-dir", "elsewhere"]).refusal();
    assert!(refusal.starts_with(&format!("cannot listen on {taken} (http.listen): ")), "{refusal}");
    assert!(refusal.ends_with("stop the program that uses it or choose another port"), "{refusal}");
    let ports = ["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"];
    let refusal = machine.run(&ports).refusal();
    assert!(refusal.contains("another server uses this data folder"), "{refusal}");
}

#[test]
fn flags_choose_folder_and_database() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[data]\ndir = \"from-the-file\"\n");
    let server =
        Running::serve(&machine, &["--data-dir", "from-the-flag", "--database-url", "sqlite:flag.db"]);
    assert_eq!(server.said["database"], "sqlite:flag.db");
    assert!(machine.path("from-the-flag/secrets/peppers").exists() && machine.path("flag.db").exists());
    assert!(!machine.path("from-the-file").exists());
}

#[test]
fn wrong_flags_are_wrong_usage() {
    let machine = Installation::new();
    let message = machine.run(&["serve", "--listen", "localhost:8080"]).usage_error();
    assert!(message.contains("an IP address and a port are expected"), "{message}");
    let refusal = machine.run(&["serve", "--database-url", "mysql://olga:s3cret@db"]).refusal();
    assert!(
        refusal.starts_with("--database-url: database.url has a wrong value: ")
            && !refusal.contains("s3cret")
    );
}

#[test]
fn an_upstream_without_an_origin_of_its_own_is_wrong_usage() {
    let machine = Installation::new();
    let message = machine.run(&["serve", "--upstream", "http://127.0.0.1:9"]).usage_error();
    assert!(message.contains("gateway.upstream needs api.listen"), "{message}");
    assert!(
        machine.run(&["serve", "--upstream", "127.0.0.1:9"]).usage_error().contains("address of an upstream")
    );
    machine.write("marketpass.toml", "[gateway]\nupstream = \"http://127.0.0.1:9\"\n");
    let refusal = machine.run(&["serve"]).refusal();
    assert!(refusal.starts_with("marketpass.toml:2: gateway.upstream needs api.listen"), "{refusal}");
    // Whichever of the two stands in the file.
    let server = Running::serve(&machine, &["--api-listen", "127.0.0.1:0"]);
    assert_eq!(server.said["upstream"], "http://127.0.0.1:9");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_made() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[http]\ntls_certificate = \"tls.pem\"\ntls_key = \"tls.key\"\n");
    machine.write("tls.pem", "nothing");
    let refusal = machine.run(&["serve"]).refusal();
    assert!(refusal.starts_with("tls.pem holds no certificate"), "{refusal}");
    assert!(!machine.path("marketpass-data").exists());
    let findings = machine.run(&["--json", "doctor"]);
    let findings: serde_json::Value = serde_json::from_str(&findings.stdout).unwrap();
    let found =
        findings.as_array().unwrap().iter().find(|finding| finding["check"] == "people's certificate");
    assert_eq!(found.unwrap()["status"], "fail");
}
