//! Answering with the second factor.
//!
//! Owns the step from a right password to a session that opens something. Must never accept the same answer twice: it is
//! used up in the transaction that lets the person in.

use mp_domain::account::{Account, Totp};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::session::{Session, Stage};
use mp_store::{StoreError, Tx, account, backup_code, session};

use super::FactorError;
use crate::browser::{Browser, Cookies, SignedIn};
use crate::known_browser::BrowserNumber;
use crate::service::{Recorder, Service};
use crate::sessions::still_there;
use crate::sign_in::record_start;

/// What somebody typed.
enum Answer {
    /// A code of the authenticator application, and what is to be remembered of it.
    Totp(Totp),
    /// Perhaps a backup code.
    BackupCode { digests: Vec<SecretDigest> },
}

impl Service {
    /// Finishes signing in with a code of the authenticator application or a backup code. White space and hyphens in it
    /// do not matter.
    pub async fn answer_code(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        code: &str,
    ) -> Result<Cookies, FactorError> {
        if who.session.stage != Stage::AwaitingSecondFactor {
            return Err(FactorError::SessionOver);
        }
        let known = self.known_browser(browser.known, &who.account);
        let attempt = self.factor_attempt(who.account.id, browser, known)?;
        let answered = self.enter_with_code(who, browser, known, code).await;
        if !matches!(answered, Err(FactorError::WrongCode)) {
            attempt.give_back();
        }
        answered
    }

    async fn enter_with_code(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        known: Option<BrowserNumber>,
        code: &str,
    ) -> Result<Cookies, FactorError> {
        let answer = match self.totp_after(&who.account, code)? {
            Some(totp) => Answer::Totp(totp),
            None => Answer::BackupCode { digests: self.backup_code_digests(who.account.id, code) },
        };
        let (entered, cookie) = self.entered(who, browser);
        let known = self.remember_browser(known, who.account.id, who.account.credential_epoch);
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("answer_code", move |tx| {
            let (mut present, _) = still_there(tx, &who, record.at)?.ok_or(FactorError::SessionOver)?;
            if !accept(tx, record, &answer, &mut present)? {
                return Err(FactorError::WrongCode);
            }
            session::update(tx, &entered)?;
            Ok(record_start(tx, record, &entered)?)
        })
        .await?;
        Ok(Cookies { session: cookie, known: Some(known) })
    }

    /// The session of somebody who has answered, with its new cookie.
    pub(super) fn entered(&self, who: &SignedIn, browser: &Browser<'_>) -> (Session, PlainSecret) {
        let (renewed, cookie) = self.renewed(&who.session, browser);
        (Session { stage: Stage::SignedIn, ..renewed }, cookie)
    }
}

/// Uses the answer up. Says whether it was right and unused.
fn accept(
    tx: &mut Tx<'_>,
    record: Recorder,
    answer: &Answer,
    present: &mut Account,
) -> Result<bool, StoreError> {
    match answer {
        Answer::Totp(after) => {
            // The secret is the one the code was compared with: another one would have ended the session. No code is
            // accepted twice, and none older than the last (RFC 6238 §5.2).
            if present.totp.as_ref().is_none_or(|totp| after.last_step <= totp.last_step) {
                return Ok(false);
            }
            present.totp = Some(after.clone());
            account::update(tx, present)?;
            Ok(true)
        }
        Answer::BackupCode { digests } => {
            for digest in digests {
                if backup_code::use_up(tx, present.id, *digest, record.at)? {
                    let left = backup_code::count_unused(tx, present.id)?;
                    let (kind, subject) = (EventKind::AccountBackupCodeUsed, Subject::Account(present.id));
                    record.append(tx, kind, subject, None, format!("{left} left"))?;
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
