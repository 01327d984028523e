//! Keys and the secrets they had.

use std::time::Duration;

use mp_domain::api_key::{ApiKey, KeyState, RetiredSecret, StoredSecret};
use mp_domain::scope::ScopeSet;
use mp_domain::time::Timestamp;
use mp_store::{Store, StoreError, api_key};

use crate::database::{Database, assert_conflict, read, try_write, wait, write};
use crate::on_both_databases;
use crate::samples::{self, business_id, digest, full_key, key, key_id, name, secret};

on_both_databases!(
    keys_come_back_as_they_went_in_oldest_first,
    every_state_can_be_stored,
    an_edit_and_a_rotation_are_stored,
    a_live_name_is_taken_once_in_a_cabinet_and_free_again_after_deletion,
    ids_secrets_and_retired_secrets_are_taken_once,
    a_key_needs_a_cabinet_and_a_retired_secret_needs_a_key,
    an_insertion_that_looks_first_says_whether_it_happened,
    a_cabinet_has_room_below_the_limit_for_secrets_that_are_new,
    a_conflict_quotes_no_digest,
    only_keys_neither_deleted_nor_expired_are_live,
    only_the_current_secret_gets_a_new_pepper,
    the_last_use_never_goes_back,
    every_secret_is_shown_once_whatever_the_parts,
    values_that_no_version_wrote_are_corruption,
);

fn insert(store: &Store, keys: impl IntoIterator<Item = ApiKey>) {
    let keys: Vec<_> = keys.into_iter().collect();
    write(store, move |tx| keys.iter().try_for_each(|key| api_key::insert(tx, key)));
}

fn update(store: &Store, key: ApiKey) {
    write(store, move |tx| api_key::update(tx, &key));
}

fn find(store: &Store, number: u32) -> Option<ApiKey> {
    read(store, move |conn| api_key::find(conn, key_id(number)))
}

/// A store with the cabinets 1 and 2.
fn with_cabinets(database: &Database) -> Store {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    store
}

fn keys_come_back_as_they_went_in_oldest_first(database: &Database) {
    let store = with_cabinets(database);
    let keys = [full_key(9, 1), key(1, 1), key(5, 1)];
    insert(&store, keys.clone());
    insert(&store, [key(6, 2)]);
    assert_eq!(read(&store, |conn| api_key::of_business(conn, business_id(1))), keys);
    assert_eq!((find(&store, 9), find(&store, 2)), (Some(full_key(9, 1)), None));
    let found = read(&store, |conn| api_key::find_named(conn, business_id(1), samples::UNUSUAL));
    assert_eq!(found, Some(key_id(9)));
    let found = read(&store, |conn| api_key::find_by_digest(conn, digest(5)));
    assert_eq!(found, Some(key(5, 1)));
    assert_eq!(read(&store, |conn| api_key::find_by_digest(conn, digest(99))), None);
}

fn every_state_can_be_stored(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1)]);
    let states = [
        KeyState::Active,
        KeyState::Paused { since: samples::BEGINNING },
        KeyState::Deleted { at: samples::END },
    ];
    // Each way from one state to another.
    for state in [0, 1, 2, 0, 2, 1, 0].map(|index: usize| states[index]) {
        let changed = ApiKey { state, ..key(1, 1) };
        update(&store, changed.clone());
        assert_eq!(find(&store, 1), Some(changed));
    }
}

fn an_edit_and_a_rotation_are_stored(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [full_key(1, 1), key(2, 1)]);
    let edited = full_key(1, 1).edit(Some(name("CRM")), Some(ScopeSet::default())).unwrap();
    let (rotated, retired) = edited.rotate(secret(77), Duration::from_secs(60), samples::NOW).unwrap();
    let (stored, replaced) = (rotated.clone(), retired.secret.digest);
    write(&store, move |tx| {
        api_key::update(tx, &stored)?;
        api_key::retire(tx, &retired)
    });
    assert_eq!(find(&store, 1), Some(rotated.clone()));
    assert_eq!(find(&store, 2), Some(key(2, 1)), "nobody else was touched");
    for digest in [digest(77), replaced] {
        let found = read(&store, move |conn| api_key::find_by_digest(conn, digest));
        assert_eq!(found.as_ref(), Some(&rotated), "by the current secret and by the former");
    }
    let end = samples::NOW.plus(Duration::from_secs(60));
    let running =
        |business, now| read(&store, move |conn| api_key::running_overlaps(conn, business_id(business), now));
    assert_eq!(running(1, samples::NOW), [(rotated.id, end)]);
    assert_eq!((running(1, end), running(2, samples::NOW)), (Vec::new(), Vec::new()));
}

