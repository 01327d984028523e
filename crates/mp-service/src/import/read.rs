//! Reading the lines of an import ahead of the database.
//!
//! Owns the thread that reads, parses and digests the next batch while the present one commits. Everything random and
//! every secret is made here, because a transaction may run more than once. Must never hold more than a few batches.

use std::io::{self, BufRead, Read};

use mp_domain::account::Account;
use mp_domain::api_key::{ApiKey, KeyState, StoredSecret};
use mp_domain::event::Actor;
use mp_domain::ids::{AccountId, ApiKeyId};
use mp_domain::key_token::MalformedToken;
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::time::Timestamp;
use mp_store::DatabaseUrl;
use tokio::sync::mpsc;

use super::ImportError;
use super::batch::{Batch, Entry, ImportedKey, Thing};
use super::line::{AccountLine, KeyLine, LONGEST, Line, field, name, parsed};
use super::refusal::{LineRefusal, RefusedLine};
use crate::service::{Recorder, Service};

/// Long lines end a batch early.
const MOST_BYTES: usize = 4 << 20;

/// Makes batches of lines.
pub(super) struct Reader {
    service: Service,
    actor: Actor,
    may_generate: bool,
    most_lines: usize,
}

impl Reader {
    pub(super) fn new(service: Service, actor: Actor, may_generate: bool) -> Self {
        let most_lines = match service.store.url() {
            // Digests are scattered: the more of them share a commit, the fewer pages are written twice. Others wait
            // for a fraction of a second.
            DatabaseUrl::Sqlite(_) => 8_192,
            // Here a line costs its round trips anyway, and other nodes watch the gaps that a long transaction leaves
            // in the event log.
            DatabaseUrl::Postgres(_) => 1_024,
        };
        Self { service, actor, may_generate, most_lines }
    }

    /// Reads on a thread of its own, which nobody waits for: a terminal may never say another word.
    pub(super) fn start(
        self,
        lines: impl BufRead + Send + 'static,
    ) -> mpsc::Receiver<Result<Batch, ImportError>> {
        let (full, batches) = mpsc::channel(1);
        let spare = full.clone();
        let work = move || self.read_all(lines, &full);
        if let Err(error) = std::thread::Builder::new().name("import-reader".to_owned()).spawn(work) {
            // Nothing was read: the channel has room.
            let _ = spare.try_send(Err(ImportError::Input { line: 1, error }));
        }
        batches
    }

    /// Ends when the lines do, or when nobody wants them any more.
    fn read_all(&self, lines: impl BufRead, full: &mpsc::Sender<Result<Batch, ImportError>>) {
        let mut lines = Lines { input: lines, buffer: Vec::new(), number: 0 };
        loop {
            let (batch, end) = self.read_batch(&mut lines);
            let holds_something = batch.last_line >= batch.first_line;
            if holds_something && full.blocking_send(Ok(batch)).is_err() {
                return;
            }
            match end {
                End::OfBatch => {}
                End::OfInput => return,
                End::Broken(error) => {
                    let line = lines.number + 1;
                    let _ = full.blocking_send(Err(ImportError::Input { line, error }));
                    return;
                }
            }
        }
    }

