//! The grammar of JSON (RFC 8259), for text that comes in blocks torn apart anywhere.
//!
//! Owns what may stand where, and how deep. Must never keep any of the text, or call itself: its whole memory is one state
//! and one bit for each container it is in.

use super::escape::Escape;
use super::flaw::{Expected, Problem};
use super::number::Number;
use super::plain_text::plain_length;
use super::tracker::{Single, Tracker};

/// The most arrays and objects in each other: as many as there are bits for.
pub const MAX_DEPTH: u8 = 128;

/// Where in a text the grammar stands.
#[derive(Debug, Clone)]
pub(super) struct Syntax {
    state: State,
    /// What it is in, the innermost lowest: 1 for an object, 0 for an array.
    containers: u128,
    depth: u8,
}

/// What a block has torn apart, or what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between tokens.
    Between(Expected),
    /// Within a string.
    Text { is_key: bool, escape: Option<Escape> },
    /// Within a number.
    Number(Number),
    /// Within a word, of which this is still to come.
    Word(&'static [u8]),
}

/// A problem, and the index in the block at which it shows.
pub(super) type Found = (Problem, usize);

/// The index behind what was read.
type Read = Result<usize, Found>;

impl Syntax {
    pub(super) const START: Self = Self { state: State::Between(Expected::Value), containers: 0, depth: 0 };

    /// Goes through a block of text.
    pub(super) fn feed(&mut self, block: &[u8], tracker: &mut Tracker) -> Result<(), Found> {
        let mut at = 0;
        while let Some(&byte) = block.get(at) {
            at = match self.state {
                State::Between(_) if is_white_space(byte) => behind_white_space(block, at + 1),
                State::Between(expected) => self.token(expected, byte, block, at, tracker)?,
                State::Text { is_key, escape } => self.text(is_key, escape, block, at, tracker)?,
                State::Number(number) => self.number(number, block, at, tracker)?,
                State::Word(rest) => self.word(rest, block, at)?,
            };
        }
        Ok(())
    }

    /// Whether the text may end here.
    pub(super) fn finish(&mut self, tracker: &mut Tracker) -> Result<(), Problem> {
        match self.state {
            // Only where a number is the whole text does nothing follow it that ends it.
            State::Number(number) if self.depth == 0 && number.is_whole() => {
                tracker.end_number().map_err(Problem::TooManyIds)
            }
            State::Between(Expected::Nothing) => Ok(()),
            _ => Err(Problem::Unfinished),
        }
    }

    /// A token begins with `byte`, which stands at `at`.
    #[inline]
    fn token(
        &mut self,
        expected: Expected,
        byte: u8,
        block: &[u8],
        at: usize,
        tracker: &mut Tracker,
    ) -> Read {
        let next = at + 1;
        match (expected, byte) {
            (Expected::Key | Expected::KeyOrEnd, b'"') => {
                tracker.begin_key();
                self.text(true, None, block, next, tracker)
            }
            (Expected::Colon, b':') => {
                self.state = State::Between(Expected::Value);
                Ok(next)
            }
            (Expected::CommaOrEnd, b',') => {
                self.state = State::Between(self.behind_comma());
                Ok(next)
            }
            (Expected::CommaOrEnd, b'}') if self.is_in_object() => Ok(self.close(block, next, tracker)),
            (Expected::CommaOrEnd, b']') if !self.is_in_object() => Ok(self.close(block, next, tracker)),
            (Expected::KeyOrEnd, b'}') | (Expected::ValueOrEnd, b']') => Ok(self.close(block, next, tracker)),
            (Expected::Value | Expected::ValueOrEnd, _) => self.value(expected, byte, block, at, tracker),
            _ => Err((Problem::Unexpected(expected), at)),
        }
    }

    #[inline]
    fn value(
        &mut self,
        expected: Expected,
        byte: u8,
        block: &[u8],
        at: usize,
        tracker: &mut Tracker,
    ) -> Read {
        let next = at + 1;
        let (single, rest): (_, &'static [u8]) = match byte {
            b'"' => {
                tracker.begin_single(Single::Text, self.depth);
                return self.text(false, None, block, next, tracker);
            }
            b'{' => {
                tracker.begin_object(self.depth);
                return self.open(true, Expected::KeyOrEnd, at);
            }
            b'[' => {
                tracker.begin_array(self.depth);
                return self.open(false, Expected::ValueOrEnd, at);
            }
            b't' => (Single::True, b"rue"),
            b'f' => (Single::False, b"alse"),
            b'n' => (Single::Null, b"ull"),
            _ => {
                let number = Number::begin(byte).ok_or((Problem::Unexpected(expected), at))?;
                tracker.begin_single(Single::Number, self.depth);
                if tracker.listens() {
                    tracker.hear(&[byte]);
                }
                return self.number(number, block, next, tracker);
            }
        };
        tracker.begin_single(single, self.depth);
        self.word(rest, block, next)
    }

