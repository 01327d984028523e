//! Whether bytes that come in blocks are UTF-8 (RFC 8259 §8.1).
//!
//! Owns the automaton. Must never know JSON: the grammar need not know UTF-8 either, since every byte of a character beyond
//! ASCII may stand in a string, and nowhere else.
//!
//! Half of what sellers write is Cyrillic, where a branch for each letter or space is a branch guessed wrong for each word.
//! So there is none: for each byte a table holds one row of the automaton, the next state of every state beside each other
//! in six bits. A state is the place of its six bits, so that a step is one shift.

/// A check that goes on from block to block: the state is all that it remembers of a character torn apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Utf8(u64);

/// What a state waits for, by the place of its bits.
const START: u64 = 0;
const BROKEN: u64 = 6;
const ONE_MORE: u64 = 12;
const TWO_MORE: u64 = 18;
const THREE_MORE: u64 = 24;
/// Behind `E0`, `ED`, `F0` and `F4`: what follows is narrowed so that nothing is spelled too long, is half of a pair, or
/// is beyond the last character (RFC 3629 §4).
const BEHIND_E0: u64 = 30;
const BEHIND_ED: u64 = 36;
const BEHIND_F0: u64 = 42;
const BEHIND_F4: u64 = 48;

const STATES: [u64; 9] =
    [START, BROKEN, ONE_MORE, TWO_MORE, THREE_MORE, BEHIND_E0, BEHIND_ED, BEHIND_F0, BEHIND_F4];

static ROWS: [u64; 256] = rows();

impl Utf8 {
    pub(super) const START: Self = Self(START);

    /// The index in `block` of the byte that shows that the text is not UTF-8, if one does. A character at the end of the
    /// block may go on in the next.
    pub(super) fn find_flaw(&mut self, block: &[u8]) -> Option<usize> {
        let before = *self;
        let (runs, rest) = block.as_chunks::<32>();
        for run in runs {
            let is_ascii = run.iter().fold(0, |all, byte| all | byte) < 0x80;
            if !(is_ascii && self.0 == START) {
                self.pass(run);
            }
        }
        self.pass(rest);
        if self.0 == BROKEN { before.locate(block) } else { None }
    }

    #[inline]
    fn pass(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |state, byte| step(state, *byte));
    }

    fn locate(self, block: &[u8]) -> Option<usize> {
        let mut state = self.0;
        block.iter().position(|byte| {
            state = step(state, *byte);
            state == BROKEN
        })
    }
}

#[inline]
fn step(state: u64, byte: u8) -> u64 {
    (ROWS[usize::from(byte)] >> state) & 0x3F
}

const fn rows() -> [u64; 256] {
    let mut rows = [0; 256];
    let mut byte = 0;
    while byte < rows.len() {
        let mut state = 0;
        while state < STATES.len() {
            rows[byte] |= next(STATES[state], byte) << STATES[state];
            state += 1;
        }
        byte += 1;
    }
    rows
}

/// RFC 3629 §4, row by row.
const fn next(state: u64, byte: usize) -> u64 {
    match (state, byte) {
        (START, 0x00..=0x7F) | (ONE_MORE, 0x80..=0xBF) => START,
        (START, 0xC2..=0xDF)
        | (TWO_MORE, 0x80..=0xBF)
        | (BEHIND_E0, 0xA0..=0xBF)
        | (BEHIND_ED, 0x80..=0x9F) => ONE_MORE,
        (START, 0xE0) => BEHIND_E0,
        (START, 0xED) => BEHIND_ED,
        (START, 0xE1..=0xEC | 0xEE | 0xEF)
        | (THREE_MORE, 0x80..=0xBF)
        | (BEHIND_F0, 0x90..=0xBF)
        | (BEHIND_F4, 0x80..=0x8F) => TWO_MORE,
        (START, 0xF0) => BEHIND_F0,
        (START, 0xF1..=0xF3) => THREE_MORE,
        (START, 0xF4) => BEHIND_F4,
        _ => BROKEN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where `text` shows a flaw when it comes in blocks of `size` bytes.
    fn flaw(text: &[u8], size: usize) -> Option<usize> {
        let mut check = Utf8::START;
        let mut blocks = text.chunks(size).enumerate();
        blocks.find_map(|(index, block)| check.find_flaw(block).map(|at| index * size + at))
    }

    /// Where the standard library, given ever more of `text`, first says that no more can mend it.
    fn expected(text: &[u8]) -> Option<usize> {
        let is_broken =
            |end: &usize| std::str::from_utf8(&text[..*end]).is_err_and(|e| e.error_len().is_some());
        (1..=text.len()).find(is_broken).map(|end| end - 1)
    }

    #[test]
    fn every_character_is_passed() {
        let all: String = ('\0'..=char::MAX).collect();
        assert_eq!(flaw(all.as_bytes(), 1_000), None);
    }

    #[test]
    fn every_pair_of_bytes_is_judged_as_the_standard_library_does() {
        for pair in 0..=u16::MAX {
            for text in [&pair.to_be_bytes()[..], &[&pair.to_be_bytes()[..], &[0x80, 0xBF]].concat()] {
                assert_eq!(flaw(text, 1), expected(text), "{text:x?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_alike_whatever_the_blocks(
            mut text in "[aж€🔑]{0,40}".prop_map(String::into_bytes),
            place in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..80,
        ) {
            prop_assert_eq!(flaw(&text, size), None);
            text.push(b'a');
            let place = place.index(text.len());
            text[place] = byte;
            prop_assert_eq!(flaw(&text, size), expected(&text));
        }
    }
}
