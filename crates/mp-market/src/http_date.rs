//! Dates as HTTP spells them: `Thu, 10 Jul 2018 00:42:42 GMT` (RFC 9110 §5.6.7, market-api §5.2).
//!
//! Owns the text of one moment. Must never read a clock.

use std::time::{Duration, UNIX_EPOCH};

/// The text of the last moment asked for: dates in answers rarely change, and formatting one is slow.
#[derive(Debug)]
pub struct HttpDate {
    seconds: u32,
    text: String,
}

impl Default for HttpDate {
    fn default() -> Self {
        Self { seconds: 0, text: format(0) }
    }
}

impl HttpDate {
    /// The text of the moment that many seconds after the epoch.
    pub fn at(&mut self, seconds: u32) -> &str {
        if self.seconds != seconds {
            *self = Self { seconds, text: format(seconds) };
        }
        &self.text
    }
}

fn format(seconds: u32) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_spelled_as_rfc_9110_wants_it() {
        let mut date = HttpDate::default();
        assert_eq!(date.at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date.at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date.at(u32::MAX), "Sun, 07 Feb 2106 06:28:15 GMT");
    }
}
