//! Following the event log of PostgreSQL, where a number is taken before its transaction commits.

use std::fmt::Write;

use mp_store::Conn;
use mp_store::event_log::Cursor;
use mp_testkit::eventually;
use postgres::Client;

use crate::database::{Database, Plain};
use crate::event_log::{append, follower, poll};
use crate::server_loss::end_connections;

/// A connection with an open transaction, which has its id but no event yet.
fn transaction(database: &Database) -> Client {
    let Plain::Postgres(mut client) = database.plain() else { unreachable!("these tests are on PostgreSQL") };
    client.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    client
}

/// Takes the next number for an event about a cabinet.
fn insert(client: &mut Client, number: i64) {
    let subject = format!("business:{number}");
    let sql = "INSERT INTO event (at, actor, kind, subject, business_id, detail) \
               VALUES (0, 'system', 'business.created', $1, $2, '')";
    client.execute(sql, &[&subject, &number]).unwrap();
}

fn end(mut client: Client, how: &str) {
    client.batch_execute(how).unwrap();
}

/// Whether the cursor still waits for numbers it has not seen.
fn waits(cursor: &Cursor) -> bool {
    let mut shown = String::new();
    write!(shown, "{cursor:?}").unwrap();
    !shown.contains("gaps: {}")
}

/// Transactions of other tests on the same server can hold it up for a moment.
fn assert_waits_no_more(cursor: &mut Cursor, conn: &mut Conn) {
    eventually("the end of waiting", || {
        assert_eq!(poll(cursor, conn), []);
        !waits(cursor)
    });
}

#[test]
fn an_early_number_that_commits_late_is_delivered_once() {
    let database = Database::postgres();
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    let mut early = transaction(&database);
    insert(&mut early, 1);
    append(&store, [2]);
    assert_eq!(poll(&mut cursor, &mut conn), [2]);
    for _ in 0..3 {
        assert_eq!(poll(&mut cursor, &mut conn), []);
    }
    append(&store, [3]);
    assert_eq!(poll(&mut cursor, &mut conn), [3]);
    end(early, "COMMIT");
    assert_eq!(poll(&mut cursor, &mut conn), [1]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
    assert!(!waits(&cursor));
}

/// The ids of the transactions lie the other way round than the numbers of their events, and the one that is waited for
/// has the highest id of all, so that the server's snapshot does not know it yet.
#[test]
fn an_early_number_of_the_youngest_transaction_is_delivered_once() {
    let database = Database::postgres();
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    let mut old = transaction(&database);
    let mut young = transaction(&database);
    insert(&mut young, 1);
    insert(&mut old, 2);
    end(old, "COMMIT");
    assert_eq!(poll(&mut cursor, &mut conn), [2]);
    for _ in 0..3 {
        assert_eq!(poll(&mut cursor, &mut conn), []);
    }
    end(young, "COMMIT");
    assert_eq!(poll(&mut cursor, &mut conn), [1]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
}

#[test]
fn a_number_of_an_undone_transaction_is_waited_for_no_longer_than_it_can_come() {
    let database = Database::postgres();
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    let mut early = transaction(&database);
    insert(&mut early, 1);
    append(&store, [2]);
    assert_eq!(poll(&mut cursor, &mut conn), [2]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
    assert!(waits(&cursor));
    end(early, "ROLLBACK");
    // Another one that is open all the time does not matter: it began too late to have the number.
    let unrelated = transaction(&database);
    assert_waits_no_more(&mut cursor, &mut conn);
    end(unrelated, "ROLLBACK");
}

#[test]
fn a_cursor_made_while_an_early_number_is_open_delivers_it() {
    let database = Database::postgres();
    let store = database.store();
    append(&store, [1]);
    let mut early = transaction(&database);
    insert(&mut early, 2);
    let mut undone = transaction(&database);
    insert(&mut undone, 3);
    append(&store, [4]);
    let (mut cursor, mut conn) = follower(&store);
    assert_eq!(poll(&mut cursor, &mut conn), []);
    end(undone, "ROLLBACK");
    assert_eq!(poll(&mut cursor, &mut conn), []);
    append(&store, [5]);
    end(early, "COMMIT");
    let mut seen = poll(&mut cursor, &mut conn);
    seen.sort_unstable();
    assert_eq!(seen, [2, 5]);
    assert_waits_no_more(&mut cursor, &mut conn);
}

#[test]
fn a_gap_survives_a_lost_connection() {
    let database = Database::postgres();
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    let mut early = transaction(&database);
    insert(&mut early, 1);
    append(&store, [2]);
    assert_eq!(poll(&mut cursor, &mut conn), [2]);
    end_connections(&database.url);
    assert!(cursor.poll(&mut conn).is_err());
    end(early, "COMMIT");
    let mut conn = store.reader().unwrap();
    assert_eq!(poll(&mut cursor, &mut conn), [1]);
}
