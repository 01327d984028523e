//! The server's time, and how long what it said can be relied on.
//!
//! Owns the one rule of trust: what the server knew when it answered a beat, it knew after the beat was sent, so that
//! nothing depends on how long the answer was under way. Must never tell a time that is not to be trusted.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mp_domain::time::Timestamp;
use mp_stream::OLDEST;

pub(crate) struct ServerTime {
    start: Instant,
    /// The server's clock at the start of ours, in microseconds.
    origin: AtomicI64,
    /// Until when what is known is believed, in microseconds since the start.
    trusted_until: AtomicU64,
}

impl ServerTime {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), origin: AtomicI64::new(0), trusted_until: AtomicU64::new(0) }
    }

    /// Microseconds since the start: the number of a beat that is sent now.
    pub(crate) fn elapsed(&self) -> u64 {
        micros(self.start.elapsed())
    }

    /// Takes the answer to the beat with this number.
    pub(crate) fn heard(&self, number: u64, now: i64, age: u64) {
        let elapsed = self.elapsed();
        self.origin.store(now.saturating_sub_unsigned(elapsed), Ordering::Relaxed);
        // A number of the future is no answer to any beat of ours.
        let until = number.min(elapsed).saturating_add(micros(OLDEST)).saturating_sub(age);
        self.trusted_until.store(until, Ordering::Release);
    }

    /// Nothing is to be trusted any more.
    pub(crate) fn lose_trust(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    /// The server's time, while what is known can be relied on.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.at(self.elapsed())
    }

    fn at(&self, elapsed: u64) -> Option<Timestamp> {
        let is_trusted = elapsed < self.trusted_until.load(Ordering::Acquire);
        let origin = self.origin.load(Ordering::Relaxed);
        is_trusted.then(|| Timestamp::from_micros(origin.saturating_add_unsigned(elapsed)))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_ends_a_second_after_the_beat_was_sent_less_the_age_of_what_the_server_knew() {
        let time = ServerTime::new();
        assert_eq!(time.now(), None, "nothing was heard");
        time.heard(0, 5_000_000, 0);
        assert!(time.at(0).is_some());
        assert!(time.at(micros(OLDEST) - 1).is_some());
        assert_eq!(time.at(micros(OLDEST)), None);
        time.heard(0, 5_000_000, 200_000);
        assert_eq!(time.at(micros(OLDEST) - 200_000), None);
        time.heard(0, 5_000_000, u64::MAX);
        assert_eq!(time.at(0), None, "a server that knows nothing new vouches for nothing");
        time.heard(u64::MAX, 5_000_000, 0);
        assert_eq!(time.at(10 * micros(OLDEST)), None, "a beat that was never sent");
        time.heard(0, 5_000_000, 0);
        time.lose_trust();
        assert_eq!(time.at(0), None);
    }
}
