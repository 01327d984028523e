//! What a command of another process does is in force on the running server within one second (product.md §5).
//!
//! Owns the measuring: the second begins when the command has ended.

use std::time::{Duration, Instant};

use mp_testkit::{Postgres, happens, promptly};
use serde_json::Value;

use crate::cabinet::Cabinet;
use crate::installation::Installation;
use crate::served::{Served, plain, token};

const PROMISED: Duration = Duration::from_secs(1);

/// A server, and what its answers to a token are waited for to become.
struct Observed {
    served: Served,
    id: String,
}

impl Observed {
    /// `settings` are more lines of the configuration. Waiting asks often: the limit is far away.
    fn new(settings: &str) -> Self {
        let machine = Installation::new();
        machine.write("marketpass.toml", &format!("{settings}[limits]\nscale = 10000\n"));
        let cabinet = Cabinet::on(machine);
        let served = Served::on(cabinet, &[]);
        let id = served.cabinet.run(&["key", "list"], &[]).json()[0]["id"].as_str().unwrap().to_owned();
        Self { served, id }
    }

    /// Runs `key COMMAND` on the key.
    fn key(&self, command: &str, rest: &[&str]) -> Value {
        let arguments = [&["--json", "key", command, "--key", &self.id], rest].concat();
        self.served.cabinet.machine.run(&arguments).json()
    }

    /// Status and body of the answer to a token.
    fn told(&self, token: &str) -> String {
        let reply = self.served.ask(plain(token));
        format!("{} {}", reply.status, reply.body)
    }

    /// From now on, or from less than a second on, the answer to the token has this in it.
    #[track_caller]
    fn is_told(&self, token: &str, part: &str) {
        promptly(part, PROMISED, || self.told(token).contains(part));
    }
}

const REVOKED: &str = "401 {\"status\":\"ERROR\",\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"Api-Key token is revoked\"}]}";

/// On one database.
fn every_command_is_in_force_within_a_second(settings: &str) {
    let observed = Observed::new(settings);
    let token_at_first = observed.served.token.clone();
    let machine = &observed.served.cabinet.machine;
    assert!(observed.told(&token_at_first).starts_with("200"));

    observed.key("edit", &["--name", "Новое имя"]);
    observed.is_told(&token_at_first, r#""name":"Новое имя","authScopes":["PRICING"]"#);
    observed.key("edit", &["--scope", "promotion", "--scope", "communication"]);
    observed.is_told(&token_at_first, r#""name":"Новое имя","authScopes":["PROMOTION","COMMUNICATION"]"#);

    observed.key("pause", &[]);
    observed.is_told(&token_at_first, "403 {\"status\":\"ERROR\",\"errors\":[{\"code\":\"FORBIDDEN\",\"message\":\"Api-Key token is paused\"}]}");
    observed.key("resume", &[]);
    observed.is_told(&token_at_first, "200 ");

    for store in &observed.served.cabinet.campaigns {
        assert!(observed.told(&token_at_first).starts_with("200"), "one store is still on");
        machine.run(&["campaign", "set-availability", "--campaign", store, "MANUALLY_DISABLED"]).text();
    }
    observed.is_told(&token_at_first, "\"API_DISABLED\"");
    let store = &observed.served.cabinet.campaigns[1];
    machine.run(&["campaign", "set-availability", "--campaign", store, "AVAILABLE"]).text();
    observed.is_told(&token_at_first, "200 ");

    let (overlap, began) = (Duration::from_secs(2), Instant::now());
    let second = token(&observed.key("rotate", &["--overlap", "2s"]));
    observed.is_told(&second, "200 ");
    let both_work = observed.told(&token_at_first).starts_with("200");
    assert!(both_work || began.elapsed() > overlap, "both work");
    promptly("the end of the overlap", overlap + PROMISED, || observed.told(&token_at_first) == REVOKED);

    let third = token(&observed.key("rotate", &[]));
    observed.is_told(&second, REVOKED);
    observed.is_told(&third, "200 ");
    observed.key("delete", &[]);
    observed.is_told(&third, REVOKED);
    assert_eq!([observed.told(&token_at_first), observed.told(&second)], [REVOKED, REVOKED]);
}

#[test]
fn every_command_is_in_force_within_a_second_on_sqlite() {
    every_command_is_in_force_within_a_second("");
}

#[test]
fn every_command_is_in_force_within_a_second_on_postgresql() {
    let url = Postgres::shared().create_database();
    every_command_is_in_force_within_a_second(&format!("[database]\nurl = {url:?}\n"));
}

#[test]
fn a_new_key_works_within_a_second_and_ends_with_its_time() {
    let observed = Observed::new("");
    let (expired, mut made, mut short) = ("Api-Key token is expired", Instant::now(), String::new());
    // One whose life is over before anybody has looked says nothing: the next one lives longer.
    let life = [2, 10, 60].into_iter().find(|life| {
        let create = ["--name", "short", "--scope", "pricing", "--expires-in", &format!("{life}s")];
        made = Instant::now();
        short = token(&observed.served.cabinet.run(&["key", "create"], &create).json());
        happens(PROMISED, || observed.told(&short).starts_with("200 "))
    });
    let life = Duration::from_secs(life.expect("a new key works"));
    promptly("the expiry", life + PROMISED, || observed.told(&short).contains(expired));
    assert!(made.elapsed() >= life, "not before its time: {:?}", made.elapsed());
    assert!(observed.told(&observed.served.token).starts_with("200"), "the other key has no end");
}

#[test]
fn what_does_not_concern_a_key_leaves_it_alone() {
    let observed = Observed::new("");
    let machine = &observed.served.cabinet.machine;
    let token = &observed.served.token;
    // An API key belongs to the cabinet, not to a person (market-api §1.3).
    let password = ["account", "set-password", "--login", "owner", "--password-stdin"];
    machine.run_with(&password, &[], "another long password").text();
    machine.run(&["account", "logout-everywhere", "--login", "owner"]).text();
    machine.run(&["account", "disable", "--login", "owner"]).text();
    let neighbour = token_of_another_key(&observed);
    observed.is_told(&neighbour, "200 ");
    // The feed is in order: the neighbour was made after all of it.
    assert!(observed.told(token).starts_with("200"));
}

fn token_of_another_key(observed: &Observed) -> String {
    token(&observed.served.cabinet.key("another"))
}