fn a_live_name_is_taken_once_in_a_cabinet_and_free_again_after_deletion(database: &Database) {
    let store = with_cabinets(database);
    let named = |number, business| {
        let mut key = key(number, business);
        key.grant.name = name("ERP Ключ");
        key
    };
    insert(&store, [named(1, 1), named(2, 2)]);
    assert_conflict(&try_write(&store, move |tx| api_key::insert(tx, &named(3, 1))));
    update(&store, named(1, 1).pause(samples::NOW).unwrap());
    assert_conflict(&try_write(&store, move |tx| api_key::insert(tx, &named(3, 1))));
    let found = || read(&store, |conn| api_key::find_named(conn, business_id(1), "ERP Ключ"));
    assert_eq!(found(), Some(key_id(1)));

    update(&store, named(1, 1).delete(samples::NOW).unwrap());
    assert_eq!(found(), None);
    insert(&store, [named(3, 1)]);
    assert_eq!(found(), Some(key_id(3)));
    update(&store, named(3, 1).delete(samples::NOW).unwrap());
    insert(&store, [named(4, 1)]);

    insert(&store, [key(5, 1)]);
    assert_conflict(&try_write(&store, move |tx| api_key::update(tx, &named(5, 1))));
    assert_eq!(find(&store, 5), Some(key(5, 1)));
}

fn ids_secrets_and_retired_secrets_are_taken_once(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1), key(2, 1)]);
    let with = |number, secret| ApiKey { secret, ..key(number, 2) };
    assert_conflict(&try_write(&store, move |tx| api_key::insert(tx, &with(3, secret(1)))));
    assert_conflict(&try_write(&store, move |tx| api_key::insert(tx, &with(1, secret(3)))));
    assert_conflict(&try_write(&store, move |tx| {
        api_key::update(tx, &ApiKey { secret: secret(1), ..key(2, 1) })
    }));
    let retired = |number| RetiredSecret { key_id: key_id(number), secret: secret(9), until: samples::NOW };
    write(&store, move |tx| api_key::retire(tx, &retired(1)));
    assert_conflict(&try_write(&store, move |tx| api_key::retire(tx, &retired(2))));
}

fn a_conflict_quotes_no_digest(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1)]);
    let refusal = try_write(&store, |tx| api_key::insert(tx, &ApiKey { secret: secret(1), ..key(2, 2) }));
    let told = refusal.unwrap_err().to_string();
    assert!(told.contains("digest"), "it says which column: {told}");
    assert!(!told.to_lowercase().contains("a5a5") && !told.contains('\n'), "{told}");
}

fn a_key_needs_a_cabinet_and_a_retired_secret_needs_a_key(database: &Database) {
    let store = with_cabinets(database);
    assert_conflict(&try_write(&store, |tx| api_key::insert(tx, &key(1, 3))));
    let retired = RetiredSecret { key_id: key_id(1), secret: secret(1), until: samples::NOW };
    assert_conflict(&try_write(&store, move |tx| api_key::retire(tx, &retired)));
}

fn an_insertion_that_looks_first_says_whether_it_happened(database: &Database) {
    let store = with_cabinets(database);
    let insert_new = |key: ApiKey| write(&store, move |tx| api_key::insert_new(tx, &key));
    assert!(insert_new(full_key(1, 1)));
    assert_eq!(find(&store, 1), Some(full_key(1, 1)));
    assert!(!insert_new(ApiKey { secret: secret(9), id: key_id(2), ..full_key(1, 1) }), "its name is taken");
    assert!(!insert_new(ApiKey { secret: full_key(1, 1).secret, ..key(2, 2) }), "its secret is taken");
    assert!(insert_new(key(2, 1)));
    assert_eq!(database.plain().count("api_key"), 2);
}

