//! What a request asks of the stub, in headers of its own.
//!
//! Owns their names. A header that begins like them and is none of them is an error: it was meant for the stub.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use mp_catalog::MOST_ITEMS;
use mp_domain::time::parse_duration;

/// Longer than any client waits.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// How many items collections have.
    pub(super) items: usize,
    /// An error instead of an answer.
    pub(super) status: Option<StatusCode>,
    /// How long the answer takes.
    pub(super) delay: Duration,
}

impl Asked {
    /// Reads it. The error is a sentence.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, String> {
        let mut asked = Self { items: 1, status: None, delay: Duration::ZERO };
        for (name, value) in headers {
            let Some(what) = name.as_str().strip_prefix("x-stub-") else { continue };
            let value = value.to_str().unwrap_or_default().trim();
            let problem = match what {
                "items" => read_items(value).map(|items| asked.items = items),
                "status" => read_status(value).map(|status| asked.status = Some(status)),
                "delay" => read_delay(value).map(|delay| asked.delay = delay),
                _ => Err("is none of X-Stub-Items, X-Stub-Status and X-Stub-Delay".to_owned()),
            };
            problem.map_err(|problem| format!("The header '{name}: {value}' {problem}"))?;
        }
        Ok(asked)
    }
}

fn read_items(value: &str) -> Result<usize, String> {
    let items = value.parse().ok().filter(|items| *items <= MOST_ITEMS);
    items.ok_or_else(|| format!("must be a number from 0 to {MOST_ITEMS}"))
}

fn read_status(value: &str) -> Result<StatusCode, String> {
    match value.parse::<u16>() {
        Ok(420) => Err("is the gate's to give: use a limit up, or POST /demo/force".to_owned()),
        Ok(status @ 400..=599) => Ok(StatusCode::from_u16(status).expect("three digits are a status")),
        _ => Err("must be a status from 400 to 599".to_owned()),
    }
}

fn read_delay(value: &str) -> Result<Duration, String> {
    let millis = value.strip_suffix("ms").and_then(|millis| millis.parse().ok()).map(Duration::from_millis);
    let delay = millis.or_else(|| parse_duration(value).ok()).filter(|delay| *delay <= LONGEST_DELAY);
    delay.ok_or_else(|| {
        format!("must be a duration such as 500ms or 2s, at most {}s", LONGEST_DELAY.as_secs())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[(&'static str, &str)]) -> Result<Asked, String> {
        Asked::read(
            &lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
        )
    }

    #[test]
    fn items_status_and_delay_may_be_asked_for() {
        let asked = read(&[("x-stub-items", "50"), ("x-stub-status", "503"), ("x-stub-delay", "1500ms")]);
        let delay = Duration::from_millis(1500);
        assert_eq!(asked, Ok(Asked { items: 50, status: Some(StatusCode::SERVICE_UNAVAILABLE), delay }));
        assert_eq!(read(&[("x-stub-delay", "2s")]).unwrap().delay, Duration::from_secs(2));
        assert_eq!(read(&[("x-stub", "?")]).unwrap().items, 1);
    }

    #[test]
    fn what_the_stub_cannot_do_is_said() {
        for (name, value, told) in [
            ("x-stub-items", "10001", "must be a number from 0 to 10000"),
            ("x-stub-items", "-1", "must be a number"),
            ("x-stub-status", "200", "must be a status from 400 to 599"),
            ("x-stub-status", "420", "is the gate's to give"),
            ("x-stub-delay", "1h", "must be a duration such as 500ms or 2s, at most 600s"),
            ("x-stub-delay", "soon", "must be a duration"),
            ("x-stub-item", "5", "is none of X-Stub-Items"),
        ] {
            let problem = read(&[(name, value)]).unwrap_err();
            assert!(problem.starts_with(&format!("The header '{name}: {value}' {told}")), "{problem}");
        }
    }
}
