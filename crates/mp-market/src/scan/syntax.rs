//! The grammar of JSON (RFC 8259), for text that comes in blocks torn apart anywhere.
//!
//! Owns what may stand where, and how deep. Must never keep any of the text, or call itself: its whole memory is one state
//! and one bit for each container it is in.

use super::escape::{Escape, whole_escape};
use super::flaw::{Expected, Problem};
use super::number::Number;
use super::plain_text::plain_length;
use super::tracker::{Single, Tracker};

/// The most arrays and objects in each other: as many as there are bits for.
pub const MAX_DEPTH: u8 = 128;

/// Where in a text the grammar stands.
#[derive(Debug, Clone)]
pub(super) struct Syntax {
    /// What may come next, outside of tokens.
    expected: Expected,
    /// The token that it is in, if it is in one.
    open: Option<Token>,
    /// The containers that it is in, the innermost lowest: 1 for an object, 0 for an array.
    containers: u128,
    depth: u8,
}

/// A token that could not be read at one glance: it goes on in the next block, or it is a string with escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A string, and the escape that is open in it.
    Text { is_key: bool, escape: Option<Escape> },
    /// A number.
    Number(Number),
    /// A word, of which this is still to come.
    Word(&'static [u8]),
}

/// A problem, and the index in the block at which it shows.
pub(super) type Found = (Problem, usize);

/// The index behind what was read.
type Read = Result<usize, Found>;

impl Syntax {
    pub(super) const START: Self = Self { expected: Expected::Value, open: None, containers: 0, depth: 0 };

    /// Goes through a block of text.
    pub(super) fn feed(&mut self, block: &[u8], tracker: &mut Tracker) -> Result<(), Found> {
        let mut at = 0;
        while at < block.len() {
            at = match self.open.take() {
                None => self.tokens(block, at, tracker)?,
                Some(Token::Text { is_key, escape }) => self.text(is_key, escape, block, at, tracker)?,
                Some(Token::Number(number)) => self.number(number, block, at, tracker)?,
                Some(Token::Word(rest)) => self.word(rest, block, at)?,
            };
        }
        Ok(())
    }

    /// Whether the text may end here.
    pub(super) fn finish(&mut self, tracker: &mut Tracker) -> Result<(), Problem> {
        match (self.open, self.expected) {
            // Only where a number is the whole text does nothing follow it that ends it.
            (Some(Token::Number(number)), _) if self.depth == 0 && number.is_whole() => {
                tracker.end_number().map_err(Problem::TooManyIds)
            }
            (None, Expected::Nothing) => Ok(()),
            _ => Err(Problem::Unfinished),
        }
    }

    /// Goes through whole tokens, up to the end of the block or into one that cannot be read at one glance.
    fn tokens(&mut self, block: &[u8], mut at: usize, tracker: &mut Tracker) -> Read {
        while let Some(&byte) = block.get(at).filter(|_| self.open.is_none()) {
            let next = at + 1;
            at = match (self.expected, byte) {
                (_, b' ' | b'\n' | b'\r' | b'\t') => behind_white_space(block, next),
                (Expected::Key | Expected::KeyOrEnd, b'"') => self.key(block, next, tracker),
                (Expected::Colon, b':') => self.expect(Expected::Value, next),
                (Expected::CommaOrEnd, b',') => self.expect(self.behind_comma(), next),
                (Expected::CommaOrEnd, b'}') if self.is_in_object() => self.close(block, next, tracker),
                (Expected::CommaOrEnd, b']') if !self.is_in_object() => self.close(block, next, tracker),
                (Expected::KeyOrEnd, b'}') | (Expected::ValueOrEnd, b']') => self.close(block, next, tracker),
                (Expected::Value | Expected::ValueOrEnd, _) => self.value(byte, block, at, tracker)?,
                _ => return Err((Problem::Unexpected(self.expected), at)),
            };
        }
        Ok(at)
    }

    /// A key begins at `at`. The colon that mostly follows it is read at once.
    #[inline]
    fn key(&mut self, block: &[u8], at: usize, tracker: &mut Tracker) -> usize {
        let Some(key) = plain_text(block, at) else {
            tracker.begin_key();
            self.open = Some(Token::Text { is_key: true, escape: None });
            return at;
        };
        tracker.key(key);
        let behind = at + key.len() + 1;
        match block.get(behind) {
            Some(b':') => self.expect(Expected::Value, behind + 1),
            _ => self.expect(Expected::Colon, behind),
        }
    }

    /// A value begins with `byte`, which stands at `at`.
    #[inline]
    fn value(&mut self, byte: u8, block: &[u8], at: usize, tracker: &mut Tracker) -> Read {
        let next = at + 1;
        let (single, rest): (_, &'static [u8]) = match byte {
            b'"' => {
                tracker.begin_single(Single::Text, self.depth);
                let Some(text) = plain_text(block, next) else {
                    self.open = Some(Token::Text { is_key: false, escape: None });
                    return Ok(next);
                };
                tracker.hear(text);
                tracker.end_text();
                return Ok(self.end_value(block, next + text.len() + 1));
            }
            b'{' => {
                tracker.begin_object(self.depth);
                return self.enter(true, Expected::KeyOrEnd, at);
            }
            b'[' => {
                tracker.begin_array(self.depth);
                return self.enter(false, Expected::ValueOrEnd, at);
            }
            b't' => (Single::True, b"rue"),
            b'f' => (Single::False, b"alse"),
            b'n' => (Single::Null, b"ull"),
            _ => {
                let number = Number::begin(byte).ok_or((Problem::Unexpected(self.expected), at))?;
                tracker.begin_single(Single::Number, self.depth);
                tracker.hear(&[byte]);
                return self.number(number, block, next, tracker);
            }
        };
        tracker.begin_single(single, self.depth);
        self.word(rest, block, next)
    }

