//! An import that is stopped in the middle goes on when it is repeated, and one that is not lets others write.

use std::io::{self, BufRead, Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use mp_domain::event::Actor;
use mp_service::import::ImportError;
use mp_store::{Tx, health};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::on_both_databases;
use crate::platform::{NOON, Platform, business, foundation, key_without_token, text};

on_both_databases!(
    a_dropped_import_is_completed_by_the_next,
    a_file_that_breaks_off_is_completed_by_the_next,
    another_process_writes_while_an_import_runs,
);

/// Several batches, whatever the database.
const BUSINESSES: i64 = 20_000;

fn lines(platform: &Platform) -> Vec<Value> {
    // A server takes a round trip for each line.
    let last = if platform.is_postgres() { BUSINESSES / 8 } else { BUSINESSES };
    let mut lines = foundation();
    lines.extend((3..=last).map(business));
    lines.extend([key_without_token(1, "First"), key_without_token(last, "Last")]);
    lines
}

fn a_dropped_import_is_completed_by_the_next(platform: &Platform) {
    let lines = lines(platform);
    let (service, text) = (platform.service(1), text(&lines));
    let (begun, first_batch) = oneshot::channel();
    let mut begun = Some(begun);
    let input = Cursor::new(text.clone());
    let import = service.import(Actor::Operator, input, Some(platform.tokens_out()), move |_| {
        begun.take().map(|begun| begun.send(()));
    });
    platform.wait(async {
        tokio::select! {
            biased;
            _ = first_batch => {}
            done = import => panic!("it was to be stopped after the first batch: {done:?}"),
        }
    });
    drop(service);
    let there = platform.businesses();
    assert!(there > 0 && there < lines.len() - 5, "{there} businesses");
    complete(platform, &lines);
}

fn a_file_that_breaks_off_is_completed_by_the_next(platform: &Platform) {
    let lines = lines(platform);
    let whole = text(&lines[..1000]);
    let broken = io::BufReader::new(Cursor::new(whole).chain(Broken));
    let said = platform.import_with(&platform.service(1), broken, None);
    let error = said.result.unwrap_err();
    assert!(matches!(error, ImportError::Input { line: 1001, .. }), "{error}");
    assert_eq!(platform.businesses(), 997);
    complete(platform, &lines);
}

fn another_process_writes_while_an_import_runs(platform: &Platform) {
    let (importing, other) = (platform.service(1), platform.service(2));
    let input = Cursor::new(text(&lines(platform)));
    let written = AtomicUsize::new(0);
    let import = importing.import(Actor::Operator, input, Some(platform.tokens_out()), |_| ());
    let writes = async {
        loop {
            let beat = |tx: &mut Tx<'_>| health::heartbeat(tx, "other", NOON);
            other.store().write("heartbeat", beat).await.unwrap();
            written.fetch_add(1, Ordering::Relaxed);
        }
    };
    platform.wait(async {
        tokio::select! {
            done = import => assert_eq!(done.unwrap().keys, 2),
            () = writes => {}
        }
    });
    assert!(written.load(Ordering::Relaxed) > 1, "it had to wait until the import was over");
}

fn complete(platform: &Platform, lines: &[Value]) {
    let (service, input) = (platform.service(2), Cursor::new(text(lines)));
    let counts = platform.import_with(&service, input, Some(platform.tokens_out())).imported();
    assert_eq!((counts.businesses, counts.keys), (lines.len() as u64 - 5, 2));
    assert_eq!(platform.businesses() as u64, counts.businesses);
    let tokens = std::fs::read(platform.path("tokens.jsonl")).unwrap();
    assert_eq!(tokens.lines().count(), 2);
}

/// What a disk does that gives up.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk gave up"))
    }
}
