//! Bringing the schema up to date.

use std::sync::Barrier;
use std::thread;

use mp_store::{Store, StoreError};

use crate::database::{Database, Plain};
use crate::on_both_databases;

on_both_databases!(
    a_new_database_is_brought_up_to_date_once,
    asking_for_the_state_changes_nothing,
    all_who_migrate_at_once_agree,
    a_database_of_a_newer_version_is_refused_and_left_alone,
    a_migration_that_fails_leaves_nothing_behind,
);

fn a_new_database_is_brought_up_to_date_once(kind: &Database) {
    let database = kind.another();
    assert!(Store::migration_state(&database.url).unwrap().is_behind());
    let applied = Store::migrate(&database.url).unwrap();
    assert_eq!(applied.first(), Some(&"0001_foundation"));

    let state = Store::migration_state(&database.url).unwrap();
    assert_eq!((state.applied, state.is_behind(), state.is_from_the_future()), (state.newest, false, false));
    assert_eq!(Store::migrate(&database.url).unwrap(), Vec::<&str>::new());
    assert_eq!(database.plain().count("schema_migration"), state.newest);
}

fn asking_for_the_state_changes_nothing(kind: &Database) {
    let database = kind.another();
    assert_eq!(Store::migration_state(&database.url).unwrap().applied, 0);
    if !database.is_postgres() {
        assert!(!database.file().exists(), "a question made a file");
    }
    assert_eq!(tables(&mut database.plain()), 0);
}

fn all_who_migrate_at_once_agree(kind: &Database) {
    // Whether they meet is chance; making a file is quick, making a database on a server is not.
    let rounds = if kind.is_postgres() { 2 } else { 8 };
    for _ in 0..rounds {
        let database = kind.another();
        let start = Barrier::new(8);
        let migrate = || {
            start.wait();
            Store::migrate(&database.url)
        };
        let outcomes: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = (0..8).map(|_| scope.spawn(migrate)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let applied: usize = outcomes.into_iter().map(|outcome| outcome.unwrap().len()).sum();
        let newest = Store::migration_state(&database.url).unwrap().newest;
        assert_eq!(i64::try_from(applied).unwrap(), newest, "each migration by exactly one of them");
    }
}

fn a_database_of_a_newer_version_is_refused_and_left_alone(database: &Database) {
    let mut plain = database.plain();
    plain.run("INSERT INTO schema_migration (number, name) VALUES (9001, '9001_from_the_future')");
    let newest = Store::migration_state(&database.url).unwrap().newest;
    assert!(Store::migration_state(&database.url).unwrap().is_from_the_future());
    let refusal = Store::migrate(&database.url).unwrap_err();
    assert_eq!(
        refusal,
        StoreError::Corrupt(format!(
            "its schema is version 9001, this marketpass knows {newest}: run the newer marketpass that wrote it"
        ))
    );
    assert_eq!(plain.count("schema_migration"), newest + 1);
}

fn a_migration_that_fails_leaves_nothing_behind(kind: &Database) {
    let database = kind.another();
    let mut plain = database.plain();
    // In the way of the first migration's last table.
    plain.run("CREATE TABLE heartbeat (node TEXT)");
    assert!(Store::migrate(&database.url).is_err());
    assert_eq!(tables(&mut plain), 1, "only the one that was there");
    plain.run("DROP TABLE heartbeat");
    assert!(!Store::migrate(&database.url).unwrap().is_empty());
}

fn tables(plain: &mut Plain) -> i64 {
    plain.number(match plain {
        Plain::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'",
        Plain::Postgres(_) => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'",
    })
}
