//! What every use case stands on: the store, the clock, randomness, the peppers.
//!
//! Owns the way a use case commits: its transaction, its event, and the wait until its effect is in force here. The use
//! cases themselves are in the modules named after what they change.

use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::entropy::Entropy;
use mp_domain::event::{Actor, Event, EventKind, Subject};
use mp_domain::ids::BusinessId;
use mp_domain::key_token::TokenFormat;
use mp_domain::secret::{Peppers, PlainSecret, SecretDigest};
use mp_domain::time::{Clock, Timestamp};
use mp_store::{Store, StoreError, Tx, event_log};

use crate::factors::PasskeyVerifier;
use crate::feed::Feed;
use crate::mailer::Mailer;
use crate::passwords::Passwords;
use crate::post::Post;
use crate::sign_up::SignUp;
use crate::throttle::Throttle;

/// What the use cases stand on.
pub struct ServiceParts {
    /// An up-to-date database.
    pub store: Store,
    /// What secrets are digested under.
    pub peppers: Peppers,
    /// How tokens look.
    pub format: TokenFormat,
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

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) peppers: Arc<ArcSwap<Peppers>>,
    pub(crate) format: TokenFormat,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) post: Option<Post>,
    pub(crate) public_url: Arc<str>,
    pub(crate) sign_up: SignUp,
    pub(crate) passkeys: PasskeyVerifier,
    /// Present in a running server: a use case's effect is awaited. Absent in a command, which has no checks.
    pub(crate) feed: Option<Feed>,
}

impl Service {
    /// Use cases on a database, for a process that checks nothing.
    #[must_use]
    pub fn new(parts: ServiceParts) -> Self {
        Self {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            peppers: Arc::new(ArcSwap::from_pointee(parts.peppers)),
            format: parts.format,
            passwords: Passwords::default(),
            throttle: Arc::default(),
            post: parts.mailer.map(Post::new),
            passkeys: PasskeyVerifier::of(&parts.public_url),
            public_url: parts.public_url.into(),
            sign_up: parts.sign_up,
            feed: None,
        }
    }

    /// Under which address people reach the server, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
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

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A secret for a cookie or a link: 256 random bits, base64url.
    pub(crate) fn random_secret(&self) -> PlainSecret {
        PlainSecret::new(URL_SAFE_NO_PAD.encode(self.random::<32>()))
    }

    /// What is stored of a secret that is only compared.
    pub(crate) fn digest(&self, secret: &str) -> SecretDigest {
        self.peppers.load().current().digest(secret.as_bytes())
    }

    /// What may be stored of a secret: its digests under every pepper, the current one first.
    pub(crate) fn digests(&self, secret: &str) -> Vec<SecretDigest> {
        let peppers = self.peppers.load();
        let all = std::iter::once(peppers.current()).chain(peppers.retired());
        all.map(|pepper| pepper.digest(secret.as_bytes())).collect()
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
