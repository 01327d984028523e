//! Pausing and resuming a key: one press, and back to the list.

use mp_service::api_keys::ApiKeyError;

use super::{KeyManager, refusal};
use crate::pages::{Answer, go_to};

/// `POST /cabinet/{business_id}/keys/{key_id}/pause`
pub(crate) async fn pause(key: KeyManager) -> Answer {
    let paused = key.manager.visit.web.service.pause_api_key(key.manager.actor(), key.key.id).await;
    done(&key, paused.map(|_| "paused"))
}

/// `POST /cabinet/{business_id}/keys/{key_id}/resume`
pub(crate) async fn resume(key: KeyManager) -> Answer {
    let resumed = key.manager.visit.web.service.resume_api_key(key.manager.actor(), key.key.id).await;
    done(&key, resumed.map(|_| "resumed"))
}

/// Back to the list, which says what has happened: a key that was in that state already is what was wanted.
fn done(key: &KeyManager, what: Result<&'static str, ApiKeyError>) -> Answer {
    let what = match what {
        Ok(what) => what,
        Err(ApiKeyError::Refused(_)) => "changed",
        Err(error) => return Err(refusal(error)),
    };
    go_to(&format!("{}?done={what}&key={}", key.manager.keys_path(), key.key.id))
}
