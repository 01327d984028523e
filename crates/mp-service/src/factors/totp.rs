//! Time-based codes (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator application knows them.

use crate::browser::SignedIn;
use crate::factors::{BackupCodes, FactorError};
use crate::service::Service;

/// What an authenticator application needs.
pub struct TotpEnrolment {
    /// The shared secret in base32 (RFC 4648 §6), for typing.
    pub secret_base32: String,
    /// The same as an `otpauth://` link, for a QR code.
    pub otpauth_url: String,
}

impl Service {
    /// Begins to switch time-based codes on. Nothing is on until [`confirm_totp`](Self::confirm_totp); beginning again
    /// in the same session gives the same secret. Needs a fresh sign-in.
    pub async fn begin_totp(&self, who: &SignedIn) -> Result<TotpEnrolment, FactorError> {
        let _ = who;
        todo!()
    }

    /// Switches time-based codes on, proved by the first of them. Ends all tokens and all other sessions of the person.
    pub async fn confirm_totp(&self, who: &SignedIn, code: &str) -> Result<BackupCodes, FactorError> {
        let _ = (who, code);
        todo!()
    }

    /// Switches time-based codes off. Needs a fresh sign-in; ends all tokens and all other sessions of the person.
    pub async fn disable_totp(&self, who: &SignedIn) -> Result<(), FactorError> {
        let _ = who;
        todo!()
    }
}
