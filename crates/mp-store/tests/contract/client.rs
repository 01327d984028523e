//! Applications.

use mp_domain::client::Client;
use mp_store::{StoreError, client};

use crate::database::{Database, assert_conflict, read, try_write, wait, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, client_id, full_client};

on_both_databases!(
    applications_come_back_as_they_went_in,
    a_deleted_application_is_found_and_not_listed,
    an_update_writes_what_can_change_and_nothing_else,
    an_application_needs_an_owner_and_an_id_of_its_own,
    the_facts_of_every_application_are_shown_deleted_ones_too,
    values_that_no_version_wrote_are_corruption,
);

fn applications_come_back_as_they_went_in(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    let kept = Client { deleted_at: None, ..full_client(3, 2) };
    let inserted = kept.clone();
    write(&store, move |tx| client::insert(tx, &inserted));
    assert_eq!(read(&store, |conn| client::find(conn, client_id(3))), Some(kept.clone()));
    assert_eq!(read(&store, |conn| client::find(conn, client_id(4))), None);
    assert_eq!(read(&store, |conn| client::of_owner(conn, account_id(2))), std::slice::from_ref(&kept));
    assert_eq!(
        read(&store, client::list),
        [kept, samples::client(1, 1), samples::client(2, 1)],
        "oldest first"
    );
    let locked = write(&store, |tx| client::lock(tx, client_id(1)));
    assert_eq!(locked, Some(samples::client(1, 1)));
}

fn a_deleted_application_is_found_and_not_listed(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| {
        client::insert(tx, &full_client(3, 2))?;
        client::update(tx, &Client { deleted_at: Some(samples::NOW), ..samples::client(1, 1) })
    });
    assert_eq!(read(&store, |conn| client::find(conn, client_id(3))), Some(full_client(3, 2)));
    assert_eq!(write(&store, |tx| client::lock(tx, client_id(3))), Some(full_client(3, 2)));
    assert_eq!(read(&store, |conn| client::of_owner(conn, account_id(2))), []);
    assert_eq!(read(&store, client::list), [samples::client(2, 1)]);
}

fn an_update_writes_what_can_change_and_nothing_else(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    let plain = samples::client(1, 1);
    let full = Client { kind: plain.kind, created_at: plain.created_at, ..full_client(1, 1) };
    for changed in [full, plain] {
        // Owner, form and day of birth are for ever.
        let update = Client { owner: account_id(2), created_at: samples::END, ..changed.clone() };
        write(&store, move |tx| client::update(tx, &update));
        assert_eq!(read(&store, |conn| client::find(conn, client_id(1))), Some(changed));
        assert_eq!(read(&store, |conn| client::find(conn, client_id(2))), Some(samples::client(2, 1)));
    }
}

fn an_application_needs_an_owner_and_an_id_of_its_own(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    assert_conflict(&try_write(&store, |tx| client::insert(tx, &samples::client(3, 99))));
    assert_conflict(&try_write(&store, |tx| client::insert(tx, &samples::client(1, 2))));
    assert_eq!(database.plain().count("client"), 2);
}

fn the_facts_of_every_application_are_shown_deleted_ones_too(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| client::insert(tx, &full_client(3, 1)));
    let mut shown = read(&store, |conn| {
        let mut shown = Vec::new();
        client::each(conn, |row| shown.push((row.id, row.name.to_owned(), row.token_epoch, row.is_deleted)))?;
        Ok(shown)
    });
    shown.sort();
    let third = (client_id(3), samples::UNUSUAL.to_owned(), i64::MAX, true);
    let plain = |number| (client_id(number), format!("application {number}"), 0, false);
    assert_eq!(shown, [plain(1), plain(2), third.clone()]);
    let shown = read(&store, |conn| {
        let mut shown = Vec::new();
        let mut note = |row: &client::ClientRow<'_>| {
            shown.push((row.id, row.name.to_owned(), row.token_epoch, row.is_deleted));
        };
        client::facts_of(conn, client_id(3), &mut note)?;
        client::facts_of(conn, client_id(4), &mut note)?;
        Ok(shown)
    });
    assert_eq!(shown, [third]);
}

fn values_that_no_version_wrote_are_corruption(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    for harm in ["kind = 'robot'", "scopes = -1", "grant_types = 'telepathy'", "email = 'x'", "name = ''"] {
        database.plain().run(&format!("UPDATE client SET {harm} WHERE kind = 'api'"));
        let read = wait(store.read("test", |conn| client::find(conn, client_id(1))));
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{harm}: {read:?}");
        let mended = "kind = 'api', scopes = 1, grant_types = 'implicit', email = 'a@b', name = 'x'";
        database.plain().run(&format!("UPDATE client SET {mended}"));
        assert!(wait(store.read("test", |conn| client::find(conn, client_id(1)))).is_ok());
    }
}
