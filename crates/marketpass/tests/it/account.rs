//! `account …`.

use crate::installation::{Ended, Installation};

fn create(machine: &Installation, login: &str, password: &str) -> Ended {
    let email = format!("{login}@example.org");
    machine.run_with(
        &["--json", "account", "create", "--login", login, "--email", &email, "--password-stdin"],
        &[],
        password,
    )
}

#[test]
fn a_created_account_is_listed_without_its_password() {
    let machine = Installation::new();
    let created = create(&machine, "Olga", "correct horse\n").json();
    assert_eq!(created["login"], "olga", "logins are lower case");
    assert_eq!(created.as_object().unwrap().len(), 2, "id and login: {created}");
    let listed = machine.run(&["account", "list", "--json"]).json();
    let account = &listed[0];
    assert_eq!(account["id"], created["id"]);
    assert_eq!(account["email"], "Olga@example.org");
    assert_eq!(
        (&account["name"], &account["disabled_at"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert!(account["created_at"].as_str().unwrap().ends_with('Z'), "{account}");
    assert_eq!(account.as_object().unwrap().len(), 6, "nothing of the password: {account}");
}

#[test]
fn a_taken_login_is_refused() {
    let machine = Installation::new();
    create(&machine, "olga", "correct horse").text();
    let refusal = create(&machine, "OLGA", "correct horse").refusal();
    assert_eq!(refusal, "an account with the login olga exists already: choose another login");
}

#[test]
fn a_password_comes_only_from_standard_input() {
    let machine = Installation::new();
    let arguments = ["account", "create", "--login", "olga", "--email", "olga@example.org"];
    assert!(machine.run(&arguments).usage_error().contains("--password-stdin"));
    assert_eq!(create(&machine, "olga", "").refusal(), "standard input is empty: pipe the password in");
    let refusal = create(&machine, "olga", "short\n").refusal();
    assert_eq!(refusal, "the password is too short: at least 8 characters are expected");
    assert_eq!(machine.run(&["account", "list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn an_account_is_switched_off_and_on() {
    let machine = Installation::new();
    create(&machine, "olga", "correct horse").text();
    let disabled_at = || machine.run(&["account", "list", "--json"]).json()[0]["disabled_at"].clone();
    let text = machine.run(&["account", "disable", "--login", "olga"]).text();
    assert!(text.starts_with("olga is switched off (id "), "{text}");
    assert!(disabled_at().is_string());
    machine.run(&["account", "enable", "--login", "olga"]).text();
    assert!(disabled_at().is_null());
}

#[test]
fn a_new_password_and_a_logout_everywhere_are_acknowledged() {
    let machine = Installation::new();
    let created = create(&machine, "olga", "correct horse").json();
    let set = machine.run_with(
        &["--json", "account", "set-password", "--login", "olga", "--password-stdin"],
        &[],
        "battery staple\n",
    );
    assert_eq!(set.json(), created);
    assert_eq!(machine.run(&["--json", "account", "logout-everywhere", "--login", "olga"]).json(), created);
}

#[test]
fn lost_second_factors_are_switched_off_and_the_person_is_told() {
    let machine = Installation::new();
    let created = create(&machine, "olga", "correct horse").json();
    let reset = ["account", "reset-factors", "--login", "olga"];
    let text = machine.run(&reset).text();
    assert!(text.starts_with("olga needs no second factor any more (id "), "{text}");
    let mail = [("MARKETPASS__MAIL__FOLDER", "./letters")];
    assert_eq!(
        machine.run_with(&["--json", reset[0], reset[1], reset[2], reset[3]], &mail, "").json(),
        created
    );
    assert_eq!(std::fs::read_dir(machine.path("letters")).unwrap().count(), 1);
}

#[test]
fn an_unknown_login_is_refused_with_the_way_to_find_it() {
    let machine = Installation::new();
    for command in ["disable", "enable", "logout-everywhere", "reset-factors"] {
        let refusal = machine.run(&["account", command, "--login", "nobody"]).refusal();
        assert_eq!(
            refusal,
            "there is no account with the login nobody: `marketpass account list` shows them all"
        );
    }
}

#[test]
fn what_can_be_no_login_is_wrong_usage() {
    let machine = Installation::new();
    let message = machine.run(&["account", "disable", "--login", "ольга"]).usage_error();
    assert!(message.contains("'ольга' cannot be a login: 1 to 64 letters"), "{message}");
    assert!(!machine.path("marketpass-data").exists(), "wrong usage touches nothing");
}

#[test]
fn an_invitation_is_a_link_for_a_week_that_is_also_sent() {
    let machine = Installation::new();
    let settings = [
        ("MARKETPASS__ACCOUNTS__SIGN_UP", "invitation"),
        ("MARKETPASS__MAIL__FOLDER", "./letters"),
        ("MARKETPASS__HTTP__PUBLIC_URL", "https://auth.example.org"),
    ];
    let invite = ["--json", "account", "invite", "--email", "olga@example.org"];
    let made = machine.run_with(&invite, &settings, "").json();
    assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
    let token =
        made["url"].as_str().unwrap().strip_prefix("https://auth.example.org/account/sign-up?invitation=");
    assert_eq!(token.unwrap().len(), 43, "256 bits: {made}");
    assert!(made["expires_at"].as_str().unwrap().ends_with('Z'), "{made}");
    let letters: Vec<_> = std::fs::read_dir(machine.path("letters")).unwrap().collect();
    assert_eq!(letters.len(), 1);

    let text = machine.run_with(&invite[1..], &settings[..1], "").text();
    assert!(text.contains("olga@example.org may register once with this link until "), "{text}");
    assert!(text.ends_with("It was not sent: pass it on yourself.\n"), "{text}");
}

#[test]
fn nobody_is_invited_where_nobody_may_register() {
    let machine = Installation::new();
    let refusal = machine.run(&["account", "invite", "--email", "olga@example.org"]).refusal();
    assert!(refusal.contains("set [accounts] sign_up to \"invitation\""), "{refusal}");
}
