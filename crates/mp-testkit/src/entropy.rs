//! Randomness that repeats.
//!
//! Owns a deterministic source of bytes, so that a failing test fails again. Must never be used for a real secret.

use std::sync::atomic::{AtomicU64, Ordering};

use mp_domain::entropy::Entropy;

/// The step of `SplitMix64` (Steele, Lea, Flood 2014): odd, so the counter meets all 2^64 states before a repetition.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A source of bytes that is the same for the same seed. No 8-byte word comes twice, so ids drawn from it never collide.
#[derive(Debug)]
pub struct SeededEntropy {
    state: AtomicU64,
}

impl SeededEntropy {
    /// The source that belongs to `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    fn next_word(&self) -> u64 {
        let mut word = self.state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            part.copy_from_slice(&self.next_word().to_le_bytes()[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw<const N: usize>(source: &SeededEntropy) -> [u8; N] {
        let mut bytes = [0; N];
        source.fill(&mut bytes);
        bytes
    }

    #[test]
    fn the_words_are_those_of_the_published_algorithm() {
        // First outputs of the reference implementation for the seed 1234567.
        let source = SeededEntropy::new(1_234_567);
        assert_eq!(u64::from_le_bytes(draw(&source)), 6_457_827_717_110_365_317);
        assert_eq!(u64::from_le_bytes(draw(&source)), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(draw::<37>(&SeededEntropy::new(1)), draw::<37>(&SeededEntropy::new(1)));
        assert_ne!(draw::<37>(&SeededEntropy::new(1)), draw::<37>(&SeededEntropy::new(2)));
    }

    #[test]
    fn a_buffer_of_any_length_is_filled_to_its_end() {
        for length in 1..40 {
            let mut ever_set = vec![0; length];
            let source = SeededEntropy::new(9);
            // One byte is zero by chance once in 256 draws; the same byte in eight draws practically never.
            for _ in 0..8 {
                let mut bytes = vec![0; length];
                source.fill(&mut bytes);
                ever_set.iter_mut().zip(&bytes).for_each(|(seen, byte)| *seen |= byte);
            }
            assert!(ever_set.iter().all(|byte| *byte != 0), "length {length}");
        }
    }
}