fn a_cabinet_has_room_below_the_limit_for_secrets_that_are_new(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [full_key(1, 1), key(2, 1)]);
    let has_room = |business, most, number| {
        let (business, digest) = (business_id(business), digest(number));
        read(&store, move |conn| api_key::has_room(conn, business, samples::NOW, most, digest))
    };
    assert!(has_room(1, 3, 9));
    assert!(!has_room(1, 2, 9), "two are live already");
    assert!(has_room(2, 1, 9), "but not there");
    assert!(!has_room(3, 9, 9), "there is no such cabinet");

    let (rotated, retired) = key(2, 1).rotate(secret(20), Duration::ZERO, samples::NOW).unwrap();
    write(&store, move |tx| {
        api_key::update(tx, &rotated)?;
        api_key::retire(tx, &retired)
    });
    assert!(!has_room(2, 9, 2), "the secret belonged to a key before a rotation");
    update(&store, full_key(1, 1).delete(samples::NOW).unwrap());
    assert!(has_room(1, 2, 9), "one has gone");
}

fn only_keys_neither_deleted_nor_expired_are_live(database: &Database) {
    let store = with_cabinets(database);
    let expiring = |number, at| {
        let mut key = key(number, 1);
        key.grant.expires_at = Some(Timestamp::from_micros(samples::NOW.micros() + at));
        key
    };
    insert(
        &store,
        [key(1, 1), key(2, 1), key(3, 1), expiring(4, 1), expiring(5, 0), expiring(6, -1), key(7, 2)],
    );
    update(&store, key(2, 1).pause(samples::NOW).unwrap());
    update(&store, key(3, 1).delete(samples::NOW).unwrap());
    let live = |now| read(&store, move |conn| api_key::count_live(conn, business_id(1), now));
    assert_eq!(live(samples::NOW), 3, "expiry ends a key at its very moment");
    assert_eq!((live(samples::BEGINNING), live(samples::END)), (5, 2));
    let listed = read(&store, |conn| api_key::of_business(conn, business_id(1)));
    assert_eq!(listed.len(), 5, "an expired key is still listed, a deleted one is not");
}

fn only_the_current_secret_gets_a_new_pepper(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1)]);
    let new = StoredSecret { digest: digest(11), pepper: 2 };
    let repepper = move |old| write(&store, move |tx| api_key::repepper(tx, key_id(1), digest(old), new));
    assert!(!repepper(2), "not its secret");
    assert!(repepper(1));
    assert!(!repepper(1), "not its secret any more");
    let store = database.store();
    assert_eq!(find(&store, 1), Some(ApiKey { secret: new, ..key(1, 1) }));
    let shown = read(&store, |conn| {
        let mut shown = Vec::new();
        api_key::secrets_of(conn, key_id(1), |row| shown.push((row.digest, row.replaced_digest)))?;
        Ok(shown)
    });
    assert_eq!(shown, [(digest(11), Some(digest(1)))]);
}

fn the_last_use_never_goes_back(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1)]);
    for (written, expected) in [(5, 5), (3, 5), (5, 5), (8, 8)] {
        let at = Timestamp::from_micros(written);
        write(&store, move |tx| api_key::mark_used(tx, key_id(1), at));
        assert_eq!(find(&store, 1).unwrap().last_used_at, Some(Timestamp::from_micros(expected)));
    }
}