    /// Goes through a string, from behind its quotation mark or from where the last block ended.
    #[inline]
    fn text(
        &mut self,
        is_key: bool,
        mut escape: Option<Escape>,
        block: &[u8],
        mut at: usize,
        tracker: &mut Tracker,
    ) -> Read {
        loop {
            if escape.is_some() {
                (escape, at) = escaped(escape, block, at, tracker)?;
                if escape.is_some() {
                    break;
                }
            }
            let rest = block.get(at..).unwrap_or_default();
            let length = plain_length(rest);
            if tracker.listens() {
                tracker.hear(&rest[..length]);
            }
            at += length;
            match block.get(at) {
                None => break,
                Some(b'"') => return Ok(self.end_text(is_key, block, at + 1, tracker)),
                Some(b'\\') => (escape, at) = (Some(Escape::Begun), at + 1),
                Some(_) => return Err((Problem::ControlCharacter, at)),
            }
        }
        self.state = State::Text { is_key, escape };
        Ok(at)
    }

    /// The string before `at` is over. What mostly follows it is read at once.
    #[inline]
    fn end_text(&mut self, is_key: bool, block: &[u8], at: usize, tracker: &mut Tracker) -> usize {
        if !is_key {
            tracker.end_text();
            return self.end_value(block, at);
        }
        tracker.end_key();
        let is_colon = block.get(at) == Some(&b':');
        self.state = State::Between(if is_colon { Expected::Value } else { Expected::Colon });
        at + usize::from(is_colon)
    }

    /// Goes through a number, from behind what `number` has seen of it.
    #[inline]
    fn number(&mut self, mut number: Number, block: &[u8], from: usize, tracker: &mut Tracker) -> Read {
        let mut at = from;
        while let Some(next) = block.get(at).and_then(|byte| number.step(*byte)) {
            number = next;
            at += 1;
        }
        if tracker.listens() {
            tracker.hear(&block[from..at]);
        }
        if at == block.len() {
            self.state = State::Number(number);
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
        let rest = block.get(from..).unwrap_or_default();
        if rest.starts_with(wanted) {
            return Ok(self.end_value(block, from + wanted.len()));
        }
        let seen = wanted.iter().zip(rest).take_while(|(wanted, byte)| wanted == byte).count();
        if seen < rest.len() {
            return Err((Problem::UnknownWord, from + seen));
        }
        self.state = State::Word(&wanted[seen..]);
        Ok(from + seen)
    }

    /// A container begins at `at`.
    #[inline]
    fn open(&mut self, is_object: bool, expected: Expected, at: usize) -> Read {
        if self.depth == MAX_DEPTH {
            return Err((Problem::TooDeep, at));
        }
        self.depth += 1;
        self.containers = (self.containers << 1) | u128::from(is_object);
        self.state = State::Between(expected);
        Ok(at + 1)
    }

    /// The innermost container, which the state says there is, ends before `at`.
    #[inline]
    fn close(&mut self, block: &[u8], at: usize, tracker: &mut Tracker) -> usize {
        if self.is_in_object() {
            tracker.end_object(self.depth)
        } else {
            tracker.end_array(self.depth)
        }
        self.containers >>= 1;
        self.depth = self.depth.saturating_sub(1);
        self.end_value(block, at)
    }

    /// The value before `at` is over. What mostly follows it is read at once.
    #[inline]
    fn end_value(&mut self, block: &[u8], at: usize) -> usize {
        if self.depth == 0 {
            self.state = State::Between(Expected::Nothing);
            return at;
        }
        let is_comma = block.get(at) == Some(&b',');
        self.state = State::Between(if is_comma { self.behind_comma() } else { Expected::CommaOrEnd });
        at + usize::from(is_comma)
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

/// Goes through an escape, and tells what is open of it at the end of the block.
fn escaped(
    mut escape: Option<Escape>,
    block: &[u8],
    mut at: usize,
    tracker: &mut Tracker,
) -> Result<(Option<Escape>, usize), Found> {
    while let (Some(open), Some(&byte)) = (escape, block.get(at)) {
        let (next, character) = open.step(byte).map_err(|problem| (problem, at))?;
        if let Some(character) = character.filter(|_| tracker.listens()) {
            tracker.hear(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        (escape, at) = (next, at + 1);
    }
    Ok((escape, at))
}

/// RFC 8259 §2: four bytes, whatever Unicode has besides.
#[inline]
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The index of the first byte from `at` on that is no white space. Indentation is long and made of spaces.
#[inline]
fn behind_white_space(block: &[u8], mut at: usize) -> usize {
    while block.get(at..at + 8).is_some_and(|word| word == b"        ") {
        at += 8;
    }
    while block.get(at).is_some_and(|byte| is_white_space(*byte)) {
        at += 1;
    }
    at
}
