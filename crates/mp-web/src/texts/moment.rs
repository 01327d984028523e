//! Moments as people say them: "5 minutes ago", with the exact moment for those who point at it and for machines.
//!
//! Owns the steps from seconds to months and the name of a day. Must never read a clock.

use std::time::Duration;

use mp_domain::time::Timestamp;

use super::{Language, Text};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MONTH: u64 = 30 * DAY;

/// A moment seen from now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    language: Language,
    at: Timestamp,
    now: Timestamp,
}

impl Moment {
    pub(crate) fn new(language: Language, at: Timestamp, now: Timestamp) -> Self {
        Self { language, at, now }
    }

    /// RFC 3339, for `datetime`.
    pub(crate) fn machine_readable(self) -> String {
        self.at.to_string()
    }

    /// `22 November 2026, 03:15 UTC`. A script puts it into the person's own zone.
    pub(crate) fn exact(self) -> String {
        let Some(moment) = self.civil() else { return self.at.to_string() };
        let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
        Text::new(self.language, "moment-exact").with("day", self.day()).with("time", time).to_string()
    }

    /// `22 November 2026`.
    pub(crate) fn day(self) -> String {
        let Some(moment) = self.civil() else { return self.at.to_string() };
        let text =
            Text::new(self.language, "moment-day").with("day", moment.day()).with("month", moment.month());
        // As a text: a year takes no separator of thousands.
        text.with("year", moment.year().to_string()).to_string()
    }

    fn civil(self) -> Option<jiff::civil::DateTime> {
        let moment = jiff::Timestamp::from_second(self.at.seconds()).ok()?;
        Some(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime())
    }

    /// `5 minutes ago`, `in 3 months`, `just now`.
    pub(crate) fn relative(self) -> String {
        let past = self.at <= self.now;
        let span = if past { self.now.since(self.at) } else { self.at.since(self.now) };
        match (step(span), past) {
            (None, true) => Text::new(self.language, "moment-just-now").to_string(),
            (None, false) => Text::new(self.language, "moment-in-a-minute").to_string(),
            (Some((unit, count)), true) => self.counted(unit.ago(), count),
            (Some((unit, count)), false) => self.counted(unit.ahead(), count),
        }
    }

    fn counted(self, key: &'static str, count: u64) -> String {
        Text::new(self.language, key).with("count", count).to_string()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Months,
}

impl Unit {
    fn ago(self) -> &'static str {
        match self {
            Self::Minutes => "moment-minutes-ago",
            Self::Hours => "moment-hours-ago",
            Self::Days => "moment-days-ago",
            Self::Months => "moment-months-ago",
        }
    }

    fn ahead(self) -> &'static str {
        match self {
            Self::Minutes => "moment-in-minutes",
            Self::Hours => "moment-in-hours",
            Self::Days => "moment-in-days",
            Self::Months => "moment-in-months",
        }
    }
}

/// How many of the largest unit that gives a telling number; none below a minute.
fn step(span: Duration) -> Option<(Unit, u64)> {
    let seconds = span.as_secs();
    match seconds {
        0..MINUTE => None,
        MINUTE..HOUR => Some((Unit::Minutes, seconds / MINUTE)),
        HOUR..DAY => Some((Unit::Hours, seconds / HOUR)),
        _ if seconds < 2 * MONTH => Some((Unit::Days, seconds / DAY)),
        _ => Some((Unit::Months, seconds / MONTH)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: Language, seconds_ago: i64) -> String {
        let now = Timestamp::from_seconds(1_795_262_400);
        let at = Timestamp::from_seconds(1_795_262_400 - seconds_ago);
        Moment::new(language, at, now).relative()
    }

    #[test]
    fn a_moment_is_counted_in_the_largest_telling_unit() {
        assert_eq!(said(Language::English, 5), "just now");
        assert_eq!(said(Language::English, 61), "1 minute ago");
        assert_eq!(said(Language::Russian, 121), "2 минуты назад");
        assert_eq!(said(Language::Russian, 5 * 3600), "5 часов назад");
        assert_eq!(said(Language::English, -86_400 * 31), "in 31 days");
        assert_eq!(said(Language::Russian, -86_400 * 365), "через 12 месяцев");
    }

    #[test]
    fn the_exact_moment_names_its_zone() {
        let noon = Timestamp::from_seconds(1_795_262_400);
        assert_eq!(Moment::new(Language::English, noon, noon).exact(), "21 November 2026, 12:00 UTC");
        assert_eq!(Moment::new(Language::Russian, noon, noon).exact(), "21 ноября 2026, 12:00 UTC");
    }
}
