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

/// What a byte makes of an escape: what is still open of it, and the character that it stands for once nothing is.
pub(super) type Step = (Option<Escape>, Option<char>);

impl Escape {
    pub(super) fn step(self, byte: u8) -> Result<Step, Problem> {
        match (self, byte) {
            (Self::Begun, b'u') => Ok(open(Self::Digits { seen: 0, value: 0, high: None })),
            (Self::Begun, _) => simple(byte).map(done).ok_or(Problem::UnknownEscape),
            (Self::HalfPair { high }, b'\\') => Ok(open(Self::HalfPairBegun { high })),
            (Self::HalfPairBegun { high }, b'u') => {
                Ok(open(Self::Digits { seen: 0, value: 0, high: Some(high) }))
            }
            (Self::HalfPair { .. } | Self::HalfPairBegun { .. }, _) => Err(Problem::LoneSurrogate),
            (Self::Digits { seen, value, high }, _) => {
                let digit = hexadecimal(byte).ok_or(Problem::UnknownEscape)?;
                let value = (value << 4) | u16::from(digit);
                if seen == 3 {
                    unit(value, high)
                } else {
                    Ok(open(Self::Digits { seen: seen + 1, value, high }))
                }
            }
        }
    }
}

fn open(escape: Escape) -> Step {
    (Some(escape), None)
}

fn done(character: char) -> Step {
    (None, Some(character))
}

fn hexadecimal(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
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
    let character = match (high, value) {
        (None, 0xD800..=0xDBFF) => return Ok(open(Escape::HalfPair { high: value })),
        (None, _) => char::from_u32(value.into()),
        (Some(high), 0xDC00..=0xDFFF) => {
            char::from_u32(0x1_0000 + (((u32::from(high) & 0x3FF) << 10) | (u32::from(value) & 0x3FF)))
        }
        (Some(_), _) => None,
    };
    character.map(done).ok_or(Problem::LoneSurrogate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `text`, which follows a backslash, stands for.
    fn read(text: &str) -> Result<Option<char>, Problem> {
        let mut escape = Escape::Begun;
        for byte in text.bytes() {
            match escape.step(byte)? {
                (Some(next), _) => escape = next,
                (None, character) => return Ok(character),
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
