//! Stores of cabinets.

use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::ids::BusinessId;
use mp_domain::reach::CampaignFacts;
use mp_store::{Store, StoreError, campaign};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, business_id, campaign_id};

on_both_databases!(
    stores_come_back_as_they_went_in,
    a_number_is_taken_once_and_needs_a_cabinet,
    numbers_are_given_out_upwards_until_there_are_none,
    a_cabinet_is_switched_off_when_every_store_is,
);

fn stores_come_back_as_they_went_in(database: &Database) {
    use Availability as A;
    let store = database.store();
    samples::with_businesses(&store, &[1, i64::MAX]);
    let make = |number, placement, availability| Campaign {
        placement,
        availability,
        ..samples::campaign(number, i64::MAX)
    };
    let all = vec![
        make(1, Placement::Fbs, A::Available),
        make(2, Placement::Fby, A::DisabledByInactivity),
        make(3, Placement::Dbs, A::DisabledByNoActiveContract),
        make(4, Placement::Laas, A::ManuallyDisabled),
        make(i64::MAX, Placement::Fbs, A::DisabledByNoPlacementType),
    ];
    let inserted = all.clone();
    write(&store, move |tx| inserted.iter().rev().try_for_each(|each| campaign::insert(tx, each)));

    let found = read(&store, |conn| campaign::of_business(conn, business_id(i64::MAX)));
    assert_eq!(found, all, "by number");
    assert_eq!(read(&store, |conn| campaign::of_business(conn, business_id(1))), []);
    let found = read(&store, |conn| campaign::find(conn, campaign_id(i64::MAX)));
    assert_eq!(found, all.last().cloned());
    assert_eq!(read(&store, |conn| campaign::find(conn, campaign_id(5))), None);
    assert_facts(&store, &all);
}

/// What the check is told of the stores, of all and of each.
fn assert_facts(store: &Store, all: &[Campaign]) {
    let mut shown = read(store, |conn| {
        let mut shown = Vec::new();
        campaign::each_facts(conn, |id, facts| shown.push((id, facts)))?;
        Ok(shown)
    });
    shown.sort_unstable_by_key(|(id, _)| *id);
    let facts = |of: &Campaign| CampaignFacts { business_id: of.business_id, availability: of.availability };
    assert_eq!(shown, all.iter().map(|each| (each.id, facts(each))).collect::<Vec<_>>());
    for each in all {
        let id = each.id;
        assert_eq!(read(store, move |conn| campaign::facts_of(conn, id)), Some(facts(each)));
    }
    assert_eq!(read(store, |conn| campaign::facts_of(conn, campaign_id(5))), None);
}

fn a_number_is_taken_once_and_needs_a_cabinet(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    write(&store, |tx| campaign::insert(tx, &samples::campaign(10, 1)));
    assert_conflict(&try_write(&store, |tx| campaign::insert(tx, &samples::campaign(10, 2))));
    assert_conflict(&try_write(&store, |tx| campaign::insert(tx, &samples::campaign(11, 3))));
    assert!(!write(&store, |tx| campaign::insert_new(tx, &samples::campaign(10, 2))));
    assert!(write(&store, |tx| campaign::insert_new(tx, &samples::campaign(12, 2))));
    assert_eq!(database.plain().count("campaign"), 2);
}

fn numbers_are_given_out_upwards_until_there_are_none(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1]);
    assert_eq!(read(&store, campaign::next_id), campaign_id(2_000_001));
    write(&store, |tx| campaign::insert(tx, &samples::campaign(i64::MAX - 1, 1)));
    assert_eq!(read(&store, campaign::next_id), campaign_id(i64::MAX));
    write(&store, |tx| campaign::insert(tx, &samples::campaign(i64::MAX, 1)));
    let refusal = try_write(&store, |tx| campaign::next_id(tx));
    assert!(matches!(refusal, Err(StoreError::Conflict(_))), "{refusal:?}");
}

fn a_cabinet_is_switched_off_when_every_store_is(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2, 3]);
    write(&store, |tx| {
        [(10, 1), (11, 1), (20, 2)]
            .iter()
            .try_for_each(|(number, business)| campaign::insert(tx, &samples::campaign(*number, *business)))
    });
    assert_eq!(switched_off(&store), [], "the third has no stores at all");

    let switch = |number, availability| {
        write(&store, move |tx| campaign::set_availability(tx, campaign_id(number), availability));
    };
    switch(10, Availability::ManuallyDisabled);
    assert_eq!(switched_off(&store), [], "one store of the first is still on");
    switch(11, Availability::DisabledByInactivity);
    assert_eq!(switched_off(&store), [business_id(1)]);
    switch(20, Availability::DisabledByNoPlacementType);
    assert_eq!(switched_off(&store), [business_id(1), business_id(2)]);
    switch(10, Availability::Available);
    assert_eq!(switched_off(&store), [business_id(2)]);
}

/// By the list of all and by the question about each, which must agree.
fn switched_off(store: &Store) -> Vec<BusinessId> {
    let mut listed = read(store, campaign::businesses_switched_off);
    listed.sort_unstable();
    let each: Vec<_> = (1..=3)
        .map(business_id)
        .filter(|id| {
            let id = *id;
            read(store, move |conn| campaign::all_switched_off(conn, id))
        })
        .collect();
    assert_eq!(listed, each);
    listed
}
