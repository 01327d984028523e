//! People as the check remembers them.

use mp_domain::account::Account;
use mp_domain::decision::PersonFacts;
use mp_domain::member::{Member, Role};
use mp_domain::time::Timestamp;
use mp_store::{Store, account, grant, member, person};

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{self, account_id, business_id, campaign_id};

on_both_databases!(
    only_people_with_a_token_that_is_neither_withdrawn_nor_expired_are_shown,
    places_are_shown_by_cabinet_with_the_stores_that_are_seen,
);

/// Person 1 owns the applications; person 2 has a token, with epochs of its own, and is switched off.
fn peopled(database: &Database) -> Store {
    let store = database.store();
    samples::with_clients(&store);
    write(&store, |tx| {
        let changed = Account {
            credential_epoch: 7,
            logout_epoch: 5,
            disabled_at: Some(samples::NOW),
            ..samples::account(2, "ivan")
        };
        account::update(tx, &changed)?;
        grant::insert(tx, &samples::grant(1, 2, 1))
    });
    store
}

const IVAN: PersonFacts = PersonFacts { credential_epoch: 7, logout_epoch: 5, is_disabled: true };

fn all(store: &Store, now: Timestamp) -> Vec<(mp_domain::ids::AccountId, PersonFacts)> {
    read(store, move |conn| person::with_tokens(conn, now))
}

fn one(store: &Store, number: u32) -> Option<PersonFacts> {
    read(store, move |conn| person::find_with_token(conn, account_id(number), samples::NOW))
}

fn only_people_with_a_token_that_is_neither_withdrawn_nor_expired_are_shown(database: &Database) {
    let store = peopled(database);
    assert_eq!(all(&store, samples::NOW), [(account_id(2), IVAN)]);
    assert_eq!((one(&store, 1), one(&store, 2)), (None, Some(IVAN)));
    assert_eq!(all(&store, samples::END), [], "expired by then");
    write(&store, |tx| {
        let mut withdrawn = samples::grant(1, 2, 1);
        withdrawn.token.revoked_at = Some(samples::NOW);
        grant::update(tx, &withdrawn)
    });
    assert_eq!((all(&store, samples::NOW), one(&store, 2)), (Vec::new(), None));
}

fn places_are_shown_by_cabinet_with_the_stores_that_are_seen(database: &Database) {
    let store = peopled(database);
    samples::with_businesses(&store, &[1, 2]);
    write(&store, |tx| {
        for (business, person, campaigns) in
            [(2, 2, Vec::new()), (1, 2, vec![campaign_id(9), campaign_id(8)]), (1, 1, Vec::new())]
        {
            let (business_id, account_id) = (business_id(business), account_id(person));
            let (role, created_at) = (Role::Employee, samples::NOW);
            member::put(tx, &Member { business_id, account_id, role, campaigns, created_at })?;
        }
        Ok(())
    });
    let owned = |row: &person::PlaceRow<'_>| {
        (row.account_id, row.business_id.number(), row.campaigns.map(str::to_owned))
    };
    let of_everybody = read(&store, move |conn| {
        let mut shown = Vec::new();
        person::each_place_with_tokens(conn, samples::NOW, |row| shown.push(owned(row)))?;
        Ok(shown)
    });
    let ivan = account_id(2);
    assert_eq!(of_everybody, [(ivan, 1, Some("9 8".to_owned())), (ivan, 2, None)]);
    let of_one = read(&store, move |conn| {
        let mut shown = Vec::new();
        person::each_place_of(conn, account_id(1), |row| shown.push(owned(row)))?;
        Ok(shown)
    });
    assert_eq!(of_one, [(account_id(1), 1, None)]);
}
