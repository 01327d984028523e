//! Refusals and those who find them.

use mp_domain::denial::Holder;
use mp_domain::ids::BusinessId;
use mp_domain::refusal_note::{Excerpt, RefusalNote};
use mp_domain::time::Timestamp;
use mp_domain::trace::TraceId;
use mp_store::refusal::{self, Finder, ListedRefusal, NamedCaller, Wanted};
use mp_store::{Store, api_key};

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, business_id, client_id, grant_id, key_id, name};

on_both_databases!(
    what_was_noted_is_found_by_the_owner_of_the_credential_alone,
    a_trace_is_found_among_others,
    the_newest_are_kept_and_nothing_old,
    pages_follow_one_another,
);

const ALL: Wanted = Wanted { trace: None, before: None, most: 100 };

fn with_callers(database: &Database) -> Store {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    samples::with_clients(&store);
    write(&store, |tx| {
        api_key::insert(tx, &samples::key(1, 1))?;
        mp_store::grant::insert(tx, &samples::grant(1, 1, 1))
    });
    store
}

fn of_key(at: i64) -> RefusalNote {
    RefusalNote {
        at: Timestamp::from_micros(at),
        trace: TraceId::new(u128::try_from(at).unwrap()),
        holder: Holder::Key(key_id(1)),
        business: Some(business_id(1)),
        operation: "getOrder".to_owned(),
        verb: "GET".to_owned(),
        path: Excerpt::of("/v2/campaigns/7/orders/1"),
        address: "2001:db8::1".parse().unwrap(),
        reason: "scope_missing".to_owned(),
        message: Excerpt::of("Token does not have any of the scopes"),
        accesses: samples::key(1, 1).grant.scopes,
        limit: Some((u32::MAX, Timestamp::from_seconds(9))),
        more: 3,
    }
}

/// A token's, which addressed this cabinet or none.
fn of_token(at: i64, business: Option<BusinessId>) -> RefusalNote {
    let holder = Holder::Token { grant_id: grant_id(1), account_id: account_id(1) };
    RefusalNote { holder, business, trace: None, limit: None, more: 0, ..of_key(at) }
}

fn record(store: &Store, notes: &[RefusalNote]) {
    let notes = notes.to_vec();
    write(store, move |tx| notes.iter().try_for_each(|note| refusal::insert(tx, note)));
}

fn found(store: &Store, by: Finder, wanted: Wanted) -> Vec<ListedRefusal> {
    read(store, move |conn| refusal::list(conn, by, wanted))
}

fn moments(found: &[ListedRefusal]) -> Vec<i64> {
    found.iter().map(|listed| listed.note.at.micros()).collect()
}

fn what_was_noted_is_found_by_the_owner_of_the_credential_alone(database: &Database) {
    let store = with_callers(database);
    let notes = [of_key(1), of_token(2, Some(business_id(1))), of_token(3, None)];
    record(&store, &notes);
    let in_cabinet = found(&store, Finder::Business(business_id(1)), ALL);
    assert_eq!(in_cabinet.iter().map(|listed| &listed.note).collect::<Vec<_>>(), [&notes[1], &notes[0]]);
    let key = NamedCaller::Key { id: key_id(1), name: name("key 1") };
    assert_eq!(in_cabinet[1].caller, key);
    let NamedCaller::Token { client_id: application, client, .. } = &in_cabinet[0].caller else { panic!() };
    assert_eq!((*application, client), (client_id(1), &name("application 1")));
    let by_person = found(&store, Finder::Account(account_id(1)), ALL);
    assert_eq!(moments(&by_person), [3, 2]);
    assert_eq!(found(&store, Finder::Business(business_id(2)), ALL), []);
    assert_eq!(found(&store, Finder::Account(account_id(2)), ALL), []);
}

fn a_trace_is_found_among_others(database: &Database) {
    let store = with_callers(database);
    record(&store, &[of_key(1), of_key(2), of_token(3, Some(business_id(1))), of_key(2)]);
    let cabinet = Finder::Business(business_id(1));
    let traced = |number| found(&store, cabinet, Wanted { trace: TraceId::new(number), ..ALL });
    assert_eq!(moments(&traced(2)), [2, 2]);
    assert_eq!(traced(9), []);
}

fn the_newest_are_kept_and_nothing_old(database: &Database) {
    let store = with_callers(database);
    let cabinet = Finder::Business(business_id(1));
    let keys = (1..=5).map(of_key);
    let tokens = (6..=8).flat_map(|at| [of_token(at, None), of_token(at, Some(business_id(2)))]);
    record(&store, &keys.chain(tokens).collect::<Vec<_>>());
    write(&store, move |tx| refusal::keep_newest(tx, cabinet, 2));
    assert_eq!(moments(&found(&store, cabinet, ALL)), [5, 4]);
    write(&store, |tx| refusal::keep_newest(tx, Finder::Account(account_id(1)), 1));
    let person = Finder::Account(account_id(1));
    assert_eq!(moments(&found(&store, person, ALL)), [8, 8, 7, 6], "those in cabinets are the cabinets'");
    write(&store, |tx| refusal::delete_old(tx, Timestamp::from_micros(7)));
    assert_eq!(moments(&found(&store, person, ALL)), [8, 8, 7]);
    assert_eq!(found(&store, cabinet, ALL), []);
    write(&store, move |tx| refusal::keep_newest(tx, cabinet, 2));
}

fn pages_follow_one_another(database: &Database) {
    let store = with_callers(database);
    record(&store, &(1..=5).map(of_key).collect::<Vec<_>>());
    let cabinet = Finder::Business(business_id(1));
    let first = found(&store, cabinet, Wanted { most: 2, ..ALL });
    assert_eq!(moments(&first), [5, 4]);
    let second = found(&store, cabinet, Wanted { most: 2, before: Some(first[1].seq), ..ALL });
    assert_eq!(moments(&second), [3, 2]);
}