fn every_secret_is_shown_once_whatever_the_parts(database: &Database) {
    let store = with_cabinets(database);
    assert_eq!(read(&store, api_key::sequence_range), None);
    insert(&store, [full_key(1, 1), key(2, 1), key(3, 2), key(4, 1), key(5, 2)]);
    update(&store, key(3, 2).delete(samples::NOW).unwrap());
    let retired = RetiredSecret { key_id: key_id(1), secret: secret(40), until: samples::END };
    write(&store, move |tx| api_key::retire(tx, &retired));

    let (first, last) = read(&store, api_key::sequence_range).unwrap();
    for part in 1..=6 {
        let shown = read(&store, move |conn| {
            let mut shown = Vec::new();
            let mut from = first;
            while from <= last {
                api_key::each_secret(conn, from, from + part - 1, |row| {
                    shown.push((row.key_id, row.digest, row.name.to_owned(), row.state));
                })?;
                from += part;
            }
            Ok(shown)
        });
        let ids: Vec<_> = shown.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids, (1..=5).map(key_id).collect::<Vec<_>>(), "in parts of {part}");
        assert_eq!(shown[0].2, samples::UNUSUAL);
        assert_eq!(shown[1].1, digest(2));
        assert_eq!(shown[2].3, KeyState::Deleted { at: samples::NOW });
    }
    assert_rows_of_the_full_key(&store);
}

/// Both of its secrets, by both of the ways to see the retired one.
fn assert_rows_of_the_full_key(store: &Store) {
    let owned = |row: &api_key::SecretRow<'_>| {
        let restrictions = [row.networks, row.campaigns].map(|text| text.map(str::to_owned));
        (row.digest, row.key_id, row.business_id, row.scopes, row.expires_at, row.retires_at, restrictions)
    };
    let of_key = read(store, move |conn| {
        let mut shown = Vec::new();
        api_key::secrets_of(conn, key_id(1), |row| shown.push(owned(row)))?;
        Ok(shown)
    });
    let networks = "203.0.113.0/24 2001:db8::/32 192.0.2.7/32 0.0.0.0/0".to_owned();
    let stores = full_key(1, 1).grant.campaigns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let row = |digest, retires_at| {
        let (id, business) = (key_id(1), business_id(1));
        let restrictions = [Some(networks.clone()), Some(stores.clone())];
        (digest, id, business, ScopeSet::ALL, Some(samples::END), retires_at, restrictions)
    };
    let current = row(full_key(1, 1).secret.digest, None);
    let former = row(digest(40), Some(samples::END));
    assert_eq!(of_key, [current, former.clone()], "the current one first");
    let retired = read(store, move |conn| {
        let mut shown = Vec::new();
        api_key::each_retired_secret(conn, |row| shown.push(owned(row)))?;
        Ok(shown)
    });
    assert_eq!(retired, [former]);
}

fn values_that_no_version_wrote_are_corruption(database: &Database) {
    let store = with_cabinets(database);
    insert(&store, [key(1, 1)]);
    let mut plain = database.plain();
    let short = if database.is_postgres() { "'\\x0102'" } else { "x'0102'" };
    let harm = [
        ("scopes", "65536", "1", "65536 is no set of accesses"),
        ("scopes", "-1", "1", "-1 is no set of accesses"),
        ("pepper", "4294967296", "1", "4294967296 is no number of a pepper"),
        ("created_by", "'nobody'", "'system'", "'nobody' is not known to this version of marketpass"),
        ("networks", "'203.0.113.0/33'", "NULL", "'203.0.113.0/33' is no network"),
        ("campaigns", "'1 -2'", "NULL", "'-2' is no campaign id"),
        ("name", "''", "'key 1'", "the name is empty"),
        ("replaced_digest", short, "NULL", "an id or digest is not 16 bytes long"),
    ];
    for (column, value, sound, reason) in harm {
        plain.run(&format!("UPDATE api_key SET {column} = {value}"));
        let found = wait(store.read("test", |conn| {
            api_key::secrets_of(conn, key_id(1), |_| ())?;
            api_key::find(conn, key_id(1))
        }));
        let Err(StoreError::Corrupt(told)) = found else { panic!("{column} = {value}: {found:?}") };
        assert!(told.contains(reason), "{column} = {value}: {told}");
        plain.run(&format!("UPDATE api_key SET {column} = {sound}"));
        assert!(find(&store, 1).is_some(), "{column} = {sound}");
    }
}
