//! Following the event log.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use mp_domain::entropy::Entropy;
use mp_domain::event::{Actor, Subject};
use mp_domain::ids::AccountId;
use mp_store::event_log::{self, Change, Cursor};
use mp_store::{Conn, Store, StoreError};
use mp_testkit::SeededEntropy;

use crate::database::{Database, Plain, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, business_id};

on_both_databases!(
    an_event_comes_back_as_it_went_in,
    an_event_about_something_only_a_newer_version_knows_stops_nothing,
    a_cursor_brings_only_what_came_after_it_and_each_event_once,
    thousands_of_events_come_in_several_polls,
    nothing_is_lost_when_a_poll_fails_half_way,
    a_jump_of_the_numbers_is_followed,
    a_follower_misses_nothing_while_many_write_and_fail,
);

/// A cursor at the end of the log and a connection to move it on.
pub(crate) fn follower(store: &Store) -> (Cursor, Conn) {
    let mut conn = store.reader().unwrap();
    (Cursor::at_end(&mut conn).unwrap(), conn)
}

/// Appends events about the cabinets of these numbers, in one transaction.
pub(crate) fn append(store: &Store, numbers: impl IntoIterator<Item = i64>) {
    let numbers: Vec<_> = numbers.into_iter().collect();
    write(store, move |tx| {
        numbers.iter().try_for_each(|number| event_log::append(tx, &samples::event(*number)))
    });
}

/// The cabinets that a poll names.
pub(crate) fn poll(cursor: &mut Cursor, conn: &mut Conn) -> Vec<i64> {
    cursor.poll(conn).unwrap().iter().map(number_of).collect()
}

fn number_of(change: &Change) -> i64 {
    let Some(Subject::Business(id)) = change.subject else { panic!("{change:?} is about no cabinet") };
    assert_eq!(change.business_id, Some(id));
    id.number()
}

fn an_event_comes_back_as_it_went_in(database: &Database) {
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    let subjects = [
        (Subject::Account(AccountId::from_bytes([0xFF; 16])), None, samples::BEGINNING),
        (Subject::Business(business_id(i64::MAX)), Some(i64::MAX), samples::END),
        (Subject::Campaign(samples::campaign_id(1)), Some(1), samples::NOW),
        (Subject::ApiKey(samples::key_id(7)), Some(2), samples::NOW),
        (Subject::Server, None, samples::NOW),
    ];
    write(&store, move |tx| {
        subjects.iter().try_for_each(|(subject, business, at)| {
            let business_id = business.map(business_id);
            let actor = Actor::Account(AccountId::from_bytes([1; 16]));
            let event = mp_domain::event::Event {
                actor,
                subject: *subject,
                business_id,
                at: *at,
                ..samples::event(1)
            };
            event_log::append(tx, &event)
        })
    });
    let changes = cursor.poll(&mut conn).unwrap();
    let seen: Vec<_> = changes.iter().map(|change| (change.subject, change.business_id, change.at)).collect();
    assert_eq!(seen, subjects.map(|(subject, business, at)| (Some(subject), business.map(business_id), at)));
    assert_eq!(cursor.position(), changes[4].seq);
    let unusual =
        format!("SELECT COUNT(*) FROM event WHERE detail = '{}'", samples::UNUSUAL.replace('\'', "''"));
    assert_eq!(database.plain().number(&unusual), 5);
}

fn an_event_about_something_only_a_newer_version_knows_stops_nothing(database: &Database) {
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    append(&store, [1]);
    database.plain().run("UPDATE event SET subject = 'catalog:7'");
    append(&store, [2]);
    let changes = cursor.poll(&mut conn).unwrap();
    assert_eq!(changes.iter().map(|change| change.subject.is_some()).collect::<Vec<_>>(), [false, true]);
}

