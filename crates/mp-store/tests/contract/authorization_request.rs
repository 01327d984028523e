//! Questions that people are being asked.

use std::time::Duration;

use mp_domain::ids::SessionId;
use mp_domain::time::Timestamp;
use mp_store::authorization_request::{self, AuthorizationRequest};
use mp_store::{Store, Tx};

use crate::database::{Database, write};
use crate::on_both_databases;
use crate::samples::{self, NOW, bytes, digest};

on_both_databases!(
    a_question_is_had_once_by_its_browser,
    a_question_that_is_too_old_is_not_had,
    two_who_ask_at_once_do_not_both_have_it,
    old_questions_and_those_beyond_the_limit_are_forgotten,
);

fn session(number: u32) -> SessionId {
    SessionId::from_bytes(bytes(number))
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A question to the browser of `session`, open for ten seconds.
fn ask(store: &Store, number: u32, browser: u32, at: Timestamp) {
    let request = AuthorizationRequest {
        digest: digest(number),
        session_id: session(browser),
        parameters: samples::UNUSUAL.to_owned(),
        created_at: at,
        expires_at: at.plus(Duration::from_secs(10)),
    };
    write(store, move |tx| authorization_request::insert(tx, &request));
}

fn take(store: &Store, number: u32, browser: u32, now: Timestamp) -> Option<String> {
    write(store, move |tx| authorization_request::take(tx, digest(number), session(browser), now))
}

fn a_question_is_had_once_by_its_browser(database: &Database) {
    let store = database.store();
    ask(&store, 1, 1, NOW);
    ask(&store, 2, 1, NOW);
    assert_eq!(take(&store, 1, 2, NOW), None, "another browser");
    assert_eq!(take(&store, 9, 1, NOW), None, "another question");
    assert_eq!(take(&store, 1, 1, NOW).as_deref(), Some(samples::UNUSUAL));
    assert_eq!(take(&store, 1, 1, NOW), None, "again");
    assert!(take(&store, 2, 1, NOW).is_some(), "the other one is still open");
}

fn a_question_that_is_too_old_is_not_had(database: &Database) {
    let store = database.store();
    ask(&store, 1, 1, NOW);
    ask(&store, 2, 1, NOW);
    assert!(take(&store, 1, 1, later(9)).is_some());
    assert_eq!(take(&store, 2, 1, later(10)), None);
}

fn two_who_ask_at_once_do_not_both_have_it(database: &Database) {
    let stores = [database.store(), database.store()];
    for number in 0..20 {
        ask(&stores[0], number, 1, NOW);
        let had = std::thread::scope(|scope| {
            let take =
                move |tx: &mut Tx<'_>| authorization_request::take(tx, digest(number), session(1), NOW);
            let taking = stores.each_ref().map(|store| scope.spawn(move || write(store, take)));
            taking.map(|taking| taking.join().unwrap())
        });
        assert_eq!(had.iter().flatten().count(), 1);
    }
}

fn old_questions_and_those_beyond_the_limit_are_forgotten(database: &Database) {
    let store = database.store();
    for (number, at) in [(1, 0), (2, 1), (3, 2)] {
        ask(&store, number, 1, later(at));
    }
    ask(&store, 4, 2, NOW);
    write(&store, |tx| authorization_request::tidy(tx, session(1), later(9), 2));
    let count = || database.plain().count("authorization_request");
    assert_eq!(count(), 3);
    assert_eq!(take(&store, 1, 1, later(9)), None, "the oldest went");
    write(&store, |tx| authorization_request::tidy(tx, session(3), later(11), 2));
    assert_eq!(count(), 1, "everybody's old ones went");
}
