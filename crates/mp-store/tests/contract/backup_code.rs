//! Codes that stand for a second factor once.

use mp_store::{Store, account, backup_code};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, digest, secret};

on_both_databases!(
    a_code_is_used_up_once_and_by_its_owner,
    new_codes_take_the_place_of_the_old_ones,
    codes_belong_to_a_person,
    of_two_who_use_a_code_at_once_one_is_first,
);

/// Person 1 with the codes 1 to 3, person 2 with the code 1.
fn with_codes(database: &Database) -> Store {
    let store = database.store();
    write(&store, |tx| {
        account::insert(tx, &samples::account(1, "anna"))?;
        account::insert(tx, &samples::account(2, "zoya"))?;
        backup_code::replace(tx, account_id(1), &[secret(1), secret(2), secret(3)])?;
        backup_code::replace(tx, account_id(2), &[secret(1)])
    });
    store
}

fn use_up(store: &Store, person: u32, code: u32) -> bool {
    write(store, move |tx| backup_code::use_up(tx, account_id(person), digest(code), samples::NOW))
}

fn left(store: &Store, person: u32) -> i64 {
    read(store, move |conn| backup_code::count_unused(conn, account_id(person)))
}

fn a_code_is_used_up_once_and_by_its_owner(database: &Database) {
    let store = with_codes(database);
    assert!(!use_up(&store, 2, 2), "somebody else's");
    assert!(use_up(&store, 1, 1));
    assert!(!use_up(&store, 1, 1));
    assert_eq!((left(&store, 1), left(&store, 2)), (2, 1), "the same code of another person is another code");
}

fn new_codes_take_the_place_of_the_old_ones(database: &Database) {
    let store = with_codes(database);
    assert!(use_up(&store, 1, 1));
    write(&store, |tx| backup_code::replace(tx, account_id(1), &[secret(1), secret(8)]));
    assert_eq!((left(&store, 1), left(&store, 2)), (2, 1));
    assert!(!use_up(&store, 1, 2));
    assert!(use_up(&store, 1, 1), "as a new code it is unused");
    write(&store, |tx| backup_code::delete_all(tx, account_id(1)));
    assert_eq!((left(&store, 1), left(&store, 2)), (0, 1));
}

fn codes_belong_to_a_person(database: &Database) {
    let store = with_codes(database);
    assert_conflict(&try_write(&store, |tx| backup_code::replace(tx, account_id(3), &[secret(1)])));
}

fn of_two_who_use_a_code_at_once_one_is_first(database: &Database) {
    let stores = [with_codes(database), database.store()];
    let used: Vec<bool> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|number| &stores[number % 2])
            .map(|store| scope.spawn(|| use_up(store, 1, 2)))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
}
