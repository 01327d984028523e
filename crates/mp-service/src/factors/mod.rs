//! The second factor: time-based codes, passkeys and backup codes.
//!
//! Owns what a person has of them and why one is refused. Must never accept the same answer twice.

mod answer;
mod backup_codes;
mod passkeys;
mod totp;

use std::time::Duration;

use mp_domain::account::Account;
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::secret::{PlainSecret, SealedBytes};
use mp_domain::session::{Session, Stage};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, account, backup_code, passkey, session};

use crate::browser::{Browser, SignedIn};
use crate::known_browser::BrowserNumber;
use crate::service::Service;
use crate::sessions::still_there;
use crate::throttle::{Attempt, Key};

pub(crate) use passkeys::PasskeyVerifier;
pub use totp::TotpEnrolment;
pub(crate) use totp::place as totp_place;

/// The second factors of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Since when codes of an authenticator application are asked for.
    pub totp: Option<Timestamp>,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// How many backup codes are unused.
    pub backup_codes_left: u32,
}

impl Factors {
    /// Whether a password alone does not open the account.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What it is removed by (WebAuthn §4, credential id).
    pub credential_id: Vec<u8>,
    /// As its owner calls it.
    pub name: Name,
    /// Since when it is used here.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Ten codes, each of which stands for the second factor once. Shown once.
pub struct BackupCodes(pub Vec<PlainSecret>);

/// Why a factor was not accepted or not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// The code is wrong, or was used already.
    #[error("the code is wrong or was used already: wait for the next one")]
    WrongCode,
    /// The answer of the passkey does not fit.
    #[error("the passkey was not recognised: try again")]
    WrongPasskey,
    /// Too many wrong codes.
    #[error("there were too many attempts: try again in {} seconds", .retry_after.as_secs())]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// What is to be finished was never begun, began too long ago or was finished already.
    #[error("this was not begun or took too long: begin again")]
    NotBegun,
    /// The session is not in the stage for this, or has ended meanwhile.
    #[error("the session has ended or is not in the state for this: sign in again")]
    SessionOver,
    /// The person must prove who they are first.
    #[error("this needs a fresh sign-in: give your password again")]
    NotFresh,
    /// It is on already.
    #[error("this second factor is on already")]
    AlreadyOn,
    /// There is no such factor.
    #[error("this second factor is not on")]
    NotOn,
    /// The person has as many passkeys as one may have.
    #[error("there are {0} passkeys already: remove one first")]
    TooManyPasskeys(usize),
    /// Passkeys do not work here.
    #[error("passkeys are not available: {0}")]
    Unavailable(&'static str),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// What second factors the person has.
    pub async fn second_factors(&self, who: &SignedIn) -> Result<Factors, StoreError> {
        let account = who.account.id;
        self.store.read("second_factors", move |conn| factors_of(conn, account)).await
    }

    fn need_fresh(&self, who: &SignedIn) -> Result<(), FactorError> {
        if self.is_fresh(&who.session) { Ok(()) } else { Err(FactorError::NotFresh) }
    }

    /// Charges a try with the second factor.
    fn factor_attempt(
        &self,
        account: AccountId,
        browser: &Browser<'_>,
        known: Option<BrowserNumber>,
    ) -> Result<Attempt<'_>, FactorError> {
        let mut keys = vec![Key::FactorAnywhere(account)];
        match known {
            Some(number) => keys.push(Key::FactorInKnownBrowser(account, number)),
            None => keys.extend([Key::address(browser.address), Key::Factor(account)]),
        }
        let too_many = |retry_after| FactorError::TooManyAttempts { retry_after };
        self.throttle.attempt(self.clock.now(), &keys).map_err(too_many)
    }

    /// Puts into the session what it is in the middle of, in place of what it was in the middle of before.
    async fn put_pending(&self, who: &SignedIn, pending: SealedBytes) -> Result<(), FactorError> {
        let (who, now) = (who.clone(), self.clock.now());
        self.commit("put_pending", move |tx| {
            let (_, current) = still_there(tx, &who, now)?.ok_or(FactorError::SessionOver)?;
            Ok(session::update(tx, &Session { pending: Some(pending.clone()), ..current })?)
        })
        .await
    }
}

/// The person and the session as they are now, if the session is in this stage and in the middle of the same as before.
fn still_pending(
    tx: &mut Tx<'_>,
    who: &SignedIn,
    stage: Stage,
    now: Timestamp,
) -> Result<(Account, Session), FactorError> {
    let (person, mut current) = still_there(tx, who, now)?.ok_or(FactorError::SessionOver)?;
    if current.stage != stage {
        return Err(FactorError::SessionOver);
    }
    // Whoever comes second finds that somebody has finished already.
    if current.pending.is_none() || current.pending != who.session.pending {
        return Err(FactorError::NotBegun);
    }
    current.pending = None;
    Ok((person, current))
}

fn factors_of(conn: &mut Conn, account: AccountId) -> Result<Factors, StoreError> {
    let person = account::find_by_id(conn, account)?;
    let passkeys = passkey::of_account(conn, account)?.into_iter().map(|stored| Passkey {
        credential_id: stored.credential_id,
        name: stored.name,
        created_at: stored.created_at,
        last_used_at: stored.last_used_at,
    });
    let left = backup_code::count_unused(conn, account)?;
    Ok(Factors {
        totp: person.and_then(|person| person.totp).map(|totp| totp.since),
        passkeys: passkeys.collect(),
        backup_codes_left: u32::try_from(left).map_err(|error| StoreError::Corrupt(error.to_string()))?,
    })
}

/// Backup codes are nothing without a factor they stand for.
fn drop_codes_of_no_factor(tx: &mut Tx<'_>, person: &Account) -> Result<(), StoreError> {
    if person.totp.is_none() && passkey::count(tx, person.id)? == 0 {
        backup_code::delete_all(tx, person.id)?;
    }
    Ok(())
}
