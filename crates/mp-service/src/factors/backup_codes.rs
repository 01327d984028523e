//! Backup codes: ten, each good once.
//!
//! Owns how one looks. Must never store a readable one.

use mp_domain::api_key::StoredSecret;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::AccountId;
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_store::{backup_code, passkey};

use super::{BackupCodes, FactorError};
use crate::browser::SignedIn;
use crate::service::Service;
use crate::sessions::still_signed_in;

/// Thirty-two letters and digits that nobody mistakes for each other: each is five bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Sixty bits: with ten tries in a quarter of an hour nobody finds one.
const LENGTH: usize = 12;
/// Shown in groups of so many.
const GROUP: usize = 4;
const HOW_MANY: usize = 10;

impl Service {
    /// Ten new backup codes instead of those that are left. Needs a fresh sign-in and a second factor.
    pub async fn renew_backup_codes(&self, who: &SignedIn) -> Result<BackupCodes, FactorError> {
        self.need_fresh(who)?;
        let (codes, digests) = self.make_backup_codes(who.account.id);
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("renew_backup_codes", move |tx| {
            let (person, _) = still_signed_in(tx, &who, record.at)?.ok_or(FactorError::SessionOver)?;
            if person.totp.is_none() && passkey::count(tx, person.id)? == 0 {
                return Err(FactorError::NotOn);
            }
            backup_code::replace(tx, person.id, &digests)?;
            let (kind, subject) = (EventKind::AccountBackupCodesRenewed, Subject::Account(person.id));
            Ok(record.append(tx, kind, subject, None, person.login.as_str())?)
        })
        .await?;
        Ok(codes)
    }

    /// Ten codes and what is stored of them.
    pub(super) fn make_backup_codes(&self, account: AccountId) -> (BackupCodes, Vec<StoredSecret>) {
        let codes: Vec<PlainSecret> = (0..HOW_MANY).map(|_| shown(&self.random())).collect();
        let peppers = self.peppers.load();
        let pepper = peppers.current();
        let stored = codes.iter().map(|code| StoredSecret {
            digest: pepper.digest(bound(account, &plain(code.expose())).as_bytes()),
            pepper: pepper.number(),
        });
        let stored = stored.collect();
        (BackupCodes(codes), stored)
    }

    /// What may be stored of a code that somebody typed.
    pub(super) fn backup_code_digests(&self, account: AccountId, typed: &str) -> Vec<SecretDigest> {
        self.digests(&bound(account, &plain(typed)))
    }
}

/// A code in groups, as it is shown.
fn shown(random: &[u8; LENGTH]) -> PlainSecret {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte & 31)]);
    let groups: Vec<String> = random.chunks(GROUP).map(|group| group.iter().map(letter).collect()).collect();
    PlainSecret::new(groups.join("-"))
}

/// A code as it is compared: however its groups are typed.
fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).take(LENGTH + 1).collect::<String>().to_lowercase()
}

/// The same code of two people has two digests.
fn bound(account: AccountId, code: &str) -> String {
    format!("backup code {account} {code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_in_groups_and_read_however_it_is_typed() {
        let code = shown(&[0, 1, 2, 3, 31, 30, 29, 28, 255, 32, 64, 7]);
        assert_eq!(code.expose(), "abcd-9876-9aah");
        for typed in ["abcd-9876-9aah", "ABCD 9876 9AAH", " abcd98769aah "] {
            assert_eq!(plain(typed), "abcd98769aah", "{typed}");
        }
        assert_ne!(plain("abcd-9876-9aah-x"), "abcd98769aah");
    }
}
