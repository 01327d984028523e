//! The clock of a demonstration: the machine's, moved.
//!
//! Owns how far. Must never be what a server tells the time by.

use std::sync::atomic::{AtomicI64, Ordering};

use mp_domain::time::{Clock, Timestamp};

use crate::system::SystemClock;

/// Goes on as the machine's clock does, from wherever it was moved to.
#[derive(Debug, Default)]
pub(super) struct DemoClock {
    /// In microseconds; behind the machine's clock if negative.
    ahead: AtomicI64,
}

impl DemoClock {
    /// Moves it to a moment.
    pub(super) fn set(&self, moment: Timestamp) {
        self.ahead.store(moment.micros() - SystemClock.now().micros(), Ordering::SeqCst);
    }

    /// Tells the machine's time again.
    pub(super) fn reset(&self) {
        self.ahead.store(0, Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().micros().saturating_add(self.ahead.load(Ordering::SeqCst)))
    }
}
