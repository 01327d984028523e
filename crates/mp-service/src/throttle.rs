//! How often something may fail before it is refused unseen.
//!
//! Owns the counts, in memory and bounded. Must never be asked after the costly part: an attempt is charged before
//! anything is hashed, and given back if it was no failure, so that a thousand attempts at once are a thousand attempts.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use mp_domain::ids::{AccountId, SessionId};
use mp_domain::secret::SecretDigest;
use mp_domain::time::Timestamp;
use parking_lot::Mutex;

/// How long failures are remembered, from the first of them.
pub(crate) const WINDOW: Duration = Duration::from_secs(15 * 60);
/// As much is remembered at once: about ten megabytes. Beyond that the oldest is forgotten.
const MOST_ENTRIES: usize = 100_000;

/// Whose failures are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Everything from one address; of IPv6 the network of a household.
    Address(IpAddr),
    /// Sign-ins under one name, whether it is anybody's or not: the digest of what was typed.
    Name(SecretDigest),
    /// Sign-ins of a person in a browser that is known.
    KnownBrowser(AccountId, [u8; 16]),
    /// Codes of a person in all browsers together: whoever gets as far as a code has the password already.
    FactorAnywhere(AccountId),
    /// Codes of a person in browsers that nobody knows.
    Factor(AccountId),
    /// Codes of a person in a browser that is known.
    FactorInKnownBrowser(AccountId, [u8; 16]),
    /// Passwords asked for again in a session.
    Session(SessionId),
    /// Recoveries under one name.
    Recovery(SecretDigest),
    /// Letters a person asked for.
    Letters(AccountId),
    /// Letters that verify this address, whoever asks for them: the digest of the folded address.
    LettersTo(SecretDigest),
    /// Letters that verify an address, asked for from one address of the network.
    LettersFrom(IpAddr),
    /// Registrations from one address.
    SignUp(IpAddr),
}

impl Key {
    /// Everything from this address.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(household(address))
    }

    /// Registrations from this address.
    pub(crate) fn sign_up(address: IpAddr) -> Self {
        Self::SignUp(household(address))
    }

    /// Letters asked for from this address.
    pub(crate) fn letters_from(address: IpAddr) -> Self {
        Self::LettersFrom(household(address))
    }

    /// How many failures are allowed within [`WINDOW`].
    fn most(self) -> u32 {
        match self {
            Self::Address(_) => 50,
            Self::SignUp(_) | Self::LettersFrom(_) | Self::FactorAnywhere(_) => 20,
            Self::Recovery(_) | Self::Letters(_) | Self::LettersTo(_) => 5,
            Self::Name(_)
            | Self::KnownBrowser(..)
            | Self::Factor(_)
            | Self::FactorInKnownBrowser(..)
            | Self::Session(_) => 10,
        }
    }
}

/// Whoever has one address of IPv6 has the 2^64 of its network (RFC 6177 §2).
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    attempts: u32,
    since: Timestamp,
}

impl Count {
    /// Whether it says nothing any more: its window has passed, or everything in it was given back.
    fn is_over(&self, now: Timestamp) -> bool {
        self.attempts == 0 || now.since(self.since) >= WINDOW
    }
}

#[derive(Default)]
struct Counts {
    by_key: HashMap<Key, Count>,
    /// The same keys, oldest first.
    order: VecDeque<Key>,
}

/// All counts of a process.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
}

/// An attempt that was let through and charged. It stays charged unless it is given back.
#[must_use = "an attempt that was no failure is given back"]
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    keys: Vec<Key>,
}

impl Throttle {
    /// Charges an attempt to all keys, or to none and says when to try again.
    pub(crate) fn attempt(&self, now: Timestamp, keys: &[Key]) -> Result<Attempt<'_>, Duration> {
        let mut counts = self.counts.lock();
        counts.forget(now);
        let longest = keys.iter().filter_map(|key| counts.wait(*key, now)).max();
        if let Some(wait) = longest {
            return Err(wait);
        }
        for key in keys {
            counts.charge(*key, now);
        }
        Ok(Attempt { throttle: self, keys: keys.to_vec() })
    }
}

impl Attempt<'_> {
    /// The attempt was no failure.
    pub(crate) fn give_back(self) {
        let mut counts = self.throttle.counts.lock();
        for key in &self.keys {
            if let Some(count) = counts.by_key.get_mut(key) {
                count.attempts = count.attempts.saturating_sub(1);
            }
        }
    }
}

