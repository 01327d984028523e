//! Several processes on one database.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use mp_domain::api_key::MAX_LIVE_KEYS;
use mp_domain::ids::BusinessId;
use mp_store::{Store, StoreError, Tx, api_key, business, event_log};

use crate::database::{Database, begun, try_write, wait, write};
use crate::on_both_databases;
use crate::samples::{self, business_id};

on_both_databases!(
    two_stores_never_exceed_a_limit_together,
    no_update_of_two_stores_is_lost,
    numbers_given_out_at_once_never_meet,
);

/// Runs `work` with every number on a thread of its own, taking the stores in turn.
fn all_at_once<T: Send>(
    stores: &[Store],
    numbers: std::ops::Range<u32>,
    work: impl Fn(&Store, u32) -> T + Sync,
) -> Vec<T> {
    let start = Barrier::new(numbers.len());
    thread::scope(|scope| {
        let running: Vec<_> = numbers
            .map(|number| {
                let (start, work, store) = (&start, &work, &stores[number as usize % stores.len()]);
                scope.spawn(move || {
                    start.wait();
                    work(store, number)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn create_within_limit(tx: &mut Tx<'_>, number: u32) -> Result<bool, StoreError> {
    assert!(business::lock(tx, business_id(1))?);
    if api_key::count_live(tx, business_id(1), samples::NOW)? >= MAX_LIVE_KEYS {
        return Ok(false);
    }
    api_key::insert(tx, &samples::key(number, 1))?;
    Ok(true)
}

fn two_stores_never_exceed_a_limit_together(database: &Database) {
    let stores = [database.store(), database.store()];
    samples::with_businesses(&stores[0], &[1]);
    let created =
        all_at_once(&stores, 0..80, |store, number| write(store, move |tx| create_within_limit(tx, number)));
    assert_eq!(created.iter().filter(|created| **created).count(), 30);
    assert_eq!(database.plain().count("api_key"), 30);
}

fn no_update_of_two_stores_is_lost(database: &Database) {
    let stores = [database.store(), database.store()];
    samples::with_businesses(&stores[0], &[1]);
    write(&stores[0], |tx| mp_store::account::insert(tx, &samples::account(1, "olga")));
    all_at_once(&stores, 0..60, |store, _| {
        write(store, |tx| {
            business::lock(tx, business_id(1))?;
            let mut olga = mp_store::account::find(tx, &"olga".parse().unwrap())?.unwrap();
            olga.credential_epoch += 1;
            mp_store::account::update(tx, &olga)
        });
    });
    assert_eq!(database.plain().number("SELECT credential_epoch FROM account"), 60);
}

fn numbers_given_out_at_once_never_meet(database: &Database) {
    let stores = [database.store(), database.store()];
    let outcomes = all_at_once(&stores, 0..40, |store, _| {
        try_write(store, |tx| {
            let id = business::next_id(tx)?;
            business::insert(tx, &samples::business(id.number()))?;
            Ok(id)
        })
    });
    // One writer after another on SQLite; on PostgreSQL two may draw the same number, and one of them is told.
    let mut made: Vec<BusinessId> = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(id) => made.push(id),
            Err(error) => {
                assert!(database.is_postgres() && matches!(error, StoreError::Conflict(_)), "{error}");
            }
        }
    }
    let count = made.len();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), count, "nobody has another one's number");
    assert_eq!(database.plain().count("business"), i64::try_from(count).unwrap());
}

/// Locks two cabinets; the first time, waits in between until the other one has its first lock too.
fn lock_both(
    store: &Store,
    order: [i64; 2],
    meeting: &Arc<Barrier>,
    runs: &Arc<AtomicUsize>,
) -> impl Future<Output = Result<(), StoreError>> {
    let (store, meeting, runs) = (store.clone(), Arc::clone(meeting), Arc::clone(runs));
    let met = AtomicBool::new(false);
    async move {
        let work = move |tx: &mut Tx<'_>| {
            runs.fetch_add(1, Ordering::SeqCst);
            business::lock(tx, business_id(order[0]))?;
            if !met.swap(true, Ordering::SeqCst) {
                meeting.wait();
            }
            business::lock(tx, business_id(order[1]))?;
            event_log::append(tx, &samples::event(order[0]))
        };
        store.write("lock_both", work).await
    }
}

/// Makes `setting` the default of every later connection to a PostgreSQL database.
fn prefer(database: &Database, setting: &str) {
    let mut plain = database.plain();
    plain.run(&format!(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$"
    ));
}

#[test]
fn a_deadlock_on_postgres_is_tried_again() {
    let database = Database::postgres();
    prefer(&database, "deadlock_timeout = 20");
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    let (meeting, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let one = begun(lock_both(&store, [1, 2], &meeting, &runs));
    let other = begun(lock_both(&store, [2, 1], &meeting, &runs));
    assert_eq!((wait(one), wait(other)), (Ok(()), Ok(())));
    assert!(runs.load(Ordering::SeqCst) > 2, "at least one of them was tried again");
    assert_eq!(database.plain().count("event"), 2, "and each counts once");
}

#[test]
fn a_limit_on_postgres_holds_whatever_isolation_the_server_prefers() {
    for isolation in ["repeatable read", "serializable"] {
        let database = Database::postgres();
        prefer(&database, &format!("default_transaction_isolation = ''{isolation}''"));
        two_stores_never_exceed_a_limit_together(&database);
    }
}
