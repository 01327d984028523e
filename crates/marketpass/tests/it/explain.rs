//! `explain`.

use serde_json::{Value, json};

use crate::cabinet::Cabinet;

impl Cabinet {
    fn explain(&self, credential: &str, request: &[&str]) -> Value {
        let arguments = [&["--json", "explain", "--credential-stdin"], request].concat();
        self.machine.run_with(&arguments, &[], credential).json()
    }

    fn token_of_key(&self, rest: &[&str]) -> String {
        let made = self.run(&["key", "create"], &[&["--name", "ERP"], rest].concat()).json();
        made["token"].as_str().unwrap().to_owned()
    }
}

/// Outcomes by step, and what was found at one of them.
fn outcomes(explained: &Value) -> Vec<(&str, &str)> {
    let text = |step: &'_ Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps = explained["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| !text(step, "detail").is_empty()), "{explained}");
    steps.iter().map(|step| (step["step"].as_str().unwrap(), step["outcome"].as_str().unwrap())).collect()
}

fn detail(explained: &Value, step: &str) -> String {
    let found = explained["steps"].as_array().unwrap().iter().find(|one| one["step"] == step);
    found.unwrap()["detail"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_refused(explained: &Value, at: &str, status: u16, code: &str, message: &str) {
    let mut expected = "passed";
    for (step, outcome) in outcomes(explained) {
        if step == at {
            assert_eq!(outcome, "refused", "{explained}");
            expected = "not_reached";
        } else {
            assert_eq!(outcome, expected, "{step} of {explained}");
        }
    }
    assert_eq!(explained["outcome"], json!({"status": status, "code": code, "message": message}));
}

#[test]
fn who_is_let_in_sees_every_step_passed_and_nothing_is_charged() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    for _ in 0..2 {
        let explained = cabinet.explain(&token, &["POST", "/v2/auth/token"]);
        assert!(outcomes(&explained).iter().all(|(_, outcome)| *outcome == "passed"), "{explained}");
        assert_eq!(explained["outcome"], json!({"status": 200, "code": null, "message": null}));
        let left = detail(&explained, "limit");
        assert!(
            left.starts_with("100 requests per 1 hour for cabinet ") && left.contains("; 99 left until ")
        );
        assert!(left.contains("a running server holds the live counters"), "{left}");
    }
    assert_eq!(cabinet.run(&["key", "list"], &[]).json()[0]["last_used_at"], Value::Null);
}

#[test]
fn a_missing_access_is_named_with_those_that_would_do_and_those_there_are() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    let path = format!("/v1/campaigns/{}/orders/update", cabinet.campaigns[0]);
    let explained = cabinet.explain(&token, &["POST", &path]);
    let accesses = "all-methods, inventory-and-order-processing";
    let message = format!("Token does not have any of the scopes to access the API method: {accesses}");
    assert_refused(&explained, "access", 403, "FORBIDDEN", &message);
    assert_eq!(detail(&explained, "access"), format!("opened by {accesses}; the key has pricing"));
    let credential = detail(&explained, "credential");
    assert!(credential.starts_with("the API key 'ERP' (id ") && credential.contains("'Ёлки и палки'"));
    let reach = detail(&explained, "reach");
    assert!(reach.contains("'Север'") && reach.ends_with(&format!("names store {}", cabinet.campaigns[0])));
    let route = detail(&explained, "route");
    assert_eq!(route, "POST /v1/campaigns/{campaignId}/orders/update is updateOrder");
}

#[test]
fn each_early_refusal_stops_at_its_step() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing", "--allow-ip", "203.0.113.0/24"]);
    let refused = |credential: &str, request: &[&str], step, status, code, message: &str| {
        assert_refused(&cabinet.explain(credential, request), step, status, code, message);
    };
    refused(&token, &["GET", "/v2/nothing"], "route", 404, "NOT_FOUND", "Resource not found");
    let wrong_verb = "Request method 'GET' not supported";
    refused(&token, &["GET", "/v2/auth/token"], "route", 405, "METHOD_NOT_ALLOWED", wrong_verb);
    let unauthorized = |credential, message| {
        refused(credential, &["GET", "/v2/campaigns"], "credential", 401, "UNAUTHORIZED", message);
    };
    unauthorized("nonsense", "Api-Key token prefix invalid");
    unauthorized("ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664", "Api-Key token is invalid");
    let campaigns = &["GET", "/v2/campaigns"][..];
    refused(&token, campaigns, "credential", 403, "FORBIDDEN", "Access denied");
    refused("y0_nobodys", campaigns, "credential", 403, "FORBIDDEN", "OAuth token is invalid");
    let inside = &["--from", "203.0.113.9"][..];
    let foreign = [campaigns, inside, &["--header", "X-Business-Id: 999"]].concat();
    refused(&token, &foreign, "reach", 403, "FORBIDDEN", "Access denied");
    let explained = cabinet.explain(&token, &[campaigns, inside].concat());
    assert_eq!(explained["outcome"]["status"], 200);
}