    fn read_batch(&self, lines: &mut Lines<impl BufRead>) -> (Batch, End) {
        let record = self.service.record(self.actor);
        let (entries, refused) = (Vec::with_capacity(self.most_lines), Vec::new());
        let mut batch =
            Batch { record, entries, refused, first_line: lines.number + 1, last_line: lines.number };
        let peppers = self.service.peppers.load();
        let mut bytes = 0;
        while batch.entries.len() + batch.refused.len() < self.most_lines && bytes < MOST_BYTES {
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return (batch, End::OfInput),
                Err(error) => return (batch, End::Broken(error)),
            };
            batch.last_line += 1;
            bytes += line.as_ref().map_or(LONGEST, |line| line.len());
            let number = batch.last_line;
            match line.and_then(|line| self.thing(line, record, &peppers)) {
                Ok(Some(thing)) => batch.entries.push(Entry { number, thing }),
                Ok(None) => {}
                Err(refusal) => batch.refused.push(RefusedLine { number, refusal }),
            }
        }
        (batch, End::OfBatch)
    }

    /// What a line says; nothing if it is blank.
    fn thing(&self, line: &[u8], record: Recorder, peppers: &Peppers) -> Result<Option<Thing>, LineRefusal> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        Ok(Some(match Line::parse(line)? {
            Line::Account(account) => Thing::Account(self.account(&account, record.at)?),
            Line::Business(business) => Thing::Business(business.read()?),
            Line::Campaign(campaign) => Thing::Campaign(campaign.read()?),
            Line::Member(member) => Thing::Member(member.read()?),
            Line::Key(key) => Thing::Key(Box::new(self.key(&key, record, peppers)?)),
        }))
    }

    fn account(&self, line: &AccountLine<'_>, now: Timestamp) -> Result<Account, LineRefusal> {
        Ok(Account {
            id: AccountId::generate(now, &*self.service.entropy),
            login: parsed("login", &line.login)?,
            email: parsed("email", &line.email)?,
            name: line.name.as_deref().map(name).transpose()?,
            password_hash: line.password_hash()?,
            credential_epoch: 0,
            logout_epoch: 0,
            email_verified_at: Some(now),
            totp: None,
            disabled_at: None,
            created_at: now,
        })
    }

    fn key(
        &self,
        line: &KeyLine<'_>,
        record: Recorder,
        peppers: &Peppers,
    ) -> Result<ImportedKey, LineRefusal> {
        let (business_id, grant) = line.read(record.at)?;
        let generated = self.generated_token(line)?;
        let token = generated.as_ref().map(PlainSecret::expose).or(line.token.as_deref());
        let token = token.expect("a line without a token was given one").as_bytes();
        self.service.format.check(token).map_err(|malformed| field("token", flaw(malformed)))?;
        let stored = |pepper: &Pepper| StoredSecret { digest: pepper.digest(token), pepper: pepper.number() };
        // Nobody has seen a generated token before.
        let formerly = if generated.is_some() { &[] } else { peppers.retired() };
        let key = ApiKey {
            id: ApiKeyId::generate(record.at, &*self.service.entropy),
            business_id,
            grant,
            secret: stored(peppers.current()),
            state: KeyState::Active,
            created_at: record.at,
            created_by: self.actor,
            last_used_at: None,
        };
        Ok(ImportedKey { key, former: formerly.iter().map(stored).collect(), generated })
    }

    fn generated_token(&self, line: &KeyLine<'_>) -> Result<Option<PlainSecret>, LineRefusal> {
        match (&line.token, self.may_generate) {
            (Some(_), _) => Ok(None),
            (None, true) => Ok(Some(self.service.format.generate(&*self.service.entropy))),
            (None, false) => Err(LineRefusal::NowhereForToken),
        }
    }
}

/// What is wrong with a token, without quoting it.
fn flaw(malformed: MalformedToken) -> &'static str {
    match malformed {
        MalformedToken::Prefix => {
            "it does not begin with this platform's prefix: is it a token of another platform?"
        }
        MalformedToken::Length => "it is too short or too long: was it copied whole?",
        MalformedToken::Format => "its checksum does not fit: was it copied exactly?",
    }
}

/// Why a batch ended.
enum End {
    OfBatch,
    OfInput,
    Broken(io::Error),
}

/// Lines of bounded length.
struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// The line read last.
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line; a line that is too long is skipped and named.
    fn next(&mut self) -> io::Result<Option<Result<&[u8], LineRefusal>>> {
        self.buffer.clear();
        let read = (&mut self.input).take(LONGEST as u64 + 1).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        let too_long = read > LONGEST && !self.buffer.ends_with(b"\n");
        if too_long {
            self.input.skip_until(b'\n')?;
        }
        self.number += 1;
        Ok(Some(if too_long { Err(LineRefusal::TooLong) } else { Ok(&self.buffer) }))
    }
}
