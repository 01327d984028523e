//! The clock a test owns.
//!
//! Owns a moment that changes only when the test says so. Must never look at the machine's clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mp_domain::time::{Clock, Timestamp};

/// A clock that stands still until it is told to move. Share it in an `Arc` with what is under test.
#[derive(Debug)]
pub struct ManualClock {
    /// Microseconds since the Unix epoch.
    micros: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `moment`.
    #[must_use]
    pub const fn at(moment: Timestamp) -> Self {
        Self { micros: AtomicI64::new(moment.micros()) }
    }

    /// Moves to `moment`, which may also be earlier: clocks of real machines are set back as well.
    pub fn set(&self, moment: Timestamp) {
        self.micros.store(moment.micros(), Ordering::SeqCst);
    }

    /// Moves forward by `span`, without losing a step that another thread makes at the same time.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).expect("no test moves its clock by 292 000 years");
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let clock = ManualClock::at(Timestamp::from_seconds(100));
        assert_eq!(clock.now(), Timestamp::from_seconds(100));
        clock.advance(Duration::from_secs(20));
        assert_eq!(clock.now(), Timestamp::from_seconds(120));
        clock.set(Timestamp::from_seconds(7));
        assert_eq!(clock.now(), Timestamp::from_seconds(7));
    }
}
