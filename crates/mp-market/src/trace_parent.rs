//! The `traceparent` header of every answer (W3C Trace Context §3.2, market-api §6): `00-<32 hex>-<16 hex>-01`.
//!
//! Owns printing it and inventing ids for it; what it says is read in `mp_domain::trace`. The ids identify, they do not protect: must never be used
//! where somebody could gain from guessing one.

use http::HeaderName;

/// The name of the header.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub use mp_domain::trace::{TRACEPARENT_LENGTH, TraceId};

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
        let trace = self.trace(caller);
        out.extend_from_slice(b"00-");
        write_hex(out, trace.to_bytes());
        out.push(b'-');
        write_hex(out, self.non_zero().to_be_bytes());
        out.extend_from_slice(b"-01");
    }

    /// The caller's trace, or a new one.
    pub fn trace(&mut self, caller: Option<TraceId>) -> TraceId {
        let new = || TraceId::new(u128::from(self.non_zero()) << 64 | u128::from(self.next()));
        caller.or_else(new).expect("what is not zero is a trace")
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
    }
}
