//! A running server: the check, the use cases, and what goes on in the background.
//!
//! Owns starting and stopping in the right order. Must never know how requests come in.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use mp_domain::entropy::Entropy;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{ApiKeyId, GrantId};
use mp_domain::key_token::TokenFormat;
use mp_domain::secret::Peppers;
use mp_domain::time::{Clock, Timestamp};
use mp_store::event_log::Cursor;
use mp_store::{Store, StoreError, TransactionTiming, api_key, grant, health};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::counter_keeper::{CounterKeeper, restore};
use crate::directory::Directory;
use crate::enforcer::{Enforcer, Repepper, Whose};
use crate::feed::{ChangeFeed, Feed, Follower};
use crate::limiter::Limiter;
use crate::mailer::Mailer;
use crate::peppers::PepperError;
use crate::service::{Service, ServiceParts};
use crate::shadow::ShadowGauges;
use crate::sign_up::SignUp;
use crate::staging::{Stage, Staged};
use crate::upkeep::upkeep;

/// A write that waits longer than this has met a lock or a disk that hangs.
const LONGEST_WRITE: Duration = Duration::from_secs(2);
/// How often last uses are written and the database is proven to be writable.
const ROUND: Duration = Duration::from_secs(2);
/// All servers share one heartbeat: it proves that something can be written, not who is alive.
const HEART: &str = "server";
/// Changes must be in force within a second (product.md §5); a feed older than this is not keeping the promise.
const OLDEST_FEED: Duration = Duration::from_secs(1);

/// Where the peppers are read from, again after a rotation. The error is a sentence for the operator.
pub type PepperSource = Arc<dyn Fn() -> Result<Peppers, String> + Send + Sync>;

/// What a node is made of.
pub struct NodeOptions {
    /// An up-to-date database.
    pub store: Store,
    /// Where the limit counters are kept.
    pub folder: PathBuf,
    /// Where the peppers are.
    pub peppers: PepperSource,
    /// How tokens look.
    pub format: TokenFormat,
    /// Multiplies every limit; 1 for production.
    pub limits_scale: f64,
    /// Whether limits are told in the headers of the IETF's draft, too (`[limits] standard_headers`).
    pub standard_headers: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets and ids.
    pub entropy: Arc<dyn Entropy>,
    /// How letters are sent; `None` where no mail is configured.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Under which address people reach the server: scheme and host, perhaps a port, without a slash at the end.
    pub public_url: String,
    /// Who may register themselves.
    pub sign_up: SignUp,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The secrets could not be read.
    #[error("{0}")]
    Secrets(String),
    /// Secrets and database do not fit together.
    #[error(transparent)]
    Pepper(#[from] PepperError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The limit counters could not be read.
    #[error("the limit counters cannot be used: {0}")]
    Counters(#[from] io::Error),
}

/// Whether the node keeps its promises right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Ready,
    /// It does not, for these reasons; checks go on with what is known.
    NotReady(Vec<String>),
}

/// Numbers for `/metrics`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauges {
    /// Secrets in memory, those of deleted keys included.
    pub secrets: usize,
    /// OAuth tokens in memory, one for every grant there ever was.
    pub tokens: usize,
    /// Limit counters in memory.
    pub limit_counters: usize,
    /// Parallel slots that are taken.
    pub slots_taken: u64,
    /// Refusals of known credentials that were not kept for their owners, since the start.
    pub refusals_left_out: u64,
    /// What the rules on trial say on this node; `None` while nothing is on trial.
    pub shadow: Option<ShadowGauges>,
    /// What `[limits] scale` is.
    pub limits_scale: f64,
    /// The number of the newest event in force.
    pub event_position: i64,
    /// How long ago the event log was last read to its end.
    pub feed_age: Duration,
    /// Store time by transaction name.
    pub transactions: Vec<(&'static str, TransactionTiming)>,
}

/// A running server without its listeners.
pub struct Node {
    enforcer: Arc<Enforcer>,
    service: Service,
    feed: Feed,
    counters: CounterKeeper,
    writing: Arc<Writing>,
    background: Mutex<Vec<JoinHandle<()>>>,
    limits_scale: f64,
}

impl Node {
    /// Reads everything and begins to follow changes. Afterwards every check is answered from memory.
    pub async fn start(options: NodeOptions) -> Result<Self, NodeError> {
        Self::begin(options, None).await
    }

