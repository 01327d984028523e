//! `catalog …`.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use crate::installation::Installation;

const PETS: &str = "openapi: 3.1.0\npaths:\n  /pets:\n    get:\n      operationId: listPets\n      \
    x-marketpass-accesses: [pricing]\n      x-marketpass-limit: {amount: 100, period: 1m}\n";

fn with_pets() -> Installation {
    let machine = Installation::new();
    machine.write("pets.yaml", PETS);
    machine
}

#[test]
fn the_methods_that_are_brought_along_are_in_force() {
    let machine = Installation::new();
    let shown = machine.run(&["--json", "catalog", "show"]).json();
    assert_eq!(shown.as_array().unwrap().len(), 160);
    let prices =
        shown.as_array().unwrap().iter().find(|operation| operation["id"] == "updatePrices").unwrap();
    assert_eq!(
        prices,
        &json!({
            "id": "updatePrices", "number": 64, "verb": "POST", "path": "/v2/campaigns/{campaignId}/offer-prices/updates",
            "unversioned": true, "accesses": ["all-methods", "pricing"], "sellers": ["seller", "market-yandex-go"], "oauth": true,
            "limit": {"cost": "req.offers", "amount": 10_000, "period_seconds": 60, "medium_amount": 10_000, "medium_period_seconds": 60},
            "parallel": 12, "names": [], "deprecated": false, "deprecated_since": null, "sunset": null, "replacement": null,
        })
    );
    let table = machine.run(&["catalog", "show"]).text();
    assert!(table.starts_with("ID "), "{table}");
    assert_eq!(table.lines().count(), 161);
    assert_eq!(machine.run(&["catalog", "check"]).text(), "Nothing is wrong.\n");
}

#[test]
fn an_import_tells_what_it_changes_and_the_same_again_changes_nothing() {
    let machine = with_pets();
    let told = machine.run(&["catalog", "import", "pets.yaml", "--dry-run"]).text();
    assert!(
        told.contains("\nopens GET /pets (listPets) for keys with pricing, and OAuth tokens: it is new\n"),
        "{told}"
    );
    assert!(told.ends_with("\nCloses 156, opens 1; nothing is imported yet.\n"), "{told}");
    let imported = machine.run(&["--json", "catalog", "import", "pets.yaml"]).json();
    assert_eq!(
        (&imported["source"], &imported["operations"], &imported["imported"], &imported["summary"]),
        (&json!("pets.yaml"), &json!(5), &json!(true), &json!("closes 156, opens 1"))
    );
    assert_eq!(imported["changes"].as_array().unwrap().len(), 157);
    assert_eq!(imported["findings"][0]["severity"], "warning");
    let again = machine.run_with(&["catalog", "import", "-"], &[], PETS).text();
    assert_eq!(again, "standard input changes nothing: these 5 methods are in force already.\n");
    let again = machine.run(&["--json", "catalog", "import", "pets.yaml"]).json();
    assert_eq!((&again["imported"], &again["changes"]), (&json!(false), &json!([])));
}

#[test]
fn the_methods_that_are_brought_along_come_back() {
    let machine = with_pets();
    let unchanged = "the catalogue that marketpass brings along changes nothing: these 160 methods are in force already.\n";
    assert_eq!(machine.run(&["catalog", "import", "--shipped"]).text(), unchanged);
    machine.run(&["catalog", "import", "pets.yaml"]).text();
    let told = machine.run(&["catalog", "import", "--shipped", "--dry-run"]).text();
    assert!(told.ends_with("\nCloses 1, opens 156; nothing is imported yet.\n"), "{told}");
    assert!(machine.run(&["catalog", "diff", "--shipped"]).text().ends_with("\nCloses 1, opens 156.\n"));
    let back = machine.run(&["--json", "catalog", "import", "--shipped"]).json();
    assert_eq!(
        (&back["source"], &back["operations"], &back["imported"], &back["summary"]),
        (
            &json!("the catalogue that marketpass brings along"),
            &json!(160),
            &json!(true),
            &json!("closes 1, opens 156")
        )
    );
    let shown = machine.run(&["--json", "catalog", "show"]).json();
    assert_eq!(shown.as_array().unwrap().len(), 160);
    machine.run(&["catalog", "import", "--shipped", "pets.yaml"]).usage_error();
}

