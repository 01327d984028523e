//! `campaign …`.

use serde_json::json;

use crate::cabinet::Cabinet;

#[test]
fn a_store_belongs_to_its_business() {
    let cabinet = Cabinet::new();
    let create = ["--name", "Склад", "--placement", "DBS", "--id", "42"];
    let business: i64 = cabinet.business.parse().unwrap();
    let created = cabinet.run(&["campaign", "create"], &create).json();
    assert_eq!(created, json!({"id": 42, "business_id": business, "name": "Склад"}));
    let listed = cabinet.run(&["campaign", "list"], &[]).json();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let stores = listed.as_array().unwrap();
    let mut store = stores.iter().find(|store| store["id"] == 42).unwrap().clone();
    assert!(store.as_object_mut().unwrap().remove("created_at").unwrap().is_string());
    assert_eq!(
        store,
        json!({
            "id": 42, "business_id": business, "name": "Склад", "placement": "DBS", "availability": "AVAILABLE"
        })
    );
}

#[test]
fn the_api_is_switched_off_for_a_store() {
    let cabinet = Cabinet::new();
    let store = cabinet.campaigns[0].as_str();
    let set =
        |value| cabinet.machine.run(&["--json", "campaign", "set-availability", "--campaign", store, value]);
    assert_eq!(set("MANUALLY_DISABLED").json()["availability"], "MANUALLY_DISABLED");
    assert_eq!(cabinet.run(&["campaign", "list"], &[]).json()[0]["availability"], "MANUALLY_DISABLED");
    assert!(set("OFF").usage_error().contains("'OFF' is no availability: one of AVAILABLE, "));
}

#[test]
fn unknown_businesses_and_stores_are_refused() {
    let cabinet = Cabinet::new();
    let list = cabinet.machine.run(&["campaign", "list", "--business", "5"]);
    assert_eq!(list.refusal(), "there is no business 5: `marketpass business list` shows them all");
    let set = cabinet.machine.run(&["campaign", "set-availability", "--campaign", "5", "AVAILABLE"]);
    assert!(set.refusal().starts_with("there is no campaign 5: "));
}
