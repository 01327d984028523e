//! `POST /gateway/stream`: services that decide for themselves ask and borrow here, and are told what changes.
//!
//! Owns who may, and the list of those who do. Must never decide anything: what is known and what is lent are the
//! enforcer's.

mod conversation;
mod frames;
mod loans;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use mp_domain::catalog::Unrouted;
use mp_domain::credential::{OAuthCredential, Presented};
use mp_domain::entropy::Entropy;
use mp_domain::limit_entity::Counted;
use mp_domain::secret::{Pepper, PlainSecret, SecretDigest};
use mp_domain::time::Clock;
use mp_market::protocol::{describe_unrouted, forbidden_peer, foreign_secret};
use mp_service::{ChangeFeed, Enforcer};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, watch};

use self::conversation::Conversation;
use self::frames::{Frames, Sender};
use self::loans::Outpost;
use crate::answer::Answer;
use crate::credential::presented;
use crate::edge::Origin;
use crate::header_lines::HeaderLines;

pub(crate) use mp_stream::PATH;

/// How many frames wait at most for an outpost that does not take them.
const MOST_WAITING: usize = 1024;

/// How long the slots of an outpost that was lost stay taken: what it let in may still be under way, as long as the seller
/// API grants an answer (market-api §6).
const GRACE: Duration = Duration::from_secs(10);

/// What the door needs of the server.
pub(crate) struct OutpostParts {
    pub(crate) enforcer: Arc<Enforcer>,
    pub(crate) changes: ChangeFeed,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Every outpost that is connected.
pub(crate) struct Outposts {
    parts: OutpostParts,
    /// `None` where there is no secret, and so no outpost.
    secret: Option<Expected>,
    open: Mutex<HashMap<u64, Arc<Outpost>>>,
    next: AtomicU64,
    /// Something was brought back.
    returned: Notify,
    closing: watch::Sender<bool>,
    grace: Duration,
}

/// The secret that outposts come with. Under a key that nobody knows two digests tell nothing of what is alike in them, so
/// that comparing them may take whatever time it takes.
struct Expected {
    key: Pepper,
    digest: SecretDigest,
}

impl Outposts {
    pub(crate) fn new(parts: OutpostParts, secret: Option<&PlainSecret>, entropy: &dyn Entropy) -> Self {
        let expected = |secret: &PlainSecret| {
            let key = Pepper::generate(0, entropy);
            Expected { digest: key.digest(secret.expose().as_bytes()), key }
        };
        Self {
            parts,
            secret: secret.map(expected),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            returned: Notify::new(),
            closing: watch::Sender::new(false),
            grace: GRACE,
        }
    }

    /// Ends every stream.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Answers a request to begin a stream.
    pub(crate) fn answer(self: &Arc<Self>, origin: Origin, request: Request) -> Response {
        match self.admit(origin, &request) {
            Ok(()) => self.begin(request.into_body()),
            Err(refusal) => refusal.into_response(),
        }
    }

    fn admit(&self, origin: Origin, request: &Request) -> Result<(), Answer> {
        if !origin.is_gateway {
            return Err(Answer::error(&forbidden_peer()));
        }
        if request.method() != http::Method::POST {
            let unrouted = Unrouted::WrongVerb { allow: "POST" };
            let error = describe_unrouted(unrouted, request.method().as_str());
            return Err(Answer { allow: Some("POST"), ..Answer::error(&error) });
        }
        let headers = request.headers();
        let is_ours = match presented(headers.lines("api-key"), headers.lines("authorization")) {
            Presented::OAuth(OAuthCredential { token, client_id: None }) => self.knows(token),
            _ => false,
        };
        if is_ours { Ok(()) } else { Err(Answer::error(&foreign_secret())) }
    }

    fn knows(&self, secret: &[u8]) -> bool {
        self.secret.as_ref().is_some_and(|expected| expected.key.digest(secret) == expected.digest)
    }

    fn begin(self: &Arc<Self>, body: Body) -> Response {
        let (sender, frames) = mpsc::channel(MOST_WAITING);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let outpost =
            Arc::new(Outpost { account: self.parts.enforcer.open_account(), frames: Sender::new(sender) });
        self.open.lock().insert(number, Arc::clone(&outpost));
        let conversation = Conversation::new(Arc::clone(self), number, outpost, body);
        tokio::spawn(conversation.hold());
        let mut response = Response::new(Body::new(Frames(frames)));
        let binary = HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(header::CONTENT_TYPE, binary);
        response
    }

    /// Everybody else who may have points or slots of this to spare.
    fn others_with(&self, counted: Counted, but: u64) -> Vec<Arc<Outpost>> {
        let open = self.open.lock();
        let others = open.iter().filter(|(number, _)| **number != but).map(|(_, outpost)| outpost);
        others.filter(|outpost| outpost.account.may_spare(counted)).cloned().collect()
    }

    /// Takes a stream off the list. What a lost outpost let in may still be under way, so that its slots are kept a while;
    /// one that said goodbye has brought everything back.
    fn end(&self, number: u64, is_lost: bool) {
        let Some(outpost) = self.open.lock().remove(&number) else { return };
        if is_lost && outpost.account.holds_slots() {
            let grace = self.grace;
            tokio::spawn(async move {
                tokio::time::sleep(grace).await;
                drop(outpost);
            });
        }
    }
}
