//! `catalog import --shadow` and `catalog shadow`.

use mp_testkit::{Postgres, eventually};
use serde_json::{Value, json};

use crate::cabinet::Cabinet;
use crate::installation::Installation;
use crate::served::{Served, plain};

/// Token-info so many times an hour, and no other method beside those that are always there.
fn document(amount: u32) -> String {
    format!(
        "openapi: 3.1.0\npaths:\n  /v2/auth/token:\n    post:\n      operationId: getAuthTokenInfo\n      \
         x-marketpass-number: 256\n      x-marketpass-accesses: [pricing]\n      \
         x-marketpass-limit: {{amount: {amount}, period: 1h}}\n"
    )
}

fn report(machine: &Installation) -> Value {
    machine.run(&["--json", "catalog", "shadow"]).json()
}

fn limit_told(served: &Served) -> String {
    served.ask(plain(&served.token)).header("x-ratelimit-resource-limit").unwrap().to_owned()
}

fn a_document_is_tried_out_on_a_running_server(served: &Served) {
    let machine = &served.cabinet.machine;
    machine.write("next.yaml", &document(2));
    let imported = machine.run(&["--json", "catalog", "import", "next.yaml", "--shadow"]).json();
    assert_eq!((&imported["imported"], &imported["on_trial"]), (&json!(false), &json!(true)));
    eventually("the server judges calls by it", || {
        let metrics = served.server.ask("ops_listen", "GET", "/metrics", &[]).body;
        metrics.contains("marketpass_shadow_calls_total")
    });
    for _ in 0..5 {
        assert_eq!(limit_told(served), "100");
    }
    let mut shown = Value::Null;
    eventually("the calls are reported", || {
        shown = report(machine);
        shown["judged"] == 5
    });
    assert_eq!((&shown["on_trial"], &shown["source"]), (&json!(true), &json!("next.yaml")));
    let difference = &shown["differences"][0];
    let business: i64 = served.cabinet.business.parse().unwrap();
    assert_eq!((&difference["business_id"], &difference["calls"]), (&json!(business), &json!(3)));
    for (field, value) in
        [("operation", "getAuthTokenInfo"), ("verdict", "would_refuse"), ("reason", "limit_exceeded")]
    {
        assert_eq!(difference[field], value);
    }
    let table = machine.run(&["catalog", "shadow"]).text();
    assert!(table.starts_with("CALLS  VERDICT       REASON          METHOD            CABINET"), "{table}");
    assert!(table.contains("next.yaml has been on trial since "), "{table}");
    assert!(table.ends_with(" were judged: 3 would be refused and 0 let in.\n"), "{table}");
    let ended = machine.run(&["catalog", "shadow", "--stop"]).text();
    assert!(ended.contains("next.yaml was on trial from "), "{ended}");
    assert_eq!(report(machine)["on_trial"], json!(false));
    assert_eq!(limit_told(served), "100");
}

#[test]
fn a_document_is_tried_out_with_an_embedded_database() {
    a_document_is_tried_out_on_a_running_server(&Served::new().in_one_hour());
}

#[test]
fn a_document_is_tried_out_with_postgresql() {
    let machine = Installation::new();
    let url = Postgres::shared().create_database();
    machine.write("marketpass.toml", &format!("[database]\nurl = {url:?}\n"));
    a_document_is_tried_out_on_a_running_server(&Served::on(Cabinet::on(machine), &[]).in_one_hour());
}

#[test]
fn what_is_on_trial_is_said_from_its_beginning_to_its_end() {
    let machine = Installation::new();
    let nothing = "Nothing is on trial: `marketpass catalog import FILE --shadow` puts the methods of a document on trial.\n";
    assert_eq!(machine.run(&["catalog", "shadow"]).text(), nothing);
    assert_eq!(report(&machine)["source"], Value::Null);
    assert!(machine.run(&["catalog", "shadow", "--stop"]).refusal().starts_with("nothing is on trial: "));
    machine.write("five.yaml", &document(5));
    machine.run(&["catalog", "import", "five.yaml", "--shadow", "--dry-run"]).usage_error();
    let begun = machine.run(&["catalog", "import", "five.yaml", "--shadow"]).text();
    assert!(
        begun.ends_with(
            "\n4 methods are on trial, and what is in force stays: closes 157, tightens 1, opens 1.\n"
        ),
        "{begun}"
    );
    let empty = machine.run(&["catalog", "shadow"]).text();
    let judged = "0 calls of methods that it rules otherwise were judged, none of them otherwise than by what is in force.\n";
    assert!(empty.starts_with("five.yaml has been on trial since ") && empty.ends_with(judged), "{empty}");
    assert_eq!(machine.run(&["--json", "catalog", "show"]).json().as_array().unwrap().len(), 160);
    let in_force = machine.run(&["catalog", "import", "five.yaml"]).text();
    assert!(in_force.contains("\n4 methods are in force, and no longer on trial: "), "{in_force}");
    assert!(machine.run(&["catalog", "shadow"]).text().starts_with("five.yaml was on trial from "));
    let same = machine.run(&["catalog", "import", "five.yaml", "--shadow"]).text();
    assert_eq!(same, "five.yaml changes nothing: these 4 methods are in force already.\n");
    let shipped = machine.run(&["catalog", "import", "--shipped", "--shadow"]).text();
    assert!(shipped.contains("\n160 methods are on trial, and what is in force stays: "), "{shipped}");
    let back = machine.run(&["catalog", "import", "--shipped"]).text();
    assert!(back.contains("\n160 methods are in force, and no longer on trial: "), "{back}");
}