    /// The same for a demonstration or a test, which stages what it wants to see. Nothing can be staged of a node that
    /// was merely started.
    pub async fn start_on_stage(options: NodeOptions) -> Result<(Self, Stage), NodeError> {
        let staged = Arc::<Staged>::default();
        let node = Self::begin(options, Some(Arc::clone(&staged))).await?;
        let stage = Stage { enforcer: Arc::clone(&node.enforcer), staged, feed: node.feed.clone() };
        Ok((node, stage))
    }

    async fn begin(options: NodeOptions, staged: Option<Arc<Staged>>) -> Result<Self, NodeError> {
        let peppers = (options.peppers)().map_err(NodeError::Secrets)?;
        let mut service = Service::new(ServiceParts {
            store: options.store.clone(),
            peppers,
            format: options.format,
            clock: Arc::clone(&options.clock),
            entropy: options.entropy,
            mailer: options.mailer,
            public_url: options.public_url,
            sign_up: options.sign_up,
        });
        service.register_peppers(Actor::System).await?;
        options.store.stay_small().await?;
        let (store, clock) = (options.store, options.clock);
        // The cursor comes first: what is committed during the loading is then read again by the feed.
        let cursor = store.read("place_cursor", Cursor::at_end).await?;
        let limiter = Limiter::new(options.limits_scale).telling_seconds(options.standard_headers);
        let journal = restore(&options.folder, &limiter, &*clock)?;
        let (repeppering, requests) = mpsc::channel(1024);
        let directory = Arc::new(load(&store, clock.now()).await?);
        let enforcer = Enforcer::new(&service, Arc::clone(&directory), limiter, repeppering);
        let enforcer = Arc::new(Enforcer { staged, ..enforcer });
        let secrets_changed = reload_peppers(options.peppers, Arc::clone(&service.peppers));
        let feed = Feed::start(Follower { store: store.clone(), directory, clock, secrets_changed }, cursor);
        service.feed = Some(feed.clone());
        let counters = CounterKeeper::start(Arc::clone(&enforcer), journal)?;
        let writing = Arc::default();
        let background = Mutex::new(vec![
            tokio::spawn(write_rounds(service.clone(), Arc::clone(&enforcer), Arc::clone(&writing))),
            tokio::spawn(repepper(service.clone(), requests)),
            tokio::spawn(upkeep(service.clone())),
        ]);
        let limits_scale = options.limits_scale;
        Ok(Self { enforcer, service, feed, counters, writing, background, limits_scale })
    }

    /// The check.
    #[must_use]
    pub fn enforcer(&self) -> &Arc<Enforcer> {
        &self.enforcer
    }

    /// The use cases, whose effects are in force here when they are acknowledged.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What is in force by now, for whoever keeps a memory of their own.
    #[must_use]
    pub fn changes(&self) -> ChangeFeed {
        self.feed.changes(Arc::clone(&self.service.clock))
    }

    /// Whether the node keeps its promises right now.
    #[must_use]
    pub fn health(&self) -> Health {
        let feed_age = self.feed.state().age(&*self.service.clock);
        let late = (feed_age > OLDEST_FEED)
            .then(|| format!("changes were last read {:.1} seconds ago", feed_age.as_secs_f64()));
        let written = self.writing.trouble(self.service.clock.now());
        let troubles = [self.feed.state().trouble(), late, written, self.counters.trouble()];
        let reasons: Vec<String> = troubles.into_iter().flatten().collect();
        if reasons.is_empty() { Health::Ready } else { Health::NotReady(reasons) }
    }

    /// Numbers for `/metrics`.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        Gauges {
            secrets: self.enforcer.directory.len(),
            tokens: self.enforcer.directory.tokens.len(),
            limit_counters: self.enforcer.limiter.len(),
            slots_taken: self.enforcer.slots.taken(),
            refusals_left_out: self.enforcer.refusals.left_out(),
            shadow: self.enforcer.said_on_trial(),
            limits_scale: self.limits_scale,
            event_position: self.feed.state().position(),
            feed_age: self.feed.state().age(&*self.service.clock),
            transactions: self.service.store.timings(),
        }
    }

    /// Writes down what is only in memory. Call it when no request is in flight any more.
    pub async fn stop(&self) {
        let background = std::mem::take(&mut *self.background.lock());
        for task in background {
            task.abort();
            // It may be in the middle of a writing, whose notes are back only when it has ended.
            let _ = task.await;
        }
        if let Err(error) = self.enforcer.write_notes(&self.service.store).await {
            tracing::warn!(%error, "the last uses of some keys and tokens, refusals of them, or what the rules on trial say, were not written");
        }
        tokio::task::block_in_place(|| self.counters.stop());
    }
}

