//! `demo`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::installation::Installation;
use crate::running::Running;

#[test]
fn the_object_opens_everything_it_names() {
    let machine = Installation::new();
    let demo = Running::demo(&machine, &[]);
    let said = demo.said.clone();
    let names: BTreeSet<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["base_url", "api_url", "ops_url", "accounts", "business_id", "campaign_ids", "client_id", "keys"];
    assert_eq!(names, expected.into_iter().chain(["oauth_token", "controls_url"]).collect());
    assert!(said["business_id"].is_number() && said["campaign_ids"][1].is_number(), "{said}");
    let roles: Vec<_> = said["accounts"].as_array().unwrap().iter().map(|account| &account["role"]).collect();
    assert_eq!(roles, ["owner", "manager", "employee"]);
    for key in said["keys"].as_array().unwrap() {
        for listener in ["base_url", "api_url"] {
            let answer = demo.token_info(listener, key["token"].as_str().unwrap());
            assert_eq!(answer.status, 200, "{}", answer.body);
            let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(body["result"]["apiKey"]["name"], key["name"]);
        }
    }
    assert_eq!(said["keys"][2]["scopes"], json!(["pricing"]));
    assert!(said["base_url"].as_str().unwrap().starts_with("http://localhost:"), "{said}");
    let (client, token) = (said["client_id"].as_str().unwrap(), said["oauth_token"].as_str().unwrap());
    assert!(client.len() == 32 && token.len() == 61 && token.starts_with("y0_"), "{said}");
    assert_eq!(demo.ask("ops_url", "GET", "/readyz", &[]).status, 200);
}

#[test]
fn nothing_is_left_behind() {
    for signal in ["INT", "TERM", "HUP"] {
        let machine = Installation::new();
        let demo = Running::demo(&machine, &[]);
        let folders: Vec<_> =
            std::fs::read_dir(machine.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [folder] = &folders[..] else { panic!("the demonstration's own folder, not {folders:?}") };
        assert!(folder.join("letters").is_dir(), "it is shown before there is a letter");
        assert!(demo.end(signal).success(), "{signal}");
        assert_eq!(std::fs::read_dir(machine.folder()).unwrap().count(), 0, "{signal}");
    }
}

#[test]
fn two_demonstrations_share_nothing() {
    let machine = Installation::new();
    let (one, other) = (Running::demo(&machine, &[]), Running::demo(&machine, &[]));
    let secrets = |demo: &Running| {
        let secret = |list: &str, name: &str| {
            let entries = demo.said[list].as_array().unwrap().clone();
            entries.into_iter().map(|entry| entry[name].to_string()).collect::<Vec<_>>()
        };
        let of_application = ["client_id", "oauth_token"].map(|name| demo.said[name].to_string()).to_vec();
        [secret("accounts", "password"), secret("keys", "token"), of_application].concat()
    };
    let all: BTreeSet<String> = secrets(&one).into_iter().chain(secrets(&other)).collect();
    assert_eq!(all.len(), 18, "three passwords, four tokens and an application with its token each");
}

#[test]
fn other_machines_are_kept_out() {
    let machine = Installation::new();
    let message = machine.run(&["demo", "--listen", "0.0.0.0:8080"]).usage_error();
    assert!(message.contains("a demonstration is for this machine alone"), "{message}");
}

#[test]
fn the_configuration_of_a_server_is_left_aside() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[keys]\nprefix = \"SHOP\"\n[http]\nlisen = 1\n");
    let demo = Running::demo(&machine, &[]);
    assert!(demo.said["keys"][0]["token"].as_str().unwrap().starts_with("ACMA"), "{}", demo.said);
    machine.write("named.toml", "[keys]\nprefix = \"SHOP\"\n");
    let demo = Running::demo(&machine, &["--config", "named.toml"]);
    assert!(demo.said["keys"][0]["token"].as_str().unwrap().starts_with("SHOP"), "{}", demo.said);
}

#[test]
fn the_configured_database_is_not_touched() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[database]\nurl = \"sqlite:real.db\"\n[data]\ndir = \"real\"\n");
    let demo = Running::demo(&machine, &["--listen", "127.0.0.1:0"]);
    assert!(demo.end("TERM").success());
    assert!(!machine.path("real.db").exists() && !machine.path("real").exists());
}

#[test]
fn an_upstream_of_a_configuration_is_refused_rather_than_ignored() {
    let machine = Installation::new();
    machine.write("named.toml", "[gateway]\nupstream = \"http://127.0.0.1:9\"\n");
    let message = machine.run(&["demo", "--config", "named.toml"]).refusal();
    assert!(message.contains("take [gateway] upstream out of the file of --config"), "{message}");
    assert_eq!(std::fs::read_dir(machine.folder()).unwrap().count(), 1, "nothing but the file");
}
