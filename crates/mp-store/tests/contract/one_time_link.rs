//! Links in letters.

use std::time::Duration;

use mp_domain::link::{OneTimeLink, Purpose};
use mp_domain::time::Timestamp;
use mp_store::{Store, account, one_time_link};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, digest};

on_both_databases!(
    links_come_back_as_they_went_in_for_their_purpose_alone,
    a_link_is_over_at_its_end_and_once_used,
    of_two_who_use_a_link_at_once_one_is_first,
    a_persons_links_go_together,
    old_links_are_forgotten,
    a_token_belongs_to_one_link,
);

const END: Timestamp = Timestamp::from_seconds(1_800_001_000);

fn of(number: u32, purpose: Purpose, person: Option<u32>) -> OneTimeLink {
    OneTimeLink {
        digest: digest(number),
        purpose,
        account_id: person.map(account_id),
        email: "olga@example.org".parse().unwrap(),
        created_at: samples::NOW,
        expires_at: END,
    }
}

/// Person 1 with these links.
fn with_links(database: &Database, links: &[OneTimeLink]) -> Store {
    let (store, links) = (database.store(), links.to_vec());
    write(&store, move |tx| {
        account::insert(tx, &samples::account(1, "anna"))?;
        links.iter().try_for_each(|link| one_time_link::insert(tx, link))
    });
    store
}

fn find(store: &Store, number: u32, purpose: Purpose, now: Timestamp) -> Option<OneTimeLink> {
    read(store, move |conn| one_time_link::find_live(conn, purpose, digest(number), now))
}

fn use_up(store: &Store, number: u32) -> bool {
    write(store, move |tx| one_time_link::use_up(tx, digest(number), samples::NOW))
}

fn links_come_back_as_they_went_in_for_their_purpose_alone(database: &Database) {
    let email = "почта+x'y@пример.рф".parse().unwrap();
    let links = [
        of(1, Purpose::Recovery, Some(1)),
        OneTimeLink { email, created_at: samples::BEGINNING, ..of(2, Purpose::Invitation, None) },
    ];
    let store = with_links(database, &links);
    assert_eq!(find(&store, 1, Purpose::Recovery, samples::NOW).as_ref(), Some(&links[0]));
    assert_eq!(find(&store, 2, Purpose::Invitation, samples::NOW).as_ref(), Some(&links[1]));
    assert_eq!(find(&store, 1, Purpose::Verification, samples::NOW), None);
    assert_eq!(find(&store, 3, Purpose::Recovery, samples::NOW), None);
}

fn a_link_is_over_at_its_end_and_once_used(database: &Database) {
    let store = with_links(database, &[of(1, Purpose::Recovery, Some(1)), of(2, Purpose::Recovery, Some(1))]);
    let before = Timestamp::from_micros(END.micros() - 1);
    assert!(find(&store, 1, Purpose::Recovery, before).is_some());
    assert_eq!(find(&store, 1, Purpose::Recovery, END), None);
    assert!(use_up(&store, 1));
    assert!(!use_up(&store, 1));
    assert_eq!(find(&store, 1, Purpose::Recovery, samples::NOW), None);
    assert!(find(&store, 2, Purpose::Recovery, samples::NOW).is_some());
    assert!(!use_up(&store, 3));
}

fn of_two_who_use_a_link_at_once_one_is_first(database: &Database) {
    let stores = [with_links(database, &[of(1, Purpose::Recovery, Some(1))]), database.store()];
    let used: Vec<bool> = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..8).map(|number| &stores[number % 2]).map(|store| scope.spawn(|| use_up(store, 1))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
}

fn a_persons_links_go_together(database: &Database) {
    let links = [
        of(1, Purpose::Recovery, Some(1)),
        of(2, Purpose::Verification, Some(1)),
        of(3, Purpose::Recovery, Some(2)),
        of(4, Purpose::Invitation, None),
    ];
    let store = database.store();
    write(&store, |tx| account::insert(tx, &samples::account(2, "boris")));
    drop(store);
    let store = with_links(database, &links);
    write(&store, |tx| one_time_link::delete_of_account(tx, account_id(1)));
    let is_there = |number, purpose| find(&store, number, purpose, samples::NOW).is_some();
    assert_eq!([is_there(1, Purpose::Recovery), is_there(2, Purpose::Verification)], [false, false]);
    assert_eq!([is_there(3, Purpose::Recovery), is_there(4, Purpose::Invitation)], [true, true]);
}

fn old_links_are_forgotten(database: &Database) {
    let later = END.plus(Duration::from_secs(1));
    let young = OneTimeLink { expires_at: later, ..of(2, Purpose::Recovery, Some(1)) };
    let store = with_links(database, &[of(1, Purpose::Recovery, Some(1)), young]);
    assert_eq!(write(&store, move |tx| one_time_link::delete_old(tx, later)), 1);
    assert_eq!(database.plain().count("one_time_link"), 1);
    assert!(find(&store, 2, Purpose::Recovery, samples::NOW).is_some());
}

fn a_token_belongs_to_one_link(database: &Database) {
    let store = with_links(database, &[of(1, Purpose::Recovery, Some(1))]);
    for clash in [of(1, Purpose::Invitation, None), of(2, Purpose::Recovery, Some(3))] {
        assert_conflict(&try_write(&store, move |tx| one_time_link::insert(tx, &clash)));
    }
}
