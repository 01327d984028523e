//! `bench create`: durable key creation from 64 callers in one process, against a bare program that commits the same
//! rows in groups with the same durability.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use mp_domain::api_key::KeyGrant;
use mp_domain::business::Subscription;
use mp_domain::event::Actor;
use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_domain::key_token::TokenFormat;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::scope::ScopeSet;
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::{Clock, Timestamp};
use mp_service::accounts::NewAccount;
use mp_service::businesses::NewBusiness;
use mp_service::{Node, NodeOptions, SignUp};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::SeededEntropy;
use rusqlite::Connection;

use crate::report::{Report, median};

const CALLERS: u64 = 64;
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
/// Enough that no cabinet gets more than thirty keys in a round.
const BUSINESSES: i64 = 20_000;

/// Measures both programs in turn, each on a fresh copy of the same database.
pub(crate) fn run() -> Result<Report, String> {
    let folder = tempfile::tempdir_in(".").map_err(|error| error.to_string())?;
    let template = folder.path().join("template");
    std::fs::create_dir(&template).map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(fill(&template))?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let copy = |name: &str| copy_of(&template, &folder.path().join(format!("{name}-{round}")));
        bare.push(run_bare(&copy("bare")?)?);
        ours.push(runtime.block_on(run_ours(&copy("ours")?))?);
    }
    let (ours, bare) = (median(ours), median(bare));
    let mut report = Report::default();
    report.add("bare_keys_per_second", bare, "");
    report.add("marketpass_keys_per_second", ours, "");
    report.add("ratio", ours / bare, "");
    Ok(report)
}

/// The time as the machine tells it.
struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "a measurement of the real program runs in real time")]
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(0))
    }
}

fn url(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::sqlite(&folder.join("marketpass.db"))
}

async fn node(folder: &Path, seed: u64) -> Result<Node, String> {
    let peppers = Peppers::new(Pepper::from_material(1, [1; 32]), Vec::new());
    let options = NodeOptions {
        store: Store::open(&url(folder)).map_err(|error| error.to_string())?,
        folder: folder.to_owned(),
        peppers: Arc::new(move || Ok(peppers.clone())),
        format: TokenFormat::default(),
        limits_scale: 1.0,
        standard_headers: false,
        clock: Arc::new(MachineClock),
        entropy: Arc::new(SeededEntropy::new(seed)),
        mailer: None,
        public_url: "http://localhost:8080".to_owned(),
        sign_up: SignUp::Closed,
    };
    Node::start(options).await.map_err(|error| error.to_string())
}

/// Makes the cabinets.
async fn fill(folder: &Path) -> Result<(), String> {
    Store::migrate(&url(folder)).map_err(|error| error.to_string())?;
    let node = node(folder, 1).await?;
    let service = node.service();
    let parsed = |text: &str| text.parse().map_err(|_| text.to_owned());
    let (login, password) = (parsed("owner")?, PlainSecret::new("a long password".to_owned()));
    let email = "owner@example.org".parse().map_err(|_| "owner@example.org".to_owned())?;
    let owner = NewAccount { login, email, name: None, password };
    let owner =
        service.create_account(Actor::Operator, owner).await.map_err(|error| error.to_string())?.login;
    let name = Name::new("Shop").map_err(|error| error.to_string())?;
    let mut making = tokio::task::JoinSet::new();
    for number in 1..=BUSINESSES {
        let (service, owner, name) = (service.clone(), owner.clone(), name.clone());
        let id = BusinessId::new(number).ok();
        let new = NewBusiness { id, name, owner, subscription: Subscription::None, kind: SellerKind::Seller };
        making.spawn(async move { service.create_business(Actor::Operator, new).await });
    }
    while let Some(made) = making.join_next().await {
        made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    }
    node.stop().await;
    Ok(())
}

fn copy_of(template: &Path, to: &Path) -> Result<std::path::PathBuf, String> {
    std::fs::create_dir(to).map_err(|error| error.to_string())?;
    mp_store::copy::backup(&url(template), &to.join("marketpass.db")).map_err(|error| error.to_string())?;
    Ok(to.to_owned())
}

