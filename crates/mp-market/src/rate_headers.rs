//! The `X-RateLimit-Resource-*` headers (market-api §5.2), and beside them those of the IETF's draft where they are wanted
//! (draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy`, `RateLimit`).
//!
//! Owns their names and how a budget is spelled in them. Must never count.

use http::{HeaderName, StatusCode};
use mp_domain::window::{Budget, Reset};

use crate::http_date::HttpDate;

/// Points per window.
pub const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-resource-limit");
/// Points left in this window.
pub const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-resource-remaining");
/// When the window ends, as an HTTP date.
pub const UNTIL: HeaderName = HeaderName::from_static("x-ratelimit-resource-until");

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What a caller is told who was let in and charged so many `points`, with an answer of this status: what fails costs nothing,
/// and a 500 tells nothing (product.md §3.7, §3.8).
#[must_use]
pub fn told(charged: Budget, points: u32, status: StatusCode) -> Option<Budget> {
    match status {
        StatusCode::INTERNAL_SERVER_ERROR => None,
        status if status.is_server_error() => {
            let remaining = charged.remaining.saturating_add(points).min(charged.limit);
            Some(Budget { remaining, ..charged })
        }
        _ => Some(charged),
    }
}

/// Hands the three headers of `budget` to `emit`. `date` remembers the text of the last window end.
pub fn each_rate_header(budget: Budget, date: &mut HttpDate, mut emit: impl FnMut(HeaderName, &str)) {
    let mut digits = itoa::Buffer::new();
    emit(LIMIT, digits.format(budget.limit));
    emit(REMAINING, digits.format(budget.remaining));
    emit(UNTIL, date.at(budget.until.seconds()));
    if let Some(Reset { period, seconds }) = budget.reset {
        let Budget { limit, remaining, .. } = budget;
        emit(POLICY, &format!("\"resource\";q={limit};w={}", period.seconds()));
        emit(RATE_LIMIT, &format!("\"resource\";r={remaining};t={seconds}"));
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::window::{Period, WindowEnd};

    use super::*;

    #[test]
    fn a_budget_is_spelled_in_three_headers() {
        let budget =
            Budget { limit: 100, remaining: 0, until: WindowEnd::from_seconds(784_112_400), reset: None };
        let mut seen = Vec::new();
        each_rate_header(budget, &mut HttpDate::default(), |name, value| {
            seen.push(format!("{name}: {value}"));
        });
        assert_eq!(
            seen,
            [
                "x-ratelimit-resource-limit: 100",
                "x-ratelimit-resource-remaining: 0",
                "x-ratelimit-resource-until: Sun, 06 Nov 1994 09:00:00 GMT",
            ]
        );
        let reset = Some(Reset { period: Period::HOUR, seconds: 90 });
        seen.clear();
        each_rate_header(Budget { reset, ..budget }, &mut HttpDate::default(), |name, value| {
            seen.push(format!("{name}: {value}"));
        });
        assert_eq!(
            seen[3..],
            ["ratelimit-policy: \"resource\";q=100;w=3600", "ratelimit: \"resource\";r=0;t=90"]
        );
    }
}
