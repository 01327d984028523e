//! What every use case stands on: the store, the clock, randomness, the peppers.
//!
//! Owns the way a use case commits: its transaction, its event, and the wait until its effect is in force here. The use
//! cases themselves are in the modules named after what they change.

use std::sync::Arc;

use arc_swap::ArcSwap;
use mp_domain::entropy::Entropy;
use mp_domain::event::{Actor, Event, EventKind, Subject};
use mp_domain::ids::BusinessId;
use mp_domain::key_token::TokenFormat;
use mp_domain::secret::Peppers;
use mp_domain::time::{Clock, Timestamp};
use mp_store::{Store, StoreError, Tx, event_log};

use crate::feed::Feed;
use crate::passwords::Passwords;

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) peppers: Arc<ArcSwap<Peppers>>,
    pub(crate) format: TokenFormat,
    pub(crate) passwords: Passwords,
    /// Present in a running server: a use case's effect is awaited. Absent in a command, which has no checks.
    pub(crate) feed: Option<Feed>,
}

impl Service {
    /// Use cases on a database, for a process that checks nothing.
    #[must_use]
    pub fn new(
        store: Store,
        peppers: Peppers,
        format: TokenFormat,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let peppers = Arc::new(ArcSwap::from_pointee(peppers));
        Self { store, clock, entropy, peppers, format, passwords: Passwords::default(), feed: None }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Runs a named transaction and waits until its effect is in force on this node.
    pub(crate) async fn commit<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let done = self.store.write(name, work).await?;
        if let Some(feed) = &self.feed {
            feed.catch_up().await;
        }
        Ok(done)
    }

    /// The beginning of an event: who does something now.
    pub(crate) fn record(&self, actor: Actor) -> Recorder {
        Recorder { at: self.clock.now(), actor }
    }
}

/// Appends the events of one use case.
#[derive(Clone, Copy)]
pub(crate) struct Recorder {
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor,
}

impl Recorder {
    pub(crate) fn append(
        self,
        tx: &mut Tx<'_>,
        kind: EventKind,
        subject: Subject,
        business_id: Option<BusinessId>,
        detail: impl Into<String>,
    ) -> Result<(), StoreError> {
        let detail = detail.into();
        event_log::append(tx, &Event { at: self.at, actor: self.actor, kind, subject, business_id, detail })
    }
}
