//! What a transaction promises to whoever waits for it.

use std::sync::mpsc;

use mp_domain::ids::BusinessId;
use mp_store::{Store, StoreError, TransactionTiming, business, event_log};
use mp_testkit::eventually;

use crate::database::{Database, begun, read, try_write, wait, write};
use crate::on_both_databases;
use crate::samples::{self, business_id};

on_both_databases!(
    a_failed_write_is_undone_alone,
    a_panicking_write_fails_alone,
    a_failure_that_the_work_ignores_undoes_it_all_the_same,
    a_write_given_up_before_its_turn_never_runs,
    a_write_given_up_while_it_runs_is_undone,
    what_is_acknowledged_is_visible_to_everybody,
    a_read_that_panics_fails_alone,
    a_read_cannot_change_anything_that_a_later_one_needs,
    transactions_are_counted_by_name,
    the_last_store_to_go_closes_the_connections,
);

/// Keeps every writing connection busy until it is released.
struct Occupation {
    release: Vec<mpsc::Sender<()>>,
    ended: Vec<std::thread::JoinHandle<()>>,
}

impl Occupation {
    fn of(store: &Store, database: &Database) -> Self {
        let writers = if database.is_postgres() { 8 } else { 1 };
        let (started, all_started) = mpsc::channel();
        let (release, ended) = (0..writers)
            .map(|_| {
                let (release, released) = mpsc::channel::<()>();
                let released = std::sync::Mutex::new(released);
                let (store, started) = (store.clone(), started.clone());
                let running = std::thread::spawn(move || {
                    write(&store, move |_| {
                        started.send(()).unwrap();
                        // An error means that the test is over.
                        let _ = released.lock().unwrap().recv();
                        Ok(())
                    });
                });
                (release, running)
            })
            .unzip();
        (0..writers).for_each(|_| all_started.recv().unwrap());
        Self { release, ended }
    }

    fn end(self) {
        drop(self.release);
        self.ended.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn add(store: &Store, number: i64) -> impl Future<Output = Result<i64, StoreError>> {
    let store = store.clone();
    async move {
        let work = move |tx: &mut mp_store::Tx<'_>| {
            business::insert(tx, &samples::business(number))?;
            event_log::append(tx, &samples::event(number))?;
            Ok(number)
        };
        store.write("add", work).await
    }
}

fn ids(database: &Database) -> Vec<i64> {
    let all = read(&database.store(), business::list);
    all.iter().map(|business| BusinessId::number(business.id)).collect()
}

fn a_failed_write_is_undone_alone(database: &Database) {
    let store = database.store();
    let occupation = Occupation::of(&store, database);
    // All of them queue up meanwhile, so that on SQLite they share one commit.
    let waiting: Vec<_> = (1..=64)
        .map(|number| {
            let store = store.clone();
            begun(async move {
                let work = move |tx: &mut mp_store::Tx<'_>| {
                    business::insert(tx, &samples::business(number))?;
                    event_log::append(tx, &samples::event(number))?;
                    match number % 3 {
                        0 if number % 2 == 0 => Err(StoreError::Unavailable(format!("{number} is refused"))),
                        0 => business::insert(tx, &samples::business(number)).map(|()| number),
                        _ => Ok(number),
                    }
                };
                store.write("every_third_fails", work).await
            })
        })
        .collect();
    occupation.end();
    for (number, outcome) in (1..).zip(waiting.into_iter().map(wait)) {
        match (number % 3, number % 2) {
            (0, 0) => assert_eq!(outcome, Err(StoreError::Unavailable(format!("{number} is refused")))),
            (0, _) => assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}"),
            _ => assert_eq!(outcome, Ok(number)),
        }
    }
    assert_eq!(ids(database), (1..=64).filter(|number| number % 3 != 0).collect::<Vec<_>>());
    assert_eq!(database.plain().count("event"), 43);
}

fn a_panicking_write_fails_alone(database: &Database) {
    let store = database.store();
    let occupation = Occupation::of(&store, database);
    let before = begun(add(&store, 1));
    let panicking = begun(store.write("clumsy", |tx| -> Result<(), StoreError> {
        business::insert(tx, &samples::business(2))?;
        panic!("this panic belongs to the test");
    }));
    let after = begun(add(&store, 3));
    occupation.end();
    let expected = "transaction clumsy panicked and was rolled back";
    assert_eq!(wait(panicking), Err(StoreError::Corrupt(expected.to_owned())));
    assert_eq!((wait(before), wait(after)), (Ok(1), Ok(3)));
    // More often than there are writing connections.
    for number in 10..20 {
        assert_eq!(wait(add(&store, number)), Ok(number));
    }
    assert_eq!(ids(database), [1, 3].into_iter().chain(10..20).collect::<Vec<_>>());
}

