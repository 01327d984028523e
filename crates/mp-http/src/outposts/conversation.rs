//! One stream, from its first frame to its last.
//!
//! Owns the order of what is said: a change is told after every answer that does not know of it yet, and before every one
//! that was read after it. Must never keep a stream whose other side is silent.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use mp_domain::catalog::{Catalog, table};
use mp_domain::limit_entity::Counted;
use mp_domain::window::WindowEnd;
use mp_service::Changes;
use mp_stream::{
    About, BusinessAnswer, FrameReader, FromOutpost, KeyAnswer, Known, MOST_STORES, PersonAnswer,
    StoreAnswer, ToOutpost, TokenAnswer, VERSION,
};
use tokio::select;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Outposts;
use super::frames::Unheard;
use super::loans::{Outpost, Wanted};

/// An outpost that is silent for this long is gone.
const SILENCE: Duration = Duration::from_secs(3);

/// Why a stream ends.
enum End {
    /// The outpost has said everything it wanted to.
    Goodbye,
    /// It is gone, silent, or speaks another language.
    Lost,
}

impl From<Unheard> for End {
    fn from(_: Unheard) -> Self {
        Self::Lost
    }
}

pub(super) struct Conversation {
    outposts: Arc<Outposts>,
    number: u64,
    outpost: Arc<Outpost>,
    body: Body,
    changes: broadcast::Receiver<Changes>,
    /// What was told last of the catalogue.
    catalog: Option<&'static Catalog>,
    heard_at: Instant,
}

impl Conversation {
    pub(super) fn new(outposts: Arc<Outposts>, number: u64, outpost: Arc<Outpost>, body: Body) -> Self {
        let changes = outposts.parts.changes.listen();
        Self { outposts, number, outpost, body, changes, catalog: None, heard_at: Instant::now() }
    }

    /// Holds it to its end.
    pub(super) async fn hold(mut self) {
        let end = self.converse().await;
        self.outposts.end(self.number, matches!(end, Err(End::Lost)));
    }

