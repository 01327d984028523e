//! People.
//!
//! Owns what an account is. Must never hold a readable password or know how one is hashed.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::ids::AccountId;
use crate::name::Name;
use crate::secret::SealedBytes;
use crate::time::Timestamp;

/// A login: 1 to 64 of `a-z 0-9 . _ @ + -`, compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

/// Why a text is no login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' cannot be a login: 1 to 64 letters a-z, digits and . _ @ + - are expected, beginning with a letter or digit"
)]
pub struct InvalidLogin(String);

impl Login {
    /// The text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = InvalidLogin;

    fn from_str(text: &str) -> Result<Self, InvalidLogin> {
        let lower = text.to_ascii_lowercase();
        let fits = (1..=64).contains(&lower.len())
            && lower.starts_with(|c: char| c.is_ascii_alphanumeric())
            && lower.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@+-".contains(&b));
        if fits { Ok(Self(lower)) } else { Err(InvalidLogin(text.to_owned())) }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An e-mail address as far as it can be judged without sending a letter: a dot-atom (RFC 5322 §3.4.1, with the letters of
/// RFC 6531) at a host name, in the lengths of RFC 5321 §4.5.3.1. Quoted names and addresses of machines are left out:
/// nobody has them, and half of all mailers refuse them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no e-mail address: something like name@example.org is expected")]
pub struct InvalidEmail(String);

impl Email {
    /// The text as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// In lower case, for comparing: nobody means another mailbox by another capitalisation.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let fits = text.len() <= 254
            && text.split_once('@').is_some_and(|(local, domain)| is_dot_atom(local) && is_host_name(domain));
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidEmail(text.to_owned())) }
    }
}

fn is_dot_atom(local: &str) -> bool {
    let is_atom_text = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_text))
}

fn is_host_name(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A password in its stored form: a PHC string (`$argon2id$…`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string; whether it can be verified is the hasher's question.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for storing and verifying.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// A second factor by time-based codes (RFC 6238).
#[derive(Clone, PartialEq, Eq)]
pub struct Totp {
    /// The shared secret, sealed.
    pub secret: SealedBytes,
    /// The newest time step whose code was accepted: none up to it is accepted again (RFC 6238 §5.2).
    pub last_step: i64,
    /// Since when it is on.
    pub since: Timestamp,
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp")
    }
}

/// A person who may sign in and own or serve businesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Unique.
    pub login: Login,
    /// Where notices go.
    pub email: Email,
    /// As the person wants to be called.
    pub name: Option<Name>,
    /// Never leaves the server.
    pub password_hash: PasswordHash,
    /// Raised by everything that ends all tokens of the person at once (design: mass revocation is one write).
    pub credential_epoch: i64,
    /// What `credential_epoch` became when the person last logged out everywhere: tokens and sessions of an earlier
    /// epoch are answered with that reason (yandex-oauth §8.3).
    pub logout_epoch: i64,
    /// Since when it is known that the address reaches the person.
    pub email_verified_at: Option<Timestamp>,
    /// The second factor by time-based codes.
    pub totp: Option<Totp>,
    /// Since when the account is switched off.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_compared_in_lower_case() {
        assert_eq!("Olga.P".parse::<Login>().unwrap().as_str(), "olga.p");
        for bad in ["", "ольга", "a b", "a/b", "-a", &"x".repeat(65)] {
            assert!(bad.parse::<Login>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_e_mail_address_is_a_dot_atom_at_a_host_name() {
        for good in ["olga@example.org", "olga.p+shop@mail.example.org", "ольга@пример.рф", "root@localhost"]
        {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "olga",
            "@example.org",
            "olga@",
            "o lga@example.org",
            "a@b@c",
            "Olga <olga@example.org>",
            "<olga@example.org>",
            "olga@example.org,eve@example.org",
            "olga@example.org;eve@example.org",
            "olga,eve@example.org",
            "\"olga\"@example.org",
            "olga(shop)@example.org",
            ".olga@example.org",
            "ol..ga@example.org",
            "olga@example..org",
            "olga@-example.org",
            "olga@[192.0.2.1]",
            "olga@example.org\r\nBcc: eve@example.org",
            &format!("{}@example.org", "x".repeat(65)),
            &format!("olga@{}.org", "x".repeat(64)),
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_hash_is_not_printed() {
        assert_eq!(format!("{:?}", PasswordHash::new("$argon2id$x".into())), "PasswordHash");
    }
}
