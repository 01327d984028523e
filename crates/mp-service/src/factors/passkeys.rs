//! Passkeys (WebAuthn level 3): their challenges and answers are JSON that a page passes on as it is.

use mp_domain::name::Name;

use crate::browser::{Browser, Cookies, SignedIn};
use crate::factors::{BackupCodes, FactorError};
use crate::service::Service;

impl Service {
    /// Whether passkeys work here; if not, why (WebAuthn §5.1.3: they are bound to a host name).
    pub fn passkeys_available(&self) -> Result<(), &'static str> {
        todo!()
    }

    /// What to hand to `navigator.credentials.create` in order to add a passkey. Needs a fresh sign-in.
    pub async fn begin_passkey(&self, who: &SignedIn, name: &Name) -> Result<serde_json::Value, FactorError> {
        let _ = (who, name);
        todo!()
    }

    /// Adds the passkey that answered. Ends all tokens and all other sessions of the person. The first factor of a
    /// person comes with backup codes.
    pub async fn finish_passkey(
        &self,
        who: &SignedIn,
        answer: &str,
    ) -> Result<Option<BackupCodes>, FactorError> {
        let _ = (who, answer);
        todo!()
    }

    /// Removes a passkey. Needs a fresh sign-in; ends all tokens and all other sessions of the person.
    pub async fn remove_passkey(&self, who: &SignedIn, credential_id: &[u8]) -> Result<(), FactorError> {
        let _ = (who, credential_id);
        todo!()
    }

    /// What to hand to `navigator.credentials.get`: as the second factor while signing in, or to make a session fresh
    /// again.
    pub async fn begin_passkey_answer(&self, who: &SignedIn) -> Result<serde_json::Value, FactorError> {
        let _ = who;
        todo!()
    }

    /// Finishes what [`begin_passkey_answer`](Self::begin_passkey_answer) began.
    pub async fn finish_passkey_answer(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        answer: &str,
    ) -> Result<Cookies, FactorError> {
        let _ = (who, browser, answer);
        todo!()
    }
}
