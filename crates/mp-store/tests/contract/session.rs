//! Browsers in which people are signed in.

use mp_domain::ids::SessionId;
use mp_domain::secret::SealedBytes;
use mp_domain::session::{Session, Stage};
use mp_domain::time::Timestamp;
use mp_store::{Store, account, session};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, bytes, digest};

on_both_databases!(
    sessions_come_back_as_they_went_in,
    a_cookie_belongs_to_one_session,
    an_update_writes_what_can_change_and_a_use_nothing_else,
    a_person_ends_only_their_own_sessions,
    all_sessions_of_a_person_end_but_the_one_kept,
    old_sessions_are_forgotten_by_last_use_and_by_age,
);

fn session_id(number: u32) -> SessionId {
    SessionId::from_bytes(bytes(number))
}

/// A session with nothing optional; id and digest follow from `number`.
fn of(number: u32, person: u32) -> Session {
    Session {
        id: session_id(number),
        account_id: account_id(person),
        digest: digest(number),
        account_epoch: 0,
        stage: Stage::SignedIn,
        user_agent: String::new(),
        address: "192.0.2.1".to_owned(),
        pending: None,
        created_at: samples::NOW,
        authenticated_at: samples::NOW,
        last_used_at: samples::NOW,
    }
}

/// A session with everything optional, and extremes.
fn full(number: u32, person: u32) -> Session {
    Session {
        account_epoch: i64::MAX,
        stage: Stage::AwaitingSecondFactor,
        user_agent: samples::UNUSUAL.to_owned(),
        address: "2001:db8::1".to_owned(),
        pending: Some(SealedBytes::new(vec![0, 255, 39])),
        created_at: samples::BEGINNING,
        authenticated_at: samples::END,
        last_used_at: samples::END,
        ..of(number, person)
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

fn insert(store: &Store, sessions: &[Session]) {
    let sessions = sessions.to_vec();
    write(store, move |tx| sessions.iter().try_for_each(|each| session::insert(tx, each)));
}

fn ids(store: &Store, person: u32) -> Vec<SessionId> {
    let listed = read(store, move |conn| session::of_account(conn, account_id(person)));
    listed.into_iter().map(|session| session.id).collect()
}

fn sessions_come_back_as_they_went_in(database: &Database) {
    let store = peopled(database);
    let both = [of(1, 1), full(2, 1)];
    insert(&store, &both);
    for each in &both {
        let (id, cookie) = (each.id, each.digest);
        assert_eq!(read(&store, move |conn| session::find(conn, id)).as_ref(), Some(each));
        assert_eq!(read(&store, move |conn| session::find_by_digest(conn, cookie)).as_ref(), Some(each));
    }
    assert_eq!(ids(&store, 1), [session_id(2), session_id(1)], "the most recently used first");
    assert_eq!(ids(&store, 2), []);
    assert_eq!(read(&store, |conn| session::find(conn, session_id(9))), None);
    assert_eq!(read(&store, |conn| session::find_by_digest(conn, digest(9))), None);
}

fn a_cookie_belongs_to_one_session(database: &Database) {
    let store = peopled(database);
    insert(&store, &[of(1, 1)]);
    let twin = Session { digest: digest(1), ..of(2, 2) };
    assert_conflict(&try_write(&store, move |tx| session::insert(tx, &twin)));
    assert_conflict(&try_write(&store, |tx| session::insert(tx, &of(3, 3))));
}

fn an_update_writes_what_can_change_and_a_use_nothing_else(database: &Database) {
    let store = peopled(database);
    insert(&store, &[of(1, 1), of(2, 1)]);
    let changed = Session { digest: digest(7), created_at: samples::NOW, ..full(1, 1) };
    let written = changed.clone();
    write(&store, move |tx| session::update(tx, &written));
    let found = |number| read(&store, move |conn| session::find(conn, session_id(number))).unwrap();
    assert_eq!(found(1), changed);
    assert_eq!(read(&store, |conn| session::find_by_digest(conn, digest(1))), None, "the old cookie is dead");

    write(&store, |tx| session::note_use(tx, session_id(1), "198.51.100.7", samples::BEGINNING));
    let used = Session { address: "198.51.100.7".to_owned(), last_used_at: samples::BEGINNING, ..changed };
    assert_eq!(found(1), used);
    assert_eq!(found(2), of(2, 1));
}

fn a_person_ends_only_their_own_sessions(database: &Database) {
    let store = peopled(database);
    insert(&store, &[of(1, 1), of(2, 2)]);
    let delete =
        |person, number| write(&store, move |tx| session::delete(tx, account_id(person), session_id(number)));
    assert!(!delete(1, 2), "somebody else's");
    assert!(delete(1, 1));
    assert!(!delete(1, 1));
    assert_eq!((ids(&store, 1), ids(&store, 2)), (vec![], vec![session_id(2)]));
}

fn all_sessions_of_a_person_end_but_the_one_kept(database: &Database) {
    let store = peopled(database);
    insert(&store, &[of(1, 1), of(2, 1), of(3, 1), of(4, 2)]);
    write(&store, |tx| session::delete_all(tx, account_id(1), Some(session_id(2))));
    assert_eq!((ids(&store, 1), ids(&store, 2)), (vec![session_id(2)], vec![session_id(4)]));
    write(&store, |tx| session::delete_all(tx, account_id(1), None));
    assert_eq!((ids(&store, 1), ids(&store, 2)), (vec![], vec![session_id(4)]));
}

fn old_sessions_are_forgotten_by_last_use_and_by_age(database: &Database) {
    let store = peopled(database);
    let at = Timestamp::from_seconds;
    let aged = |number, created_at, last_used_at| Session { created_at, last_used_at, ..of(number, 1) };
    insert(&store, &[aged(1, at(100), at(200)), aged(2, at(100), at(199)), aged(3, at(99), at(300))]);
    assert_eq!(write(&store, move |tx| session::delete_old(tx, at(200), at(100))), 2);
    assert_eq!(ids(&store, 1), [session_id(1)]);
}
