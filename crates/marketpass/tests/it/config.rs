//! `config show|check`.

use serde_json::{Value, json};

use crate::installation::Installation;

fn shown(list: &Value, name: &str) -> Value {
    list.as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap().clone()
}

#[test]
fn defaults_need_no_file() {
    let list = Installation::new().run(&["--json", "config", "show"]).json();
    assert_eq!(
        shown(&list, "http.listen"),
        json!({"name": "http.listen", "value": "127.0.0.1:8080", "source": "default", "at": null})
    );
    assert_eq!(shown(&list, "database.url")["value"], "sqlite:./marketpass-data/marketpass.db");
    assert_eq!(shown(&list, "api.listen")["value"], Value::Null);
}

#[test]
fn every_value_names_its_source() {
    let machine = Installation::new();
    machine
        .write("marketpass.toml", "[limits]\nscale = 2\n[http]\npublic_url = \"https://auth.example.org\"\n");
    let variables = [("MARKETPASS__LIMITS__SCALE", "3.5")];
    let list = machine.run_with(&["config", "show", "--json"], &variables, "").json();
    assert_eq!(
        shown(&list, "limits.scale"),
        json!({"name": "limits.scale", "value": 3.5, "source": "environment", "at": "MARKETPASS__LIMITS__SCALE"})
    );
    assert_eq!(
        shown(&list, "http.public_url"),
        json!({
            "name": "http.public_url", "value": "https://auth.example.org", "source": "file", "at": "marketpass.toml:4"
        })
    );
}

#[test]
fn a_database_password_is_not_shown() {
    let machine = Installation::new();
    let variables = [("MARKETPASS__DATABASE__URL", "postgres://olga:s3cret@db.example/mp")];
    let text = machine.run_with(&["config", "show"], &variables, "").text();
    assert!(text.contains("postgres://olga:***@db.example/mp") && !text.contains("s3cret"), "{text}");
}

#[test]
fn a_named_file_is_used_instead_of_the_usual_one() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[keys]\nprefix = \"USUAL\"\n");
    machine.write("other.toml", "[keys]\nprefix = \"OTHER\"\n");
    let list = machine.run(&["--config", "other.toml", "--json", "config", "show"]).json();
    assert_eq!(shown(&list, "keys.prefix")["value"], "OTHER");
    let refusal = machine.run(&["--config", "missing.toml", "config", "show"]).refusal();
    assert!(refusal.starts_with("the configuration file missing.toml cannot be read: "), "{refusal}");
}

#[test]
fn check_lists_every_problem_and_fails() {
    let machine = Installation::new();
    machine.write("marketpass.toml", "[http]\nlisen = \"127.0.0.1:1\"\n\n[log]\nlevel = \"loud\"\n");
    let checked = machine.run(&["--json", "config", "check"]);
    let verdict: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(verdict["ok"], false);
    assert_eq!(
        verdict["problems"][0],
        json!({"at": "marketpass.toml:2", "message": "there is no setting 'http.lisen': did you mean http.listen?"})
    );
    assert_eq!(verdict["problems"].as_array().unwrap().len(), 2);
    assert_eq!(checked.refusal(), "the configuration has 2 problems: correct them as said above");
}

#[test]
fn check_is_content_with_a_good_configuration() {
    let machine = Installation::new();
    assert_eq!(machine.run(&["config", "check"]).text(), "The configuration is good.\n");
    assert_eq!(machine.run(&["config", "check", "--json"]).json(), json!({"ok": true, "problems": []}));
}

#[test]
fn a_variable_with_one_underscore_is_a_warning() {
    let checked = Installation::new().run_with(&["config", "check"], &[("MARKETPASS_HTTP_LISTEN", "x")], "");
    assert_eq!(
        checked.stderr,
        "warning: MARKETPASS_HTTP_LISTEN is no setting: settings begin with MARKETPASS__, with two underscores\n"
    );
    checked.text();
}

#[test]
fn other_commands_name_the_first_problem_and_where_to_see_the_rest() {
    let machine = Installation::new();
    let variables = [("MARKETPASS__HTTP__LISTEN", "8080"), ("MARKETPASS__NOTHING__AT_ALL", "1")];
    let refusal = machine.run_with(&["config", "show"], &variables, "").refusal();
    assert!(
        refusal.starts_with("MARKETPASS__HTTP__LISTEN: http.listen has a wrong value: '8080' is no address"),
        "{refusal}"
    );
    assert!(refusal.ends_with("(and 1 more: `marketpass config check` lists them)"), "{refusal}");
}
