//! Somebody who speaks HTTP with the pages without a browser: with the cookies of one, and headers of a choice.
//!
//! Owns sending forms byte by byte, as attackers do. Must never follow a redirect by itself: where it leads is often
//! what is asked.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::site::{PASSWORD, Site};
use crate::wire::{Caller, Reply};

/// A client with a jar of cookies.
pub(crate) struct Visitor<'a> {
    site: &'a Site,
    /// By name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// As a proxy tells it.
    pub(crate) address: String,
    /// The lines that say where a form comes from.
    pub(crate) provenance: String,
    caller: Caller,
}

impl<'a> Visitor<'a> {
    /// Somebody who has never been here, at an address of their own.
    pub(crate) fn new(site: &'a Site) -> Self {
        Self {
            site,
            cookies: BTreeMap::new(),
            address: "203.0.113.7".to_owned(),
            provenance: "Sec-Fetch-Site: same-origin\r\n".to_owned(),
            caller: site.caller(),
        }
    }

    /// Somebody who has signed in.
    pub(crate) fn signed_in(site: &'a Site, login: &str) -> Self {
        let mut visitor = Self::new(site);
        let reply = visitor.sign_in(login, PASSWORD);
        assert_eq!(reply.status, 303, "{reply:?}");
        visitor
    }

    /// Asks for a page.
    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    /// Sends a form.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send("POST", path, &encoded(fields))
    }

    /// Sends the form of the sign-in page.
    pub(crate) fn sign_in(&mut self, login: &str, password: &str) -> Reply {
        self.site.keep(password);
        self.post("/login", &[("login", login), ("password", password)])
    }

    /// The value of the session's cookie.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get("marketpass").map(String::as_str)
    }

    /// Whether the session still opens the person's pages.
    pub(crate) fn is_signed_in(&mut self) -> bool {
        let reply = self.get("/account");
        assert!(matches!(reply.status, 200 | 303), "{reply:?}");
        reply.status == 200
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n");
        write!(head, "X-Forwarded-For: {}\r\n{}", self.address, self.provenance).unwrap();
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(head, "Cookie: {}\r\n", pairs.join("; ")).unwrap();
        }
        if method == "POST" {
            let length = body.len();
            write!(head, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n")
                .unwrap();
        }
        let request = head + "\r\n" + body;
        self.caller.send(&request);
        // A server ends a connection on which it was asked nothing for long; browsers make another one, too.
        let reply = self.caller.answer().unwrap_or_else(|| {
            self.caller = self.site.caller();
            self.caller.ask(&request)
        });
        if reply.header("connection") == Some("close") {
            self.caller = self.site.caller();
        }
        self.take_cookies(&reply);
        reply
    }

    fn take_cookies(&mut self, reply: &Reply) {
        for (_, line) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.site.keep(value);
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Fields as `application/x-www-form-urlencoded`.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", percent(name), percent(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A text for a form or a query.
pub(crate) fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").unwrap(),
        }
        encoded
    })
}

/// The value of the first hidden field of this name in a page.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let from = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    let value = from.unwrap_or_else(|| panic!("no field {name} in {page}"));
    value.split('"').next().unwrap().to_owned()
}
