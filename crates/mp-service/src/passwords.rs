//! Passwords: argon2id with the parameters of RFC 9106 §4 (second recommendation, with 19 MiB as OWASP advises).
//!
//! Owns hashing and the pool that bounds it: each hash takes memory and tens of milliseconds, so only as many run at once
//! as there are cores. Must never keep a password.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use mp_domain::account::PasswordHash;
use mp_domain::entropy::Entropy;
use mp_domain::secret::PlainSecret;
use tokio::sync::Semaphore;

/// The shortest password accepted, in characters (NIST SP 800-63B §5.1.1.2).
const SHORTEST: usize = 8;
/// The longest password accepted, in bytes: hashing time must not depend on the caller's generosity.
const LONGEST: usize = 1024;

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnacceptablePassword {
    /// Too short.
    #[error("the password is too short: at least {SHORTEST} characters are expected")]
    TooShort,
    /// Too long.
    #[error("the password is too long: at most {LONGEST} bytes are accepted")]
    TooLong,
}

#[derive(Clone)]
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores)) }
    }
}

impl Passwords {
    /// Hashes a password that is neither too short nor too long.
    pub(crate) async fn hash(
        &self,
        password: PlainSecret,
        entropy: &dyn Entropy,
    ) -> Result<PasswordHash, UnacceptablePassword> {
        if password.expose().chars().count() < SHORTEST {
            return Err(UnacceptablePassword::TooShort);
        }
        if password.expose().len() > LONGEST {
            return Err(UnacceptablePassword::TooLong);
        }
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        let hashed = tokio::task::spawn_blocking(move || {
            let phc = Argon2::default()
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .expect("the parameters are argon2's own defaults and the lengths were checked");
            drop(permit);
            PasswordHash::new(phc.to_string())
        });
        Ok(hashed.await.expect("hashing does not panic"))
    }
}

#[cfg(test)]
mod tests {
    use mp_testkit::SeededEntropy;

    use super::*;

    async fn hash(password: &str) -> Result<PasswordHash, UnacceptablePassword> {
        Passwords::default().hash(PlainSecret::new(password.to_owned()), &SeededEntropy::new(1)).await
    }

    #[tokio::test]
    async fn a_password_becomes_an_argon2id_phc_string() {
        let hash = hash("correct horse").await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_refused_before_hashing() {
        assert_eq!(hash("пароль7").await.unwrap_err(), UnacceptablePassword::TooShort);
        assert!(hash("пароль78").await.is_ok(), "characters are counted, not bytes");
        assert_eq!(hash(&"x".repeat(1025)).await.unwrap_err(), UnacceptablePassword::TooLong);
    }
}
