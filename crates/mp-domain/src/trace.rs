//! The trace a request belongs to (W3C Trace Context), by which people find it again.
//!
//! Owns reading it, from a header and from what people paste. Must never invent one: whoever answers does.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The length of a `traceparent` header's value in bytes, in version 00.
pub const TRACEPARENT_LENGTH: usize = 55;

/// The trace a request belongs to; never zero. Written as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace of this number; `None` for zero, which is none.
    #[must_use]
    pub const fn new(number: u128) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The trace stored in these 16 bytes, if there is one.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::new(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes to store.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The trace id of a `traceparent` header; `None` if the header is not valid, and then a new trace begins (§4.3).
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let (known, rest) = header.split_at_checked(TRACEPARENT_LENGTH)?;
        let version = parse_hex(&known[..2])?;
        let dashes = [2, 35, 52].iter().all(|place| known[*place] == b'-');
        // Version ff is forbidden; version 00 has no further fields, later ones may.
        let ends_well = rest.is_empty() || (version != 0 && rest[0] == b'-');
        let parent = parse_hex(&known[36..52])?;
        parse_hex(&known[53..])?;
        let trace = Self::new(parse_hex(&known[3..35])?)?;
        (dashes && ends_well && version != 0xff && parent != 0).then_some(trace)
    }
}

/// Lower-case hexadecimal digits, at most 32 of them.
fn parse_hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number: u128, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' names no trace: the value of a traceparent header is expected, or the 32 hexadecimal digits in it"
)]
pub struct InvalidTrace(String);

impl FromStr for TraceId {
    type Err = InvalidTrace;

    /// Takes what people copy: the 32 digits, the value of the header, or its whole line.
    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let lower = text.trim().to_ascii_lowercase();
        let value = lower.strip_prefix("traceparent:").unwrap_or(&lower).trim();
        let digits = (value.len() == 32).then(|| parse_hex(value.as_bytes())).flatten();
        let found = digits.and_then(Self::new).or_else(|| Self::parse(value.as_bytes()));
        found.ok_or_else(|| InvalidTrace(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const DIGITS: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn what_is_no_traceparent_has_no_trace() {
        let bad = [
            String::new(),
            EXAMPLE[..54].to_owned(),
            format!("{EXAMPLE}-extra"),
            EXAMPLE.to_uppercase(),
            EXAMPLE.replacen("00", "ff", 1),
            EXAMPLE.replace('-', "_"),
            EXAMPLE.replace(DIGITS, &"0".repeat(32)),
            EXAMPLE.replace("00f067aa0ba902b7", &"0".repeat(16)),
            EXAMPLE.replace("4bf9", "жж"),
        ];
        for header in bad {
            assert_eq!(TraceId::parse(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn a_later_version_may_have_more_fields() {
        let later = format!("{}-more", EXAMPLE.replacen("00", "01", 1));
        assert_eq!(TraceId::parse(later.as_bytes()), TraceId::parse(EXAMPLE.as_bytes()));
    }

    #[test]
    fn whatever_people_copy_of_it_names_the_trace() {
        let trace = TraceId::parse(EXAMPLE.as_bytes()).unwrap();
        for copied in [
            DIGITS.to_owned(),
            DIGITS.to_uppercase(),
            format!(" {EXAMPLE}\n"),
            format!("Traceparent: {EXAMPLE}"),
        ] {
            assert_eq!(copied.parse(), Ok(trace), "{copied}");
        }
        assert_eq!(trace.to_string(), DIGITS);
        assert_eq!(TraceId::from_bytes(trace.to_bytes()), Some(trace));
        for nothing in ["", "0", &DIGITS[1..], &"0".repeat(32), "жж"] {
            assert!(nothing.parse::<TraceId>().is_err(), "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(header in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = TraceId::parse(&header);
        }
    }
}
