//! `Deprecation` (RFC 9745) and `Sunset` (RFC 8594): the announced end of an operation.
//!
//! Owns their names and how a date is spelled in each. Must never decide whether an operation still answers.

use http::HeaderName;
use mp_domain::operation::Deprecation;
use mp_domain::time::Timestamp;

use crate::http_date::HttpDate;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Hands the headers with the dates that are known to `emit`.
pub fn each_deprecation_header(deprecation: &Deprecation, mut emit: impl FnMut(HeaderName, &str)) {
    if let Some(since) = deprecation.since {
        emit(DEPRECATION, &format!("@{}", since.seconds()));
    }
    if let Some(sunset) = deprecation.sunset {
        emit(SUNSET, HttpDate::default().at(clamped(sunset)));
    }
}

fn clamped(moment: Timestamp) -> u32 {
    u32::try_from(moment.seconds().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_date_has_the_spelling_of_its_rfc() {
        let moment = |seconds| Some(Timestamp::from_seconds(seconds));
        let told = |since, sunset| {
            let mut told = Vec::new();
            each_deprecation_header(&Deprecation { since, sunset, replacement: None }, |name, value| {
                told.push(format!("{name}: {value}"));
            });
            told
        };
        assert_eq!(
            told(moment(784_111_777), moment(784_112_400)),
            ["deprecation: @784111777", "sunset: Sun, 06 Nov 1994 09:00:00 GMT"]
        );
        assert!(told(None, None).is_empty());
    }
}
