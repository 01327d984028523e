//! A real server, from starting it to losing its owner.
//!
//! Owns the proof that tests get a working database and leave nothing behind. Must never rely on a running server.

use std::collections::HashSet;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use mp_testkit::{Durability, PATIENCE, Postgres, eventually};

/// What `psql` prints for one query, without decoration.
fn query(url: &str, sql: &str) -> String {
    let output =
        Command::new("psql").args(["-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", sql]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the server speaks UTF-8").trim_end().to_owned()
}

/// Whether the server speaks TLS (PostgreSQL's protocol, `SSLRequest`).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A connection that the server has taken. One that it finds when it is already ending gets a process of its own, which is
/// not told to end and asks for the caller's name for a whole minute.
fn connect(folder: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(folder.join(".s.PGSQL.5432")).expect("the server is up");
    stream.set_read_timeout(Some(PATIENCE)).expect("the time limit is not zero");
    stream.write_all(&SSL_REQUEST).expect("the server is up");
    let mut answer = [0];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(&answer, b"N");
    stream
}

/// Blocks until the server hangs up. Says whether it did so, rather than staying alive for the whole time limit.
fn hangs_up(stream: &mut UnixStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn every_test_gets_an_empty_database_of_its_own() {
    let makers: Vec<_> = (0..8).map(|_| thread::spawn(|| Postgres::shared().create_database())).collect();
    let urls: HashSet<String> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
    assert_eq!(urls.len(), 8);
    for url in &urls {
        // Would fail the second time if two of the URLs led to the same database.
        query(url, "CREATE TABLE mine (id BIGINT)");
    }
}

#[test]
fn the_server_listens_on_its_unix_socket_alone_and_speaks_utf_8() {
    let url = Postgres::shared().create_database();
    assert_eq!(query(&url, "SHOW listen_addresses"), "");
    assert_eq!(query(&url, "SHOW server_encoding"), "UTF8");
    assert_eq!(query(&url, "SELECT char_length('Ключ 🗝')"), "6");
}

#[test]
fn the_server_does_not_run_as_root() {
    let data = Postgres::shared().folder().join("data");
    assert_ne!(std::fs::metadata(data).unwrap().uid(), 0);
}

#[test]
fn the_server_waits_for_the_disk_only_when_asked() {
    let url = Postgres::shared().create_database();
    assert_eq!(query(&url, "SHOW fsync"), "off");
    let durable = Postgres::start(Durability::Durable);
    let url = durable.create_database();
    assert_eq!(query(&url, "SHOW fsync"), "on");
}

#[test]
fn a_dropped_server_is_gone_with_its_folder() {
    let server = Postgres::start(Durability::Fast);
    let folder = server.folder().to_owned();
    let mut connection = connect(&folder);
    drop(server);
    assert!(hangs_up(&mut connection));
    assert!(!folder.exists());
}

/// Set for the process that this test starts and kills: itself once more.
const VICTIM: &str = "MP_TESTKIT_VICTIM";

#[test]
fn the_server_of_a_killed_process_is_gone_with_its_folder() {
    if env::var_os(VICTIM).is_some() {
        println!("\nfolder={}", Postgres::shared().folder().display());
        // Until killed; if the parent dies first, its end of the pipe closes and this process ends too.
        io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_server_of_a_killed_process_is_gone_with_its_folder", "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let folder = lines
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("folder=").map(PathBuf::from))
        .expect("the victim tells where its server lives");
    let mut connection = connect(&folder);

    // SIGKILL: no destructor of the victim runs.
    victim.kill().unwrap();
    victim.wait().unwrap();

    assert!(hangs_up(&mut connection));
    eventually("the folder is removed", || !folder.exists());
}
