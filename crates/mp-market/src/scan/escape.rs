//! Escapes in strings (RFC 8259 §7), byte by byte.
//!
//! Owns their grammar and what they stand for. Must never look at what is not part of an escape.

use super::flaw::Problem;

/// Where in an escape a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Behind the backslash.
    Begun,
    /// Within four hexadecimal digits. `high` is the first half of a surrogate pair, if they must be the second.
    Digits { seen: u8, value: u16, high: Option<u16> },
    /// Behind the first half of a surrogate pair: a backslash must follow.
    HalfPair { high: u16 },
    /// Behind the backslash of the second half: a `u` must follow.
    HalfPairBegun { high: u16 },
}

/// What a byte makes of an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on.
    Open(Escape),
    /// It stands for this character.
    Done(char),
}

impl Escape {
    pub(super) fn step(self, byte: u8) -> Result<Step, Problem> {
        match (self, byte) {
            (Self::Begun, b'u') => Ok(Self::digits(None)),
            (Self::Begun, _) => simple(byte).map(Step::Done).ok_or(Problem::UnknownEscape),
            (Self::HalfPair { high }, b'\\') => Ok(Step::Open(Self::HalfPairBegun { high })),
            (Self::HalfPairBegun { high }, b'u') => Ok(Self::digits(Some(high))),
            (Self::HalfPair { .. } | Self::HalfPairBegun { .. }, _) => Err(Problem::LoneSurrogate),
            (Self::Digits { seen, value, high }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(Problem::UnknownEscape)?;
                let value = (value << 4) | u16::try_from(digit).map_err(|_| Problem::UnknownEscape)?;
                if seen < 3 {
                    Ok(Step::Open(Self::Digits { seen: seen + 1, value, high }))
                } else {
                    unit(value, high)
                }
            }
        }
    }

    fn digits(high: Option<u16>) -> Step {
        Step::Open(Self::Digits { seen: 0, value: 0, high })
    }
}

fn simple(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// What a UTF-16 code unit stands for behind the first half of a pair, or behind none.
fn unit(value: u16, high: Option<u16>) -> Result<Step, Problem> {
    match (high, value) {
        (None, 0xD800..=0xDBFF) => Ok(Step::Open(Escape::HalfPair { high: value })),
        (None, _) => char::from_u32(value.into()).map(Step::Done).ok_or(Problem::LoneSurrogate),
        (Some(high), 0xDC00..=0xDFFF) => {
            let pair = 0x1_0000 + (((u32::from(high) & 0x3FF) << 10) | (u32::from(value) & 0x3FF));
            char::from_u32(pair).map(Step::Done).ok_or(Problem::LoneSurrogate)
        }
        (Some(_), _) => Err(Problem::LoneSurrogate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `text`, which follows a backslash, stands for.
    fn read(text: &str) -> Result<Option<char>, Problem> {
        let mut escape = Escape::Begun;
        for byte in text.bytes() {
            match escape.step(byte)? {
                Step::Open(next) => escape = next,
                Step::Done(character) => return Ok(Some(character)),
            }
        }
        Ok(None)
    }

    #[test]
    fn each_escape_stands_for_its_character() {
        for (text, character) in [("n", '\n'), ("/", '/'), ("\"", '"'), ("b", '\u{8}'), ("u0434", 'д')] {
            assert_eq!(read(text), Ok(Some(character)), "{text}");
        }
        assert_eq!(read("uD83D\\uDd11"), Ok(Some('🔑')));
        assert_eq!(read("uDBFF\\uDFFF"), Ok(Some('\u{10FFFF}')));
    }

    #[test]
    fn nothing_else_is_one() {
        for text in ["a", "0", "U0434", "u04g4", "u+123", "'", "\n"] {
            assert_eq!(read(text), Err(Problem::UnknownEscape), "{text}");
        }
        for text in ["uDC00", "uD800x", "uD800\\n", "uD800\\uD800", "uD800\\u0041"] {
            assert_eq!(read(text), Err(Problem::LoneSurrogate), "{text}");
        }
        for text in ["", "u", "u043", "uD83D", "uD83D\\", "uD83D\\u", "uD83D\\uDD1"] {
            assert_eq!(read(text), Ok(None), "{text} may go on");
        }
    }
}
