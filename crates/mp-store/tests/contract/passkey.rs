//! Public keys by which people answer for the second factor.

use mp_store::passkey::{self, StoredPasskey};
use mp_store::{Store, account};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, account_id};

on_both_databases!(
    passkeys_come_back_as_they_went_in_oldest_first,
    a_passkey_is_one_persons,
    a_use_changes_the_credential_and_its_time_alone,
    a_person_removes_only_their_own,
    all_of_a_person_are_removed_at_once,
);

/// A passkey never used.
fn of(number: u8, person: u32) -> StoredPasskey {
    StoredPasskey {
        credential_id: vec![number; 3],
        account_id: account_id(person),
        name: samples::name("phone"),
        credential: "{}".to_owned(),
        created_at: samples::NOW,
        last_used_at: None,
    }
}

/// People 1 and 2.
fn peopled(database: &Database) -> Store {
    let store = database.store();
    write(&store, |tx| {
        account::insert(tx, &samples::account(1, "anna"))?;
        account::insert(tx, &samples::account(2, "zoya"))
    });
    store
}

fn insert(store: &Store, passkey: &StoredPasskey) -> bool {
    let passkey = passkey.clone();
    write(store, move |tx| passkey::insert_new(tx, &passkey))
}

fn listed(store: &Store, person: u32) -> Vec<StoredPasskey> {
    read(store, move |conn| passkey::of_account(conn, account_id(person)))
}

fn passkeys_come_back_as_they_went_in_oldest_first(database: &Database) {
    let store = peopled(database);
    let full = StoredPasskey {
        credential_id: vec![0, 255, 39],
        name: samples::name(samples::UNUSUAL),
        credential: format!("{{\"name\":{:?}}}", samples::UNUSUAL),
        created_at: samples::BEGINNING,
        last_used_at: Some(samples::END),
        ..of(1, 1)
    };
    for each in [&of(2, 1), &full, &of(1, 1)] {
        assert!(insert(&store, each));
    }
    assert_eq!(listed(&store, 1), [full, of(1, 1), of(2, 1)]);
    assert_eq!(listed(&store, 2), []);
    assert_eq!(read(&store, |conn| passkey::count(conn, account_id(1))), 3);
}

fn a_passkey_is_one_persons(database: &Database) {
    let store = peopled(database);
    assert!(insert(&store, &of(1, 1)));
    assert!(!insert(&store, &of(1, 2)));
    assert_eq!((listed(&store, 1), listed(&store, 2)), (vec![of(1, 1)], vec![]));
    assert_conflict(&try_write(&store, |tx| passkey::insert_new(tx, &of(2, 3))));
}

fn a_use_changes_the_credential_and_its_time_alone(database: &Database) {
    let store = peopled(database);
    insert(&store, &of(1, 1));
    insert(&store, &of(2, 1));
    write(&store, |tx| passkey::note_use(tx, &[1; 3], "{\"counter\":2}", samples::END));
    let credential = "{\"counter\":2}".to_owned();
    let used = StoredPasskey { credential, last_used_at: Some(samples::END), ..of(1, 1) };
    assert_eq!(listed(&store, 1), [used, of(2, 1)]);
}

fn a_person_removes_only_their_own(database: &Database) {
    let store = peopled(database);
    insert(&store, &of(1, 1));
    let delete = |person| write(&store, move |tx| passkey::delete(tx, account_id(person), &[1; 3]));
    assert!(!delete(2));
    assert!(delete(1));
    assert!(!delete(1));
    assert_eq!(listed(&store, 1), []);
}

fn all_of_a_person_are_removed_at_once(database: &Database) {
    let store = peopled(database);
    for each in [&of(1, 1), &of(2, 1), &of(3, 2)] {
        insert(&store, each);
    }
    write(&store, |tx| passkey::delete_all(tx, account_id(1)));
    assert_eq!((listed(&store, 1), listed(&store, 2)), (vec![], vec![of(3, 2)]));
}
