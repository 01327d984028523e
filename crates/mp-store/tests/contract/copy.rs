//! Moving a whole database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mp_domain::event::Subject;
use mp_domain::ids::AccountId;
use mp_domain::member::{Member, Role};
use mp_domain::secret::Pepper;
use mp_store::event_log::{self, Cursor};
use mp_store::{
    DatabaseUrl, Store, StoreError, account, api_key, business, campaign, catalog, client, client_usage,
    copy, grant, member, pepper,
};
use rusqlite::types::Value;

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{self, business_id};

on_both_databases!(
    everything_arrives_unchanged_on_either_database_and_back,
    a_copy_goes_on_where_the_original_ended,
    a_backup_taken_in_use_is_one_moment,
    a_database_that_is_not_empty_is_not_copied_into,
    a_copy_that_fails_leaves_nothing_behind,
    a_backup_replaces_no_file_and_is_its_owners_alone,
    half_a_backup_never_has_its_name,
    only_a_database_of_this_version_is_copied,
);

/// One row at least in every table, every optional column once empty and once not.
fn fill(database: &Database) {
    let store = &database.store();
    samples::with_businesses(store, &[1, i64::MAX]);
    write(store, |tx| {
        pepper::insert(tx, &Pepper::from_material(1, [1; 32]), samples::NOW)?;
        account::insert(tx, &samples::account(1, "olga"))?;
        account::insert(tx, &samples::full_account(2, "ivan"))?;
        campaign::insert(tx, &samples::campaign(i64::MAX, 1))?;
        for (person, campaigns) in [(1, vec![]), (2, vec![samples::campaign_id(7)])] {
            let (account_id, role) = (AccountId::from_bytes(samples::bytes(person)), Role::Owner);
            let (business_id, created_at) = (business_id(1), samples::END);
            member::put(tx, &Member { business_id, account_id, role, campaigns, created_at })?;
        }
        Ok(())
    });
    write(store, |tx| {
        for key in [samples::key(1, 1), samples::full_key(2, 1), samples::key(3, i64::MAX)] {
            api_key::insert(tx, &key)?;
        }
        let (rotated, retired) =
            samples::full_key(2, 1).rotate(samples::secret(20), Duration::MAX, samples::NOW).unwrap();
        api_key::update(tx, &rotated)?;
        api_key::retire(tx, &retired)?;
        api_key::update(tx, &samples::key(1, 1).delete(samples::NOW).unwrap())?;
        api_key::repepper(tx, samples::key_id(3), samples::digest(3), samples::secret(30))?;
        api_key::mark_used(tx, samples::key_id(3), samples::END)?;
        let server =
            mp_domain::event::Event { subject: Subject::Server, business_id: None, ..samples::event(1) };
        event_log::append(tx, &server)?;
        event_log::append(tx, &samples::event(2))
    });
    write(store, |tx| {
        client::insert(tx, &samples::client(1, 1))?;
        client::insert(tx, &samples::full_client(2, 2))?;
        for grant in [samples::grant(1, 1, 1), samples::full_grant(2, 1, 1), samples::grant(3, 2, 2)] {
            grant::insert(tx, &grant)?;
        }
        grant::repepper(tx, samples::grant_id(3), samples::digest(3), samples::secret(30))?;
        grant::mark_used(tx, samples::grant_id(3), samples::END)?;
        catalog::insert(tx, &samples::catalog(1))?;
        client_usage::add(tx, samples::client_id(1), None, i64::MIN, 1)?;
        client_usage::add(tx, samples::client_id(1), Some(business_id(i64::MAX)), i64::MAX, i64::MAX)
    });
    fill_what_belongs_to_sign_in(database);
}

