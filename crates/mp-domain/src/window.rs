//! Limits: so many points per period, counted in windows aligned to the clock.
//!
//! Owns where a window ends and whether a cost still fits. Must never keep a counter: the limiter does.

use std::fmt;

use crate::time::Timestamp;

/// The length of a window, in seconds: from one second to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period(u32);

impl Period {
    /// One hour.
    pub const HOUR: Self = Self(3600);

    /// The period of that many seconds; `None` if there is no such.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds >= 1 && seconds <= 36_525 * 86_400 { Some(Self(seconds)) } else { None }
    }

    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The end of the window that `now` is in, in seconds since the epoch (market-api §5.2: fixed, aligned to UTC).
    #[must_use]
    pub fn window_end(self, now: Timestamp) -> WindowEnd {
        let period = i64::from(self.0);
        let end = (now.seconds().div_euclid(period) + 1) * period;
        WindowEnd(u32::try_from(end).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Period {
    /// `1 hour`, `2 minutes`, as the refusals of the seller API spell it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            s if s % 86_400 == 0 => (s / 86_400, "day"),
            s if s % 3_600 == 0 => (s / 3_600, "hour"),
            s if s % 60 == 0 => (s / 60, "minute"),
            s => (s, "second"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// The moment a window ends, which also names the window: seconds since the epoch, good until 2106.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowEnd(u32);

impl WindowEnd {
    /// The window that ends that many seconds after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Whether it lies in the past.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        i64::from(self.0) <= now.seconds()
    }
}

/// How much is allowed per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Points per window.
    pub amount: u32,
    /// The window.
    pub period: Period,
}

impl Quota {
    /// The quota with its amount multiplied (`[limits] scale`), at least 1.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let amount = (f64::from(self.amount) * factor).round().clamp(1.0, f64::from(u32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range just above"
        )]
        let amount = amount as u32;
        Self { amount, ..self }
    }
}

/// What is left after a charge, for the `X-RateLimit-Resource-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Points per window.
    pub limit: u32,
    /// Points left in this window.
    pub remaining: u32,
    /// When the window ends.
    pub until: WindowEnd,
    /// The same in seconds, where the headers of the IETF's draft are wanted.
    pub reset: Option<Reset>,
}

/// A window as it is told to whoever has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// How long windows are.
    pub period: Period,
    /// Seconds until this one ends; at least 1.
    pub seconds: u32,
}

impl Reset {
    /// What is left at `now` of the window that ends then.
    #[must_use]
    pub fn at(now: Timestamp, period: Period, until: WindowEnd) -> Self {
        let seconds = (i64::from(until.seconds()) - now.seconds()).max(1);
        Self { period, seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_window_ends_on_the_clock() {
        // market-api §5.2: 14:05:00 for a per-minute limit at 14:04:20.
        let at = |text: &str| Timestamp::from_seconds(text.parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(Period(60).window_end(at("2026-11-21T14:04:20Z")).seconds(), 1_795_269_900);
        assert_eq!(Period(120).window_end(at("2026-11-21T15:16:30Z")).seconds(), 1_795_274_280);
        assert_eq!(
            Period(60).window_end(at("2026-11-21T14:05:00Z")).seconds(),
            1_795_269_960,
            "a boundary begins"
        );
    }

    #[test]
    fn periods_are_spelled_as_in_the_refusals() {
        let spelled = [60, 120, 600, 3600, 86_400, 90].map(|seconds| Period(seconds).to_string());
        assert_eq!(spelled, ["1 minute", "2 minutes", "10 minutes", "1 hour", "1 day", "90 seconds"]);
    }

    #[test]
    fn a_scaled_quota_never_becomes_nothing() {
        let quota = Quota { amount: 100, period: Period::HOUR };
        assert_eq!(quota.scaled(1000.0).amount, 100_000);
        assert_eq!(quota.scaled(0.000_001).amount, 1);
        assert_eq!(quota.scaled(1e300).amount, u32::MAX);
    }

    proptest! {
        #[test]
        fn every_moment_lies_in_exactly_one_window(seconds in 0_i64..4_000_000_000, period in 1_u32..100_000) {
            let end = i64::from(Period(period).window_end(Timestamp::from_seconds(seconds)).seconds());
            prop_assert!(end > seconds);
            prop_assert!(end - i64::from(period) <= seconds);
            prop_assert_eq!(end % i64::from(period), 0);
        }
    }
}
