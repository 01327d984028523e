//! Operations that make no catalogue, and those that marketpass answers itself.

use mp_domain::catalog::Catalog;
use mp_domain::field_path::FieldPath;
use mp_domain::operation::{
    ANSWERED_HERE, FieldPlace, GET_AUTH_TOKEN_INFO, GET_CAMPAIGNS, Limit, NamedEntity, NamingField,
    Operation, Verb,
};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::window::Period;

/// An operation of another platform.
pub(crate) fn operation(number: u16, id: &'static str, verb: Verb, template: &'static str) -> Operation {
    Operation { number, id, verb, template, is_unversioned: false, ..GET_CAMPAIGNS }
}

fn flaws(operations: Vec<Operation>) -> String {
    Catalog::new(operations).expect_err("it is no catalogue").to_string()
}

#[test]
fn what_is_answered_here_is_in_every_catalogue() {
    let catalog = Catalog::new(Vec::new()).unwrap();
    assert_eq!(catalog.operations().len(), 4);
    for own in ANSWERED_HERE {
        assert_eq!(catalog.find(own.id), Some(own));
        assert_eq!(
            Catalog::market().find(own.id),
            Some(own),
            "a document without them changes nothing of it"
        );
    }
}

#[test]
fn the_facts_of_a_document_stand_save_how_and_by_whom_it_is_called() {
    let any_of: ScopeSet = [AccessScope::Pricing].into_iter().collect();
    let limit = Some(Limit::requests(7, Period::HOUR));
    let (is_unversioned, takes_oauth, ignores_switch) = (false, true, true);
    let facts = Operation { number: 900, any_of, limit, ..GET_AUTH_TOKEN_INFO };
    let given = Operation { is_unversioned, takes_oauth, ignores_switch, ..facts };
    let catalog = Catalog::new(vec![given]).unwrap();
    assert_eq!(catalog.find("getAuthTokenInfo"), Some(&facts));
}

#[test]
fn what_is_answered_here_stays_where_it_is() {
    let moved = Operation { template: "/v3/auth/token", ..GET_AUTH_TOKEN_INFO };
    let told = flaws(vec![moved]);
    assert!(
        told.starts_with("getAuthTokenInfo is answered by marketpass itself at POST /v2/auth/token: "),
        "{told}"
    );
    for path in ["/v2/campaigns", "/campaigns", "/campaigns.json", "/v2/campaigns/{id}", "/campaigns/{shop}"]
    {
        let told = flaws(vec![operation(900, "other", Verb::Get, path)]);
        assert!(told.contains("could mean either"), "{path}: {told}");
    }
    Catalog::new(vec![operation(900, "other", Verb::Put, "/v2/campaigns")]).unwrap();
}

#[test]
fn numbers_ids_and_paths_are_each_operations_own() {
    let get = |number, id, path| operation(number, id, Verb::Get, path);
    let told =
        flaws(vec![get(900, "a", "/a"), get(900, "b", "/b"), get(901, "c", "/c"), get(902, "c", "/d")]);
    assert_eq!(
        told,
        "the operations a and b both have the number 900: give each its own (`x-marketpass-number`); \
         two operations are called c: give each an operationId of its own"
    );
    let told = flaws(vec![get(256, "a", "/a")]);
    assert!(told.starts_with("the operations a and getAuthTokenInfo both have the number 256"), "{told}");
    let told = flaws(vec![get(900, "a", "/x/{one}"), get(901, "b", "/x/{other}")]);
    assert!(told.starts_with("GET /x/{one} is both a and b: "), "{told}");
    let nine = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(|name| NamingField {
        place: FieldPlace::Body(FieldPath::intern(name).unwrap()),
        entity: NamedEntity::Campaign,
    });
    let wide =
        |fields: &[NamingField]| Operation { fields: Vec::leak(fields.to_vec()), ..get(900, "a", "/a") };
    let told = flaws(vec![wide(&nine)]);
    assert!(told.starts_with("a names cabinets and stores in more than 8 fields of its body: "), "{told}");
    Catalog::new(vec![wide(&nine[1..])]).unwrap();
    for id in ["", "a b", "a/b", "ы"] {
        assert!(flaws(vec![get(900, id, "/a")]).contains("is no operationId"), "{id}");
    }
    let told = flaws(vec![get(900, "a", "/a//b")]);
    assert!(told.starts_with("the path /a//b of a cannot be routed: it must begin with one slash"), "{told}");
}

#[test]
fn a_field_of_a_body_names_either_cabinets_or_stores() {
    let named = |place, entity| NamingField { place, entity };
    let body = |path| FieldPlace::Body(FieldPath::intern(path).unwrap());
    let naming = |fields: &[NamingField]| {
        let fields = Vec::leak(fields.to_vec());
        vec![Operation { fields, ..operation(900, "a", Verb::Post, "/a") }]
    };
    let store = named(body("shop.id"), NamedEntity::Campaign);
    let both = [store, named(body("shop.id"), NamedEntity::Business)];
    let told = flaws(naming(&both));
    assert!(
        told.starts_with("a names both a cabinet and a store in the field shop.id of its body: "),
        "{told}"
    );
    let beside = [store, named(body("shop"), NamedEntity::Business), store];
    Catalog::new(naming(&beside)).unwrap();
    let query = [NamedEntity::Business, NamedEntity::Campaign].map(|of| named(FieldPlace::Query("id"), of));
    Catalog::new(naming(&query)).expect("each is read by itself");
}
