//! SQLite files that are held or damaged.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use mp_store::{DatabaseUrl, Store, StoreError, business, event_log};

use crate::database::{Database, Plain, read, try_write, wait, write};
use crate::samples;

#[test]
fn a_lock_that_another_process_holds_is_waited_for_five_seconds() {
    let database = Database::sqlite();
    let store = database.store();
    let mut other = database.plain();
    other.run("BEGIN IMMEDIATE");
    let began = Instant::now();
    let refusal = try_write(&store, |tx| business::insert(tx, &samples::business(1)));
    let waited = began.elapsed();
    assert_eq!(
        refusal,
        Err(StoreError::Unavailable(
            "another process has held the database's lock for five seconds; nothing was changed: wait for it or end \
             it, then try again"
                .to_owned()
        ))
    );
    assert!(waited > Duration::from_secs(4), "{waited:?}");
    assert_eq!(read(&store, business::list), [], "reading goes on");
    other.run("ROLLBACK");
    samples::with_businesses(&store, &[1]);
}

/// A sound file with several hundred pages, closed.
fn grown() -> Database {
    let database = Database::sqlite();
    let store = database.store();
    write(&store, |tx| {
        (1..=3_000).try_for_each(|number| {
            business::insert(tx, &samples::business(number))?;
            event_log::append(tx, &samples::event(number))
        })
    });
    drop(store);
    let Plain::Sqlite(connection) = database.plain() else { unreachable!() };
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    database
}

fn overwrite(database: &Database, from: u64, length: usize) {
    let mut file = OpenOptions::new().write(true).open(database.file()).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0xAA; length]).unwrap();
}

fn assert_damaged<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    let Err(StoreError::Corrupt(reason)) = outcome else { panic!("corruption was expected: {outcome:?}") };
    assert!(reason.starts_with("the file is damaged or no SQLite database"), "{reason}");
    assert!(reason.ends_with("run `marketpass doctor`, restore a backup if it agrees"), "{reason}");
}

#[test]
fn a_file_without_a_beginning_is_refused_by_everybody() {
    let database = grown();
    overwrite(&database, 0, 100);
    assert_damaged(Store::open(&database.url).map(|_| ()));
    assert_damaged(Store::migrate(&database.url));
    assert_damaged(Store::migration_state(&database.url));
    let faults = Store::integrity_faults(&database.url).unwrap();
    assert!(faults.len() == 1 && faults[0].contains("not a database"), "{faults:?}");
}

#[test]
fn damage_in_the_middle_is_found_by_reading_and_named_by_the_long_look() {
    let database = grown();
    let length = std::fs::metadata(database.file()).unwrap().len();
    let middle = length / 4096 / 2 * 4096;
    overwrite(&database, middle, 16 * 4096);
    let faults = Store::integrity_faults(&database.url).unwrap();
    assert!(!faults.is_empty(), "sixteen pages of nonsense were not noticed");

    let store = database.store();
    let listed = wait(store.read("test", business::list));
    assert_damaged(listed);
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let database = Database::empty_sqlite();
    let text = "my diary, volume 4\n".repeat(1_000);
    std::fs::write(database.file(), &text).unwrap();
    assert_damaged(Store::migrate(&database.url));
    assert_damaged(Store::open(&database.url).map(|_| ()));
    assert_eq!(std::fs::read_to_string(database.file()).unwrap(), text);
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let url = DatabaseUrl::sqlite("/no/such/folder/marketpass.db".as_ref());
    for refusal in [Store::open(&url).map(drop), Store::migrate(&url).map(drop)] {
        let Err(StoreError::Unavailable(reason)) = refusal else { panic!("{refusal:?}") };
        assert!(reason.starts_with("/no/such/folder/marketpass.db cannot be opened"), "{reason}");
        assert!(reason.ends_with("check that the folder exists and is writable"), "{reason}");
    }
}

#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::sqlite();
    samples::with_businesses(&database.store(), &[1]);
    for entry in database.file().parent().unwrap().read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}
