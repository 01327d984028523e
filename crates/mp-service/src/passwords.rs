//! Passwords: argon2id with the parameters of RFC 9106 §4 (second recommendation, with 19 MiB as OWASP advises).
//!
//! Owns hashing and the pool that bounds it: each hash takes memory and tens of milliseconds, so only as many run at once
//! as there are cores. Must never keep a password.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use mp_domain::account::PasswordHash;
use mp_domain::entropy::Entropy;
use mp_domain::secret::PlainSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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

/// As many people may wait for the pool, of each kind: whoever comes later would wait so long that they try again, which
/// makes it worse.
const LONGEST_QUEUE: usize = 64;
/// A hash that no password has, with the parameters of every other: verifying against it takes the same time.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keSA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many are waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

/// Who waits. A storm of strangers must not keep those out who have been here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    Known,
    Strangers,
}

#[derive(Clone)]
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    waiting: Arc<[AtomicUsize; 2]>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores)), waiting: Arc::default() }
    }
}

/// A place in the pool: one hash may be made with it.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Somebody in a queue, who leaves it however the waiting ends.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a password may be hashed at all.
pub(crate) fn acceptable(password: &PlainSecret) -> Result<(), UnacceptablePassword> {
    if password.expose().chars().count() < SHORTEST {
        return Err(UnacceptablePassword::TooShort);
    }
    if password.expose().len() > LONGEST {
        return Err(UnacceptablePassword::TooLong);
    }
    Ok(())
}

impl Passwords {
    /// Hashes a password that is neither too short nor too long, for the operator, who may wait.
    pub(crate) async fn hash(
        &self,
        password: PlainSecret,
        entropy: &dyn Entropy,
    ) -> Result<PasswordHash, UnacceptablePassword> {
        acceptable(&password)?;
        let place = self.next_place().await;
        Ok(hash_at(place, password, entropy).await)
    }

    /// Waits for a place, unless too many wait already.
    pub(crate) async fn place(&self, queue: Queue) -> Result<Place, Busy> {
        let waiting = &self.waiting[usize::from(queue == Queue::Known)];
        let before_me = waiting.fetch_add(1, Ordering::Relaxed);
        let _leaving = Waiting(waiting);
        if before_me >= LONGEST_QUEUE {
            return Err(Busy);
        }
        Ok(self.next_place().await)
    }

    async fn next_place(&self) -> Place {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        Place { _permit: permit.expect("the semaphore is never closed") }
    }

    /// Whether the password is the one of the hash. Takes the same time where there is no hash, or a password too long to
    /// be anybody's.
    pub(crate) async fn verify(
        &self,
        queue: Queue,
        password: PlainSecret,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Busy> {
        let place = self.place(queue).await?;
        let hash = hash.filter(|_| password.expose().len() <= LONGEST);
        let verified = tokio::task::spawn_blocking(move || {
            let phc = hash.as_ref().map_or(NOBODYS, PasswordHash::as_str);
            let password = &password.expose().as_bytes()[..password.expose().len().min(LONGEST)];
            let fits = Argon2::default().verify_password(password, phc).is_ok();
            drop(place);
            fits && hash.is_some()
        });
        Ok(verified.await.expect("hashing does not panic"))
    }
}

/// Whether verifying against the hash takes the time that every other takes.
pub(crate) fn has_our_parameters(hash: &PasswordHash) -> bool {
    let Ok(hash) = phc::PasswordHash::new(hash.as_str()) else { return false };
    let Ok(params) = Params::try_from(&hash) else { return false };
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    hash.algorithm == Algorithm::default().ident()
        && hash.version == Some(Version::default().into())
        && cost(&params) == cost(&Params::default())
        && hash.hash.is_some_and(|output| output.as_bytes().len() == Params::DEFAULT_OUTPUT_LEN)
}

/// Hashes an [`acceptable`] password.
pub(crate) async fn hash_at(place: Place, password: PlainSecret, entropy: &dyn Entropy) -> PasswordHash {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hashed = tokio::task::spawn_blocking(move || {
        let phc = Argon2::default()
            .hash_password_with_salt(password.expose().as_bytes(), &salt)
            .expect("the parameters are argon2's own defaults and the lengths were checked");
        drop(place);
        PasswordHash::new(phc.to_string())
    });
    hashed.await.expect("hashing does not panic")
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

    fn plain(text: &str) -> PlainSecret {
        PlainSecret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_verified_against_its_own_hash_alone() {
        let (passwords, hash) = (Passwords::default(), hash("correct horse").await.unwrap());
        let verify = |text: &str, hash| passwords.verify(Queue::Strangers, plain(text), hash);
        assert_eq!(verify("correct horse", Some(hash.clone())).await, Ok(true));
        assert_eq!(verify("correct horse ", Some(hash.clone())).await, Ok(false));
        assert_eq!(verify("", Some(hash)).await, Ok(false));
        assert_eq!(verify("correct horse", None).await, Ok(false));
        let longest = "x".repeat(1024);
        let hash = passwords.hash(plain(&longest), &SeededEntropy::new(1)).await.unwrap();
        assert_eq!(verify(&(longest + "y"), Some(hash)).await, Ok(false), "nothing is cut off");
    }

    #[test]
    fn nobodys_hash_costs_what_every_other_costs() {
        assert!(has_our_parameters(&PasswordHash::new(NOBODYS.to_owned())));
    }

    #[test]
    fn a_hash_of_other_cost_kind_version_or_length_is_told_from_ours() {
        let others = [
            ("m=19456", "m=19457"),
            ("t=2", "t=3"),
            ("p=1", "p=2"),
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("v=19$", ""),
            ("AAAA", ""),
        ];
        for (ours, other) in others {
            let hash = NOBODYS.replacen(ours, other, 1);
            assert_ne!(hash, NOBODYS);
            assert!(!has_our_parameters(&PasswordHash::new(hash)), "{other} for {ours}");
        }
    }

    #[tokio::test]
    async fn the_queue_of_strangers_is_bounded_and_leaves_room_for_those_known() {
        let passwords = Passwords::default();
        let cores = passwords.permits.available_permits();
        let mut held = Vec::new();
        for _ in 0..cores {
            held.push(passwords.place(Queue::Strangers).await.map_err(|_| ()).unwrap());
        }
        let waiting: Vec<_> = (0..LONGEST_QUEUE)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.place(Queue::Strangers).await.is_ok() })
            })
            .collect();
        while passwords.waiting[0].load(Ordering::Relaxed) < LONGEST_QUEUE {
            tokio::task::yield_now().await;
        }
        assert!(passwords.place(Queue::Strangers).await.is_err());
        let known = passwords.clone();
        let known = tokio::spawn(async move { known.place(Queue::Known).await.is_ok() });
        drop(held);
        for each in waiting {
            assert!(each.await.unwrap());
        }
        assert!(known.await.unwrap());
        assert!(passwords.place(Queue::Strangers).await.is_ok());
    }
}
