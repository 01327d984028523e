//! What the shipped catalogue says, checked against what is known of the document it was made from (market-api §3, §5).
//!
//! The matrix of operations and accesses is compared with a reviewed file; a difference leaves a `.snap.new` file: look
//! at it, then move it over the old one.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use mp_domain::catalog::Catalog;
use mp_domain::operation::{Cost, FieldPlace, Operation, Parallel};
use mp_domain::scope::AccessScope;
use mp_domain::seller_kind::SellerKind;

fn count(is_counted: impl Fn(&Operation) -> bool) -> usize {
    Catalog::market().operations().iter().filter(|operation| is_counted(operation)).count()
}

#[test]
fn it_has_the_operations_of_the_document() {
    assert_eq!(Catalog::market().operations().len(), 160);
    assert_eq!(count(|operation| operation.template.starts_with("/v2/")), 142);
    assert_eq!(count(|operation| operation.template.starts_with("/v1/")), 18);
    assert_eq!(count(|operation| operation.is_unversioned), 142);
    assert_eq!(count(|operation| operation.template.contains("{campaignId}")), 78);
    assert_eq!(count(|operation| operation.template.contains("{businessId}")), 45);
}

#[test]
fn every_operation_is_limited_as_in_the_document() {
    let is_counted_in_items =
        |operation: &Operation| operation.limit.is_some_and(|limit| limit.cost != Cost::Request);
    assert_eq!(count(|operation| operation.limit.is_some()), 160);
    assert_eq!(count(is_counted_in_items), 24);
    assert_eq!(count(|operation| operation.limit.is_some_and(|limit| limit.none != limit.medium)), 57);
    let own = count(|operation| operation.parallel != Parallel::Shared);
    assert_eq!(own, 7);
}

#[test]
fn seven_operations_end_at_known_dates() {
    let ends = Catalog::market().operations().iter().filter_map(|operation| operation.deprecation);
    let dated = ends.clone().filter(|end| end.since.is_some() && end.sunset.is_some());
    assert_eq!((ends.clone().count(), dated.count()), (7, 7));
    for replacement in ends.filter_map(|end| end.replacement) {
        assert!(Catalog::market().find(replacement).is_some(), "{replacement}");
    }
}

#[test]
fn accesses_open_what_the_document_says() {
    let all = Catalog::market().operations();
    let sets: HashSet<_> = all.iter().map(|operation| operation.any_of).collect();
    assert_eq!(sets.len(), 25);
    assert!(all.iter().all(|operation| operation.any_of.contains(AccessScope::AllMethods)));
    for read_only in AccessScope::all() {
        if let Some(full) = read_only.written_name().strip_suffix(":read-only") {
            // Supplies are only ever read.
            let Ok(full) = full.parse::<AccessScope>() else { continue };
            let lacks = |operation: &&Operation| {
                operation.any_of.contains(read_only) && !operation.any_of.contains(full)
            };
            assert_eq!(all.iter().find(lacks), None, "{read_only}");
        }
    }
    let opened_by = |access: &str| {
        let access = access.parse().unwrap();
        count(|operation| operation.any_of.contains(access))
    };
    let counted = ["all-methods:read-only", "inventory-and-order-processing", "pricing", "communication"]
        .map(opened_by);
    assert_eq!(counted, [97, 77, 37, 34]);
}

#[test]
fn kinds_of_seller_may_call_what_the_document_says() {
    let of = |kind| count(|operation| operation.sellers.contains(kind));
    let kinds = [SellerKind::Seller, SellerKind::MarketYandexGo, SellerKind::Urbanads];
    assert_eq!(kinds.map(of), [159, 134, 11]);
}

#[test]
fn bodies_and_queries_name_cabinets_and_stores_where_the_document_says() {
    let in_body = |operation: &Operation| {
        operation.fields.iter().any(|field| matches!(field.place, FieldPlace::Body(_)))
    };
    let in_query = |operation: &Operation| {
        operation.fields.iter().any(|field| matches!(field.place, FieldPlace::Query(_)))
    };
    assert_eq!((count(in_body), count(in_query)), (29, 2));
}

#[test]
fn the_accesses_of_every_operation_are_as_reviewed() {
    let mut text = String::new();
    for (column, access) in AccessScope::all().enumerate() {
        writeln!(text, "{}{access}", "│ ".repeat(column)).unwrap();
    }
    for operation in Catalog::market().operations() {
        let marks =
            AccessScope::all().map(|access| if operation.any_of.contains(access) { "✔ " } else { "· " });
        let marks: String = marks.collect();
        writeln!(text, "{marks} {} {} {}", operation.verb, operation.template, operation.id).unwrap();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog");
    let reviewed = std::fs::read_to_string(folder.join("accesses.snap")).unwrap_or_default();
    if text != reviewed {
        std::fs::write(folder.join("accesses.snap.new"), &text).unwrap();
        panic!(
            "the matrix has changed: review {}/accesses.snap.new and move it over accesses.snap",
            folder.display()
        );
    }
}
