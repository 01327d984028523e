//! A cabinet of a market's largest seller: as many keys and stores as there may be, with names as long as they may be.
//!
//! Owns filling it and the inspection of its pages. Must never be filled by hand: thousands of commands take minutes.

use serde_json::json;

use super::pages::{inspect, owner};
use super::site::Site;

const BUSINESS: u32 = 777;
const STORES: u32 = 2000;
const KEYS: u32 = 30;

/// A name of 100 characters: some have nowhere to break it.
fn name(number: u32) -> String {
    let end = number.to_string();
    let words = if number.is_multiple_of(3) {
        "Севернаяёлка"
    } else {
        "Магазин ёлочных игрушек и палок "
    };
    let most = 100 - end.len();
    words.chars().cycle().take(most).chain(end.chars()).collect()
}

/// Brings in the cabinet, whose owner is `owner`, and says where its keys are.
fn fill(site: &Site) -> String {
    let stores: Vec<u32> = (1..=STORES).map(|number| BUSINESS * 10_000 + number).collect();
    let store =
        |id: &u32| json!({"campaign": {"business_id": BUSINESS, "id": id, "name": name(id % 10_000)}});
    let key = |number: u32| {
        let network = if number.is_multiple_of(5) { "2001:db8:1111:2222::/64" } else { "192.0.2.0/24" };
        let is_restricted = number.is_multiple_of(2);
        let own = if is_restricted { &stores[..number as usize * 50] } else { &[] };
        json!({"key": {
            "business_id": BUSINESS, "name": name(number), "scopes": ["pricing", "offers-and-cards-management"],
            "campaigns": own, "allow_ip": [network], "expires_in": "300d",
        }})
    };
    let business = json!({"business": {"id": BUSINESS, "name": name(0), "owner": "owner"}});
    let lines = std::iter::once(business).chain(stores.iter().map(store)).chain((1..=KEYS).map(key));
    let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    let machine = &site.cabinet.machine;
    machine.write("platform.jsonl", &lines.join("\n"));
    let imported =
        machine.run(&["--json", "import", "platform.jsonl", "--tokens-out", "tokens.jsonl"]).json();
    assert_eq!(imported["refused"], 0, "{imported}");
    std::fs::remove_file(machine.path("tokens.jsonl")).unwrap();
    format!("/cabinet/{BUSINESS}/keys")
}

#[test]
fn pages_of_a_full_cabinet_are_sound() {
    let site = Site::new();
    let keys = fill(&site);
    let (browser, client) = owner(&site);
    inspect(&browser, "full-keys", &keys);
    // With the stores to choose from, of which two were found and chosen.
    inspect(&browser, "full-key-new", &format!("{keys}/new?stores=some&store=7770003&store=7772000"));
    inspect(&browser, "full-cabinets", "/cabinet");
    inspect(&browser, "full-consent", &format!("/authorize?response_type=token&client_id={client}"));
}
