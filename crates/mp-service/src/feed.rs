//! Following the event log: whatever changed, on this node or another, is read again into the directory.
//!
//! Owns the one way by which changes reach the check. A use case of this process asks it to catch up and waits, so its
//! effect is in force when it is acknowledged; changes of other processes are found by looking ten times a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mp_domain::event::Subject;
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use mp_domain::time::{Clock, Timestamp};
use mp_store::event_log::{Change, Cursor};
use mp_store::{Conn, Store, StoreError, grant};
use parking_lot::Mutex;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::directory::Directory;

/// A change of another process is in force within a second (product.md §5); this leaves time for the reading.
const PAUSE: Duration = Duration::from_millis(100);
/// More waiting use cases than this are answered in several rounds.
const MOST_AT_ONCE: usize = 1024;
/// How long a use case waits for its own change to be in force before it says so anyway.
const PATIENCE: Duration = Duration::from_secs(2);

/// A handle for asking the feed to catch up.
#[derive(Clone)]
pub(crate) struct Feed {
    requests: mpsc::UnboundedSender<oneshot::Sender<()>>,
    state: Arc<FeedState>,
    changes: broadcast::Sender<Changes>,
}

/// What changed, in the order in which it is in force.
pub type Changes = Arc<[Subject]>;

/// More batches of changes than this make a listener that fell behind start anew.
const MOST_UNHEARD: usize = 256;

/// What is in force by now, for whoever keeps a memory of their own.
#[derive(Clone)]
pub struct ChangeFeed {
    feed: Feed,
    clock: Arc<dyn Clock>,
}

impl ChangeFeed {
    /// Everything that changes from now on, after it is in force here.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Changes> {
        self.feed.changes.subscribe()
    }

    /// How long ago the log was last read to its end.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.feed.state.age(&*self.clock)
    }
}

pub(crate) struct FeedState {
    /// When the log was last read to its end, in microseconds since the epoch.
    caught_up_at: AtomicI64,
    position: AtomicI64,
    trouble: Mutex<Option<String>>,
}

impl FeedState {
    pub(crate) fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }

    /// How long ago the log was last read to its end.
    pub(crate) fn age(&self, clock: &dyn Clock) -> Duration {
        let read = Timestamp::from_micros(self.caught_up_at.load(Ordering::Relaxed));
        clock.now().since(read)
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }
}

/// Where the following is, and what it has read but not yet applied.
struct Progress {
    changes: broadcast::Sender<Changes>,
    cursor: Cursor,
    unapplied: Vec<Change>,
}

/// What a follower needs.
pub(crate) struct Follower {
    pub(crate) store: Store,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Called when the server's secrets changed.
    pub(crate) secrets_changed: Box<dyn Fn() + Send + Sync>,
}

impl Feed {
    /// Begins to follow from `cursor`. Ends when the last handle is dropped.
    pub(crate) fn start(follower: Follower, cursor: Cursor) -> Self {
        let (requests, waiting) = mpsc::unbounded_channel();
        let state = Arc::new(FeedState {
            caught_up_at: AtomicI64::new(follower.clock.now().micros()),
            position: AtomicI64::new(cursor.position()),
            trouble: Mutex::default(),
        });
        let (changes, _) = broadcast::channel(MOST_UNHEARD);
        let progress = Progress { changes: changes.clone(), cursor, unapplied: Vec::new() };
        tokio::spawn(follow(follower, Arc::new(Mutex::new(progress)), Arc::clone(&state), waiting));
        Self { requests, state, changes }
    }

    /// The same for whoever keeps a memory of their own.
    pub(crate) fn changes(&self, clock: Arc<dyn Clock>) -> ChangeFeed {
        ChangeFeed { feed: self.clone(), clock }
    }

    pub(crate) fn state(&self) -> &FeedState {
        &self.state
    }

    /// Waits until everything committed before this call is in force here. Gives up after a while: the change is
    /// committed in any case, and the feed goes on trying.
    pub(crate) async fn catch_up(&self) {
        let (done, caught_up) = oneshot::channel();
        if self.requests.send(done).is_ok() {
            let _ = tokio::time::timeout(PATIENCE, caught_up).await;
        }
    }
}

