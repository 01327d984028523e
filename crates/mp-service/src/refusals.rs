//! Refusals of known credentials: kept for their owners, who find them by their trace (product.md §5).
//!
//! Owns the notes until they are written, and how many there may be. Must never be asked on the way of a call that is let
//! in, never wait, and never grow with a flood: what does not fit is counted.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::denial::{Holder, Refusal};
use mp_domain::ids::BusinessId;
use mp_domain::operation::Operation;
use mp_domain::refusal_note::{Excerpt, RefusalNote};
use mp_domain::time::Timestamp;
use mp_domain::trace::TraceId;
use mp_store::refusal;
use mp_store::{Store, StoreError, account, business};
use parking_lot::Mutex;

pub use mp_store::refusal::{Finder, ListedRefusal, NamedCaller, Wanted};

use crate::enforcer::Enforcer;
use crate::service::Service;

/// How many notes of one credential wait at most; of further ones only the number is kept.
const MOST_OF_ONE: u32 = 10;
/// How many notes wait at most: as many as one batch may write without holding up other writers.
const MOST_WAITING: usize = 500;
/// How many refusals of a cabinet or a person are kept.
const MOST_KEPT: i64 = 1000;
/// How long a refusal is kept.
pub(crate) const KEPT: Duration = Duration::from_secs(7 * 86_400);

/// How a request was called and what its caller was told: what the decision does not know.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The trace that the answer names.
    pub trace: Option<TraceId>,
    /// What was called.
    pub operation: &'a Operation,
    /// How its path was spelled, without the query.
    pub path: &'a str,
    /// By whom.
    pub from: IpAddr,
    /// What the answer says.
    pub message: &'a str,
}

/// Whose refusals to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalsOf {
    /// Those of a cabinet's keys, and of people who addressed it.
    Business(BusinessId),
    /// Those of a person's tokens.
    Account(Login),
}

/// Why nothing is listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusalsError {
    /// No such cabinet.
    #[error("there is no business {0}: `marketpass business list` shows them all")]
    UnknownBusiness(BusinessId),
    /// Nobody has the login.
    #[error("there is no account with the login {0}: `marketpass account list` shows them all")]
    UnknownLogin(Login),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The notes that wait.
#[derive(Default)]
pub(crate) struct Refusals {
    waiting: Mutex<Waiting>,
    left_out: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    notes: Vec<RefusalNote>,
    /// How many notes there are of a credential, and where the last one is.
    of: HashMap<Holder, (u32, usize)>,
}

impl Waiting {
    /// Takes a note if there is room for one more of its credential; else says so to the last one there is.
    fn take(&mut self, holder: Holder, note: impl FnOnce() -> RefusalNote) -> bool {
        let known = self.of.get(&holder).copied();
        let is_full = self.notes.len() >= MOST_WAITING;
        match known {
            Some((count, last)) if is_full || count >= MOST_OF_ONE => {
                self.notes[last].more = self.notes[last].more.saturating_add(1);
                false
            }
            None if is_full => false,
            known => {
                self.of.insert(holder, (known.map_or(1, |(count, _)| count + 1), self.notes.len()));
                self.notes.push(note());
                true
            }
        }
    }
}

impl Refusals {
    /// Notes a refusal.
    fn note(&self, refusal: &Refusal, told: &Told<'_>, now: Timestamp) {
        let Some(holder) = refusal.holder else { return };
        let kept = self.waiting.lock().take(holder, || RefusalNote {
            at: now,
            trace: told.trace,
            holder,
            business: refusal.business,
            operation: told.operation.id.to_owned(),
            verb: told.operation.verb.to_string(),
            path: Excerpt::of(told.path),
            address: told.from,
            reason: refusal.denial.reason().to_owned(),
            message: Excerpt::of(told.message),
            accesses: told.operation.any_of,
            limit: RefusalNote::limit_of(refusal.budget),
            more: 0,
        });
        if !kept {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many were refused and not kept since the start.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Writes what waits.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let taken = Taken::from(self);
        if taken.notes.is_empty() {
            return Ok(());
        }
        let notes = Arc::clone(&taken.notes);
        store
            .write("record_refusals", move |tx| -> Result<(), StoreError> {
                notes.iter().try_for_each(|note| refusal::insert(tx, note))?;
                finders(&notes).try_for_each(|finder| refusal::keep_newest(tx, finder, MOST_KEPT))
            })
            .await?;
        taken.are_written();
        Ok(())
    }
}

/// Whose newest are kept, each once.
fn finders(notes: &[RefusalNote]) -> impl Iterator<Item = Finder> {
    let finder = |note: &RefusalNote| match (note.business, note.holder) {
        (Some(id), _) => Some(Finder::Business(id)),
        (None, Holder::Token { account_id, .. }) => Some(Finder::Account(account_id)),
        (None, Holder::Key(_)) => None,
    };
    notes.iter().filter_map(finder).collect::<HashSet<_>>().into_iter()
}

/// Notes on their way to the database. Unless they arrive, they go back to those that wait.
struct Taken<'a> {
    notes: Arc<Vec<RefusalNote>>,
    home: &'a Refusals,
}

impl<'a> From<&'a Refusals> for Taken<'a> {
    fn from(home: &'a Refusals) -> Self {
        let Waiting { notes, .. } = std::mem::take(&mut *home.waiting.lock());
        Self { notes: Arc::new(notes), home }
    }
}

impl Taken<'_> {
    fn are_written(mut self) {
        self.notes = Arc::default();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.notes.is_empty() {
            return;
        }
        let mut waiting = self.home.waiting.lock();
        let since = std::mem::take(&mut *waiting);
        for note in self.notes.iter().chain(&since.notes) {
            let kept = waiting.take(note.holder, || note.clone());
            self.home.left_out.fetch_add(u64::from(!kept), Ordering::Relaxed);
        }
    }
}

impl Enforcer {
    /// Keeps a refusal for the owner of the credential, if it has one. Whoever tells a caller of a refusal calls this.
    pub fn note_refusal(&self, refusal: &Refusal, told: &Told<'_>) {
        self.refusals.note(refusal, told, self.clock.now());
    }
}

impl Service {
    /// The refusals that the operator looks for, the newest first.
    pub async fn list_refusals(
        &self,
        of: RefusalsOf,
        wanted: Wanted,
    ) -> Result<Vec<ListedRefusal>, RefusalsError> {
        let listed = self.store.read("list_refusals", move |conn| {
            let finder = match of {
                RefusalsOf::Business(id) => {
                    if business::find(conn, id)?.is_none() {
                        return Ok(Err(RefusalsError::UnknownBusiness(id)));
                    }
                    Finder::Business(id)
                }
                RefusalsOf::Account(login) => match account::find(conn, &login)? {
                    Some(person) => Finder::Account(person.id),
                    None => return Ok(Err(RefusalsError::UnknownLogin(login))),
                },
            };
            refusal::list(conn, finder, wanted).map(Ok)
        });
        listed.await?
    }

    /// The refusals that somebody may find, the newest first. Who may is the business of whoever asks.
    pub async fn find_refusals(&self, by: Finder, wanted: Wanted) -> Result<Vec<ListedRefusal>, StoreError> {
        self.store.read("find_refusals", move |conn| refusal::list(conn, by, wanted)).await
    }
}
