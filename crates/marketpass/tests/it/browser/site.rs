//! A server with its pages, its people and its mail.
//!
//! Owns starting it and remembering every secret that was used on it. Must never end in peace when one of them stands
//! in anything the server wrote.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;

use mp_testkit::{Mailbox, eventually};
use serde_json::Value;

use crate::cabinet::Cabinet;
use crate::installation::Installation;
use crate::wire::{Caller, Reply};

/// Of everybody registered by [`Cabinet`].
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running server at `http://localhost:PORT`.
pub(crate) struct Site {
    pub(crate) cabinet: Cabinet,
    pub(crate) mailbox: Mailbox,
    /// The public URL, without a slash at the end.
    pub(crate) base: String,
    /// What it said first: where it listens.
    said: Value,
    server: Child,
    secrets: Mutex<BTreeSet<String>>,
}

impl Site {
    /// A site where everybody may sign up.
    pub(crate) fn new() -> Self {
        Self::with("[accounts]\nsign_up = \"open\"\n")
    }

    /// A site with these sections in its configuration.
    pub(crate) fn with(settings: &str) -> Self {
        let mailbox = Mailbox::start(Path::new(env!("CARGO_TARGET_TMPDIR")));
        let machine = Installation::new();
        let port = free_port();
        let base = format!("http://localhost:{port}");
        machine.write(
            "marketpass.toml",
            &format!(
                "[http]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"{base}\"\n\
                 trusted_proxies = [\"127.0.0.1/32\"]\n[limits]\nscale = 1000\n[mail]\nfrom = \"marketpass \
                 <post@example.org>\"\nsmtp_url = \"{}\"\n{settings}",
                mailbox.url()
            ),
        );
        let cabinet = Cabinet::on(machine);
        let (server, said) = serve(&cabinet.machine);
        let secrets = [PASSWORD, Mailbox::PASSWORD].map(str::to_owned).into();
        Self { cabinet, mailbox, base, said, server, secrets: Mutex::new(secrets) }
    }

    /// The whole address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Remembers a secret. What is as short as a one-time code could stand anywhere by chance.
    pub(crate) fn keep(&self, secret: &str) {
        if secret.len() >= 8 {
            self.secrets.lock().unwrap().insert(secret.to_owned());
        }
    }

    /// A connection.
    pub(crate) fn caller(&self) -> Caller {
        Caller::connect(self.said["listen"].as_str().unwrap())
    }

    /// The answer to a request that is sent as it stands.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        self.caller().ask(request)
    }

    /// The answer of the seller API to `GET` with a token.
    pub(crate) fn get(&self, path: &str, token: &str) -> Reply {
        self.keep(token);
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"))
    }

    /// What the metrics say.
    pub(crate) fn metrics(&self) -> String {
        let mut caller = Caller::connect(self.said["ops_listen"].as_str().unwrap());
        caller.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body
    }

    /// Everything the server has written so far, with where it stands: its log, its metrics, and every byte of its
    /// database. Not the secrets file, whose content no client ever sees.
    pub(crate) fn written(&self) -> Vec<(String, Vec<u8>)> {
        let mut written = vec![("/metrics".to_owned(), self.metrics().into_bytes())];
        let mut folders = vec![self.cabinet.machine.folder().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let (path, name) = (entry.path(), entry.file_name());
                if path.is_dir() && name != "secrets" {
                    folders.push(path);
                } else if path.is_file() && name != "marketpass.toml" {
                    // A file that goes while it is looked at holds nothing any more.
                    let content = fs::read(&path).unwrap_or_default();
                    written.push((path.display().to_string(), content));
                }
            }
        }
        written
    }

    /// Asserts that no secret stands in anything the server has written, and says how many there were.
    #[track_caller]
    pub(crate) fn wrote_no_secret(&self) -> usize {
        self.holds_no_secret(&self.written())
    }

    #[track_caller]
    fn holds_no_secret(&self, written: &[(String, Vec<u8>)]) -> usize {
        let secrets = self.secrets.lock().unwrap();
        for (place, content) in written {
            if let Some((at, secret)) = first_of(&secrets, content) {
                let around = String::from_utf8_lossy(&content[at.saturating_sub(100)..at]);
                panic!("{secret:?} stands in {place} after {around:?}");
            }
        }
        secrets.len()
    }
}

/// The first of the secrets in a text, and where. One pass, however many secrets there are: databases are large, and
/// tests are not compiled for speed.
fn first_of<'a>(secrets: &'a BTreeSet<String>, content: &[u8]) -> Option<(usize, &'a str)> {
    let start = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    let mut by_start = vec![Vec::new(); 1 << 16];
    for secret in secrets {
        by_start[start(secret.as_bytes())].push(secret.as_str());
    }
    content.windows(2).enumerate().find_map(|(at, two)| {
        let candidates = by_start[start(two)].iter();
        let mut found = candidates.filter(|secret| content[at..].starts_with(secret.as_bytes()));
        found.next().map(|secret| (at, *secret))
    })
}

impl Drop for Site {
    fn drop(&mut self) {
        // Everything is written by then; and a server must not outlive a test that fails here.
        let written = if std::thread::panicking() { Vec::new() } else { self.written() };
        let _ = self.server.kill();
        let _ = self.server.wait();
        self.holds_no_secret(&written);
    }
}

/// `serve`, from the moment it answers.
fn serve(machine: &Installation) -> (Child, Value) {
    let log = File::create(machine.path("log.jsonl")).unwrap();
    let server = machine
        .command(&["serve", "--ops-listen", "127.0.0.1:0"])
        .env("MARKETPASS__LOG__FORMAT", "json")
        .env("MARKETPASS__LOG__LEVEL", "debug")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut said = None;
    let is_first_word = |line: &Value| line["message"] == "marketpass answers";
    eventually("the server's first word", || {
        let log = fs::read_to_string(machine.path("log.jsonl")).unwrap();
        said = log.lines().filter_map(|line| serde_json::from_str(line).ok()).find(is_first_word);
        assert!(said.is_some() || !log.contains("error: "), "it did not start: {log}");
        said.is_some()
    });
    (server, said.unwrap())
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