    /// Goes on in a string.
    fn text(
        &mut self,
        is_key: bool,
        mut escape: Option<Escape>,
        block: &[u8],
        mut at: usize,
        tracker: &mut Tracker,
    ) -> Read {
        while at < block.len() {
            if escape.is_some() {
                (escape, at) = escaped(escape, block, at, tracker)?;
                continue;
            }
            let rest = &block[at..];
            let length = plain_length(rest);
            tracker.hear(&rest[..length]);
            at += length;
            match block.get(at) {
                None => {}
                Some(b'"') if is_key => {
                    tracker.end_key();
                    return Ok(self.expect(Expected::Colon, at + 1));
                }
                Some(b'"') => {
                    tracker.end_text();
                    return Ok(self.end_value(block, at + 1));
                }
                Some(b'\\') => {
                    at += 1;
                    match whole_escape(&block[at..]) {
                        Some((character, length)) => {
                            tracker.hear_character(character);
                            at += length;
                        }
                        None => escape = Some(Escape::Begun),
                    }
                }
                Some(_) => return Err((Problem::ControlCharacter, at)),
            }
        }
        self.open = Some(Token::Text { is_key, escape });
        Ok(at)
    }

    /// Goes through a number, from behind what `number` has seen of it.
    #[inline]
    fn number(&mut self, mut number: Number, block: &[u8], from: usize, tracker: &mut Tracker) -> Read {
        let mut at = from;
        while let Some(next) = block.get(at).and_then(|byte| number.step(*byte)) {
            number = next;
            at += 1;
        }
        tracker.hear(&block[from..at]);
        if at == block.len() {
            self.open = Some(Token::Number(number));
            Ok(at)
        } else if number.is_whole() {
            tracker.end_number().map_err(|path| (Problem::TooManyIds(path), at))?;
            Ok(self.end_value(block, at))
        } else {
            Err((Problem::MalformedNumber, at))
        }
    }

    /// Goes through a word of which `wanted` is still to come.
    #[inline]
    fn word(&mut self, wanted: &'static [u8], block: &[u8], from: usize) -> Read {
        let rest = &block[from..];
        if rest.starts_with(wanted) {
            return Ok(self.end_value(block, from + wanted.len()));
        }
        let seen = wanted.iter().zip(rest).take_while(|(wanted, byte)| wanted == byte).count();
        if seen < rest.len() {
            return Err((Problem::UnknownWord, from + seen));
        }
        self.open = Some(Token::Word(&wanted[seen..]));
        Ok(from + seen)
    }

    /// A container begins at `at`.
    #[inline]
    fn enter(&mut self, is_object: bool, expected: Expected, at: usize) -> Read {
        if self.depth == MAX_DEPTH {
            return Err((Problem::TooDeep, at));
        }
        self.depth += 1;
        self.containers = (self.containers << 1) | u128::from(is_object);
        Ok(self.expect(expected, at + 1))
    }

    /// The innermost container, which the state says there is, ends before `at`.
    #[inline]
    fn close(&mut self, block: &[u8], at: usize, tracker: &mut Tracker) -> usize {
        if self.is_in_object() {
            tracker.end_object(self.depth);
        } else {
            tracker.end_array(self.depth);
        }
        self.containers >>= 1;
        self.depth = self.depth.saturating_sub(1);
        self.end_value(block, at)
    }

    /// The value before `at` is over. The comma that mostly follows it is read at once.
    #[inline]
    fn end_value(&mut self, block: &[u8], at: usize) -> usize {
        match block.get(at) {
            _ if self.depth == 0 => self.expect(Expected::Nothing, at),
            Some(b',') => self.expect(self.behind_comma(), at + 1),
            _ => self.expect(Expected::CommaOrEnd, at),
        }
    }

    /// At `at`, `expected` may come next.
    #[inline]
    fn expect(&mut self, expected: Expected, at: usize) -> usize {
        self.expected = expected;
        at
    }

    #[inline]
    fn behind_comma(&self) -> Expected {
        if self.is_in_object() { Expected::Key } else { Expected::Value }
    }

    #[inline]
    fn is_in_object(&self) -> bool {
        self.containers & 1 == 1
    }
}

/// The string that begins at `at`, if it ends in the block and has no escapes.
#[inline]
fn plain_text(block: &[u8], at: usize) -> Option<&[u8]> {
    let rest = &block[at..];
    let length = plain_length(rest);
    (rest.get(length) == Some(&b'"')).then(|| &rest[..length])
}

/// Goes through an escape, and tells what is open of it at the end of the block.
fn escaped(
    mut escape: Option<Escape>,
    block: &[u8],
    mut at: usize,
    tracker: &mut Tracker,
) -> Result<(Option<Escape>, usize), Found> {
    while let (Some(open), Some(&byte)) = (escape, block.get(at)) {
        let (next, character) = open.step(byte).map_err(|problem| (problem, at))?;
        if let Some(character) = character {
            tracker.hear_character(character);
        }
        (escape, at) = (next, at + 1);
    }
    Ok((escape, at))
}

/// The index of the first byte from `at` on that is no white space (RFC 8259 §2). Indentation is long and made of spaces.
#[inline]
fn behind_white_space(block: &[u8], mut at: usize) -> usize {
    while block.get(at..at + 8).is_some_and(|word| word == b"        ") {
        at += 8;
    }
    while matches!(block.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}