impl Counts {
    /// Drops what is too old, and the oldest of what is too much.
    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let is_over = self.by_key.get(oldest).is_none_or(|count| count.is_over(now));
            if !is_over && self.order.len() <= MOST_ENTRIES {
                return;
            }
            self.by_key.remove(oldest);
            self.order.pop_front();
        }
    }

    /// How long to wait where the budget is used up.
    fn wait(&self, key: Key, now: Timestamp) -> Option<Duration> {
        let count = self.by_key.get(&key).filter(|count| !count.is_over(now))?;
        (count.attempts >= key.most()).then(|| WINDOW.saturating_sub(now.since(count.since)))
    }

    fn charge(&mut self, key: Key, now: Timestamp) {
        let order = &mut self.order;
        let count = self.by_key.entry(key).or_insert_with(|| {
            order.push_back(key);
            Count { attempts: 0, since: now }
        });
        // It keeps its place in the order, where it is forgotten a little late.
        if count.is_over(now) {
            *count = Count { attempts: 0, since: now };
        }
        count.attempts += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn name(number: u32) -> Key {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Key::Name(SecretDigest::from_bytes(bytes))
    }

    fn fail(throttle: &Throttle, now: Timestamp, keys: &[Key]) -> Result<(), Duration> {
        throttle.attempt(now, keys).map(drop)
    }

    #[test]
    fn ten_failures_are_allowed_and_forgotten_a_quarter_of_an_hour_after_the_first() {
        let throttle = Throttle::default();
        for second in 0..10 {
            assert_eq!(fail(&throttle, NOON.plus(Duration::from_secs(second)), &[name(1)]), Ok(()));
        }
        let later = NOON.plus(Duration::from_secs(60));
        assert_eq!(fail(&throttle, later, &[name(1)]), Err(Duration::from_secs(14 * 60)));
        assert_eq!(fail(&throttle, later, &[name(2)]), Ok(()));
        assert_eq!(fail(&throttle, NOON.plus(WINDOW), &[name(1)]), Ok(()));
    }

    #[test]
    fn what_was_no_failure_costs_nothing() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            throttle.attempt(NOON, &[name(1)]).map(Attempt::give_back).unwrap();
        }
        for _ in 0..10 {
            assert_eq!(fail(&throttle, NOON, &[name(1)]), Ok(()));
        }
        assert!(fail(&throttle, NOON, &[name(1)]).is_err());
    }

    #[test]
    fn a_window_begins_with_the_first_failure() {
        let throttle = Throttle::default();
        let later = |seconds| NOON.plus(Duration::from_secs(seconds));
        throttle.attempt(NOON, &[name(1)]).map(Attempt::give_back).unwrap();
        for number in 2..5 {
            fail(&throttle, later(1), &[name(number)]).unwrap();
        }
        for _ in 0..10 {
            fail(&throttle, later(60), &[name(1)]).unwrap();
        }
        assert_eq!(fail(&throttle, later(60), &[name(1)]), Err(WINDOW));
        assert_eq!(fail(&throttle, later(60 + 15 * 60), &[name(1)]), Ok(()));
    }

    #[test]
    fn attempts_under_way_count() {
        let throttle = Throttle::default();
        let under_way: Vec<_> = (0..10).map(|_| throttle.attempt(NOON, &[name(1)])).collect();
        assert!(throttle.attempt(NOON, &[name(1)]).is_err());
        assert!(under_way.iter().all(Result::is_ok));
    }

    #[test]
    fn what_is_refused_by_one_key_is_charged_to_none() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            fail(&throttle, NOON, &[name(1)]).unwrap();
        }
        for _ in 0..20 {
            assert!(fail(&throttle, NOON, &[name(2), name(1)]).is_err());
        }
        assert_eq!(fail(&throttle, NOON, &[name(2)]), Ok(()));
    }

    #[test]
    fn a_household_has_one_budget() {
        let address = |text: &str| Key::address(text.parse().unwrap());
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn memory_is_bounded_however_many_names_are_tried() {
        let throttle = Throttle::default();
        for number in 0..(u32::try_from(MOST_ENTRIES).unwrap() + 50_000) {
            fail(&throttle, NOON, &[name(number)]).unwrap();
        }
        let counts = throttle.counts.lock();
        assert!(counts.by_key.len() <= MOST_ENTRIES + 1, "{}", counts.by_key.len());
        assert_eq!(counts.by_key.len(), counts.order.len());
    }
}