#[test]
fn a_difference_is_told_before_it_is_made() {
    let machine = with_pets();
    machine.run(&["catalog", "import", "pets.yaml"]).text();
    machine.write("less.yaml", &PETS.replace("amount: 100", "amount: 10"));
    let tightens = "tightens GET /pets (listPets) for everybody: the limit is 10 per 1 minute instead of 100 per 1 minute";
    assert_eq!(machine.run(&["catalog", "diff", "less.yaml"]).text(), format!("{tightens}\nTightens 1.\n"));
    let changes = machine.run(&["--json", "catalog", "diff", "less.yaml"]).json();
    let expected = json!([{
        "effect": "tightens", "verb": "GET", "path": "/pets", "operation": "listPets", "for": "everybody",
        "message": "the limit is 10 per 1 minute instead of 100 per 1 minute",
    }]);
    assert_eq!(changes, expected);
    assert_eq!(machine.run(&["catalog", "diff", "pets.yaml"]).text(), "Changes nothing.\n");
}

#[test]
fn a_check_lists_what_is_found_and_fails_if_it_is_wrong() {
    let machine = with_pets();
    let doubtful = machine.run(&["catalog", "check", "pets.yaml"]).text();
    assert!(
        doubtful.starts_with("warning: the document: no operation is opened by all-methods, "),
        "{doubtful}"
    );
    machine.write("wrong.yaml", &PETS.replace("[pricing]", "[prices]"));
    let wrong = machine.run(&["catalog", "check", "wrong.yaml"]);
    assert!(
        wrong
            .stdout
            .starts_with("error: GET /pets (listPets): `x-marketpass-accesses`: 'prices' is no access; ")
    );
    assert_eq!(
        wrong.refusal(),
        "one error keeps the document from being imported: correct it and check again"
    );
    let listed = machine.run(&["--json", "catalog", "check", "wrong.yaml"]);
    let findings: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((listed.status, &findings[0]["operation"]), (1, &json!("listPets")));
    let files = std::fs::read_dir(machine.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(
        files.collect::<BTreeSet<_>>(),
        ["pets.yaml", "wrong.yaml"].map(Into::into).into(),
        "it needs no database"
    );
    let refused = machine.run(&["catalog", "import", "wrong.yaml"]).refusal();
    assert!(
        refused.starts_with("GET /pets (listPets): `x-marketpass-accesses`: 'prices' is no access; "),
        "{refused}"
    );
}

#[test]
fn what_is_no_document_is_refused() {
    let machine = with_pets();
    machine.write("broken.json", "{");
    let refused = machine.run(&["catalog", "import", "broken.json"]).refusal();
    assert!(refused.starts_with("the document cannot be read as JSON: "), "{refused}");
    let refused = machine.run(&["catalog", "diff", "gone.yaml"]).refusal();
    assert!(
        refused.starts_with("gone.yaml cannot be read: ")
            && refused.ends_with("name an OpenAPI document, or its address")
    );
    let refused = machine.run(&["catalog", "check", "http://127.0.0.1:1/x.yaml"]).refusal();
    assert!(refused.starts_with("http://127.0.0.1:1/x.yaml did not answer: "), "{refused}");
    let large = machine.path("large.yaml");
    std::fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    let refused = machine.run(&["catalog", "check", "large.yaml"]).refusal();
    assert_eq!(refused, "the document has more than 32 MiB: bundle only the operations, without examples");
    machine.run(&["catalog", "import"]).usage_error();
}

#[test]
fn a_document_is_fetched_and_remembered_without_what_may_be_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let length = connection.read(&mut head).unwrap();
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PETS}", PETS.len()).unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    let machine = Installation::new();
    let url = format!("http://{address}/pets.yaml?key=secret");
    let imported = machine.run(&["--json", "catalog", "import", &url]).json();
    assert_eq!(imported["source"], format!("http://{address}/pets.yaml"));
    assert!(server.join().unwrap().starts_with("GET /pets.yaml?key=secret HTTP/1.1\r\n"));
}
