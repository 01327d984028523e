//! A PostgreSQL server that goes away and comes back.

use std::process::Command;

use mp_store::{DatabaseUrl, Store, StoreError, business};
use mp_testkit::{Durability, Postgres, eventually};

use crate::database::{Database, Plain, read, try_write, wait, write};
use crate::samples;

/// Ends the connections of every store, as a server does that is restarted.
pub(crate) fn end_connections(url: &DatabaseUrl) {
    const OF_STORES: &str =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'marketpass'";
    let mut plain = Plain::connect(url);
    plain.run(&format!("SELECT pg_terminate_backend(pid) {OF_STORES}"));
    let left = format!("SELECT COUNT(*) {OF_STORES}");
    eventually("the end of all connections", || plain.number(&left) == 0);
}

#[test]
fn ended_connections_are_not_noticed_by_the_next_write_and_read() {
    let database = Database::postgres();
    let store = database.store();
    // More often than there are connections.
    for number in 1..=10 {
        end_connections(&database.url);
        write(&store, move |tx| business::insert(tx, &samples::business(number)));
        assert_eq!(i64::try_from(read(&store, business::list).len()).unwrap(), number);
    }
}

#[test]
fn a_connection_that_ends_within_a_transaction_undoes_it_and_says_so() {
    let database = Database::postgres();
    let store = database.store();
    let (url, runs) = (database.url.clone(), std::sync::atomic::AtomicU32::new(0));
    let outcome = try_write(&store, move |tx| {
        runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        business::insert(tx, &samples::business(1))?;
        end_connections_from_within(&url);
        business::insert(tx, &samples::business(2))
    });
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert_eq!(read(&store, business::list), []);
    samples::with_businesses(&store, &[1]);
}

#[test]
fn a_connection_that_ends_at_the_commit_leaves_the_outcome_open_and_says_so() {
    let database = Database::postgres();
    let store = database.store();
    let url = database.url.clone();
    let outcome = try_write(&store, move |tx| {
        business::insert(tx, &samples::business(1))?;
        end_connections_from_within(&url);
        Ok(())
    });
    let Err(StoreError::Unavailable(reason)) = outcome else { panic!("{outcome:?}") };
    assert!(reason.ends_with("look whether the change was made before you repeat it"), "{reason}");
}

/// On a thread of its own, for work that runs inside a transaction of the store.
fn end_connections_from_within(url: &DatabaseUrl) {
    let url = url.clone();
    std::thread::spawn(move || end_connections(&url)).join().unwrap();
}

#[test]
fn a_server_that_crashes_and_starts_again_is_used_again() {
    let server = Postgres::start(Durability::Durable);
    let url = server.create_database().parse().unwrap();
    Store::migrate(&url).unwrap();
    let store = Store::open(&url).unwrap();
    samples::with_businesses(&store, &[1, 2, 3]);

    // When a process of the server dies so, all others are ended and the log is replayed.
    let mut connection = Plain::connect(&url);
    let victim = connection.number("SELECT pg_backend_pid()::bigint").to_string();
    let killed = Command::new("kill").args(["-9", &victim]).status().unwrap();
    assert!(killed.success());

    let mut ids = Vec::new();
    eventually("the server's return", || {
        let written = try_write(&store, |tx| business::insert_new(tx, &samples::business(4)));
        match written.and_then(|_| wait(store.read("test", business::list))) {
            Ok(found) => ids = found.iter().map(|each| each.id.number()).collect(),
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => panic!("a crash is neither a conflict nor corruption: {error}"),
        }
        !ids.is_empty()
    });
    assert_eq!(ids, [1, 2, 3, 4]);

    drop(server);
    let refusals = [
        try_write(&store, |tx| business::insert(tx, &samples::business(5))),
        wait(store.read("test", |conn| business::list(conn).map(drop))),
        Store::open(&url).map(drop),
    ];
    for refusal in refusals {
        let Err(StoreError::Unavailable(reason)) = refusal else { panic!("{refusal:?}") };
        assert!(reason.ends_with("(is the server running and reachable?)"), "{reason}");
    }
}
