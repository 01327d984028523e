//! `refusal …`.

use mp_testkit::eventually;
use serde_json::{Value, json};

use crate::served::{Served, plain};

impl Served {
    fn refusals(&self, rest: &[&str]) -> Vec<Value> {
        self.cabinet.run(&["refusal", "list"], rest).json().as_array().unwrap().clone()
    }
}

#[test]
fn a_refusal_is_found_by_the_traceparent_of_its_answer() {
    let served = Served::new();
    let key = served.cabinet.run(&["key", "list"], &[]).json()[0].clone();
    assert_eq!(served.ask(plain(&served.token)).status, 200);
    let id = key["id"].as_str().unwrap();
    served.cabinet.machine.run(&["key", "pause", "--key", id]).text();
    let mut refused = served.ask(plain(&served.token));
    eventually("the key is paused", || {
        refused = served.ask(plain(&served.token));
        refused.status == 403
    });
    let traceparent = refused.header("traceparent").unwrap().to_owned();
    let mut found = Vec::new();
    eventually("the refusal is written", || {
        found = served.refusals(&["--trace", &traceparent]);
        !found.is_empty()
    });
    let mut shown = found.remove(0);
    assert_eq!(shown["scopes"].take().as_array().unwrap().len(), 14, "every access opens token-info");
    assert!(shown["at"].take().as_str().unwrap().ends_with('Z'));
    let business: i64 = served.cabinet.business.parse().unwrap();
    let expected = json!({
        "at": null,
        "trace": &traceparent[3..35],
        "business_id": business,
        "key_id": id,
        "key_name": "ERP",
        "login": null,
        "client_id": null,
        "client_name": null,
        "operation": "getAuthTokenInfo",
        "method": "POST",
        "path": "/v2/auth/token",
        "address": "127.0.0.1",
        "reason": "paused",
        "message": "Api-Key token is paused",
        "scopes": null,
        "limit": null,
        "limit_until": null,
        "more": 0,
    });
    assert_eq!(shown, expected);
    assert_eq!(served.refusals(&["--trace", &"1".repeat(32)]), [] as [Value; 0]);
    assert_eq!(served.refusals(&["--limit", "1"]).len(), 1);
    let table =
        served.cabinet.machine.run(&["refusal", "list", "--business", &served.cabinet.business]).text();
    assert!(table.contains("key ERP") && table.contains("POST /v2/auth/token"), "{table}");
    let of_person = served.cabinet.machine.run(&["refusal", "list", "--login", "owner"]).text();
    assert_eq!(of_person, "(none)\n");
}

#[test]
fn what_cannot_be_looked_for_is_said() {
    let cabinet = crate::cabinet::Cabinet::new();
    let list = |rest: &[&str]| cabinet.machine.run(&[&["refusal", "list"], rest].concat());
    assert!(list(&["--business", "99"]).refusal().starts_with("there is no business 99"));
    assert!(list(&["--login", "nobody"]).refusal().starts_with("there is no account with the login nobody"));
    let trace = list(&["--business", "99", "--trace", "xyz"]).usage_error();
    assert!(trace.contains("'xyz' names no trace"), "{trace}");
    assert!(list(&[]).usage_error().contains("required"));
}
