//! Waiting for another process, on a machine that may have other things to do.
//!
//! Owns the one place where tests let real time pass, and what they call too long. Must never be used for what a
//! [`crate::ManualClock`] can show.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what is to happen anyway. So long that only what never happens takes longer, however busy
/// the machine is: waiting costs nothing where the test passes.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How often the condition is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// How long one turn of looking and pausing takes at most in [`RunningTime`].
const LONGEST_TURN: Duration = Duration::from_millis(50);

/// Returns as soon as `condition` holds.
///
/// # Panics
/// If it still does not hold when [`PATIENCE`] is over; the message names `what` was waited for.
#[track_caller]
pub fn eventually(what: &str, condition: impl FnMut() -> bool) {
    assert!(happens(PATIENCE, condition), "waited {PATIENCE:?} in vain: {what}");
}

/// Returns as soon as `condition` holds, which it must before `promised` is over in [`RunningTime`].
///
/// # Panics
/// If it does not; the message names `what` was promised.
#[track_caller]
pub fn promptly(what: &str, promised: Duration, mut condition: impl FnMut() -> bool) {
    let mut time = RunningTime::start();
    while !condition() {
        assert!(time.look() < promised, "not within {promised:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// Whether `condition` comes to hold before `limit` is over.
pub fn happens(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if started.elapsed() >= limit {
            return false;
        }
        thread::sleep(PAUSE);
    }
}

/// The time for which a promise is held to: what passes between two looks counts, but no more of it than a fraction of
/// a second. Whoever was not looked at for longer did not fail to act: the machine stood still.
#[derive(Debug)]
pub struct RunningTime {
    looked: Instant,
    counted: Duration,
}

impl RunningTime {
    /// From now on.
    #[must_use]
    pub fn start() -> Self {
        Self { looked: Instant::now(), counted: Duration::ZERO }
    }

    /// What has passed since the start. To be called again and again, as often as what was promised is looked at.
    pub fn look(&mut self) -> Duration {
        self.look_at(Instant::now())
    }

    fn look_at(&mut self, now: Instant) -> Duration {
        self.counted += (now - self.looked).min(LONGEST_TURN);
        self.looked = now;
        self.counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_when_the_condition_holds() {
        let mut looks = 0;
        eventually("third look", || {
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
    }

    #[test]
    #[should_panic(expected = "not within 0ns: the impossible")]
    fn a_broken_promise_is_a_failure_that_says_which() {
        promptly("the impossible", Duration::ZERO, || false);
    }

    #[test]
    fn waiting_in_vain_is_told() {
        assert!(!happens(Duration::ZERO, || false));
    }

    #[test]
    fn a_machine_that_stands_still_uses_up_no_promise() {
        let mut time = RunningTime::start();
        let start = time.looked;
        let looks =
            [10, 40, 30_040, 30_050].map(|millis| time.look_at(start + Duration::from_millis(millis)));
        assert_eq!(looks.map(|counted| counted.as_millis()), [10, 40, 90, 100]);
    }
}
