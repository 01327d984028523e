//! How far a string goes on without anything special: most bytes of most bodies are passed here.
//!
//! Owns what is special in a string. Must never care for UTF-8: `utf8` does.

const EVERY: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// How many bytes come before the first quotation mark, backslash or control character.
#[inline]
pub(super) fn plain_length(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return length + special.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..=0x1F)
}

/// A word whose lowest set bit is the top bit of the first special byte; 0 if there is none. A borrow can reach from a
/// special byte into the ones above it, never below, so that bits above the lowest say nothing.
#[inline]
fn special_bytes(word: u64) -> u64 {
    let quotation_mark = word ^ (EVERY * 0x22);
    let backslash = word ^ (EVERY * 0x5C);
    let found = (quotation_mark.wrapping_sub(EVERY) & !quotation_mark)
        | (backslash.wrapping_sub(EVERY) & !backslash)
        | (word.wrapping_sub(EVERY * 0x20) & !word);
    found & TOPS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_judged_alike_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for place in 0..24 {
                let mut text = [b'a'; 24];
                text[place] = byte;
                assert_eq!(
                    plain_length(&text),
                    if is_special(byte) { place } else { 24 },
                    "{byte:#x} at {place}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn words_are_judged_as_their_bytes_would_be(
            text in prop::collection::vec(prop_oneof![8 => 0x1D..0x26_u8, 2 => 0x5B..0x5E_u8, 1 => any::<u8>()], 0..40),
        ) {
            let expected = text.iter().position(|byte| is_special(*byte)).unwrap_or(text.len());
            prop_assert_eq!(plain_length(&text), expected);
        }
    }
}
