//! What people allowed applications.

use mp_domain::grant::{Device, Grant, IssuedToken};
use mp_store::grant::{self, TokenRow};
use mp_store::{Store, StoreError};

use crate::database::{Database, assert_conflict, read, try_write, wait, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, client_id, digest, full_grant, grant_id, secret};

on_both_databases!(
    grants_come_back_as_they_went_in,
    grants_are_listed_by_person_and_application_the_oldest_tokens_first,
    there_is_one_grant_for_person_application_and_device,
    a_grant_needs_a_person_and_an_application,
    an_update_replaces_the_token_and_remembers_the_digest_before,
    an_update_that_keeps_the_token_remembers_what_was_remembered,
    only_the_current_token_gets_a_new_pepper,
    the_last_use_never_goes_back,
    every_token_is_shown_once_whatever_the_parts,
    values_that_no_version_wrote_are_corruption,
);

/// A store with people and applications.
fn with_clients(database: &Database) -> Store {
    let store = database.store();
    samples::with_clients(&store);
    store
}

fn insert(store: &Store, grants: impl IntoIterator<Item = Grant>) {
    let grants: Vec<_> = grants.into_iter().collect();
    write(store, move |tx| grants.iter().try_for_each(|grant| grant::insert(tx, grant)));
}

fn update(store: &Store, grant: Grant) {
    write(store, move |tx| grant::update(tx, &grant));
}

fn token_of(store: &Store, number: u32) -> Option<TokenRow> {
    read(store, move |conn| grant::token_of(conn, grant_id(number)))
}

fn issued_at(mut grant: Grant, moment: i64) -> Grant {
    grant.token.issued_at = mp_domain::time::Timestamp::from_seconds(moment);
    grant
}

fn grants_come_back_as_they_went_in(database: &Database) {
    let store = with_clients(database);
    let unnamed = Device { id: "device".to_owned(), name: None };
    let grants = [
        samples::grant(1, 1, 1),
        full_grant(2, 1, 1),
        Grant { device: Some(unnamed), ..samples::grant(3, 1, 1) },
    ];
    insert(&store, grants.clone());
    for grant in grants {
        let device = grant.device.as_ref().map(|device| device.id.clone());
        let found =
            read(&store, move |conn| grant::find_of(conn, account_id(1), client_id(1), device.as_deref()));
        assert_eq!(found, Some(grant.clone()));
        let digest = grant.token.secret.digest;
        assert_eq!(read(&store, move |conn| grant::find_by_digest(conn, digest)), Some(grant));
    }
    assert_eq!(read(&store, |conn| grant::find_by_digest(conn, digest(99))), None);
    assert_eq!(read(&store, |conn| grant::find_of(conn, account_id(2), client_id(1), None)), None);
    assert_eq!(read(&store, |conn| grant::find_of(conn, account_id(1), client_id(1), Some("other"))), None);
}

fn grants_are_listed_by_person_and_application_the_oldest_tokens_first(database: &Database) {
    let store = with_clients(database);
    let of_olga = [issued_at(samples::grant(1, 1, 1), 30), issued_at(samples::grant(2, 1, 2), 20)];
    let of_ivan = issued_at(samples::grant(3, 2, 1), 10);
    insert(&store, of_olga.clone());
    insert(&store, [of_ivan.clone()]);
    let [late, early] = of_olga;
    assert_eq!(read(&store, |conn| grant::of_account(conn, account_id(1))), [early, late.clone()]);
    assert_eq!(read(&store, |conn| grant::of_client(conn, client_id(1))), [of_ivan, late.clone()]);
    let of_both = read(&store, |conn| grant::of_account_and_client(conn, account_id(1), client_id(1)));
    assert_eq!(of_both, [late]);
}

fn there_is_one_grant_for_person_application_and_device(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1), full_grant(2, 1, 1), samples::grant(3, 2, 1)]);
    for twice in [samples::grant(9, 1, 1), full_grant(9, 1, 1), samples::grant(1, 2, 2)] {
        assert_conflict(&try_write(&store, move |tx| grant::insert(tx, &twice)));
    }
    let mut same_token = samples::grant(9, 2, 2);
    same_token.token.secret = secret(1);
    assert_conflict(&try_write(&store, move |tx| grant::insert(tx, &same_token)));
    assert_eq!(database.plain().count("oauth_grant"), 3);
}

