//! Fingerprints of peppers.

use std::time::Duration;

use mp_domain::account::{Account, Totp};
use mp_domain::api_key::{RetiredSecret, StoredSecret};
use mp_domain::client::{Client, FormerSecret};
use mp_domain::grant::Grant;
use mp_domain::secret::{Pepper, SecretDigest};
use mp_store::{Store, account, api_key, backup_code, client, grant, pepper};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples;

on_both_databases!(
    fingerprints_come_back_oldest_first_and_once,
    a_pepper_is_in_use_while_a_key_that_is_not_deleted_has_a_digest_under_it,
    a_pepper_is_in_use_while_a_replaced_secret_under_it_still_works,
    a_pepper_is_in_use_while_a_live_token_is_recognised_or_derived_under_it,
    a_pepper_is_in_use_while_somebody_has_an_unused_backup_code,
    a_pepper_is_in_use_while_something_is_sealed_under_it,
    what_is_sealed_under_earlier_peppers_is_found_and_sealed_anew_unless_it_has_changed,
    tokens_that_alone_keep_a_pepper_needed_are_found,
    a_pepper_is_known_since_it_was_inserted,
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

fn in_use(store: &Store, number: u32) -> i64 {
    read(store, move |conn| pepper::count_in_use(conn, number, samples::NOW))
}

/// A grant whose token is derived under pepper 5 and recognised by a digest under pepper 6.
fn token_of_five_and_six() -> Grant {
    let mut grant = samples::grant(1, 2, 1);
    (grant.token.derived_under, grant.token.secret.pepper) = (5, 6);
    grant
}

fn a_pepper_is_in_use_while_a_live_token_is_recognised_or_derived_under_it(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| grant::insert(tx, &token_of_five_and_six()));
    assert_eq!((in_use(&store, 5), in_use(&store, 6), in_use(&store, 7)), (1, 1, 0));

    let mut expired = token_of_five_and_six();
    expired.token.expires_at = samples::NOW;
    let mut revoked = token_of_five_and_six();
    revoked.token.revoked_at = Some(samples::BEGINNING);
    for dead in [expired, revoked] {
        write(&store, move |tx| grant::update(tx, &dead));
        assert_eq!((in_use(&store, 5), in_use(&store, 6)), (0, 0));
        write(&store, |tx| grant::update(tx, &token_of_five_and_six()));
        assert_eq!(in_use(&store, 5), 1);
    }
    for ended in [
        "UPDATE account SET credential_epoch = 1",
        "UPDATE client SET token_epoch = 1",
        "UPDATE client SET deleted_at = 1",
    ] {
        let mended = ended.replace("= 1", if ended.contains("deleted") { "= NULL" } else { "= 0" });
        database.plain().run(ended);
        assert_eq!((in_use(&store, 5), in_use(&store, 6)), (0, 0), "{ended}");
        assert_eq!(digested_before(&store, 7), [], "{ended}");
        database.plain().run(&mended);
        assert_eq!(in_use(&store, 5), 1, "{mended}");
    }
}

fn a_pepper_is_in_use_while_somebody_has_an_unused_backup_code(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| {
        let codes = [1, 2].map(|number| StoredSecret { digest: samples::digest(number), pepper: 5 });
        backup_code::replace(tx, samples::account_id(1), &codes)
    });
    assert_eq!((in_use(&store, 5), in_use(&store, 1)), (2, 0));
    write(&store, |tx| backup_code::use_up(tx, samples::account_id(1), samples::digest(1), samples::NOW));
    assert_eq!(in_use(&store, 5), 1);
}

