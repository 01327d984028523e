//! A demonstration that is moved by its controls.
//!
//! Owns the requests that most of its tests send. Must never wait for time to pass: the clock is moved instead.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::installation::Installation;
use crate::running::Running;
use crate::wire::{Caller, Reply};

/// A demonstration, at the beginning of an hour, so that everything a test counts is counted in one.
pub(crate) struct Staged {
    pub(crate) demo: Running,
    pub(crate) business: i64,
    pub(crate) campaigns: [i64; 2],
    /// Goes when everything else has.
    _machine: Installation,
}

impl Staged {
    pub(crate) fn new() -> Self {
        let machine = Installation::new();
        let demo = Running::demo(&machine, &[]);
        let campaigns = [0, 1].map(|number| demo.said["campaign_ids"][number].as_i64().unwrap());
        let business = demo.said["business_id"].as_i64().unwrap();
        let staged = Self { demo, business, campaigns, _machine: machine };
        staged.at_the_hour();
        staged
    }

    /// Moves the clock to the beginning of an hour, within the life of everything there is.
    pub(crate) fn at_the_hour(&self) {
        let now = self.control("clock", r#"{"advance":"1h"}"#)["now"].as_str().unwrap().to_owned();
        self.control("clock", &json!({"set": format!("{}:00:05Z", &now[..13])}).to_string());
    }

    /// The token of the key with this name.
    pub(crate) fn key(&self, name: &str) -> &str {
        let keys = self.demo.said["keys"].as_array().unwrap();
        keys.iter().find(|key| key["name"] == name).unwrap()["token"].as_str().unwrap()
    }

    pub(crate) fn credential(&self, key: &str) -> String {
        format!("Api-Key: {}\r\n", self.key(key))
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.demo.said["oauth_token"].as_str().unwrap())
    }

    pub(crate) fn address(&self, listener: &str) -> &str {
        self.demo.said[listener].as_str().unwrap().trim_start_matches("http://").trim_end_matches("/demo")
    }

    /// The answer of a control, whatever it is.
    pub(crate) fn press(&self, control: &str, body: &str) -> (u16, Value) {
        let length = body.len();
        let request = format!(
            "POST /demo/{control} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let reply = Caller::connect(self.address("controls_url")).ask(request);
        (reply.status, serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}")))
    }

    /// The answer of a control that does what it is told.
    #[track_caller]
    pub(crate) fn control(&self, control: &str, body: &str) -> Value {
        let (status, said) = self.press(control, body);
        assert_eq!(status, 200, "{control} {body}: {said}");
        said
    }

    /// An answer of the seller API; header lines end as lines do.
    pub(crate) fn ask(&self, request: &str, headers: &str) -> Reply {
        Caller::connect(self.address("api_url"))
            .ask(format!("{request} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"))
    }

    /// The stores that a credential reaches: counted by the hour, for whoever it belongs to.
    pub(crate) fn campaigns(&self, credential: &str) -> Reply {
        self.ask("GET /v2/campaigns", credential)
    }

    /// The prices of the first store: answered by the stub, counted by the minute and the item.
    pub(crate) fn prices(&self, more: &str) -> Reply {
        let prices = format!("GET /v2/campaigns/{}/offer-prices", self.campaigns[0]);
        self.ask(&prices, &(self.credential("Full access") + more))
    }

    /// Status, media type and bytes of an answer.
    pub(crate) fn bytes(&self, request: &str, more: &str) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address("api_url")).unwrap();
        let credential = self.credential("Full access");
        let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{credential}{more}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
        assert!(!head.contains("transfer-encoding"), "{head}");
        let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        (head[9..12].parse().unwrap(), media.to_owned(), answer[end + 4..].to_vec())
    }
}
