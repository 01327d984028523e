//! A cabinet, one key in it, and the server that answers for them.
//!
//! Owns the requests that most tests send. Must never change anything behind the commands' back.

use mp_testkit::eventually;

use crate::cabinet::Cabinet;
use crate::running::Running;
use crate::wire::{Caller, Reply};

/// A served cabinet.
pub(crate) struct Served {
    pub(crate) cabinet: Cabinet,
    pub(crate) server: Running,
    /// Of the key `ERP` with the access `pricing`.
    pub(crate) token: String,
}

impl Served {
    pub(crate) fn new() -> Self {
        Self::on(Cabinet::new(), &[])
    }

    /// The same in a cabinet that is prepared already, by a server with these flags.
    pub(crate) fn on(cabinet: Cabinet, flags: &[&str]) -> Self {
        let token = token(&cabinet.key("ERP"));
        let server = Running::serve(&cabinet.machine, flags);
        Self { cabinet, server, token }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::connect(self.server.said["listen"].as_str().unwrap())
    }

    /// The answer to a request on a connection of its own.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        self.caller().ask(request)
    }

    /// The answer to a request in which the credential headers are these.
    pub(crate) fn ask_with(&self, credentials: impl AsRef<[u8]>) -> Reply {
        let head: &[u8] = b"POST /v2/auth/token HTTP/1.1\r\nHost: x\r\n";
        self.ask([head, credentials.as_ref(), b"\r\n"].concat())
    }

    /// Lets the hour turn if it is about to, so that everything a test counts is counted in one.
    pub(crate) fn in_one_hour(self) -> Self {
        let seconds_left = || {
            let date = self.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").header("date").unwrap().to_owned();
            let clock: Vec<u64> = date[17..25].split(':').map(|part| part.parse().unwrap()).collect();
            3600 - clock[1] * 60 - clock[2]
        };
        eventually("the next hour", || seconds_left() > 60);
        self
    }
}

/// The token of a key that was just made.
pub(crate) fn token(key: &serde_json::Value) -> String {
    key["token"].as_str().unwrap().to_owned()
}

/// A token-info request without a body.
pub(crate) fn plain(token: &str) -> String {
    format!("POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {token}\r\n\r\n")
}

/// One with a body, which takes another way through the server.
pub(crate) fn with_body(token: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {token}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Both ways through the server.
pub(crate) fn both_ways(token: &str) -> [String; 2] {
    [plain(token), with_body(token, "Content-Type: application/json\r\n", "{}")]
}
