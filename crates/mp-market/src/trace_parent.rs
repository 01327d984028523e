//! The `traceparent` header of every answer (W3C Trace Context §3.2, market-api §6): `00-<32 hex>-<16 hex>-01`.
//!
//! Owns reading it, printing it and inventing ids for it. The ids identify, they do not protect: must never be used
//! where somebody could gain from guessing one.

use http::HeaderName;

/// The name of the header.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of the header's value in bytes.
pub const TRACEPARENT_LENGTH: usize = 55;

/// The trace a request belongs to; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace id of a caller's header; `None` if the header is not valid, and then a new trace begins (§4.3).
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let (known, rest) = header.split_at_checked(TRACEPARENT_LENGTH)?;
        let version = parse_hex(&known[..2])?;
        let dashes = [2, 35, 52].iter().all(|place| known[*place] == b'-');
        // Version ff is forbidden; version 00 has no further fields, later ones may.
        let ends_well = rest.is_empty() || (version != 0 && rest[0] == b'-');
        let parent = parse_hex(&known[36..52])?;
        parse_hex(&known[53..])?;
        let trace = parse_hex(&known[3..35])?;
        (dashes && ends_well && version != 0xff && parent != 0 && trace != 0).then_some(Self(trace))
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

/// Makes the ids of one connection: xoroshiro128++ (Blackman, Vigna 2019), a few nanoseconds an id.
#[derive(Debug, Clone)]
pub struct TraceIds {
    state: [u64; 2],
}

impl TraceIds {
    /// The generator number `stream` of a server that drew `seed` at its start. Streams do not overlap in practice:
    /// each begins at a random place of a cycle of 2^128.
    #[must_use]
    pub fn new(seed: [u64; 2], stream: u64) -> Self {
        let state = [scramble(seed[0] ^ stream), scramble(seed[1].wrapping_add(stream.rotate_left(32)))];
        // All zeros is the one state the generator never leaves.
        Self { state: if state == [0, 0] { [1, 1] } else { state } }
    }

    /// Appends the value of an answer's header: the caller's trace or a new one, and a new id for this request.
    pub fn write(&mut self, out: &mut Vec<u8>, caller: Option<TraceId>) {
        let trace = caller.map_or_else(|| self.new_trace(), |TraceId(trace)| trace);
        out.extend_from_slice(b"00-");
        write_hex(out, trace.to_be_bytes());
        out.push(b'-');
        write_hex(out, self.non_zero().to_be_bytes());
        out.extend_from_slice(b"-01");
    }

    fn new_trace(&mut self) -> u128 {
        u128::from(self.non_zero()) << 64 | u128::from(self.next())
    }

    fn non_zero(&mut self) -> u64 {
        self.next().max(1)
    }

    fn next(&mut self) -> u64 {
        let [first, second] = self.state;
        let mixed = first ^ second;
        self.state = [first.rotate_left(49) ^ mixed ^ (mixed << 21), mixed.rotate_left(28)];
        first.wrapping_add(second).rotate_left(17).wrapping_add(first)
    }
}

/// The output function of `SplitMix64`: neighbouring numbers become unrelated ones.
fn scramble(number: u64) -> u64 {
    let mut word = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn write_hex<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn written(ids: &mut TraceIds, caller: Option<TraceId>) -> String {
        let mut out = Vec::new();
        ids.write(&mut out, caller);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_callers_trace_is_kept_and_gets_a_new_parent() {
        let caller = TraceId::parse(EXAMPLE.as_bytes());
        let answer = written(&mut TraceIds::new([1, 2], 3), caller);
        assert_eq!(&answer[..36], &EXAMPLE[..36]);
        assert_ne!(&answer[36..52], &EXAMPLE[36..52]);
        assert!(answer.ends_with("-01"));
    }

    #[test]
    fn what_is_no_traceparent_begins_a_new_trace() {
        let bad = [
            String::new(),
            EXAMPLE[..54].to_owned(),
            format!("{EXAMPLE}-extra"),
            EXAMPLE.to_uppercase(),
            EXAMPLE.replacen("00", "ff", 1),
            EXAMPLE.replace('-', "_"),
            EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
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
    fn no_two_requests_of_any_connection_share_an_id() {
        let mut seen = HashSet::new();
        for connection in 0..100 {
            let mut ids = TraceIds::new([7, 7], connection);
            for _ in 0..100 {
                assert!(seen.insert(written(&mut ids, None)));
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_valid(seed in any::<[u64; 2]>(), stream in any::<u64>()) {
            let header = written(&mut TraceIds::new(seed, stream), None);
            prop_assert_eq!(header.len(), TRACEPARENT_LENGTH);
            prop_assert!(TraceId::parse(header.as_bytes()).is_some());
        }

        #[test]
        fn any_bytes_are_read_without_panic(header in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = TraceId::parse(&header);
        }
    }
}
