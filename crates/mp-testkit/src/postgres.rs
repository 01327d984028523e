//! A real PostgreSQL server as a child process.
//!
//! Owns starting, reaching and ending it. Must never use a server that is already running, listen on TCP, run as
//! root, or leave a process or a folder behind: a shell script watches over the server and ends it when the pipe to this
//! process closes, so even `kill -9` of a test leaves nothing.

mod identity;
mod programs;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use identity::Identity;
use programs::Programs;

const WATCHDOG: &str = include_str!("postgres/watchdog.sh");

/// A Unix socket's path has at most 107 bytes on Linux, and PostgreSQL appends this name to its folder.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// Whether the server waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does not: several times faster, and the folder does not outlive the test anyway.
    Fast,
    /// It does, as in production: for tests that kill the server and for measurements.
    Durable,
}

/// A running PostgreSQL server of one's own. Ends, and takes its folder with it, when dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    watchdog: Child,
    folder: TempDir,
    databases: AtomicU32,
}

impl Postgres {
    /// The server all tests of this process share; started by the first who asks, ended with the process.
    ///
    /// # Panics
    /// If it cannot be started: a test that needs a database and finds none has failed.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::try_start(Durability::Fast)) {
            Ok(server) => server,
            Err(reason) => panic!("{reason}"),
        }
    }

    /// A server for the caller alone, for tests that stop it or need [`Durability::Durable`]. Takes a second or two.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        Self::try_start(durability).unwrap_or_else(|reason| panic!("{reason}"))
    }

    fn try_start(durability: Durability) -> Result<Self, String> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("mp-postgres-")
            .tempdir()
            .map_err(|error| format!("no folder for PostgreSQL could be made: {error}; check TMPDIR"))?;
        let watchdog = spawn_watchdog(&programs, folder.path(), durability)?;
        let mut server = Self { programs, watchdog, folder, databases: AtomicU32::new(0) };
        server.await_readiness()?;
        Ok(server)
    }

    /// Blocks until the watchdog says `ready`, or ends and leaves the reason on its standard error.
    fn await_readiness(&mut self) -> Result<(), String> {
        let stdout = self.watchdog.stdout.take().expect("it was piped above and is taken once");
        let mut answer = String::new();
        let read = BufReader::new(stdout).read_line(&mut answer);
        if read.is_ok() && answer == "ready\n" {
            return Ok(());
        }
        let mut reason = String::new();
        let mut stderr = self.watchdog.stderr.take().expect("it was piped above and is taken once");
        // Whatever could be read is shown; there is no better source to ask.
        let _ = stderr.read_to_string(&mut reason);
        Err(format!("PostgreSQL from {} did not start:\n{reason}", self.programs.folder().display()))
    }

    /// Makes an empty database that nobody else uses and returns its URL, for example
    /// `postgres:///test_1?host=/tmp/mp-postgres-x1y2&user=postgres`.
    ///
    /// # Panics
    /// If the server does not answer.
    #[must_use]
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        let made = self
            .programs
            .command("createdb")
            .args(["--username=postgres", "--port=5432", "--host"])
            .args([self.folder.path().as_os_str(), name.as_ref()])
            .output()
            .expect("`createdb` was there when the server started");
        assert!(
            made.status.success(),
            "PostgreSQL refused to make a database: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        url(self.folder.path(), &name)
    }

    /// Where the server lives: its data, its log `server.log` and its Unix socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // `wait` closes our end of the pipe first, which tells the watchdog to end the server.
        let _ = self.watchdog.wait();
    }
}

/// Starts the shell that starts the server. All it prints goes to pipes that this process holds.
fn spawn_watchdog(programs: &Programs, folder: &Path, durability: Durability) -> Result<Child, String> {
    let mut command = Command::new("sh");
    command.args(["-c", WATCHDOG, "watchdog"]).args([programs.folder(), folder]);
    command.arg(settings(folder, durability)?).current_dir(folder).env("LC_ALL", "C");
    // A group of its own: Ctrl-C on the test must not take the watchdog before it has cleaned up.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Identity::for_owner_of(folder)?.assume(&mut command);
    command.spawn().map_err(|error| {
        let place = folder.display();
        format!("the shell that runs PostgreSQL could not be started in {place}: {error}; check TMPDIR")
    })
}

/// Lines for `postgresql.conf`.
fn settings(folder: &Path, durability: Durability) -> Result<String, String> {
    let socket = folder.join(SOCKET_NAME);
    let path = folder.to_str().ok_or("the path of TMPDIR is not UTF-8; set TMPDIR=/tmp")?;
    if socket.as_os_str().len() > 107 {
        return Err(format!("{path} is too long a path for a Unix socket; set TMPDIR=/tmp"));
    }
    let sync = match durability {
        Durability::Fast => "off",
        Durability::Durable => "on",
    };
    Ok(format!(
        "listen_addresses = ''\nport = 5432\nunix_socket_directories = '{}'\nunix_socket_permissions = 0700\n\
         max_connections = 300\nshared_buffers = 64MB\nfsync = {sync}\nfull_page_writes = {sync}\n",
        path.replace('\'', "''")
    ))
}

/// The URL of a database, as the `postgres` crate and libpq read it.
fn url(folder: &Path, database: &str) -> String {
    use std::fmt::Write;
    let mut url = format!("postgres:///{database}?host=");
    for byte in folder.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' => url.push(char::from(*byte)),
            plain if plain.is_ascii_alphanumeric() => url.push(char::from(*plain)),
            other => write!(url, "%{other:02X}").expect("a String takes any text"),
        }
    }
    url + "&user=postgres"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_unusual_characters_is_percent_encoded() {
        let url = url(Path::new("/tmp/a b&c"), "test_1");
        assert_eq!(url, "postgres:///test_1?host=/tmp/a%20b%26c&user=postgres");
    }

    #[test]
    fn a_folder_too_long_for_a_socket_is_refused_with_advice() {
        let long = format!("/tmp/{}", "x".repeat(100));
        let refusal = settings(Path::new(&long), Durability::Fast).unwrap_err();
        assert!(refusal.contains("set TMPDIR"), "{refusal}");
    }
}
