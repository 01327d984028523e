//! An empty platform, and lines to import into it.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{BufRead, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use mp_domain::account::Login;
use mp_domain::api_key::ApiKey;
use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::key_token::TokenFormat;
use mp_domain::member::Member;
use mp_domain::secret::{Pepper, Peppers};
use mp_domain::time::Timestamp;
use mp_service::import::{ImportError, Imported};
use mp_service::{Node, NodeOptions, Service, ServiceParts, SignUp};
use mp_store::{DatabaseUrl, Store, event_log};
use mp_testkit::{ManualClock, Postgres, SeededEntropy};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Noon of 2026-11-21.
pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);
/// Of the right form; nobody signs in with it here.
pub(crate) const HASH: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b8dWRWJTmaaOObG";

/// A database, a clock that stands still, and a runtime to wait on.
pub(crate) struct Platform {
    pub(crate) clock: Arc<ManualClock>,
    url: DatabaseUrl,
    folder: TempDir,
    runtime: Runtime,
}

/// What an import has said.
pub(crate) struct Said {
    pub(crate) result: Result<Imported, ImportError>,
    /// Every refused line: its number and the reason.
    pub(crate) refused: Vec<String>,
    /// What the progress counted last.
    pub(crate) lines: u64,
}

impl Said {
    /// The counts of an import that refused nothing.
    #[track_caller]
    pub(crate) fn imported(self) -> Imported {
        assert_eq!(self.refused, [""; 0]);
        self.result.unwrap()
    }
}

impl Platform {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(DatabaseUrl::sqlite(&folder.path().join("marketpass.db")), folder)
    }

    pub(crate) fn on_postgres() -> Self {
        Self::on(Postgres::shared().create_database().parse().unwrap(), tempfile::tempdir().unwrap())
    }

    fn on(url: DatabaseUrl, folder: TempDir) -> Self {
        Store::migrate(&url).unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { clock: Arc::new(ManualClock::at(NOON)), url, folder, runtime }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Use cases as a command of a process of its own has them.
    pub(crate) fn service(&self, seed: u64) -> Service {
        self.service_with(seed, &[1])
    }

    /// The first pepper is the current one.
    pub(crate) fn service_with(&self, seed: u64, numbers: &[u8]) -> Service {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::new(SeededEntropy::new(seed)));
        let store = Store::open(&self.url).unwrap();
        Service::new(ServiceParts {
            store,
            peppers: peppers(numbers),
            format: TokenFormat::default(),
            clock,
            entropy,
            mailer: None,
            public_url: "http://localhost:8080".to_owned(),
            sign_up: SignUp::Closed,
        })
    }

    pub(crate) fn node(&self) -> Node {
        let options = NodeOptions {
            store: Store::open(&self.url).unwrap(),
            folder: self.folder.path().to_owned(),
            peppers: Arc::new(|| Ok(peppers(&[1]))),
            format: TokenFormat::default(),
            limits_scale: 1.0,
            standard_headers: false,
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::new(SeededEntropy::new(99)),
            mailer: None,
            public_url: "http://localhost:8080".to_owned(),
            sign_up: SignUp::Closed,
        };
        self.wait(Node::start(options)).unwrap()
    }

    /// Imports with a new process.
    pub(crate) fn import(&self, lines: &[Value]) -> Said {
        self.import_text(text(lines).into_bytes())
    }

    pub(crate) fn import_text(&self, text: Vec<u8>) -> Said {
        self.import_with(&self.service(1), Cursor::new(text), None)
    }

    pub(crate) fn import_with(
        &self,
        service: &Service,
        lines: impl BufRead + Send + 'static,
        tokens_out: Option<File>,
    ) -> Said {
        let (mut refused, mut done) = (Vec::new(), 0);
        let result = self.wait(service.import(Actor::Operator, lines, tokens_out, |progress| {
            refused.extend(progress.refused.iter().map(ToString::to_string));
            done = progress.lines;
        }));
        Said { result, refused, lines: done }
    }

    pub(crate) fn keys(&self, business: i64) -> Vec<ApiKey> {
        self.wait(self.service(9).list_api_keys(Actor::Operator, id(business))).unwrap()
    }

    pub(crate) fn staff(&self, business: i64) -> Vec<(Login, Member)> {
        self.wait(self.service(9).list_members(id(business))).unwrap()
    }

    pub(crate) fn businesses(&self) -> usize {
        self.wait(self.service(9).list_businesses()).unwrap().len()
    }

    /// The number of the newest event: it stands still when nothing is changed.
    pub(crate) fn events(&self) -> i64 {
        let service = self.service(9);
        let cursor = self.wait(service.store().read("end_of_log", event_log::Cursor::at_end));
        cursor.unwrap().position()
    }

    pub(crate) fn tokens_out(&self) -> File {
        let path = self.path("tokens.jsonl");
        OpenOptions::new().create(true).read(true).append(true).open(path).unwrap()
    }
}

pub(crate) fn peppers(numbers: &[u8]) -> Peppers {
    let mut all: Vec<_> = numbers.iter().map(|n| Pepper::from_material(u32::from(*n), [*n; 32])).collect();
    let current = all.remove(0);
    Peppers::new(current, all)
}

pub(crate) fn id(number: i64) -> BusinessId {
    BusinessId::new(number).unwrap()
}

/// A well-formed token, the same for the same number.
pub(crate) fn token(number: u64) -> String {
    TokenFormat::default().generate(&SeededEntropy::new(1_000_000 + number)).expose().to_owned()
}

pub(crate) fn text(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

pub(crate) fn account(login: &str) -> Value {
    json!({"account": {"login": login, "email": format!("{login}@example.org"), "password_hash": HASH}})
}

pub(crate) fn business(id: i64) -> Value {
    json!({"business": {"id": id, "name": format!("Shop {id}"), "owner": "olga"}})
}

pub(crate) fn campaign(id: i64, business: i64) -> Value {
    json!({"campaign": {"id": id, "business_id": business, "name": format!("Store {id}")}})
}

/// With a token of its own.
pub(crate) fn key(business: i64, name: &str, number: u64) -> Value {
    json!({"key": {"business_id": business, "name": name, "scopes": ["pricing"], "token": token(number)}})
}

pub(crate) fn key_without_token(business: i64, name: &str) -> Value {
    json!({"key": {"business_id": business, "name": name, "scopes": ["pricing"]}})
}

/// An owner, two businesses, and a store in each.
pub(crate) fn foundation() -> Vec<Value> {
    vec![account("olga"), business(1), business(2), campaign(10, 1), campaign(20, 2)]
}
