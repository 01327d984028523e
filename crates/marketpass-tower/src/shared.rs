//! What the stream fills and the layer reads.
//!
//! Owns taking in what the server says, in the order in which it says it. Must never decide anything.

use std::collections::HashMap;
use std::sync::Arc;

use mp_domain::catalog::{Catalog, table};
use mp_domain::ids::{ApiKeyId, GrantId};
use mp_domain::key_token::TokenFormat;
use mp_domain::limit_entity::Counted;
use mp_domain::secret::Pepper;
use mp_domain::time::Timestamp;
use mp_stream::{BudgetTold, FromOutpost, Known, ToOutpost, VERSION};
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::lent::{Loan, Slot};
use crate::loans::Loans;
use crate::memory::{Credential, Mark, Memory};
use crate::options::GateOptions;
use crate::questions::{Questions, Reply, Topic, Unavailable};
use crate::server_time::ServerTime;

/// How many frames wait at most for the server to take them.
pub(crate) const MOST_WAITING: usize = 8192;
/// How many uses are remembered between two reports: a busy service is exact to minutes.
const MOST_USES: usize = 1000;

/// By what requests are judged.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) catalog: &'static Catalog,
    pub(crate) format: Arc<TokenFormat>,
    pub(crate) limits_scale: f64,
}

pub(crate) struct Shared {
    pub(crate) memory: Memory,
    pub(crate) questions: Questions,
    pub(crate) loans: Loans,
    pub(crate) time: ServerTime,
    /// The keys under which API keys and tokens are remembered.
    marking: [Pepper; 2],
    rules: RwLock<Rules>,
    /// Where there is none, the stream is down or not begun.
    frames: RwLock<Option<mpsc::Sender<FromOutpost>>>,
    uses: Mutex<(Vec<ApiKeyId>, Vec<GrantId>)>,
    /// Catalogues are never freed, so equal ones are one.
    catalogs: Mutex<HashMap<[u8; 16], &'static Catalog>>,
    /// Whether a catalogue was told since the stream began.
    pub(crate) heard: Notify,
}

/// The server says what this version does not understand.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misunderstanding {
    #[error(
        "the server speaks version {0} of the stream and this service version {VERSION}: update the older one"
    )]
    Version(u16),
    #[error("the server's catalogue cannot be used: {0}")]
    Catalog(String),
    #[error("the server's prefix of API keys cannot be used: {0}")]
    Prefix(String),
}

impl Shared {
    pub(crate) fn new(options: &GateOptions) -> Self {
        let marking = [0, 1].map(|number| Pepper::generate(number, &*options.entropy));
        let format = Arc::new(TokenFormat::default());
        let rules = Rules { catalog: Catalog::own(), format, limits_scale: 1.0 };
        Self {
            memory: Memory::new(options.most_credentials),
            questions: Questions::default(),
            loans: Loans::new(),
            time: ServerTime::new(),
            marking,
            rules: RwLock::new(rules),
            frames: RwLock::default(),
            uses: Mutex::default(),
            catalogs: Mutex::default(),
            heard: Notify::new(),
        }
    }

    /// Under which mark a credential is remembered.
    pub(crate) fn mark(&self, is_token: bool, token: &[u8]) -> Mark {
        Mark { is_token, digest: self.marking[usize::from(is_token)].digest(token) }
    }

    pub(crate) fn rules(&self) -> Rules {
        self.rules.read().clone()
    }

    /// Sends something; whether anybody took it.
    pub(crate) fn send(&self, frame: FromOutpost) -> Result<(), Unavailable> {
        let frames = self.frames.read();
        let frames = frames.as_ref().ok_or(Unavailable)?;
        frames.try_send(frame).map_err(|_| Unavailable)
    }

    /// Sends something that nobody waits for. What is not taken is lost, and the stream with it in a moment.
    pub(crate) fn say(&self, frame: FromOutpost) {
        let _ = self.send(frame);
    }

    /// Asks, and waits for what comes of it.
    pub(crate) async fn ask(
        &self,
        topic: Topic,
        frame: impl FnOnce(u64) -> FromOutpost,
    ) -> Result<Reply, Unavailable> {
        let (number, answered) = self.questions.begin(topic)?;
        if let Some(number) = number
            && let Err(unavailable) = self.send(frame(number))
        {
            self.questions.end(number);
            return Err(unavailable);
        }
        answered.await.map_err(|_| Unavailable)
    }

    /// Notes that a key was used.
    pub(crate) fn note_key(&self, id: ApiKeyId) {
        let mut uses = self.uses.lock();
        if uses.0.len() < MOST_USES {
            uses.0.push(id);
        }
    }

    /// Notes that a token was used.
    pub(crate) fn note_grant(&self, id: GrantId) {
        let mut uses = self.uses.lock();
        if uses.1.len() < MOST_USES {
            uses.1.push(id);
        }
    }

    /// Says what is to be said from time to time.
    pub(crate) fn keep(&self) {
        let say = |frame| self.say(frame);
        say(FromOutpost::Beat { number: self.time.elapsed() });
        if let Some(now) = self.time.now() {
            self.loans.bring_back_idle(now, say);
        }
        let (keys, grants) = std::mem::take(&mut *self.uses.lock());
        if !keys.is_empty() || !grants.is_empty() {
            say(FromOutpost::Used { keys, grants });
        }
    }

