//! Fingerprints of peppers.

use std::time::Duration;

use mp_domain::api_key::{RetiredSecret, StoredSecret};
use mp_domain::secret::{Pepper, SecretDigest};
use mp_store::{api_key, pepper};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples;

on_both_databases!(
    fingerprints_come_back_oldest_first_and_once,
    a_pepper_is_in_use_while_a_key_that_is_not_deleted_has_a_digest_under_it,
    a_pepper_is_in_use_while_a_replaced_secret_under_it_still_works,
);

fn fingerprints_come_back_oldest_first_and_once(database: &Database) {
    let store = database.store();
    let (first, last) = (Pepper::from_material(1, [1; 32]), Pepper::from_material(u32::MAX, [2; 32]));
    let expected = vec![(1, first.fingerprint()), (u32::MAX, last.fingerprint())];
    write(&store, move |tx| {
        pepper::insert(tx, &last, samples::END)?;
        pepper::insert(tx, &first, samples::BEGINNING)
    });
    let again = Pepper::from_material(1, [3; 32]);
    assert_conflict(&try_write(&store, move |tx| pepper::insert(tx, &again, samples::NOW)));
    assert_eq!(read(&store, pepper::list), expected);
}

fn a_pepper_is_in_use_while_a_key_that_is_not_deleted_has_a_digest_under_it(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1]);
    let in_use = |number| read(&store, move |conn| pepper::count_in_use(conn, number, samples::NOW));
    write(&store, |tx| {
        api_key::insert(tx, &samples::key(1, 1))?;
        api_key::insert(tx, &samples::full_key(2, 1))
    });
    assert_eq!((in_use(1), in_use(2), in_use(u32::MAX)), (1, 0, 1));
    write(&store, |tx| api_key::update(tx, &samples::key(1, 1).delete(samples::NOW).unwrap()));
    assert_eq!(in_use(1), 0);
}

fn a_pepper_is_in_use_while_a_replaced_secret_under_it_still_works(database: &Database) {
    let store = database.store();
    samples::with_businesses(&store, &[1]);
    let until = samples::NOW.plus(Duration::from_secs(60));
    write(&store, move |tx| {
        let key = samples::key(1, 1);
        api_key::insert(tx, &key)?;
        let digest = SecretDigest::from_bytes([77; 16]);
        let secret = StoredSecret { digest, pepper: 7 };
        api_key::retire(tx, &RetiredSecret { key_id: key.id, secret, until })
    });
    let in_use = |now| read(&store, move |conn| pepper::count_in_use(conn, 7, now));
    assert_eq!((in_use(samples::NOW), in_use(until)), (1, 0));
    write(&store, |tx| api_key::shorten_overlaps(tx, samples::key(1, 1).id, samples::NOW));
    assert_eq!(in_use(samples::NOW), 0);
}
