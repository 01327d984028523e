//! What people have been told about credentials whose time runs out.

use std::time::Duration;

use mp_domain::account::{Account, Email};
use mp_domain::api_key::{ApiKey, KeyGrant};
use mp_domain::client::Client;
use mp_domain::grant::{Grant, IssuedToken};
use mp_domain::member::{Member, Role};
use mp_domain::time::Timestamp;
use mp_store::notice::{self, Span};
use mp_store::{Store, account, api_key, client, grant, member};

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{self, NOW, account_id, business_id};

on_both_databases!(
    a_notice_is_recorded_once_for_subject_expiry_and_days,
    keys_are_found_in_their_span_until_a_notice_is_recorded,
    only_live_keys_with_a_life_worth_a_notice_are_found,
    only_live_tokens_of_people_with_a_verified_address_are_found,
    the_keepers_of_keys_are_owners_and_managers_with_a_verified_address,
);

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Span =
    Span { after: NOW, until: Timestamp::from_seconds(1_800_604_800), days: 7, least_life: 10 };

fn day(number: u32) -> Timestamp {
    NOW.plus(DAY * number)
}

fn record(store: &Store, subject: u32, until: Timestamp, days: i64) -> bool {
    write(store, move |tx| notice::record(tx, &samples::bytes(subject), until, days, NOW))
}

fn keys(store: &Store) -> Vec<[u8; 16]> {
    read(store, |conn| notice::expiring_keys(conn, WEEK, 100)).into_iter().map(|key| key.subject).collect()
}

fn key(number: u32, expires_at: Timestamp) -> ApiKey {
    let grant = KeyGrant { expires_at: Some(expires_at), ..samples::key(number, 1).grant };
    ApiKey { grant, created_at: samples::BEGINNING, ..samples::key(number, 1) }
}

/// A cabinet with these keys.
fn with_keys(database: &Database, keys: &[ApiKey]) -> Store {
    let (store, keys) = (database.store(), keys.to_vec());
    samples::with_businesses(&store, &[1]);
    write(&store, move |tx| keys.iter().try_for_each(|key| api_key::insert(tx, key)));
    store
}

fn a_notice_is_recorded_once_for_subject_expiry_and_days(database: &Database) {
    let store = database.store();
    assert!(record(&store, 1, day(1), 7));
    assert!(!record(&store, 1, day(1), 7));
    assert!(record(&store, 2, day(1), 7) && record(&store, 1, day(2), 7) && record(&store, 1, day(1), 1));
    write(&store, |tx| notice::take_back(tx, &samples::bytes(1), day(1), 7));
    assert!(record(&store, 1, day(1), 7));
    assert_eq!(write(&store, |tx| notice::delete_old(tx, day(2))), 3);
    assert!(!record(&store, 1, day(2), 7));
}

fn keys_are_found_in_their_span_until_a_notice_is_recorded(database: &Database) {
    let store = with_keys(
        database,
        &[key(1, day(7)), key(2, day(1)), key(3, NOW), key(4, day(8)), samples::key(5, 1)],
    );
    assert_eq!(keys(&store), [samples::bytes(2), samples::bytes(1)], "by expiry");
    let first = read(&store, |conn| notice::expiring_keys(conn, WEEK, 1)).remove(0);
    assert_eq!((first.name, first.business_id), (samples::name("key 2"), business_id(1)));
    assert_eq!((first.business, first.expires_at), (samples::business(1).name, day(1)));
    record(&store, 2, day(1), 30);
    record(&store, 1, day(8), 7);
    assert_eq!(keys(&store).len(), 2, "other notices are other notices");
    record(&store, 2, day(1), 7);
    assert_eq!(keys(&store), [samples::bytes(1)]);
}

fn only_live_keys_with_a_life_worth_a_notice_are_found(database: &Database) {
    let expires_at = day(1);
    let lived = |micros| Timestamp::from_micros(expires_at.micros() - micros);
    let long_enough = ApiKey { created_at: lived(10), ..key(1, expires_at) };
    let too_short = ApiKey { created_at: lived(9), ..key(2, expires_at) };
    let store = with_keys(database, &[long_enough, too_short, key(3, expires_at)]);
    database.plain().run("UPDATE api_key SET deleted_at = 1 WHERE name = 'key 3'");
    assert_eq!(keys(&store), [samples::bytes(1)]);
}

/// A live token that expires tomorrow, of person and application of these numbers.
fn token(number: u32, person: u32, application: u32) -> Grant {
    let grant = samples::grant(number, person, application);
    let token = IssuedToken {
        account_epoch: 0,
        client_epoch: 0,
        issued_at: NOW,
        expires_at: day(1),
        revoked_at: None,
        ..grant.token
    };
    Grant { token, ..grant }
}

fn only_live_tokens_of_people_with_a_verified_address_are_found(database: &Database) {
    let store = database.store();
    let verified =
        |number: u32, login| Account { email_verified_at: Some(NOW), ..samples::account(number, login) };
    let people = [
        verified(1, "anna"),
        samples::account(2, "unverified"),
        Account { disabled_at: Some(NOW), ..verified(3, "disabled") },
        Account { credential_epoch: 1, ..verified(4, "moved") },
    ];
    let applications = [
        samples::client(1, 1),
        Client { token_epoch: 1, ..samples::client(2, 1) },
        Client { deleted_at: Some(NOW), ..samples::client(3, 1) },
        samples::client(4, 1),
    ];
    let revoked = token(7, 1, 4);
    let revoked = Grant { token: IssuedToken { revoked_at: Some(NOW), ..revoked.token }, ..revoked };
    let tokens = [
        token(1, 1, 1),
        token(2, 2, 1),
        token(3, 3, 1),
        token(4, 4, 1),
        token(5, 1, 2),
        token(6, 1, 3),
        revoked,
    ];
    write(&store, move |tx| {
        people.iter().try_for_each(|person| account::insert(tx, person))?;
        applications.iter().try_for_each(|application| client::insert(tx, application))?;
        tokens.iter().try_for_each(|token| grant::insert(tx, token))
    });
    let found = || read(&store, |conn| notice::expiring_tokens(conn, WEEK, 100));
    let [only] = &found()[..] else { panic!("one token: {:?}", found()) };
    assert_eq!((only.subject, only.expires_at), (samples::bytes(1), day(1)));
    assert_eq!((only.login.as_str(), only.email.as_str()), ("anna", "1@example.org"));
    assert_eq!(only.client, samples::client(1, 1).profile.name);
    record(&store, 1, day(1), 7);
    assert_eq!(found(), []);
}

fn the_keepers_of_keys_are_owners_and_managers_with_a_verified_address(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    let staff = [
        (1, "zoya", Role::Owner, 1, true),
        (2, "anna", Role::Manager, 1, true),
        (3, "employee", Role::Employee, 1, true),
        (4, "unverified", Role::Owner, 1, false),
        (5, "elsewhere", Role::Owner, 2, true),
    ];
    write(&store, move |tx| {
        staff.iter().try_for_each(|(number, login, role, business, is_verified)| {
            let email_verified_at = is_verified.then_some(NOW);
            account::insert(tx, &Account { email_verified_at, ..samples::account(*number, login) })?;
            let (business_id, account_id) = (business_id(*business), account_id(*number));
            let place =
                Member { business_id, account_id, role: *role, campaigns: Vec::new(), created_at: NOW };
            member::put(tx, &place)
        })
    });
    let keepers = read(&store, |conn| notice::key_keepers(conn, business_id(1)));
    assert_eq!(keepers.iter().map(Email::as_str).collect::<Vec<_>>(), ["2@example.org", "1@example.org"]);
}