    /// A stream begins.
    pub(crate) fn open(&self, frames: mpsc::Sender<FromOutpost>) {
        *self.frames.write() = Some(frames);
    }

    /// The stream has ended: nothing is known any more, and nobody waits in vain.
    pub(crate) fn close(&self) {
        self.time.lose_trust();
        *self.frames.write() = None;
        self.questions.give_up();
        self.loans.lose_all();
        self.memory.clear();
    }

    /// Takes in what the server says.
    pub(crate) fn hear(self: &Arc<Self>, frame: ToOutpost) -> Result<(), Misunderstanding> {
        match frame {
            ToOutpost::Welcome { version, key_prefix, limits_scale, tells_seconds } => {
                if version != VERSION {
                    return Err(Misunderstanding::Version(version));
                }
                let format = TokenFormat::with_prefix(&key_prefix);
                let format = format.map_err(|error| Misunderstanding::Prefix(error.to_string()))?;
                self.loans.tell_seconds(tells_seconds);
                let mut rules = self.rules.write();
                (rules.format, rules.limits_scale) = (Arc::new(format), limits_scale);
            }
            ToOutpost::Catalog { table } => self.rules.write().catalog = self.kept(&table)?,
            ToOutpost::Beat { number, now, age } => {
                self.time.heard(number, now, age);
                self.heard.notify_waiters();
            }
            ToOutpost::Answer { question, known } => self.take_answer(question, known),
            ToOutpost::Lent { question, points, budget } => self.take_loan(question, points, budget),
            ToOutpost::Slot { question, is_taken } => self.take_slot(question, is_taken),
            ToOutpost::Recall { counted } => {
                if let Some(counted) = counted.read() {
                    self.spare(counted);
                }
            }
            ToOutpost::Changed { subjects } => self.memory.forget(&subjects),
            ToOutpost::Forget => self.memory.clear(),
            ToOutpost::Unknown => {}
        }
        Ok(())
    }

    fn spare(&self, counted: Counted) {
        let say = |frame| self.say(frame);
        self.loans.spare(counted, say);
        say(FromOutpost::Spared { counted: counted.into() });
    }

    fn take_answer(&self, question: u64, known: Known) {
        let Some((topic, waiting)) = self.questions.end(question) else { return };
        match (topic, known) {
            (Topic::Credential(mark), Known::Key(answer)) if !mark.is_token => {
                self.memory.put_credential(mark, Credential::key(answer));
            }
            (Topic::Credential(mark), Known::Token(answer)) if mark.is_token => {
                self.memory.put_credential(mark, Credential::token(answer));
            }
            (Topic::Credential(mark), Known::Nothing) => {
                self.memory.put_credential(mark, Credential::Stranger);
            }
            (Topic::Stores(asked), Known::Stores { found }) => self.memory.put_stores(&asked, &found),
            (Topic::Business(id), Known::Business(answer)) => {
                // What cannot be understood stays unknown, and whoever asks is told to come again.
                if let Some(facts) = answer.facts() {
                    self.memory.put_business(id, facts);
                }
            }
            // An answer to another question: it stays unanswered.
            _ => return,
        }
        for sender in waiting {
            // Whoever has gone needs no answer.
            let _ = sender.send(Reply::Remembered);
        }
    }

    /// Whoever asked and has gone since drops what came, and so brings it back.
    fn take_loan(self: &Arc<Self>, question: u64, points: u32, budget: Option<BudgetTold>) {
        let Some((Topic::Points(counted), waiting)) = self.questions.end(question) else { return };
        let (shared, epoch) = (Arc::clone(self), self.loans.epoch());
        reply(waiting, Reply::Lent(Loan { shared, counted, epoch, points, budget }));
    }

    fn take_slot(self: &Arc<Self>, question: u64, is_taken: bool) {
        let Some((Topic::Slot(counted), waiting)) = self.questions.end(question) else { return };
        let slot = || Slot { shared: Arc::clone(self), counted, epoch: self.loans.epoch() };
        reply(waiting, Reply::Slot(is_taken.then(slot)));
    }

    fn kept(&self, text: &str) -> Result<&'static Catalog, Misunderstanding> {
        let mut catalogs = self.catalogs.lock();
        let digest = table::digest(text);
        if let Some(known) = catalogs.get(&digest) {
            return Ok(known);
        }
        let read = table::read(text).map_err(|error| Misunderstanding::Catalog(error.to_string()))?;
        let catalog = read.leak();
        catalogs.insert(digest, catalog);
        Ok(catalog)
    }

    /// The server's time, while what is known can be relied on.
    pub(crate) fn now(&self) -> Result<Timestamp, Unavailable> {
        self.time.now().ok_or(Unavailable)
    }
}

/// Only one waits for what is lent.
fn reply(waiting: Vec<oneshot::Sender<Reply>>, reply: Reply) {
    if let Some(sender) = waiting.into_iter().next() {
        let _ = sender.send(reply);
    }
}