fn a_grant_needs_a_person_and_an_application(database: &Database) {
    let store = with_clients(database);
    for lacking in [samples::grant(1, 99, 1), samples::grant(1, 1, 99)] {
        assert_conflict(&try_write(&store, move |tx| grant::insert(tx, &lacking)));
    }
}

fn an_update_replaces_the_token_and_remembers_the_digest_before(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1), samples::grant(2, 2, 1)]);
    // Everything that can change; whose it is, and when it began, cannot.
    let full = full_grant(1, 1, 1);
    let token = IssuedToken { secret: secret(11), ..full.token };
    update(&store, Grant { token: token.clone(), ..full.clone() });
    let expected = Grant { token, scopes: full.scopes, ..samples::grant(1, 1, 1) };
    let found = read(&store, |conn| grant::find_of(conn, account_id(1), client_id(1), None));
    assert_eq!(found, Some(expected));
    assert_eq!(token_of(&store, 1).unwrap().replaced_digest, Some(digest(1)));
    assert_eq!(token_of(&store, 2).unwrap().replaced_digest, None);
}

fn an_update_that_keeps_the_token_remembers_what_was_remembered(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1)]);
    let mut next = samples::grant(1, 1, 1);
    next.token.secret = secret(11);
    update(&store, next.clone());
    next.token.revoked_at = Some(samples::NOW);
    update(&store, next);
    let row = token_of(&store, 1).unwrap();
    assert_eq!((row.digest, row.replaced_digest), (digest(11), Some(digest(1))));
    assert_eq!(row.revoked_at, Some(samples::NOW));
}

fn only_the_current_token_gets_a_new_pepper(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1)]);
    let repepper =
        |old, new| write(&store, move |tx| grant::repepper(tx, grant_id(1), digest(old), secret(new)));
    assert!(!repepper(2, 3));
    assert!(repepper(1, 3));
    assert!(!repepper(1, 4));
    let row = token_of(&store, 1).unwrap();
    assert_eq!((row.digest, row.replaced_digest), (digest(3), Some(digest(1))));
}

fn the_last_use_never_goes_back(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1), samples::grant(2, 2, 1)]);
    for moment in [samples::NOW, samples::BEGINNING, samples::NOW] {
        write(&store, move |tx| grant::mark_used(tx, grant_id(1), moment));
        assert_eq!(token_of(&store, 1).unwrap().last_used_at, Some(samples::NOW));
    }
    update(&store, samples::grant(1, 1, 1));
    assert_eq!(
        token_of(&store, 1).unwrap().last_used_at,
        Some(samples::NOW),
        "whatever is written otherwise"
    );
    assert_eq!(token_of(&store, 2).unwrap().last_used_at, None);
}

fn every_token_is_shown_once_whatever_the_parts(database: &Database) {
    let store = with_clients(database);
    assert_eq!(read(&store, grant::sequence_range), None);
    insert(&store, [samples::grant(1, 1, 1), full_grant(2, 1, 1), samples::grant(3, 1, 2)]);
    let (first, last) = read(&store, grant::sequence_range).unwrap();
    let shown = read(&store, move |conn| {
        let mut shown = Vec::new();
        for part in [(first, first), (first + 1, last), (last + 1, i64::MAX)] {
            grant::each_token(conn, part.0, part.1, |row| shown.push(*row))?;
        }
        Ok(shown)
    });
    assert_eq!(shown, [1, 2, 3].map(|number| token_of(&store, number).unwrap()));
    let full = full_grant(2, 1, 1);
    let expected = TokenRow {
        digest: digest(2),
        grant_id: full.id,
        account_id: full.account_id,
        client_id: full.client_id,
        scopes: full.scopes,
        account_epoch: i64::MAX,
        client_epoch: i64::MIN,
        expires_at: samples::BEGINNING,
        revoked_at: Some(samples::END),
        last_used_at: None,
        replaced_digest: None,
    };
    assert_eq!(shown[1], expected);
    assert_eq!(token_of(&store, 9), None);
}

fn values_that_no_version_wrote_are_corruption(database: &Database) {
    let store = with_clients(database);
    insert(&store, [samples::grant(1, 1, 1)]);
    for harm in ["scopes = -1", "pepper = -1", "derived_under = -1"] {
        database.plain().run(&format!("UPDATE oauth_grant SET {harm}"));
        let read = wait(store.read("test", |conn| grant::of_account(conn, account_id(1))));
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{harm}: {read:?}");
        database.plain().run("UPDATE oauth_grant SET scopes = 1, pepper = 1, derived_under = 1");
    }
}