    async fn converse(&mut self) -> Result<(), End> {
        self.welcome()?;
        let mut reader = FrameReader::default();
        let mut looks = interval(SILENCE / 3);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut closing, frames) = (self.outposts.closing.subscribe(), self.outpost.frames.clone());
        loop {
            select! {
                biased;
                // An error is a server that is gone.
                _ = closing.wait_for(|is_closing| *is_closing) => return Err(End::Lost),
                () = frames.closed() => return Err(End::Lost),
                change = self.changes.recv() => self.tell(change)?,
                _ = looks.tick() => if self.heard_at.elapsed() > SILENCE { return Err(End::Lost) },
                piece = self.body.frame() => {
                    let piece = piece.ok_or(End::Goodbye)?.map_err(|_| End::Lost)?;
                    let Ok(data) = piece.into_data() else { continue };
                    self.heard_at = Instant::now();
                    reader.feed(&data);
                    while let Some(frame) = reader.next_frame().map_err(|_| End::Lost)? {
                        self.hear(frame)?;
                    }
                }
            }
        }
    }

    fn welcome(&mut self) -> Result<(), End> {
        let enforcer = &self.outposts.parts.enforcer;
        let (limits_scale, tells_seconds) = enforcer.limits_told();
        let key_prefix = enforcer.key_prefix().to_owned();
        self.say(&ToOutpost::Welcome { version: VERSION, key_prefix, limits_scale, tells_seconds })?;
        self.tell_catalog()
    }

    fn say(&self, frame: &ToOutpost) -> Result<(), End> {
        Ok(self.outpost.frames.send(frame)?)
    }

    fn tell_catalog(&mut self) -> Result<(), End> {
        let current = self.outposts.parts.enforcer.catalog();
        if self.catalog.is_some_and(|told| std::ptr::eq(told, current)) {
            return Ok(());
        }
        self.catalog = Some(current);
        self.say(&ToOutpost::Catalog { table: table::print(current.operations()) })
    }

    fn tell(&mut self, change: Result<Changes, RecvError>) -> Result<(), End> {
        match change {
            Ok(subjects) => {
                let subjects = subjects.iter().map(|subject| (*subject).into()).collect();
                self.say(&ToOutpost::Changed { subjects })?;
            }
            Err(RecvError::Lagged(_)) => self.say(&ToOutpost::Forget)?,
            Err(RecvError::Closed) => return Err(End::Lost),
        }
        self.tell_catalog()
    }

    fn beat(&self, number: u64) -> Result<(), End> {
        let parts = &self.outposts.parts;
        let age = u64::try_from(parts.changes.age().as_micros()).unwrap_or(u64::MAX);
        self.say(&ToOutpost::Beat { number, now: parts.clock.now().micros(), age })
    }

    fn hear(&mut self, frame: FromOutpost) -> Result<(), End> {
        let account = &self.outpost.account;
        match frame {
            FromOutpost::Hello { version, name } => {
                tracing::info!(name, version, "a service has connected that decides for itself");
                if version != VERSION {
                    return Err(End::Lost);
                }
            }
            FromOutpost::Ask { question, about } => {
                let known = self.known(about);
                self.say(&ToOutpost::Answer { question, known })?;
            }
            FromOutpost::Borrow { question, counted, business, needed, wanted } => {
                let wanted = Wanted::Points { business, needed, wanted };
                self.lend(question, counted.read().map(|counted| (counted, wanted)))?;
            }
            FromOutpost::TakeSlot { question, counted, of } => {
                self.lend(question, counted.read().map(|counted| (counted, Wanted::Slot { of })))?;
            }
            FromOutpost::Return { counted, until, points } => {
                if let Some(counted) = counted.read() {
                    account.take_back(counted, WindowEnd::from_seconds(until), points);
                    self.outposts.returned.notify_waiters();
                }
            }
            FromOutpost::Charge { counted, until, points } => {
                if let Some(counted) = counted.read() {
                    account.charge_afterwards(counted, WindowEnd::from_seconds(until), points);
                }
            }
            FromOutpost::ReturnSlots { counted, slots } => {
                if let Some(counted) = counted.read() {
                    account.return_slots(counted, slots);
                    self.outposts.returned.notify_waiters();
                }
            }
            FromOutpost::Spared { counted } => {
                if let Some(counted) = counted.read() {
                    account.has_none_to_spare(counted);
                    self.outposts.returned.notify_waiters();
                }
            }
            FromOutpost::Used { keys, grants } => self.outposts.parts.enforcer.note_used(&keys, &grants),
            FromOutpost::Beat { number } => self.beat(number)?,
            FromOutpost::Unknown => {}
        }
        Ok(())
    }

    fn lend(&self, question: u64, wanted: Option<(Counted, Wanted)>) -> Result<(), End> {
        // What names nothing that is counted was made by nobody who means well.
        let wanted = wanted.ok_or(End::Lost)?;
        match self.outposts.lend(self.number, &self.outpost, question, wanted) {
            Some(answer) => self.say(&answer),
            None => Ok(()),
        }
    }

    fn known(&self, about: About) -> Known {
        let enforcer = &self.outposts.parts.enforcer;
        match about {
            About::Key { token } => enforcer
                .look_at_key(token.as_bytes(), |facts| KeyAnswer::from(facts))
                .map_or(Known::Nothing, Known::Key),
            About::Token { token } => {
                let Some(token) = enforcer.look_at_token(token.as_bytes()) else { return Known::Nothing };
                let person = token.person().map(|facts| PersonAnswer::new(facts, token.reaches()));
                Known::Token(TokenAnswer::new(&token.facts, person, token.client))
            }
            About::Stores { ids } => {
                let store = |id| enforcer.known_store(id).map(|facts| StoreAnswer::new(id, facts));
                Known::Stores { found: ids.into_iter().take(MOST_STORES).filter_map(store).collect() }
            }
            About::Business { id } => Known::Business(BusinessAnswer::new(id, enforcer.known_business(id))),
        }
    }
}
