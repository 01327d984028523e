//! People.

use mp_domain::account::PasswordHash;
use mp_store::{StoreError, account};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples;

on_both_databases!(
    people_come_back_as_they_went_in,
    a_login_and_an_id_are_taken_once,
    an_insertion_that_looks_first_says_whether_it_happened,
    an_update_writes_what_can_change_and_nothing_else,
    what_cannot_be_read_back_is_corruption_and_harms_nobody_else,
);

fn people_come_back_as_they_went_in(database: &Database) {
    let store = database.store();
    let people = [samples::account(1, "zoya"), samples::full_account(2, "anna.p@x-y_z+1")];
    let inserted = people.clone();
    write(&store, move |tx| inserted.iter().try_for_each(|person| account::insert(tx, person)));

    for person in people.clone() {
        let login = person.login.clone();
        assert_eq!(read(&store, move |conn| account::find(conn, &login)), Some(person));
    }
    let nobody = "nobody".parse().unwrap();
    assert_eq!(read(&store, move |conn| account::find(conn, &nobody)), None);
    let [zoya, anna] = people;
    assert_eq!(read(&store, account::list), [anna, zoya], "by login");
}

fn a_login_and_an_id_are_taken_once(database: &Database) {
    let store = database.store();
    write(&store, |tx| account::insert(tx, &samples::account(1, "olga")));
    assert_conflict(&try_write(&store, |tx| account::insert(tx, &samples::account(2, "olga"))));
    assert_conflict(&try_write(&store, |tx| account::insert(tx, &samples::account(1, "ivan"))));
    assert_eq!(database.plain().count("account"), 1);
}

fn an_insertion_that_looks_first_says_whether_it_happened(database: &Database) {
    let store = database.store();
    assert!(write(&store, |tx| account::insert_new(tx, &samples::full_account(1, "olga"))));
    assert!(!write(&store, |tx| account::insert_new(tx, &samples::account(2, "olga"))));
    assert_eq!(read(&store, account::list), [samples::full_account(1, "olga")]);
}

fn an_update_writes_what_can_change_and_nothing_else(database: &Database) {
    let store = database.store();
    let mut olga = samples::account(1, "olga");
    let inserted = [olga.clone(), samples::account(2, "ivan")];
    write(&store, move |tx| inserted.iter().try_for_each(|person| account::insert(tx, person)));

    olga.password_hash = PasswordHash::new("$argon2id$новый".to_owned());
    olga.credential_epoch = i64::MIN;
    olga.disabled_at = Some(samples::BEGINNING);
    let changed = olga.clone();
    write(&store, move |tx| account::update(tx, &changed));
    assert_eq!(read(&store, account::list), [samples::account(2, "ivan"), olga.clone()]);

    olga.disabled_at = None;
    let enabled = olga.clone();
    write(&store, move |tx| account::update(tx, &enabled));
    assert_eq!(read(&store, account::list), [samples::account(2, "ivan"), olga]);
}

fn what_cannot_be_read_back_is_corruption_and_harms_nobody_else(database: &Database) {
    let store = database.store();
    let inserted = [samples::account(1, "a"), samples::account(2, "b"), samples::account(3, "c")];
    write(&store, move |tx| inserted.iter().try_for_each(|person| account::insert(tx, person)));
    database.plain().run("UPDATE account SET login = 'b b' WHERE login = 'b'");

    // More often than there are reading connections: a result abandoned half-way must not spoil the next one.
    for _ in 0..6 {
        let listed = crate::database::wait(store.read("test", account::list));
        let Err(StoreError::Corrupt(reason)) = listed else { panic!("corruption was expected: {listed:?}") };
        assert!(reason.contains("'b b' cannot be a login"), "{reason}");
        let login = "c".parse().unwrap();
        assert!(read(&store, move |conn| account::find(conn, &login)).is_some());
    }
}
