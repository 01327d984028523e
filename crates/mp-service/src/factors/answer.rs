//! Answering with the second factor.

use crate::browser::{Browser, Cookies, SignedIn};
use crate::factors::FactorError;
use crate::service::Service;

impl Service {
    /// Finishes signing in with a code of the authenticator application or a backup code. White space and hyphens in it
    /// do not matter.
    pub async fn answer_code(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        code: &str,
    ) -> Result<Cookies, FactorError> {
        let _ = (who, browser, code);
        todo!()
    }
}
