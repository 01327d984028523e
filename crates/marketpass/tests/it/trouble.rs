//! A full disk, a held lock, a damaged file, a flood of strangers: refused with words, nothing lost, left again.
//!
//! Owns making the trouble. Must never need the server's help to end it.

use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mp_domain::key_token::TokenFormat;
use mp_testkit::{SeededEntropy, eventually, promptly};
use serde_json::Value;

use crate::cabinet::add_account;
use crate::installation::Installation;
use crate::running::Running;
use crate::served::{Served, plain};
use crate::wire::{Caller, Reply};

/// Red after this time at the latest, and green again.
const A_FEW_SECONDS: Duration = Duration::from_secs(8);
const DATABASE: &str = "marketpass-data/marketpass.db";
/// Where the child works whose disk is small.
const PLACE: &str = "MARKETPASS_TEST_PLACE";

fn operations(server: &Running, path: &str) -> Reply {
    let mut caller = Caller::connect(server.said["ops_listen"].as_str().unwrap());
    caller.ask(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
}

/// Waits for `/readyz` to be red with a reason that has this in it.
#[track_caller]
fn turns_red(server: &Running, part: &str) {
    promptly(&format!("red because {part}"), A_FEW_SECONDS, || {
        let reply = operations(server, "/readyz");
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body["ready"], reply.status == 200, "{body}");
        let reasons = body["reasons"].as_array().unwrap();
        reply.status == 503 && reasons.iter().any(|reason| reason.as_str().unwrap().contains(part))
    });
    assert_eq!(operations(server, "/healthz").status, 200, "the process lives");
}

#[track_caller]
fn turns_green(server: &Running) {
    promptly("green", A_FEW_SECONDS, || operations(server, "/readyz").status == 200);
}

fn is_answered(server: &Running, token: &str) {
    assert_eq!(server.token_info("listen", token).status, 200);
}

