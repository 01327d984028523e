//! A process that is killed while it writes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use mp_store::{DatabaseUrl, Store, business, event_log};

use crate::database::{Database, read, write};
use crate::processes::{child, place_of_child};
use crate::samples::{self, business_id};

/// Says every number whose creation was acknowledged.
fn create_until_killed(url: &DatabaseUrl) {
    let store = Store::open(url).unwrap();
    let first = read(&store, business::list).len();
    for number in i64::try_from(first).unwrap() + 1.. {
        write(&store, move |tx| {
            business::insert(tx, &samples::business(number))?;
            event_log::append(tx, &samples::event(number))
        });
        println!("\nacknowledged {number}");
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_a_process_is_killed() {
    if let Some(url) = place_of_child() {
        return create_until_killed(&url.to_str().unwrap().parse().unwrap());
    }
    let name = "power_loss::nothing_acknowledged_is_lost_when_a_process_is_killed";
    let database = Database::sqlite();
    for round in 0..4 {
        let url = database.url.to_string();
        let mut writer = child(&[], name, url).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
        let acknowledged = |line: String| line.strip_prefix("acknowledged ")?.parse::<i64>().ok();
        let heard = said.by_ref().filter_map(acknowledged).nth(10 + round * 7).unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What it said before it died but nobody had read yet counts as well.
        let last = said.filter_map(acknowledged).last().unwrap_or(heard);

        let store = database.store();
        let kept = i64::try_from(read(&store, business::list).len()).unwrap();
        assert!((last..=last + 1).contains(&kept), "{last} were acknowledged, {kept} are there");
        let found = read(&store, move |conn| business::find(conn, business_id(last)));
        assert_eq!(found, Some(samples::business(last)));
        assert_eq!(database.plain().count("event"), kept, "no transaction was torn");
        assert_eq!(Store::integrity_faults(&database.url), Ok(Vec::new()));
    }
}