fn a_failure_that_the_work_ignores_undoes_it_all_the_same(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1]);
    let outcome = try_write(&store, |tx| {
        business::insert(tx, &samples::business(2))?;
        // PostgreSQL has given the transaction up by now; both databases must say so.
        let _ = business::insert(tx, &samples::business(1));
        Ok(())
    });
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
    assert_eq!(ids(database), [1]);
    assert_eq!(wait(add(&store, 3)), Ok(3), "the next one does not suffer from it");
}

fn a_write_given_up_before_its_turn_never_runs(database: &Database) {
    let store = database.store();
    let occupation = Occupation::of(&store, database);
    let given_up: Vec<_> = (1..=20).map(|number| begun(add(&store, number))).collect();
    let waited_for = begun(add(&store, 100));
    drop(given_up);
    occupation.end();
    assert_eq!(wait(waited_for), Ok(100));
    assert_eq!(wait(add(&store, 101)), Ok(101));
    assert_eq!(ids(database), [100, 101]);
}

fn a_write_given_up_while_it_runs_is_undone(database: &Database) {
    let store = database.store();
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let running = begun(store.write("given_up", move |tx| -> Result<(), StoreError> {
        business::insert(tx, &samples::business(1))?;
        started.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        Ok(())
    }));
    has_started.recv().unwrap();
    drop(running);
    release.send(()).unwrap();
    eventually("the end of the transaction", || store.timings().iter().any(|(name, _)| *name == "given_up"));
    assert_eq!(wait(add(&store, 2)), Ok(2));
    assert_eq!(ids(database), [2]);
}

fn what_is_acknowledged_is_visible_to_everybody(database: &Database) {
    let (store, other) = (database.store(), database.store());
    let mut plain = database.plain();
    for number in 1..=50 {
        assert_eq!(wait(add(&store, number)), Ok(number));
        assert_eq!(plain.count("business"), number);
        let found = read(&other, move |conn| business::find(conn, business_id(number)));
        assert_eq!(found, Some(samples::business(number)));
    }
}

fn a_read_that_panics_fails_alone(database: &Database) {
    let store = database.store();
    for _ in 0..5 {
        let outcome: Result<(), _> = wait(store.read("clumsy", |_| panic!("this panic belongs to the test")));
        assert_eq!(outcome, Err(StoreError::Corrupt("read clumsy panicked".to_owned())));
        assert_eq!(read(&store, business::list), []);
    }
}

fn a_read_cannot_change_anything_that_a_later_one_needs(database: &Database) {
    let store = database.store();
    let mut own = store.reader().unwrap();
    samples::with_businesses(&store, &[1]);
    assert_eq!(business::list(&mut own).unwrap().len(), 1, "a reader is not stuck in the past");
    samples::with_businesses(&store, &[2]);
    assert_eq!(business::list(&mut own).unwrap().len(), 2);
}

fn transactions_are_counted_by_name(database: &Database) {
    let store = database.store();
    for number in [1, 2, 1] {
        let _ = wait(add(&store, number));
    }
    read(&store, business::list);
    let timings = store.timings();
    let of = |wanted| timings.iter().find(|(name, _)| *name == wanted).map(|(_, timing)| *timing).unwrap();
    let TransactionTiming { count, failed, seconds, buckets } = of("add");
    assert_eq!((count, failed), (3, 1));
    assert_eq!(buckets.iter().sum::<u64>(), 3);
    assert!(seconds > 0.0);
    assert_eq!((of("test").count, of("test").failed), (1, 0));
}

fn the_last_store_to_go_closes_the_connections(database: &Database) {
    let store = database.store();
    let clone = store.clone();
    drop(store);
    assert_eq!(wait(add(&clone, 1)), Ok(1), "a clone keeps them open");
    drop(clone);
    if database.is_postgres() {
        let mut plain = database.plain();
        let connections = "SELECT COUNT(*) FROM pg_stat_activity \
                           WHERE datname = current_database() AND application_name = 'marketpass'";
        eventually("the end of all connections", || plain.number(connections) == 0);
    } else {
        let mut wal = database.file().as_os_str().to_owned();
        wal.push("-wal");
        // SQLite removes it when the last connection is closed.
        eventually("the end of all connections", || !std::path::Path::new(&wal).exists());
    }
}
