//! Time-based codes (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator application knows them.
//!
//! Owns switching them on and off, and which step a code belongs to. Must never keep the shared secret readable.

use mp_domain::account::{Account, Totp};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::AccountId;
use mp_domain::session::Stage;
use mp_domain::time::Timestamp;
use mp_store::{StoreError, backup_code};
use totp_rs::{Algorithm, Builder, Secret};

use super::{BackupCodes, FactorError, drop_codes_of_no_factor, still_pending};
use crate::browser::SignedIn;
use crate::pending::Step;
use crate::sealing::Place;
use crate::service::Service;
use crate::sessions::{end_others, still_signed_in};

/// Bytes of the shared secret (RFC 4226 §4, R6).
const SECRET: usize = 20;
/// Steps before and after the present one whose codes are accepted (RFC 6238 §5.2).
const SKEW: u16 = 1;
/// Who asks for the codes, as the application lists it.
const ISSUER: &str = "marketpass";

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
        self.need_fresh(who)?;
        if who.account.totp.is_some() {
            return Err(FactorError::AlreadyOn);
        }
        if let Some(Step::Totp { secret }) = self.open_step(&who.session)? {
            return Ok(enrolment(&read_base32(&secret)?, &who.account)?);
        }
        let secret = Secret::from(self.random::<SECRET>().to_vec());
        let shown = enrolment(&secret, &who.account)?;
        let step = Step::Totp { secret: secret.to_base32() };
        self.put_pending(who, self.seal_step(&who.session, step)).await?;
        Ok(shown)
    }

    /// Switches time-based codes on, proved by the first of them. Ends all tokens and all other sessions of the person.
    pub async fn confirm_totp(&self, who: &SignedIn, code: &str) -> Result<BackupCodes, FactorError> {
        let Some(Step::Totp { secret }) = self.open_step(&who.session)? else {
            return Err(FactorError::NotBegun);
        };
        let (secret, record) = (read_base32(&secret)?, self.record(Actor::Account(who.account.id)));
        let last_step = matching_step(secret.clone(), code, record.at)?.ok_or(FactorError::WrongCode)?;
        let sealed = self.seal(&place(who.account.id), secret.as_ref());
        let totp = Totp { secret: sealed, last_step, since: record.at };
        let (codes, digests) = self.make_backup_codes(who.account.id);
        let who = who.clone();
        self.commit("confirm_totp", move |tx| {
            let (mut person, mut current) = still_pending(tx, &who, Stage::SignedIn, record.at)?;
            if person.totp.is_some() {
                return Err(FactorError::AlreadyOn);
            }
            person.totp = Some(totp.clone());
            backup_code::replace(tx, person.id, &digests)?;
            end_others(tx, &mut person, &mut current)?;
            let (kind, subject) = (EventKind::AccountFactorEnabled, Subject::Account(person.id));
            Ok(record.append(tx, kind, subject, None, "totp")?)
        })
        .await?;
        Ok(codes)
    }

    /// Switches time-based codes off. Needs a fresh sign-in; ends all tokens and all other sessions of the person.
    pub async fn disable_totp(&self, who: &SignedIn) -> Result<(), FactorError> {
        self.need_fresh(who)?;
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("disable_totp", move |tx| {
            let found = still_signed_in(tx, &who, record.at)?.ok_or(FactorError::SessionOver)?;
            let (mut person, mut current) = found;
            if person.totp.take().is_none() {
                return Err(FactorError::NotOn);
            }
            end_others(tx, &mut person, &mut current)?;
            drop_codes_of_no_factor(tx, &person)?;
            let (kind, subject) = (EventKind::AccountFactorDisabled, Subject::Account(person.id));
            Ok(record.append(tx, kind, subject, None, "totp")?)
        })
        .await
    }

    /// What the person's codes are after this one; `None` for a wrong one. Sealed anew, under the current pepper.
    pub(super) fn totp_after(&self, person: &Account, code: &str) -> Result<Option<Totp>, StoreError> {
        let Some(totp) = &person.totp else { return Ok(None) };
        let place = place(person.id);
        let secret = self.open(&place, &totp.secret);
        let secret = secret.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let step = matching_step(Secret::from(secret.to_vec()), code, self.clock.now())?;
        let secret = self.seal(&place, &secret);
        Ok(step.map(|last_step| Totp { secret, last_step, since: totp.since }))
    }
}

/// Where a person's shared secret is stored.
pub(crate) fn place(person: AccountId) -> Place {
    Place::new("account.totp_secret", person.as_bytes())
}

fn read_base32(text: &str) -> Result<Secret, StoreError> {
    Secret::try_from_base32(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn codes(secret: Secret) -> Builder {
    let digits = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6);
    digits.with_step_duration(30).with_skew(SKEW).with_secret(secret)
}

fn enrolment(secret: &Secret, person: &Account) -> Result<TotpEnrolment, StoreError> {
    let labelled = codes(secret.clone()).with_issuer(Some(ISSUER)).with_account_name(person.login.as_str());
    let link = labelled.build().and_then(|codes| codes.to_url());
    let otpauth_url = link.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(TotpEnrolment { secret_base32: secret.to_base32(), otpauth_url })
}

/// The step whose code this is, if it is the present one or beside it.
fn matching_step(secret: Secret, code: &str, now: Timestamp) -> Result<Option<i64>, StoreError> {
    let codes = codes(secret).build().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    Ok(codes.check(&digits, seconds).and_then(|step| i64::try_from(step).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1: its eight digits end in these six.
    const PUBLISHED: [(i64, &str); 4] =
        [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")];

    fn step(code: &str, seconds: i64) -> Option<i64> {
        let secret = Secret::from(b"12345678901234567890".to_vec());
        matching_step(secret, code, Timestamp::from_seconds(seconds)).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (seconds, code) in PUBLISHED {
            assert_eq!(step(code, seconds), Some(seconds / 30), "{seconds}");
            assert_eq!(step(&format!(" {} {}", &code[..3], &code[3..]), seconds), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_one_step_before_and_after_and_no_longer() {
        let (seconds, code) = PUBLISHED[2];
        let at = |steps: i64| step(code, seconds + steps * 30);
        assert_eq!([at(-2), at(-1), at(1), at(2)], [None, Some(41_152_263), Some(41_152_263), None]);
    }

    #[test]
    fn nothing_else_is_a_code() {
        for wrong in ["", "005925", "05924", "0059240", "aaaaaa", "٠٠٥٩٢٤"] {
            assert_eq!(step(wrong, 1_234_567_890), None, "{wrong}");
        }
    }
}
