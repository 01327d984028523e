//! Cabinets.

use mp_domain::business::{Business, Subscription};
use mp_domain::seller_kind::SellerKind;
use mp_store::{StoreError, business};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, business_id};

on_both_databases!(
    cabinets_come_back_as_they_went_in,
    a_number_is_taken_once,
    numbers_are_given_out_upwards_until_there_are_none,
    only_a_cabinet_that_exists_can_be_locked,
);

fn cabinets_come_back_as_they_went_in(database: &Database) {
    let store = database.store();
    let cabinet = |number, subscription, created_at| Business {
        id: business_id(number),
        name: samples::name(samples::UNUSUAL),
        subscription,
        kind: SellerKind::MarketYandexGo,
        created_at,
    };
    let all = vec![
        cabinet(1, Subscription::None, samples::BEGINNING),
        cabinet(5, Subscription::Light, samples::NOW),
        cabinet(i64::MAX, Subscription::Medium, samples::END),
    ];
    let inserted = all.clone();
    write(&store, move |tx| inserted.iter().rev().try_for_each(|cabinet| business::insert(tx, cabinet)));

    assert_eq!(read(&store, business::list), all, "by number");
    assert_eq!(read(&store, |conn| business::find(conn, business_id(i64::MAX))), all.last().cloned());
    assert_eq!(read(&store, |conn| business::find(conn, business_id(2))), None);
}

fn a_number_is_taken_once(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[7]);
    assert_conflict(&try_write(&store, |tx| business::insert(tx, &samples::business(7))));
    assert!(!write(&store, |tx| business::insert_new(tx, &samples::business(7))));
    assert!(write(&store, |tx| business::insert_new(tx, &samples::business(8))));
    assert_eq!(database.plain().count("business"), 2);
}

fn numbers_are_given_out_upwards_until_there_are_none(database: &Database) {
    let store = database.store();
    assert_eq!(read(&store, business::next_id), business_id(1_000_001));
    samples::with_businesses(&store, &[5, 1_000_001, 3_000_000]);
    assert_eq!(read(&store, business::next_id), business_id(3_000_001));
    samples::with_businesses(&store, &[i64::MAX]);
    let refusal = try_write(&store, |tx| business::next_id(tx)).unwrap_err();
    let StoreError::Conflict(reason) = refusal else { panic!("a conflict was expected: {refusal:?}") };
    assert_eq!(reason, "9223372036854775807, the highest number, is taken: choose a number yourself");
}

fn only_a_cabinet_that_exists_can_be_locked(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1]);
    assert!(write(&store, |tx| business::lock(tx, business_id(1))));
    assert!(!write(&store, |tx| business::lock(tx, business_id(2))));
    assert_eq!(read(&store, business::list), [samples::business(1)], "a lock is not a change");
}
