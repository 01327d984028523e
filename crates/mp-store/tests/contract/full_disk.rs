//! A disk that is full.

use std::path::Path;
use std::process::Command;

use mp_store::{DatabaseUrl, Store, StoreError, business};

use crate::database::{begun, read, try_write, wait};
use crate::processes::{child, place_of_child};
use crate::samples;

const FULL: &str =
    "the disk or the database's size limit is full; nothing was changed: free space, then try again";

/// Room that is given back later.
const BALLAST: usize = 512 << 10;

/// What the child does on a disk of 2 MiB.
fn fill_the_disk(folder: &Path) {
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![1; BALLAST]).unwrap();
    let url = DatabaseUrl::sqlite(&folder.join("marketpass.db"));
    Store::migrate(&url).unwrap();
    let store = Store::open(&url).unwrap();

    let (acknowledged, refusal) = write_until_refused(&store, 0);
    assert_eq!(refusal, StoreError::Unavailable(FULL.to_owned()));
    assert!(acknowledged > 100, "only {acknowledged} fit");
    assert_kept(&store, acknowledged);
    assert_kept(&Store::open(&url).unwrap(), acknowledged);
    refuse_all_who_share_a_commit(&store);
    assert_kept(&store, acknowledged);

    std::fs::remove_file(&ballast).unwrap();
    let (more, refusal) = write_until_refused(&store, acknowledged);
    assert!(more > acknowledged + 20, "writing goes on once there is room, but not after {more}");
    assert_eq!(refusal, StoreError::Unavailable(FULL.to_owned()));
    drop(store);
    assert_kept(&Store::open(&url).unwrap(), more);
    assert_eq!(Store::integrity_faults(&url), Ok(Vec::new()));
    println!("\nthe disk was full");
}

/// Adds cabinets after number `last` until one is refused. Says which was the last, and why.
fn write_until_refused(store: &Store, last: i64) -> (i64, StoreError) {
    for number in last + 1.. {
        let outcome = try_write(store, move |tx| business::insert(tx, &samples::business(number)));
        if let Err(refusal) = outcome {
            return (number - 1, refusal);
        }
    }
    unreachable!("a disk of 2 MiB is full before numbers end")
}

/// Large ones, so that none of them fits.
fn refuse_all_who_share_a_commit(store: &Store) {
    let waiting: Vec<_> = (0..10)
        .map(|number| {
            begun(store.write("large", move |tx| {
                (1..=200).try_for_each(|part| {
                    business::insert(tx, &samples::business(1_000_000 + number * 1_000 + part))
                })
            }))
        })
        .collect();
    for outcome in waiting.into_iter().map(wait) {
        assert_eq!(outcome, Err(StoreError::Unavailable(FULL.to_owned())));
    }
}

fn assert_kept(store: &Store, acknowledged: i64) {
    let ids = read(store, business::list);
    assert!(ids.iter().map(|business| business.id.number()).eq(1..=acknowledged));
}

#[test]
fn a_full_disk_loses_nothing_and_is_left_again() {
    if let Some(folder) = place_of_child() {
        return fill_the_disk(folder.as_ref());
    }
    let folder = tempfile::tempdir().unwrap();
    // A name space of its own: the small disk is gone with the child.
    let Some(unshare) = [["unshare", "-m"], ["unshare", "-rm"]].into_iter().find(|words| can(words)) else {
        let advice = "this system lets nobody mount a small disk (`unshare -rm` is refused): run the tests as root or \
                      allow user namespaces";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{advice}");
        eprintln!("not tested: {advice}");
        return;
    };
    let mount = "mount -t tmpfs -o size=2m none \"$0\" && exec \"$@\"";
    let before = [&unshare[..], &["sh", "-c", mount, folder.path().to_str().unwrap()]].concat();
    let name = "full_disk::a_full_disk_loses_nothing_and_is_left_again";
    let output = child(&before, name, folder.path()).output().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("the disk was full"), "{said}{complained}");
}

fn can(unshare: &[&str]) -> bool {
    let mount = ["sh", "-c", "mount -t tmpfs -o size=1m none /mnt"];
    let tried = Command::new(unshare[0]).args(&unshare[1..]).args(mount).output();
    tried.is_ok_and(|output| output.status.success())
}
