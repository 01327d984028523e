//! Whether bytes that come in blocks are UTF-8 (RFC 8259 §8.1).
//!
//! Owns the characters that blocks tear apart. Must never know JSON: the grammar need not know UTF-8 either, since every
//! byte of a character beyond ASCII may stand in a string, and nowhere else.

/// A check that goes on from block to block.
#[derive(Debug, Clone, Default)]
pub(super) struct Utf8 {
    /// What there is of a character whose end has not come.
    torn: [u8; 4],
    length: usize,
}

impl Utf8 {
    /// The index in `block` where it shows that the text is not UTF-8, if it does. A character at the end of the block
    /// may go on in the next.
    pub(super) fn find_flaw(&mut self, block: &[u8]) -> Option<usize> {
        let mut from = 0;
        while self.length > 0 {
            let byte = block.get(from)?;
            // Four bytes are a character or a flaw, so there is always room for one more.
            self.torn[self.length] = *byte;
            self.length += 1;
            match std::str::from_utf8(&self.torn[..self.length]) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => return Some(from),
                Err(_) => {}
            }
            from += 1;
        }
        let rest = block.get(from..)?;
        let error = std::str::from_utf8(rest).err()?;
        let torn = &rest[error.valid_up_to()..];
        if error.error_len().is_some() {
            return Some(from + error.valid_up_to());
        }
        self.length = torn.len();
        self.torn[..torn.len()].copy_from_slice(torn);
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether `text` shows a flaw when it comes in blocks of `size` bytes.
    fn is_flawed(text: &[u8], size: usize) -> bool {
        let mut check = Utf8::default();
        text.chunks(size).any(|block| check.find_flaw(block).is_some())
    }

    #[test]
    fn characters_may_be_torn_apart_anywhere() {
        for size in 1..6 {
            assert!(!is_flawed("aд€🔑\u{10FFFF}".as_bytes(), size), "{size}");
        }
    }

    #[test]
    fn flaws_show_whatever_the_blocks() {
        let flawed: [&[u8]; 7] = [
            b"\xff",
            b"a\x80",
            b"\xd0\x22",
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf0\x9f\x94\x22",
            b"\xf4\x90\x80\x80",
        ];
        for text in flawed {
            for size in 1..6 {
                assert!(is_flawed(text, size), "{text:x?} in {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_as_a_whole_would_be(
            text in prop::collection::vec(prop_oneof![Just(0x80), Just(0xF0), Just(0xE2), any::<u8>()], 0..12),
            size in 1_usize..8,
        ) {
            // A character that never ends is for whoever knows that the text does.
            let whole = std::str::from_utf8(&text).err().is_some_and(|error| error.error_len().is_some());
            prop_assert_eq!(is_flawed(&text, size), whole);
        }
    }
}
