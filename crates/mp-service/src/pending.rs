//! What a session is in the middle of: switching codes on, adding or answering with a passkey.
//!
//! Owns how that is kept, sealed, in the session itself, so that a restart or another node changes nothing. Must never
//! be accepted twice: whoever finishes takes it out in the same transaction.

use std::time::Duration;

use mp_domain::name::Name;
use mp_domain::secret::SealedBytes;
use mp_domain::session::Session;
use mp_domain::time::Timestamp;
use mp_store::StoreError;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{PasskeyAuthentication, PasskeyRegistration};

use crate::sealing::Place;
use crate::service::Service;

/// How long something may be in the middle.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What is in the middle.
#[derive(Serialize, Deserialize)]
pub(crate) enum Step {
    /// Codes are on as soon as one made with this secret is given.
    Totp {
        /// Base32.
        secret: String,
    },
    /// A passkey was asked for.
    PasskeyAddition {
        /// As its owner will call it.
        name: String,
        /// The challenge.
        state: Box<PasskeyRegistration>,
    },
    /// A passkey was asked to answer.
    PasskeyAnswer {
        /// The challenge.
        state: Box<PasskeyAuthentication>,
    },
}

impl Step {
    pub(crate) fn addition(name: &Name, state: PasskeyRegistration) -> Self {
        Self::PasskeyAddition { name: name.as_str().to_owned(), state: Box::new(state) }
    }
}

/// A step and when it began.
#[derive(Serialize, Deserialize)]
struct Begun {
    /// Microseconds since the epoch.
    at: i64,
    step: Step,
}

impl Service {
    /// Seals a step for a session.
    pub(crate) fn seal_step(&self, session: &Session, step: Step) -> SealedBytes {
        let begun = Begun { at: self.clock.now().micros(), step };
        let json = serde_json::to_vec(&begun).expect("steps have no maps with keys that are no texts");
        self.seal(&place(session), &json)
    }

    /// The step a session is in the middle of, unless it began too long ago.
    pub(crate) fn open_step(&self, session: &Session) -> Result<Option<Step>, StoreError> {
        let Some(sealed) = &session.pending else { return Ok(None) };
        let corrupt = |error: String| StoreError::Corrupt(error);
        let json = self.open(&place(session), sealed).map_err(|error| corrupt(error.to_string()))?;
        let begun: Begun = serde_json::from_slice(&json).map_err(|error| corrupt(error.to_string()))?;
        let is_alive = self.clock.now().since(Timestamp::from_micros(begun.at)) < LONGEST;
        Ok(is_alive.then_some(begun.step))
    }
}

fn place(session: &Session) -> Place {
    Place::new("session.pending", session.id.as_bytes())
}
