//! Catalogues on trial, and what is reported of them.

use mp_domain::shadow::{Cabinet, Verdict};
use mp_domain::time::Timestamp;
use mp_store::shadow_catalog::{self, NewShadow};
use mp_store::shadow_difference::{self, ShadowDifference};
use mp_store::{Conn, Store, StoreError};

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{NOW, UNUSUAL, business_id};

on_both_databases!(
    one_catalogue_is_on_trial_at_most_and_a_later_one_begins_anew,
    calls_add_up_and_the_most_frequent_stand_first,
    further_cabinets_are_counted_without_theirs,
    nobody_wants_to_know_of_a_former_trial,
);

const MANY: i64 = 100;

fn begin(store: &Store, number: u8) {
    let (facts, source) = (format!("marketpass-catalog 1\n# Каталог {number}\n"), UNUSUAL.to_owned());
    let shadow = NewShadow { digest: [number; 16], facts, source, begun_at: NOW };
    write(store, move |tx| shadow_catalog::begin(tx, &shadow));
}

fn difference(cabinet: Cabinet, calls: i64, second: i64) -> ShadowDifference {
    let at = Timestamp::from_seconds(second);
    let (operation, reason) = ("getOrders".to_owned(), "scope_missing".to_owned());
    ShadowDifference {
        operation,
        verdict: Verdict::WouldRefuse,
        reason,
        cabinet,
        calls,
        first_at: at,
        last_at: at,
    }
}

fn one(number: i64) -> Cabinet {
    Cabinet::One(business_id(number))
}

fn add(store: &Store, differences: Vec<ShadowDifference>, most: i64) {
    write(store, move |tx| shadow_difference::add(tx, 1, &differences, most));
}

fn known(store: &Store) -> Vec<(Cabinet, i64)> {
    let found = read(store, |conn| shadow_difference::of(conn, 1));
    found.into_iter().map(|difference| (difference.cabinet, difference.calls)).collect()
}

fn one_catalogue_is_on_trial_at_most_and_a_later_one_begins_anew(database: &Database) {
    let store = database.store();
    assert_eq!(read(&store, shadow_catalog::on_trial), None);
    assert_eq!(read(&store, shadow_catalog::newest), None);
    begin(&store, 1);
    add(&store, vec![difference(one(1), 1, 1)], MANY);
    begin(&store, 2);
    let on_trial = read(&store, shadow_catalog::on_trial).unwrap();
    assert_eq!((on_trial.number, on_trial.digest, on_trial.source.as_str()), (2, [2; 16], UNUSUAL));
    assert_eq!(known(&store), []);
    let end =
        |at| move |tx: &mut mp_store::Tx<'_>| -> Result<bool, StoreError> { shadow_catalog::end(tx, at) };
    let later = Timestamp::from_seconds(NOW.seconds() + 1);
    assert!(write(&store, end(later)));
    assert!(!write(&store, end(NOW)));
    assert_eq!(read(&store, shadow_catalog::on_trial), None);
    let newest = read(&store, shadow_catalog::newest).unwrap();
    assert_eq!((newest.begun_at, newest.ended_at, newest.judged), (NOW, Some(later), 0));
    assert_eq!(database.plain().count("shadow_catalog"), 2, "the former ones stay");
}

fn calls_add_up_and_the_most_frequent_stand_first(database: &Database) {
    let store = database.store();
    begin(&store, 1);
    add(&store, vec![difference(one(1), 2, 5), difference(Cabinet::None, 4, 5)], MANY);
    add(&store, vec![difference(one(1), 3, 7), difference(one(1), 1 << 40, 3)], MANY);
    let found = read(&store, |conn: &mut Conn| shadow_difference::of(conn, 1));
    let most = ShadowDifference {
        first_at: Timestamp::from_seconds(3),
        last_at: Timestamp::from_seconds(7),
        ..difference(one(1), (1 << 40) + 5, 0)
    };
    assert_eq!(found, [most, difference(Cabinet::None, 4, 5)]);
}

fn further_cabinets_are_counted_without_theirs(database: &Database) {
    let store = database.store();
    begin(&store, 1);
    let of_each = |calls| (1..=4).map(|number| difference(one(number), calls, 1)).collect();
    add(&store, of_each(10), 2);
    add(&store, of_each(1), 2);
    assert_eq!(known(&store), [(Cabinet::Others, 22), (one(1), 11), (one(2), 11)]);
}

fn nobody_wants_to_know_of_a_former_trial(database: &Database) {
    let store = database.store();
    let count = |number, judged| write(&store, move |tx| shadow_catalog::count(tx, number, judged));
    assert!(!count(1, 5));
    begin(&store, 1);
    assert!(count(1, 5) && count(1, 2));
    write(&store, |tx| shadow_catalog::end(tx, NOW));
    assert!(count(1, 1), "what was judged just before its end");
    assert_eq!(read(&store, shadow_catalog::newest).unwrap().judged, 8);
    begin(&store, 2);
    assert!(!count(1, 1));
    assert_eq!(read(&store, shadow_catalog::newest).unwrap().judged, 0);
}
