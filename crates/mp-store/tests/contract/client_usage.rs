//! Calls with applications' tokens.

use mp_store::{Store, client_usage};

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples::{self, business_id, client_id, name};

on_both_databases!(
    calls_add_up_by_application_cabinet_and_day,
    a_cabinet_sees_its_applications_the_busiest_first,
    nothing_counted_is_zero_calls,
);

fn add(store: &Store, client: u32, business: Option<i64>, day: i64, calls: i64) {
    write(store, move |tx| client_usage::add(tx, client_id(client), business.map(business_id), day, calls));
}

fn calls_add_up_by_application_cabinet_and_day(database: &Database) {
    let store = database.store();
    add(&store, 1, Some(1), 10, 5);
    add(&store, 1, Some(1), 10, 1 << 40);
    add(&store, 1, None, 11, 3);
    add(&store, 2, Some(1), 10, 100);
    let since = |day| read(&store, move |conn| client_usage::of_client(conn, client_id(1), day));
    assert_eq!((since(10), since(11), since(12)), ((1 << 40) + 8, 3, 0));
    assert_eq!(database.plain().count("client_usage"), 3);
}

fn a_cabinet_sees_its_applications_the_busiest_first(database: &Database) {
    let store = database.store();
    samples::with_clients(&store);
    add(&store, 1, Some(1), 9, 1000);
    add(&store, 1, Some(1), 10, 5);
    add(&store, 2, Some(1), 10, 6);
    add(&store, 2, Some(2), 10, 7);
    add(&store, 2, None, 10, 8);
    let since = |day| read(&store, move |conn| client_usage::of_business(conn, business_id(1), day));
    let named = |number: u32, calls| (client_id(number), name(&format!("application {number}")), calls);
    assert_eq!(since(10), [named(2, 6), named(1, 5)]);
    assert_eq!(since(9), [named(1, 1005), named(2, 6)]);
}

fn nothing_counted_is_zero_calls(database: &Database) {
    let store = database.store();
    assert_eq!(read(&store, |conn| client_usage::of_client(conn, client_id(1), i64::MIN)), 0);
    assert_eq!(read(&store, |conn| client_usage::of_business(conn, business_id(1), i64::MIN)), []);
}