/// Spreads creations over the cabinets.
fn next_business(counter: &AtomicU64) -> BusinessId {
    let number = counter.fetch_add(1, Ordering::Relaxed) % BUSINESSES.cast_unsigned() + 1;
    BusinessId::new(number.cast_signed()).expect("positive by construction")
}

async fn run_ours(folder: &Path) -> Result<f64, String> {
    let node = node(folder, 2).await?;
    let (counter, made, began) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Instant::now());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (service, counter, made) = (node.service().clone(), Arc::clone(&counter), Arc::clone(&made));
        callers.spawn(async move {
            while began.elapsed() < ROUND {
                let number = made.load(Ordering::Relaxed) + counter.load(Ordering::Relaxed);
                let grant = KeyGrant {
                    name: Name::new(&format!("Integration {number}")).map_err(|error| error.to_string())?,
                    scopes: ScopeSet::ALL,
                    campaigns: Vec::new(),
                    networks: Networks::default(),
                    expires_at: None,
                };
                let created = service.create_api_key(Actor::Operator, next_business(&counter), grant).await;
                created.map_err(|error| error.to_string())?;
                made.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), String>(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.map_err(|error| error.to_string())??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred thousand")]
    let per_second = made.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    node.stop().await;
    Ok(per_second)
}

/// A row to insert, and where to say that it is committed.
struct Row {
    id: ApiKeyId,
    business: BusinessId,
    name: String,
    digest: [u8; 16],
    done: Sender<()>,
}

/// The least that could be done: one thread takes what waits, inserts key and event, commits, and says so.
fn run_bare(folder: &Path) -> Result<f64, String> {
    let connection = open_bare(folder).map_err(|error| error.to_string())?;
    let (rows, waiting) = unbounded::<Row>();
    let committing = std::thread::spawn(move || commit_groups(&connection, &waiting));
    let (counter, made, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (rows, counter, made, stop) = (rows.clone(), &counter, &made, &stop);
            scope.spawn(move || create_bare(caller, &rows, counter, made, stop));
        }
        std::thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
    });
    #[expect(clippy::cast_precision_loss, reason = "a few hundred thousand")]
    let per_second = made.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    drop(rows);
    committing.join().expect("committing does not panic").map_err(|error| error.to_string())?;
    Ok(per_second)
}

fn create_bare(caller: u64, rows: &Sender<Row>, counter: &AtomicU64, made: &AtomicU64, stop: &AtomicBool) {
    use mp_domain::entropy::Entropy;
    let entropy = SeededEntropy::new(caller + 100);
    let (done, committed) = bounded(1);
    while !stop.load(Ordering::Relaxed) {
        let mut digest = [0; 16];
        entropy.fill(&mut digest);
        let (id, business) = (ApiKeyId::generate(MachineClock.now(), &entropy), next_business(counter));
        let name = format!("Integration {}", counter.load(Ordering::Relaxed));
        if rows.send(Row { id, business, name, digest, done: done.clone() }).is_err()
            || committed.recv().is_err()
        {
            return;
        }
        made.fetch_add(1, Ordering::Relaxed);
    }
}

fn open_bare(folder: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(folder.join("marketpass.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    Ok(connection)
}

fn commit_groups(connection: &Connection, waiting: &Receiver<Row>) -> rusqlite::Result<()> {
    let mut insert_key = connection.prepare(
        "INSERT INTO api_key (id, business_id, name, digest, pepper, scopes, created_at, created_by) \
         VALUES (?1, ?2, ?3, ?4, 1, 16383, ?5, 'operator')",
    )?;
    let mut insert_event = connection.prepare(
        "INSERT INTO event (at, actor, kind, subject, business_id, detail) \
         VALUES (?1, 'operator', 'api_key.created', ?2, ?3, ?4)",
    )?;
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(255));
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for Row { id, business, name, digest, .. } in &group {
            let now = MachineClock.now().micros();
            insert_key.execute((id.as_bytes(), business.number(), name, digest, now))?;
            insert_event.execute((now, format!("api_key:{id}"), business.number(), name))?;
        }
        connection.execute_batch("COMMIT")?;
        for row in group {
            // A caller that has stopped does not mind.
            let _ = row.done.send(());
        }
    }
    Ok(())
}
