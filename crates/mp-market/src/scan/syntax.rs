//! The grammar of JSON (RFC 8259), for text that comes in blocks torn apart anywhere.
//!
//! Owns what may stand where, and how deep. Must never keep any of the text, or call itself: its whole memory is one state
//! and one bit for each container it is in.

use super::escape::{Escape, Step};
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

impl Syntax {
    pub(super) const START: Self = Self { state: State::Between(Expected::Value), containers: 0, depth: 0 };

    /// Goes through a block of text.
    pub(super) fn feed(&mut self, block: &[u8], tracker: &mut Tracker) -> Result<(), Found> {
        let mut at = 0;
        while let Some(&byte) = block.get(at) {
            at = match self.state {
                State::Between(_) if is_white_space(byte) => at + 1,
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

    /// A token begins with `byte`, which stands at `at`. Tells the index behind what was read of it.
    #[inline]
    fn token(
        &mut self,
        expected: Expected,
        byte: u8,
        block: &[u8],
        at: usize,
        tracker: &mut Tracker,
    ) -> Result<usize, Found> {
        let next = at + 1;
        match (expected, byte) {
            (Expected::CommaOrEnd, b',') => {
                let wanted = if self.is_in_object() { Expected::Key } else { Expected::Value };
                self.state = State::Between(wanted);
            }
            (Expected::Colon, b':') => self.state = State::Between(Expected::Value),
            (Expected::Key | Expected::KeyOrEnd, b'"') => {
                tracker.begin_key();
                return self.text(true, None, block, next, tracker);
            }
            (Expected::KeyOrEnd, b'}') => self.close(tracker),
            (Expected::CommaOrEnd, b'}') if self.is_in_object() => self.close(tracker),
            (Expected::ValueOrEnd, b']') => self.close(tracker),
            (Expected::CommaOrEnd, b']') if !self.is_in_object() => self.close(tracker),
            (Expected::Value | Expected::ValueOrEnd, _) => {
                return self.value(expected, byte, block, at, tracker);
            }
            _ => return Err((Problem::Unexpected(expected), at)),
        }
        Ok(next)
    }

    #[inline]
    fn value(
        &mut self,
        expected: Expected,
        byte: u8,
        block: &[u8],
        at: usize,
        tracker: &mut Tracker,
    ) -> Result<usize, Found> {
        let next = at + 1;
        let (single, rest): (_, &'static [u8]) = match byte {
            b'"' => {
                tracker.begin_single(Single::Text, self.depth);
                return self.text(false, None, block, next, tracker);
            }
            b'{' => {
                tracker.begin_object(self.depth);
                return self.open(true, Expected::KeyOrEnd).map(|()| next).map_err(|problem| (problem, at));
            }
            b'[' => {
                tracker.begin_array(self.depth);
                return self
                    .open(false, Expected::ValueOrEnd)
                    .map(|()| next)
                    .map_err(|problem| (problem, at));
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
    ) -> Result<usize, Found> {
        loop {
            if let Some(open) = escape {
                let Some(&byte) = block.get(at) else { break };
                match open.step(byte).map_err(|problem| (problem, at))? {
                    Step::Open(next) => escape = Some(next),
                    Step::Done(character) => {
                        escape = None;
                        if tracker.listens() {
                            tracker.hear(character.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                    }
                }
                at += 1;
                continue;
            }
            let rest = block.get(at..).unwrap_or_default();
            let length = plain_length(rest);
            if tracker.listens() {
                tracker.hear(&rest[..length]);
            }
            at += length;
            match block.get(at) {
                None => break,
                Some(b'"') => {
                    self.end_text(is_key, tracker);
                    return Ok(at + 1);
                }
                Some(b'\\') => escape = Some(Escape::Begun),
                Some(_) => return Err((Problem::ControlCharacter, at)),
            }
            at += 1;
        }
        self.state = State::Text { is_key, escape };
        Ok(at)
    }

    #[inline]
    fn end_text(&mut self, is_key: bool, tracker: &mut Tracker) {
        if is_key {
            tracker.end_key();
            self.state = State::Between(Expected::Colon);
        } else {
            tracker.end_text();
            self.end_value();
        }
    }

    /// Goes through a number, from behind what `number` has seen of it.
    #[inline]
    fn number(
        &mut self,
        mut number: Number,
        block: &[u8],
        from: usize,
        tracker: &mut Tracker,
    ) -> Result<usize, Found> {
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
        } else if number.is_whole() {
            tracker.end_number().map_err(|path| (Problem::TooManyIds(path), at))?;
            self.end_value();
        } else {
            return Err((Problem::MalformedNumber, at));
        }
        Ok(at)
    }

    /// Goes through a word of which `wanted` is still to come.
    #[inline]
    fn word(&mut self, wanted: &'static [u8], block: &[u8], from: usize) -> Result<usize, Found> {
        let rest = block.get(from..).unwrap_or_default();
        let seen = wanted.iter().zip(rest).take_while(|(wanted, byte)| wanted == byte).count();
        if seen == wanted.len() {
            self.end_value();
        } else if seen == rest.len() {
            self.state = State::Word(&wanted[seen..]);
        } else {
            return Err((Problem::UnknownWord, from + seen));
        }
        Ok(from + seen)
    }

    #[inline]
    fn open(&mut self, is_object: bool, expected: Expected) -> Result<(), Problem> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::TooDeep);
        }
        self.depth += 1;
        self.containers = (self.containers << 1) | u128::from(is_object);
        self.state = State::Between(expected);
        Ok(())
    }

    /// Ends the innermost container; the state says that there is one.
    #[inline]
    fn close(&mut self, tracker: &mut Tracker) {
        if self.is_in_object() {
            tracker.end_object(self.depth)
        } else {
            tracker.end_array(self.depth)
        }
        self.containers >>= 1;
        self.depth = self.depth.saturating_sub(1);
        self.end_value();
    }

    #[inline]
    fn end_value(&mut self) {
        let expected = if self.depth == 0 { Expected::Nothing } else { Expected::CommaOrEnd };
        self.state = State::Between(expected);
    }

    #[inline]
    fn is_in_object(&self) -> bool {
        self.containers & 1 == 1
    }
}

/// RFC 8259 §2: four bytes, whatever Unicode has besides.
#[inline]
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