/// Every key, read on a thread that may block: the driver of PostgreSQL refuses to connect on any other.
async fn load(store: &Store, now: Timestamp) -> Result<Directory, StoreError> {
    let store = store.clone();
    let loading = tokio::task::spawn_blocking(move || Directory::load(&store, now));
    loading.await.expect("loading neither panics nor is cancelled")
}

/// What the feed calls when another process has rotated the peppers.
fn reload_peppers(source: PepperSource, peppers: Arc<ArcSwap<Peppers>>) -> Box<dyn Fn() + Send + Sync> {
    Box::new(move || match source() {
        Ok(reloaded) => peppers.store(Arc::new(reloaded)),
        Err(error) => {
            tracing::error!(%error, "the peppers were rotated and cannot be read; the former ones stay in use");
        }
    })
}

/// How the last proof went that the database can be written.
#[derive(Default)]
struct Writing {
    trouble: Mutex<Option<String>>,
    /// Since when a proof has been waiting for the database, which may be held or hang.
    waiting_since: Mutex<Option<Timestamp>>,
}

impl Writing {
    fn trouble(&self, now: Timestamp) -> Option<String> {
        let waited = self.waiting_since.lock().map_or(Duration::ZERO, |since| now.since(since));
        let late = || format!("the database has not taken a change for {:.1} seconds", waited.as_secs_f64());
        self.trouble.lock().clone().or_else(|| (waited > LONGEST_WRITE).then(late))
    }
}

async fn write_rounds(service: Service, enforcer: Arc<Enforcer>, writing: Arc<Writing>) {
    loop {
        *writing.waiting_since.lock() = Some(service.clock.now());
        let outcome = write_round(&service, &enforcer).await;
        *writing.waiting_since.lock() = None;
        if let Err(error) = &outcome {
            tracing::error!(%error, "the database cannot be written; checks go on, changes are refused");
        }
        *writing.trouble.lock() = outcome.err().map(|error| error.to_string());
        tokio::time::sleep(ROUND).await;
    }
}

async fn write_round(service: &Service, enforcer: &Enforcer) -> Result<(), StoreError> {
    let now = service.clock.now();
    service.store.write("heartbeat", move |tx| health::heartbeat(tx, HEART, now)).await?;
    enforcer.write_notes(&service.store).await
}

async fn repepper(service: Service, mut requests: mpsc::Receiver<Repepper>) {
    while let Some(request) = requests.recv().await {
        let done = match request.whose {
            Whose::Key(id) => repepper_key(&service, id, &request).await,
            Whose::Grant(id) => repepper_token(&service, id, &request).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, whose = ?request.whose, "a secret could not be moved to the current pepper; its next use tries again");
        }
    }
}

async fn repepper_key(service: &Service, id: ApiKeyId, request: &Repepper) -> Result<(), StoreError> {
    let (record, old, new) = (service.record(Actor::System), request.old, request.new);
    service
        .commit("repepper_api_key", move |tx| {
            if api_key::repepper(tx, id, old, new)? {
                let business = api_key::find(tx, id)?.map(|key| key.business_id);
                record.append(tx, EventKind::ApiKeyRepeppered, Subject::ApiKey(id), business, "")?;
            }
            Ok(())
        })
        .await
}

async fn repepper_token(service: &Service, id: GrantId, request: &Repepper) -> Result<(), StoreError> {
    let (record, old, new) = (service.record(Actor::System), request.old, request.new);
    service
        .commit("repepper_token", move |tx| {
            if grant::repepper(tx, id, old, new)? {
                record.append(tx, EventKind::GrantRepeppered, Subject::Grant(id), None, "")?;
            }
            Ok(())
        })
        .await
}