/// Whether a running server has one, its flags say.
#[test]
fn of_an_upstream_it_speaks_for_its_own_settings_alone() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    let path = format!("/v2/businesses/{}/offer-prices", cabinet.business);
    let said = |settings: &[(&str, &str)]| {
        let command = ["explain", "--credential-stdin", "POST", &path];
        cabinet
            .machine
            .run_with(&command, settings, &token)
            .text()
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .to_owned()
    };
    assert!(said(&[]).contains("None of the settings of this command names an upstream"), "{}", said(&[]));
    let upstream = [
        ("MARKETPASS__GATEWAY__UPSTREAM", "http://127.0.0.1:9000"),
        ("MARKETPASS__API__LISTEN", "127.0.0.1:8081"),
    ];
    assert!(said(&upstream).contains("it is passed to the upstream"), "{}", said(&upstream));
}

#[test]
fn the_body_is_read_as_the_gate_reads_it() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    let path = format!("/v2/businesses/{}/offer-prices/updates", cabinet.business);
    let ask = |body: &str, rest: &[&str]| {
        cabinet.machine.write("body.json", body);
        cabinet.explain(&token, &[&["POST", &path, "--body", "body.json"], rest].concat())
    };
    let two = ask(r#"{"offers":[{},{}]}"#, &[]);
    assert_eq!(two["outcome"]["status"], 200, "{two}");
    assert!(detail(&two, "limit").contains(" after the 2 of this request"), "{two}");
    let flawed = ask("{", &[]);
    assert_eq!(
        (&flawed["outcome"]["status"], &flawed["steps"][2]["outcome"]),
        (&json!(400), &json!("refused"))
    );
    let typed = ask("{}", &["--header", "Content-Type: text/plain"]);
    assert_refused(&typed, "reach", 415, "UNSUPPORTED_MEDIA_TYPE", "Content type 'text/plain' not supported");
}

#[test]
fn a_token_of_a_person_needs_no_access() {
    let cabinet = Cabinet::new();
    let words = "--json client create --owner owner --name Courier --email a@b --scope market:partner-api";
    let made = cabinet.machine.run(&words.split(' ').collect::<Vec<_>>()).json();
    let client = made["client_id"].as_str().unwrap();
    let issue = ["--json", "token", "issue", "--client", client, "--login", "owner"];
    let issued = cabinet.machine.run(&issue).json();
    let token = issued["access_token"].as_str().unwrap();
    let path = format!("/v2/campaigns/{}", cabinet.campaigns[1]);
    for credential in [token.to_owned(), format!("Bearer {token}")] {
        let explained = cabinet.explain(&credential, &["GET", &path]);
        assert_eq!(explained["outcome"]["status"], 200, "{explained}");
        let who = detail(&explained, "credential");
        assert!(who.starts_with("the OAuth token that owner gave to 'Courier'"), "{who}");
        assert_eq!(detail(&explained, "access"), "every access opens it; tokens of people need none");
    }
}

#[test]
fn what_the_rules_on_trial_would_say_is_told_where_they_differ() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    let import = |accesses: &str, flags: &[&str]| {
        let pets = format!(
            "openapi: 3.1.0\npaths:\n  /pets:\n    get:\n      operationId: listPets\n      \
             x-marketpass-accesses: [{accesses}]\n"
        );
        cabinet.machine.write("pets.yaml", &pets);
        cabinet.machine.run(&[&["catalog", "import", "pets.yaml"], flags].concat()).text();
    };
    let on_trial = |path| cabinet.explain(&token, &["GET", path])["on_trial"].clone();
    import("pricing", &[]);
    assert_eq!(on_trial("/pets"), Value::Null);
    import("promotion", &["--shadow"]);
    let expected = json!({"verdict": "would_refuse", "reason": "scope_missing"});
    assert_eq!(on_trial("/pets"), expected);
    assert_eq!(on_trial("/v2/campaigns"), Value::Null, "ruled alike");
    let ask = ["explain", "--credential-stdin", "GET", "/pets"];
    let text = cabinet.machine.run_with(&ask, &[], &token).text();
    assert!(text.ends_with("\nBy the rules on trial it would be refused: scope_missing.\n"), "{text}");
    import("pricing, promotion", &["--shadow"]);
    assert_eq!(on_trial("/pets"), json!({"verdict": null, "reason": null}));
}

#[test]
fn people_read_a_table_and_a_conclusion_and_never_the_credential() {
    let cabinet = Cabinet::new();
    let token = cabinet.token_of_key(&["--scope", "pricing"]);
    let ask = ["explain", "--credential-stdin", "POST", "/v2/auth/token"];
    let text = cabinet.machine.run_with(&ask, &[], &token).text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("route       passed  POST /v2/auth/token is getAuthTokenInfo"), "{text}");
    let let_in =
        "Let in, by the limits as they were written down up to half a second ago: marketpass answers it.";
    assert_eq!(lines[8..], ["", let_in], "{text}");
    assert!(!text.contains(&token[5..45]), "{text}");
    let usage = [&ask[..], &["--header", "Api-Key: x"]].concat();
    let refused = cabinet.machine.run_with(&usage, &[], &token).usage_error();
    assert!(refused.contains("the credential is read from standard input"), "{refused}");
}
