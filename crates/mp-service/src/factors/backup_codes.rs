//! Backup codes: ten, each good once.

use crate::browser::SignedIn;
use crate::factors::{BackupCodes, FactorError};
use crate::service::Service;

impl Service {
    /// Ten new backup codes instead of those that are left. Needs a fresh sign-in and a second factor.
    pub async fn renew_backup_codes(&self, who: &SignedIn) -> Result<BackupCodes, FactorError> {
        let _ = who;
        todo!()
    }
}