async fn follow(
    follower: Follower,
    progress: Arc<Mutex<Progress>>,
    state: Arc<FeedState>,
    mut requests: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
) {
    let mut waiting = Vec::new();
    loop {
        // Everybody who asked before the reading begins is answered by it.
        if let Ok(0) = tokio::time::timeout(PAUSE, requests.recv_many(&mut waiting, MOST_AT_ONCE)).await {
            return;
        }
        match read_once(&follower, &progress, &state).await {
            Ok(()) => {
                *state.trouble.lock() = None;
                for done in waiting.drain(..) {
                    // Whoever gave up waiting does not mind.
                    let _ = done.send(());
                }
            }
            Err(error) => {
                if state.trouble.lock().replace(error.to_string()).is_none() {
                    tracing::error!(%error, "changes cannot be followed; checks go on with what is known");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn read_once(
    follower: &Follower,
    progress: &Arc<Mutex<Progress>>,
    state: &FeedState,
) -> Result<(), StoreError> {
    let began = follower.clock.now();
    let (directory, progress) = (Arc::clone(&follower.directory), Arc::clone(progress));
    let read = move |conn: &mut Conn| progress.lock().read_to_end(conn, &directory, began);
    let (position, secrets_changed) = follower.store.read("follow_events", read).await?;
    state.position.store(position, Ordering::Relaxed);
    state.caught_up_at.store(began.micros(), Ordering::Relaxed);
    if secrets_changed {
        (follower.secrets_changed)();
    }
    Ok(())
}

impl Progress {
    /// Reads and applies until nothing is left. Says where it is, and whether the server's secrets changed.
    fn read_to_end(
        &mut self,
        conn: &mut Conn,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<(i64, bool), StoreError> {
        let mut secrets_changed = false;
        loop {
            self.unapplied.extend(self.cursor.poll(conn)?);
            if self.unapplied.is_empty() {
                return Ok((self.cursor.position(), secrets_changed));
            }
            secrets_changed |= Stale::of(&self.unapplied).refresh(conn, directory, now)?;
            // Nobody may be listening.
            let _ = self.changes.send(subjects(&self.unapplied));
            self.unapplied.clear();
        }
    }
}

/// What the changes name. With a store its cabinet changes, too.
fn subjects(changes: &[Change]) -> Changes {
    let cabinet = |change: &Change| match change.subject {
        Some(Subject::Campaign(_)) => change.business_id.map(Subject::Business),
        _ => None,
    };
    changes.iter().flat_map(|change| change.subject.into_iter().chain(cabinet(change))).collect()
}

/// What the changes name, each once.
#[derive(Default)]
struct Stale {
    keys: BTreeSet<ApiKeyId>,
    businesses: BTreeSet<BusinessId>,
    stores: BTreeSet<CampaignId>,
    people: BTreeSet<AccountId>,
    clients: BTreeSet<ClientId>,
    grants: BTreeSet<GrantId>,
    catalog: bool,
    secrets: bool,
}

impl Stale {
    fn of(changes: &[Change]) -> Self {
        let mut stale = Self::default();
        for change in changes {
            match change.subject {
                Some(Subject::ApiKey(id)) => drop(stale.keys.insert(id)),
                Some(Subject::Campaign(id)) => {
                    stale.stores.insert(id);
                    stale.businesses.extend(change.business_id);
                }
                Some(Subject::Business(id)) => drop(stale.businesses.insert(id)),
                Some(Subject::Account(id)) => drop(stale.people.insert(id)),
                Some(Subject::Client(id)) => drop(stale.clients.insert(id)),
                Some(Subject::Grant(id)) => drop(stale.grants.insert(id)),
                Some(Subject::Catalog) => stale.catalog = true,
                Some(Subject::Server) => stale.secrets = true,
                None => {}
            }
        }
        stale
    }

    /// Reads all of it again. Says whether the server's secrets changed.
    fn refresh(mut self, conn: &mut Conn, directory: &Directory, now: Timestamp) -> Result<bool, StoreError> {
        if self.catalog {
            directory.refresh_rules(conn)?;
        }
        self.keys.into_iter().try_for_each(|id| directory.refresh_key(conn, id))?;
        self.businesses.into_iter().try_for_each(|id| directory.refresh_business(conn, id))?;
        self.stores.into_iter().try_for_each(|id| directory.stores.refresh(conn, id))?;
        self.clients.into_iter().try_for_each(|id| directory.tokens.refresh_client(conn, id))?;
        let read = |id| grant::token_of(conn, id).transpose();
        let tokens = self.grants.into_iter().filter_map(read).collect::<Result<Vec<_>, _>>()?;
        // Whoever gets their first token is remembered from now on: before the token, which is nothing without them.
        self.people.extend(tokens.iter().map(|token| token.account_id));
        self.people.into_iter().try_for_each(|id| directory.people.refresh(conn, id, now))?;
        for token in &tokens {
            directory.tokens.put(token);
        }
        Ok(self.secrets)
    }
}