fn a_pepper_is_in_use_while_something_is_sealed_under_it(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| {
        let totp = Totp { secret: samples::sealed_under(5), last_step: 0, since: samples::NOW };
        account::insert(tx, &Account { totp: Some(totp), ..samples::account(3, "with.totp") })?;
        let former = |until| Some(FormerSecret { secret: samples::sealed_under(7), until });
        let secret = Some(samples::sealed_under(6));
        let live =
            Client { secret: secret.clone(), former_secret: former(samples::END), ..samples::client(3, 1) };
        client::insert(tx, &live)?;
        client::insert(tx, &Client { former_secret: former(samples::NOW), ..samples::client(4, 1) })?;
        let deleted_at = Some(samples::NOW);
        client::insert(tx, &Client { secret, deleted_at, ..samples::client(5, 1) })
    });
    assert_eq!([5, 6, 7, 8].map(|number| in_use(&store, number)), [1, 1, 1, 0]);
    // The number is the whole of the first four bytes.
    assert_eq!([0x0500_0000, 5 << 8].map(|number: u32| in_use(&store, number)), [0, 0]);
}

fn what_is_sealed_under_earlier_peppers_is_found_and_sealed_anew_unless_it_has_changed(database: &Database) {
    let (store, sealed) = (database.store(), samples::sealed_under);
    samples::with_clients(&store);
    let (person, application) = (samples::account(3, "with.totp"), samples::client(3, 1));
    let (person_id, client_id) = (person.id, application.id);
    write(&store, move |tx| {
        let totp = Totp { secret: sealed(256), last_step: 0, since: samples::NOW };
        account::insert(tx, &Account { totp: Some(totp), ..person.clone() })?;
        let former_secret = Some(FormerSecret { secret: sealed(255), until: samples::END });
        client::insert(tx, &Client { secret: Some(sealed(257)), former_secret, ..application.clone() })
    });
    let codes = |number| read(&store, move |conn| account::sealed_before(conn, number));
    assert_eq!((codes(256), codes(257)), (vec![], vec![(person_id, sealed(256))]));
    let secrets = |number| read(&store, move |conn| client::sealed_before(conn, number));
    let (present, former) = ((client_id, sealed(257)), (client_id, sealed(255)));
    assert_eq!([secrets(255), secrets(257)], [vec![], vec![former.clone()]]);
    assert_eq!(secrets(258).len(), 2);
    assert!(secrets(258).contains(&present) && secrets(258).contains(&former));

    let person =
        |old, new| write(&store, move |tx| account::reseal(tx, person_id, &sealed(old), &sealed(new)));
    assert_eq!([person(255, 300), person(256, 300), person(256, 301)], [false, true, false]);
    assert_eq!(codes(301), [(person_id, sealed(300))]);
    let client =
        |old, new| write(&store, move |tx| client::reseal(tx, client_id, &sealed(old), &sealed(new)));
    assert_eq!([client(1, 300), client(255, 300), client(257, 301)], [false, true, true]);
    assert_eq!((secrets(301), secrets(302).len()), (vec![(client_id, sealed(300))], 2));
    let found = read(&store, move |conn| client::find(conn, client_id)).unwrap();
    assert_eq!((found.secret, found.former_secret.unwrap().secret), (Some(sealed(301)), sealed(300)));
}

/// The live tokens whose digest alone keeps an earlier pepper needed.
fn digested_before(store: &Store, number: u32) -> Vec<Grant> {
    read(store, move |conn| grant::digested_before(conn, number, samples::NOW))
}

fn tokens_that_alone_keep_a_pepper_needed_are_found(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| grant::insert(tx, &token_of_five_and_six()));
    assert_eq!(digested_before(&store, 6), []);
    assert_eq!(digested_before(&store, 7), [token_of_five_and_six()]);
    let changes: [fn(&mut Grant); 3] = [
        |grant| grant.token.secret.pepper = 5,
        |grant| grant.token.expires_at = samples::NOW,
        |grant| grant.token.revoked_at = Some(samples::BEGINNING),
    ];
    for change in changes {
        let mut other = token_of_five_and_six();
        change(&mut other);
        write(&store, move |tx| grant::update(tx, &other));
        assert_eq!(digested_before(&store, 7), []);
    }
}

fn a_pepper_is_known_since_it_was_inserted(database: &Database) {
    let store = database.store();
    write(&store, |tx| pepper::insert(tx, &Pepper::from_material(2, [2; 32]), samples::NOW));
    let since = |number| read(&store, move |conn| pepper::known_since(conn, number));
    assert_eq!((since(2), since(1)), (Some(samples::NOW), None));
}
