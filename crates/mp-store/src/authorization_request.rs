//! The `authorization_request` table: questions that people are being asked. A row goes when it is answered.

use mp_domain::ids::SessionId;
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;

use crate::conn::{Tx, bind};
use crate::error::StoreError;

/// A question to a person in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What the answer is recognised by.
    pub digest: SecretDigest,
    /// Whose answer counts.
    pub session_id: SessionId,
    /// What the application asked for, in the service's own words.
    pub parameters: String,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When an answer comes too late.
    pub expires_at: Timestamp,
}

/// Keeps a question until it is answered.
pub fn insert(tx: &mut Tx<'_>, request: &AuthorizationRequest) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO authorization_request (digest, session_id, parameters, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
        bind![
            request.digest.as_bytes(),
            request.session_id.as_bytes(),
            &request.parameters,
            request.created_at.micros(),
            request.expires_at.micros(),
        ],
    )?;
    Ok(())
}

/// Takes a question away, if it is one of this browser and not too old, and says what it was about. It is had once,
/// however many ask at the same time.
pub fn take(
    tx: &mut Tx<'_>,
    digest: SecretDigest,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let parameters = tx.first(
        "SELECT parameters FROM authorization_request WHERE digest = $1 AND session_id = $2 AND expires_at > $3",
        bind![digest.as_bytes(), session.as_bytes(), now.micros()],
        |row| row.text(0).map(str::to_owned),
    )?;
    let taken = tx.execute(
        "DELETE FROM authorization_request WHERE digest = $1 AND session_id = $2",
        bind![digest.as_bytes(), session.as_bytes()],
    )?;
    Ok(parameters.filter(|_| taken > 0))
}

/// Forgets questions that are too old to be answered. Says how many there were.
pub fn delete_old(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM authorization_request WHERE expires_at <= $1", bind![now.micros()])
}

/// The same, and forgets of this browser's questions all but the newest `most`.
pub fn tidy(tx: &mut Tx<'_>, session: SessionId, now: Timestamp, most: i64) -> Result<(), StoreError> {
    delete_old(tx, now)?;
    tx.execute(
        "DELETE FROM authorization_request WHERE digest IN (SELECT digest FROM authorization_request \
         WHERE session_id = $1 ORDER BY created_at DESC, digest LIMIT 1000 OFFSET $2)",
        bind![session.as_bytes(), most],
    )?;
    Ok(())
}
