//! Waiting for another process.
//!
//! Owns the one place where tests let real time pass. Must never be used for what a [`crate::ManualClock`] can show.

use std::thread;
use std::time::{Duration, Instant};

/// How often the condition is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// Returns as soon as `condition` holds.
///
/// # Panics
/// If it still does not hold after `limit`; the message names `what` was waited for.
#[track_caller]
pub fn eventually(what: &str, limit: Duration, condition: impl FnMut() -> bool) {
    assert!(happens(limit, condition), "waited {limit:?} in vain: {what}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_when_the_condition_holds() {
        let mut looks = 0;
        eventually("third look", Duration::from_secs(60), || {
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
    }

    #[test]
    #[should_panic(expected = "in vain: the impossible")]
    fn waiting_in_vain_is_a_failure_that_says_for_what() {
        eventually("the impossible", Duration::ZERO, || false);
    }
}
