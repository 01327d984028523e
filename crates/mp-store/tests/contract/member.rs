//! The staff of cabinets.

use mp_domain::ids::AccountId;
use mp_domain::member::{Member, Role};
use mp_domain::time::Timestamp;
use mp_store::{Store, account, member};

use crate::database::{Database, assert_conflict, read, try_write, write};
use crate::on_both_databases;
use crate::samples::{self, business_id, campaign_id};

on_both_databases!(
    members_come_back_as_they_went_in_by_login,
    putting_a_member_again_changes_the_place_but_not_its_age,
    a_member_is_a_person_in_a_cabinet,
    a_removed_member_is_gone_from_that_cabinet_alone,
);

fn place(business: i64, person: u32, role: Role) -> Member {
    Member {
        business_id: business_id(business),
        account_id: AccountId::from_bytes(samples::bytes(person)),
        role,
        campaigns: Vec::new(),
        created_at: samples::NOW,
    }
}

fn put(store: &Store, placed: &Member) {
    let placed = placed.clone();
    write(store, move |tx| member::put(tx, &placed));
}

/// Cabinets 1 and 2; zoya is person 1, anna person 2.
fn peopled(database: &Database) -> Store {
    let store = database.store();
    samples::with_businesses(&store, &[1, 2]);
    write(&store, |tx| {
        account::insert(tx, &samples::account(1, "zoya"))?;
        account::insert(tx, &samples::account(2, "anna"))
    });
    store
}

fn members_come_back_as_they_went_in_by_login(database: &Database) {
    let store = peopled(database);
    let owner = Member { created_at: samples::BEGINNING, ..place(1, 1, Role::Owner) };
    let campaigns = vec![campaign_id(i64::MAX), campaign_id(7)];
    let employee = Member { campaigns, created_at: samples::END, ..place(1, 2, Role::Employee) };
    for each in [&owner, &employee] {
        put(&store, each);
    }
    let staff = read(&store, |conn| member::of_business(conn, business_id(1)));
    assert_eq!(staff, [("anna".parse().unwrap(), employee), ("zoya".parse().unwrap(), owner.clone())]);
    let id = owner.account_id;
    assert_eq!(read(&store, move |conn| member::find(conn, business_id(1), id)), Some(owner.clone()));
    assert_eq!(read(&store, move |conn| member::find(conn, business_id(2), id)), None);
    for (role, expected) in [(Role::Owner, 1), (Role::Manager, 0), (Role::Employee, 1)] {
        assert_eq!(read(&store, move |conn| member::count(conn, business_id(1), role)), expected, "{role}");
    }
    let elsewhere = place(2, 1, Role::Manager);
    put(&store, &elsewhere);
    assert_eq!(read(&store, move |conn| member::of_account(conn, id)), [owner, elsewhere], "by cabinet");
}

fn putting_a_member_again_changes_the_place_but_not_its_age(database: &Database) {
    let store = peopled(database);
    put(&store, &place(1, 1, Role::Employee));
    let campaigns = vec![campaign_id(3)];
    let again = Member { campaigns, created_at: Timestamp::from_seconds(1), ..place(1, 1, Role::Manager) };
    put(&store, &again);
    let expected = Member { created_at: samples::NOW, ..again.clone() };
    let id = again.account_id;
    let found = move |store: &Store| read(store, move |conn| member::find(conn, business_id(1), id));
    assert_eq!(found(&store), Some(expected.clone()));

    let ignored = place(1, 1, Role::Owner);
    assert!(!write(&store, move |tx| member::insert_new(tx, &ignored)));
    assert_eq!(found(&store), Some(expected));
    let second = place(1, 2, Role::Owner);
    assert!(write(&store, move |tx| member::insert_new(tx, &second)));
}

fn a_member_is_a_person_in_a_cabinet(database: &Database) {
    let store = peopled(database);
    assert_conflict(&try_write(&store, |tx| member::put(tx, &place(3, 1, Role::Owner))));
    assert_conflict(&try_write(&store, |tx| member::put(tx, &place(1, 3, Role::Owner))));
}

fn a_removed_member_is_gone_from_that_cabinet_alone(database: &Database) {
    let store = peopled(database);
    for each in [place(1, 1, Role::Owner), place(2, 1, Role::Owner), place(1, 2, Role::Manager)] {
        put(&store, &each);
    }
    write(&store, |tx| member::remove(tx, business_id(1), AccountId::from_bytes(samples::bytes(1))));
    let of = |number| read(&store, move |conn| member::of_business(conn, business_id(number)));
    assert_eq!(of(1), [("anna".parse().unwrap(), place(1, 2, Role::Manager))]);
    assert_eq!(of(2), [("zoya".parse().unwrap(), place(2, 1, Role::Owner))]);
}