/// Written as plain SQL: what is copied is what stands there, whoever wrote it.
fn fill_what_belongs_to_sign_in(database: &Database) {
    let person = blob(database, &samples::bytes(1));
    let (id, other) = (blob(database, &samples::bytes(7)), blob(database, &samples::bytes(8)));
    let any = blob(database, &[0, 255, 39, 92]);
    let mut plain = database.plain();
    for row in [
        format!(
            "backup_code (account_id, digest, pepper, used_at) \
             VALUES ({person}, {id}, 1, NULL), ({person}, {other}, 1, 5)"
        ),
        format!(
            "passkey (credential_id, account_id, name, credential, created_at, last_used_at) \
             VALUES ({id}, {person}, 'Ключ', '{{}}', 1, NULL), ({any}, {person}, '', '', 1, 2)"
        ),
        format!(
            "session (id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
             authenticated_at, last_used_at) VALUES ({id}, {person}, {id}, 1, 'signed_in', 'Браузер', '::1', NULL, 2, \
             3, 4), ({other}, {person}, {other}, 1, 'signed_in', '', '', {any}, 2, 3, 4)"
        ),
        format!(
            "one_time_link (digest, purpose, account_id, email, created_at, expires_at, used_at) \
             VALUES ({id}, 'recovery', {person}, 'a@b', 1, 2, 3), ({other}, 'invitation', NULL, 'a@b', 1, 2, NULL)"
        ),
        format!("notice (subject, until, days, sent_at) VALUES ({id}, 1, 30, 2)"),
        format!(
            "refusal (at, trace, business_id, account_id, key_id, grant_id, operation, verb, path, address, reason, \
             message, accesses, limit_amount, limit_until, more) VALUES (1, {id}, 1, NULL, {id}, NULL, 'a', 'GET', '/ж', '::1', \
             'paused', 'b', 3, 5, 6, 7), (2, NULL, NULL, {person}, NULL, {other}, '', '', '', '', '', '', 0, NULL, NULL, 0)"
        ),
        format!(
            "shadow_catalog (number, digest, facts, source, begun_at, ended_at, judged) \
             VALUES (1, {id}, 'ж', 'a', 1, 2, 3), (2, {other}, '', '', 1, NULL, 0)"
        ),
        "shadow_difference (shadow_number, operation, verdict, reason, business_id, calls, first_at, last_at) \
         VALUES (2, 'a', 'would_refuse', 'paused', -1, 1, 2, 3)"
            .to_owned(),
        // In the middle of which somebody is: it stays behind.
        format!(
            "authorization_request (digest, session_id, parameters, created_at, expires_at) \
             VALUES ({id}, {id}, '{{}}', 1, 2)"
        ),
    ] {
        plain.run(&format!("INSERT INTO {row}"));
    }
}

/// Bytes as the database writes them in SQL.
fn blob(database: &Database, bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    if database.is_postgres() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") }
}

const TABLES: [&str; 20] = [
    "pepper",
    "account",
    "business",
    "campaign",
    "member",
    "api_key",
    "api_key_retired_secret",
    "backup_code",
    "passkey",
    "session",
    "one_time_link",
    "client",
    "oauth_grant",
    "client_usage",
    "notice",
    "catalog",
    "shadow_catalog",
    "shadow_difference",
    "refusal",
    "event",
];

/// Every row of every table of an SQLite file, as the file has it.
fn dump(file: &Path) -> Vec<(&'static str, Vec<Vec<Value>>)> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let rows = |table| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let rows =
            statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    TABLES.map(|table| (table, rows(table))).into()
}

fn everything_arrives_unchanged_on_either_database_and_back(database: &Database) {
    let original = Database::sqlite();
    fill(&original);
    let carried = copy::copy(&original.url, &database.url).unwrap();
    let counts = TABLES
        .iter()
        .zip([1, 2, 2, 1, 2, 3, 1, 2, 2, 2, 2, 2, 3, 2, 1, 1, 2, 1, 2, 2])
        .map(|(table, rows)| (*table, rows));
    assert_eq!(carried, counts.collect::<Vec<_>>());

    let back = database.path("back.db");
    assert_eq!(copy::backup(&database.url, &back).unwrap(), carried);
    let expected = dump(original.file());
    assert!(expected.iter().all(|(_, rows)| !rows.is_empty()));
    assert_eq!(dump(&back), expected);
}

fn a_copy_goes_on_where_the_original_ended(database: &Database) {
    let original = Database::sqlite();
    fill(&original);
    copy::copy(&original.url, &database.url).unwrap();
    let store = database.store();
    let mut conn = store.reader().unwrap();
    let mut cursor = Cursor::at_end(&mut conn).unwrap();
    assert_eq!(cursor.position(), 2);
    write(&store, |tx| {
        api_key::insert(tx, &samples::key(9, 1))?;
        event_log::append(tx, &samples::event(9))
    });
    assert_eq!(cursor.poll(&mut conn).unwrap().iter().map(|change| change.seq).collect::<Vec<_>>(), [3]);
    let keys = read(&store, |conn| api_key::of_business(conn, business_id(1)));
    assert_eq!(keys.last().unwrap().id, samples::key_id(9), "the newest one is the last");
    write(&store, |tx| grant::insert(tx, &samples::grant(9, 2, 1)));
    assert_eq!(read(&store, grant::sequence_range), Some((1, 4)));

    let empty = database.another();
    let nothing = Database::sqlite();
    copy::copy(&nothing.url, &empty.url).unwrap();
    let store = empty.store();
    samples::with_businesses(&store, &[1]);
    write(&store, |tx| api_key::insert(tx, &samples::key(1, 1)));
    assert_eq!(read(&store, api_key::sequence_range), Some((1, 1)), "so it is with nothing copied");
}

