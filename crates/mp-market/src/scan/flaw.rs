//! Why a text is not the JSON that a scan wants.
//!
//! Owns the sentences. Must never quote the text: it may be as long as it likes, and need not be readable.

use std::fmt;

use mp_domain::field_path::FieldPath;

/// What is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub problem: Problem,
    /// The byte at which it shows, counted from 1 over the whole text.
    pub at: u64,
}

/// What can be wrong with a text. RFC 8259 decides, but for the last two: those are limits of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Something else had to stand there.
    Unexpected(Expected),
    /// The text ends within a value, or holds none.
    Unfinished,
    /// The bytes are not UTF-8 (RFC 8259 §8.1).
    NotUtf8,
    /// A control character stands in a string as it is (RFC 8259 §7).
    ControlCharacter,
    /// What follows a backslash is no escape (RFC 8259 §7).
    UnknownEscape,
    /// Half of a surrogate pair: no character.
    LoneSurrogate,
    /// A number breaks off (RFC 8259 §6).
    MalformedNumber,
    /// A word other than `true`, `false` and `null`.
    UnknownWord,
    /// More containers in each other than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// More different ids at a watched field than [`MAX_IDS`](super::MAX_IDS).
    TooManyIds(FieldPath),
}

/// What may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Any value.
    Value,
    /// A value, or the end of an array.
    ValueOrEnd,
    /// A key.
    Key,
    /// A key, or the end of an object.
    KeyOrEnd,
    /// What divides a key from its value.
    Colon,
    /// A comma, or the end of the array or object.
    CommaOrEnd,
    /// White space only: the value is over.
    Nothing,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.problem, self.at)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected(expected) => write!(f, "expected {expected}"),
            Self::Unfinished => f.write_str("the text ends too early"),
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::ControlCharacter => f.write_str("a control character must be escaped"),
            Self::UnknownEscape => f.write_str("unknown escape"),
            Self::LoneSurrogate => f.write_str("half of a surrogate pair"),
            Self::MalformedNumber => f.write_str("expected a digit"),
            Self::UnknownWord => f.write_str("unknown word"),
            Self::TooDeep => write!(f, "more than {} arrays and objects in each other", super::MAX_DEPTH),
            Self::TooManyIds(path) => write!(f, "more than {} different values of '{path}'", super::MAX_IDS),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "a value",
            Self::ValueOrEnd => "a value or ']'",
            Self::Key => "a key",
            Self::KeyOrEnd => "a key or '}'",
            Self::Colon => "':'",
            Self::CommaOrEnd => "',' or the end",
            Self::Nothing => "nothing more",
        })
    }
}

impl std::error::Error for Flaw {}