/// Another program that uses the database: Python's own SQLite.
fn python(database: &Path, program: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", program]).arg(database).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Holds the lock for writing as long as it lives.
struct Holder(Child);

impl Holder {
    fn of(database: &Path) -> Self {
        let program = "import sqlite3, sys\n\
                       c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n\
                       c.execute('BEGIN IMMEDIATE')\n\
                       print('held', flush=True)\n\
                       sys.stdin.read()";
        let mut child = python(database, program).spawn().expect("install the package python3");
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "held\n");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_database_that_another_process_holds_is_waited_for_refused_and_used_again() {
    let Served { cabinet, server, token } = &Served::new();
    turns_green(server);
    let holder = Holder::of(&cabinet.machine.path(DATABASE));
    is_answered(server, token);
    std::thread::scope(|scope| {
        let create = || cabinet.run(&["key", "create"], &["--name", "late", "--scope", "pricing"]);
        let creation = scope.spawn(create);
        turns_red(server, "the database");
        is_answered(server, token);
        let refusal = creation.join().unwrap().refusal();
        assert!(refusal.starts_with("the database is not available: another process has held"), "{refusal}");
        assert!(refusal.ends_with("nothing was changed: wait for it or end it, then try again"), "{refusal}");
    });
    turns_red(server, "another process has held");
    let read = cabinet.run(&["key", "list"], &[]);
    assert!(read.status == 0 || read.refusal().contains("another process has held"));
    drop(holder);
    turns_green(server);
    let keys = || cabinet.run(&["key", "list"], &[]).json();
    assert_eq!(keys().as_array().unwrap().len(), 1, "what was refused is not there");
    eventually("the note of the use", || keys()[0]["last_used_at"].is_string());
    let late = crate::served::token(&cabinet.key("late"));
    promptly("the new key", Duration::from_secs(1), || server.token_info("listen", &late).status == 200);
}

/// Overwrites the file with nonsense, all but its first page, and lets everybody know that something has changed.
fn damage(database: &Path) {
    let program = "import sqlite3, sys\n\
                   c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n\
                   c.execute('PRAGMA wal_checkpoint(TRUNCATE)')\n\
                   print('ready', flush=True)\n\
                   sys.stdin.read()\n\
                   c.execute('PRAGMA user_version = 7')";
    let mut child = python(database, program).spawn().expect("install the package python3");
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(database).unwrap();
    let length = usize::try_from(file.seek(SeekFrom::End(0)).unwrap()).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xA5; length - 4096]).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_damaged_database_is_noticed_named_and_replaced_by_its_backup() {
    let Served { cabinet, server, token } = Served::new().in_one_hour();
    let machine = &cabinet.machine;
    machine.run(&["db", "backup", "good.db"]).text();
    assert_eq!(server.token_info("listen", &token).remaining(), 99);
    damage(&machine.path(DATABASE));
    turns_red(&server, "the file is damaged or no SQLite database");
    assert_eq!(server.token_info("listen", &token).remaining(), 98, "checks go on with what is known");
    let advice = "run `marketpass doctor`, restore a backup if it agrees";
    let refused = |arguments: &[&str]| {
        let refusal = machine.run(arguments).refusal();
        assert!(refusal.starts_with("the database cannot be used: the file is damaged"), "{refusal}");
        assert!(refusal.ends_with(advice), "{refusal}");
    };
    refused(&["key", "list", "--business", &cabinet.business]);
    refused(&["key", "create", "--business", &cabinet.business, "--name", "x", "--scope", "pricing"]);
    assert!(server.end("TERM").success());
    refused(&["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(machine.path(&format!("{DATABASE}{end}")));
    }
    machine.run(&["db", "restore", "good.db"]).text();
    let server = Running::serve(machine, &[]);
    assert_eq!(server.token_info("listen", &token).remaining(), 97, "the limits were never in the database");
}

/// The words for it (`docs/operations.md`).
const FULL: &str =
    "the disk or the database's size limit is full; nothing was changed: free space, then try again";

/// Writes until nothing more fits.
fn fill_the_disk(file: &Path) {
    let mut filler = std::fs::File::create(file).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while filler.write_all(&vec![1; size]).is_ok() {}
    }
}

/// What the child does, on a disk of eight megabytes.
fn live_through_a_full_disk() {
    let Served { cabinet, server, token } = Served::new();
    let machine = &cabinet.machine;
    let mut tokens = vec![token];
    fill_the_disk(&machine.path("filler"));
    // What SQLite has on the disk already may take a few more changes.
    let refusal = loop {
        let name = format!("key {}", tokens.len());
        let ended = cabinet.run(&["key", "create"], &["--name", &name, "--scope", "pricing"]);
        if ended.status != 0 {
            break ended.refusal();
        }
        tokens.push(crate::served::token(&ended.json()));
        fill_the_disk(&machine.path(&name));
    };
    assert_eq!(refusal, format!("the database is not available: {FULL}"));
    let all_work = |server: &Running| tokens.iter().for_each(|token| is_answered(server, token));
    turns_red(&server, FULL);
    all_work(&server);

    let elsewhere = Installation::new();
    let refusal = elsewhere.run(&["business", "list"]).refusal();
    assert!(refusal.contains("full") || refusal.contains("No space left"), "{refusal}");
    let id = cabinet.run(&["key", "list"], &[]).json()[0]["id"].as_str().unwrap().to_owned();
    let pause = ["key", "pause", "--key", &id];
    assert_eq!(machine.run(&pause).refusal(), format!("the database is not available: {FULL}"));
    all_work(&server);

    for entry in machine.folder().read_dir().unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name == "filler" || name.starts_with("key ") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    turns_green(&server);
    add_account(&elsewhere, "somebody");
    machine.run(&pause).text();
    machine.run(&["key", "resume", "--key", &id]).text();
    server.end("KILL");
    all_work(&Running::serve(machine, &[]));
    println!("\nthe disk was full");
}

fn can(unshare: &[&str]) -> bool {
    let mount = ["sh", "-c", "mount -t tmpfs -o size=1m none /mnt"];
    let tried = Command::new(unshare[0]).args(&unshare[1..]).args(mount).output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_is_refused_with_words_loses_nothing_and_is_left_again() {
    if std::env::var_os(PLACE).is_some() {
        return live_through_a_full_disk();
    }
    // A name space of its own: the small disk is gone with the child.
    let Some(unshare) = [["unshare", "-m"], ["unshare", "-rm"]].into_iter().find(|words| can(words)) else {
        let advice = "this system lets nobody mount a small disk (`unshare -rm` is refused): run the tests as root or \
                      allow user namespaces";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{advice}");
        eprintln!("not tested: {advice}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=8m none \"$TMPDIR\" && exec \"$0\" \"$@\"";
    let name = "trouble::a_full_disk_is_refused_with_words_loses_nothing_and_is_left_again";
    let output = Command::new(unshare[0])
        .args(&unshare[1..])
        .args(["sh", "-c", mount])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .envs([("TMPDIR", folder.path()), (PLACE, folder.path())])
        .output()
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("the disk was full"), "{said}{complained}");
}

// A million well-formed unknown keys cost no database reads.

const STRANGERS: usize = 20_000;

/// The sum over the lines of `/metrics` that begin like this and end in a number.
fn metric(metrics: &str, wanted: impl Fn(&str) -> bool) -> f64 {
    let lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
    lines.filter(|(name, _)| wanted(name)).map(|(_, number)| number.parse::<f64>().unwrap()).sum()
}

/// Transactions and reads other than those that come with time.
fn uses_of_the_database(metrics: &str) -> f64 {
    let with_time = ["follow_events", "heartbeat"];
    metric(metrics, |name| {
        name.starts_with("marketpass_store_transactions_total{")
            && !with_time.iter().any(|timed| name.contains(timed))
    })
}

#[test]
fn twenty_thousand_well_formed_strangers_cost_no_use_of_the_database() {
    let served = Served::new();
    let entropy = SeededEntropy::new(7);
    let strangers: Vec<String> =
        (0..STRANGERS).map(|_| plain(TokenFormat::default().generate(&entropy).expose())).collect();
    let metrics = || operations(&served.server, "/metrics").body;
    let follows =
        |metrics: &str| metric(metrics, |name| name.contains("_total{transaction=\"follow_events\"}"));
    let (before, began) = (metrics(), Instant::now());
    let mut caller = served.caller();
    for many in strangers.chunks(100) {
        caller.send(many.concat());
        for _ in many {
            let reply = caller.answer().unwrap();
            reply.is_error(401, "UNAUTHORIZED", "Api-Key token is invalid");
        }
    }
    let (after, took) = (metrics(), began.elapsed());
    let unknown =
        |metrics: &str| metric(metrics, |name| name == "marketpass_key_lookups_total{result=\"unknown\"}");
    assert!((unknown(&after) - unknown(&before) - 20_000.0).abs() < 0.5, "{after}");
    assert!((uses_of_the_database(&after) - uses_of_the_database(&before)).abs() < 0.5, "{before}\n{after}");
    // The feed looks ten times a second, whoever comes.
    let looks = follows(&after) - follows(&before);
    assert!(looks <= took.as_secs_f64() * 10.0 + 5.0, "{looks} looks in {took:?}");
    assert_eq!(served.ask(plain(&served.token)).status, 200);
}