fn a_backup_taken_in_use_is_one_moment(database: &Database) {
    let store = database.store();
    let enough = AtomicBool::new(false);
    let add = |number| {
        write(&store, move |tx| {
            business::insert(tx, &samples::business(number))?;
            event_log::append(tx, &samples::event(number))
        });
    };
    (1..=500).for_each(add);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut numbers = 501..;
            while !enough.load(Ordering::SeqCst) {
                add(numbers.next().unwrap());
            }
        });
        for round in 0..3 {
            let file = database.path(&format!("{round}.db"));
            let carried = copy::backup(&database.url, &file);
            enough.store(round == 2 || carried.is_err(), Ordering::SeqCst);
            let carried = carried.unwrap();
            let of = |wanted| carried.iter().find(|(table, _)| *table == wanted).unwrap().1;
            assert!(of("business") >= 500);
            assert_eq!(of("business"), of("event"), "no transaction was torn");
            assert_eq!(Store::integrity_faults(&DatabaseUrl::sqlite(&file)), Ok(Vec::new()));
        }
    });
}

fn a_database_that_is_not_empty_is_not_copied_into(database: &Database) {
    let original = Database::sqlite();
    fill(&original);
    samples::with_businesses(&database.store(), &[5]);
    let refusal = copy::copy(&original.url, &database.url).unwrap_err();
    assert_eq!(
        refusal,
        StoreError::Conflict(format!("{} is not empty: copy into a new database", database.url))
    );
    assert_eq!(read(&database.store(), business::list), [samples::business(5)]);
}

fn a_copy_that_fails_leaves_nothing_behind(database: &Database) {
    let original = Database::sqlite();
    fill(&original);
    // In the middle, when much has been written already.
    original.plain().run("UPDATE api_key_retired_secret SET digest = x'01'");
    let failure = copy::copy(&original.url, &database.url).unwrap_err();
    assert_eq!(failure, StoreError::Corrupt("an id or digest is not 16 bytes long".to_owned()));
    let mut plain = database.plain();
    assert!(TABLES.iter().all(|table| plain.count(table) == 0));

    original.plain().run(&format!("UPDATE api_key_retired_secret SET digest = x'{}'", "01".repeat(16)));
    assert!(copy::copy(&original.url, &database.url).is_ok(), "and can be repeated");
}

fn a_backup_replaces_no_file_and_is_its_owners_alone(database: &Database) {
    use std::os::unix::fs::PermissionsExt;
    fill(database);
    let file = database.path("precious.txt");
    std::fs::write(&file, "my diary, volume 3").unwrap();
    let refusal = copy::backup(&database.url, &file).unwrap_err();
    assert_eq!(refusal, StoreError::Conflict(format!("{} exists already: name a new file", file.display())));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "my diary, volume 3");

    let file = database.path("backup.db");
    copy::backup(&database.url, &file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let alone = |name: &str| !name.starts_with("backup.db") || name == "backup.db";
    assert!(names_beside(&file).iter().all(|name| alone(name)), "{:?}", names_beside(&file));
}

fn half_a_backup_never_has_its_name(database: &Database) {
    fill(database);
    let harm = if database.is_postgres() { "'\\x01'" } else { "x'01'" };
    database.plain().run(&format!("UPDATE api_key_retired_secret SET digest = {harm}"));
    let file = database.path("backup.db");
    assert!(copy::backup(&database.url, &file).is_err());
    assert!(!file.exists());

    database.plain().run("DELETE FROM api_key_retired_secret");
    copy::backup(&database.url, &file).unwrap();
    assert_eq!(dump(&file)[TABLES.len() - 1].1.len(), 2);
    let nowhere = database.path("no such folder/backup.db");
    let refusal = copy::backup(&database.url, &nowhere).unwrap_err();
    assert!(refusal.to_string().contains("check that the folder exists and is writable"), "{refusal}");
}

fn names_beside(file: &Path) -> Vec<String> {
    let folder = file.parent().unwrap().read_dir().unwrap();
    folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn only_a_database_of_this_version_is_copied(database: &Database) {
    let newest = Store::migration_state(&database.url).unwrap().newest;
    let target = Database::empty_sqlite();
    let refusal = |applied, advice| {
        StoreError::Corrupt(format!(
            "the schema of {} is version {applied}, this marketpass copies version {newest}: {advice}",
            database.url
        ))
    };
    let mut plain = database.plain();
    plain.run("INSERT INTO schema_migration (number, name) VALUES (9001, '9001_from_the_future')");
    let expected = refusal(9001, "run the newer marketpass that wrote it");
    assert_eq!(copy::copy(&database.url, &target.url), Err(expected));
    plain.run("DELETE FROM schema_migration");
    let expected = refusal(0, "bring it up to date with `marketpass db migrate` first");
    assert_eq!(copy::copy(&database.url, &target.url), Err(expected));
    assert!(!target.file().exists(), "nothing was begun");
}

#[test]
fn a_missing_file_is_not_made_by_copying_it() {
    let (source, target) = (Database::empty_sqlite(), Database::empty_sqlite());
    let refusal = copy::copy(&source.url, &target.url).unwrap_err();
    assert!(matches!(refusal, StoreError::Unavailable(_)), "{refusal}");
    assert!(refusal.to_string().contains("check that"), "{refusal}");
    assert!(!source.file().exists() && !target.file().exists());
}