fn a_cursor_brings_only_what_came_after_it_and_each_event_once(database: &Database) {
    let store = database.store();
    append(&store, [1, 2]);
    let (mut cursor, mut conn) = follower(&store);
    assert_eq!(poll(&mut cursor, &mut conn), []);
    append(&store, [3]);
    append(&database.store(), [4, 5]);
    assert_eq!(poll(&mut cursor, &mut conn), [3, 4, 5]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
    let refused = try_write(&store, |tx| {
        event_log::append(tx, &samples::event(6))?;
        Err::<(), _>(StoreError::Unavailable("refused".to_owned()))
    });
    assert!(refused.is_err());
    append(&store, [7]);
    assert_eq!(poll(&mut cursor, &mut conn), [7]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
}

fn thousands_of_events_come_in_several_polls(database: &Database) {
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    append(&store, 1..=11_000);
    let mut seen = Vec::new();
    let mut polls = 0;
    loop {
        let more = poll(&mut cursor, &mut conn);
        if more.is_empty() {
            break;
        }
        seen.extend(more);
        polls += 1;
    }
    assert!(polls > 1, "nobody should have to hold a whole log in memory");
    assert!(seen.into_iter().eq(1..=11_000));
}

fn nothing_is_lost_when_a_poll_fails_half_way(database: &Database) {
    let store = database.store();
    let (mut cursor, mut conn) = follower(&store);
    append(&store, [1, 2]);
    let mut plain = database.plain();
    plain.run(
        "INSERT INTO event (at, actor, kind, subject, business_id, detail) \
         VALUES (0, 'system', 'x', 'business:-7', -7, '')",
    );
    append(&store, [3]);
    for _ in 0..2 {
        let failed = cursor.poll(&mut conn);
        let Err(StoreError::Corrupt(reason)) = failed else { panic!("corruption was expected: {failed:?}") };
        assert_eq!(reason, "'-7' is no business id: a positive number is expected");
    }
    plain.run("DELETE FROM event WHERE business_id = -7");
    assert_eq!(poll(&mut cursor, &mut conn), [1, 2, 3]);
    assert_eq!(poll(&mut cursor, &mut conn), []);
}

fn a_jump_of_the_numbers_is_followed(database: &Database) {
    let store = database.store();
    append(&store, [1]);
    let (mut cursor, mut conn) = follower(&store);
    let mut plain = database.plain();
    plain.run(match plain {
        Plain::Sqlite(_) => "UPDATE sqlite_sequence SET seq = 4000000000000000000 WHERE name = 'event'",
        Plain::Postgres(_) => "SELECT setval(pg_get_serial_sequence('event', 'seq'), 4000000000000000000)",
    });
    append(&store, [2]);
    assert_eq!(poll(&mut cursor, &mut conn), [2]);
    assert!(cursor.position() > 4_000_000_000_000_000_000);
    append(&store, [3]);
    assert_eq!(poll(&mut cursor, &mut conn), [3]);
    let (mut cursor, mut conn) = follower(&store);
    append(&store, [4]);
    assert_eq!(poll(&mut cursor, &mut conn), [4]);
}

fn a_follower_misses_nothing_while_many_write_and_fail(database: &Database) {
    const WRITERS: i64 = 8;
    const EACH: i64 = 200;
    let stores = [database.store(), database.store()];
    let (mut cursor, mut conn) = follower(&stores[0]);
    let mut seen: BTreeMap<i64, u32> = BTreeMap::new();
    let mut collect = |cursor: &mut Cursor, conn: &mut Conn| {
        let numbers = poll(cursor, conn);
        let count = numbers.len();
        for number in numbers {
            *seen.entry(number).or_default() += 1;
        }
        count
    };
    let committed: BTreeSet<i64> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = stores[usize::try_from(writer % 2).unwrap()].clone();
                scope.spawn(move || write_and_fail(&store, writer * EACH + 1..=(writer + 1) * EACH))
            })
            .collect();
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            collect(&mut cursor, &mut conn);
        }
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    while collect(&mut cursor, &mut conn) > 0 {}
    assert!(committed.len() > 800, "most of them commit: {}", committed.len());
    assert!(seen.values().all(|times| *times == 1), "each event once");
    assert!(seen.into_keys().eq(committed), "what was committed, and nothing else");
}

/// Appends an event for each number, undoes about every fourth, and says which were committed.
fn write_and_fail(store: &Store, numbers: std::ops::RangeInclusive<i64>) -> Vec<i64> {
    let chance = SeededEntropy::new(u64::try_from(*numbers.start()).unwrap());
    let fails = || {
        let mut byte = [0];
        chance.fill(&mut byte);
        byte[0] < 64
    };
    numbers
        .filter(|number| {
            let (number, fails) = (*number, fails());
            let outcome = try_write(store, move |tx| {
                event_log::append(tx, &samples::event(number))?;
                if fails { Err(StoreError::Unavailable("refused".to_owned())) } else { Ok(()) }
            });
            assert_eq!(outcome.is_err(), fails, "{outcome:?}");
            !fails
        })
        .collect()
}
