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
                let digit = digit(byte);
                if digit == NO_DIGIT {
                    return Err(Problem::UnknownEscape);
                }
                let value = (value << 4) | digit;
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

/// The value of each byte as a hexadecimal digit; `NO_DIGIT` where it is none.
static DIGITS: [u16; 256] = digits();
const NO_DIGIT: u16 = u16::MAX;

const fn digits() -> [u16; 256] {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0_u16;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        digits[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    digits
}

fn digit(byte: u8) -> u16 {
    DIGITS[usize::from(byte)]
}

/// The escape behind a backslash at one glance: its character and its length. `None` if it is half of a pair, no escape,
/// or not all there: whoever goes byte by byte finds out. Some programs escape every letter beyond ASCII.
#[inline]
pub(super) fn whole_escape(text: &[u8]) -> Option<(char, usize)> {
    let (b'u', [first, second, third, fourth, ..]) = text.split_first().map(|(kind, rest)| (*kind, rest))?
    else {
        return text.first().and_then(|byte| simple(*byte)).map(|character| (character, 1));
    };
    let [first, second, third, fourth] = [first, second, third, fourth].map(|byte| digit(*byte));
    if (first | second | third | fourth) == NO_DIGIT {
        return None;
    }
    let value = (first << 12) | (second << 8) | (third << 4) | fourth;
    char::from_u32(value.into()).map(|character| (character, 5))
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
    fn one_glance_sees_what_many_steps_see() {
        for unit in 0..=u16::MAX {
            let text = format!("u{unit:04x}\"");
            let pair = char::from_u32(unit.into()).map(|character| (character, 5));
            assert_eq!(whole_escape(text.as_bytes()), pair, "{text}");
            assert_eq!(read(&text[..5]).ok().flatten(), pair.map(|(character, _)| character), "{text}");
        }
        for byte in (0..=0x7F_u8).filter(|byte| *byte != b'u') {
            let seen = whole_escape(&[byte]).map(|(character, _)| character);
            assert_eq!(read(&char::from(byte).to_string()), seen.map(Some).ok_or(Problem::UnknownEscape));
        }
        for open in ["", "u", "u043", "u043g", "u04 4", "uD83D\\uDD11"] {
            assert_eq!(whole_escape(open.as_bytes()), None, "{open}");
        }
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
