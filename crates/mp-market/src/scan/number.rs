//! The grammar of numbers (RFC 8259 §6), byte by byte.
//!
//! Owns which bytes belong to a number. Must never tell its value: what is an id, `ids` says.

/// Where in a number a text stands: behind what it has seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    /// The number that begins with `byte`, if one does.
    #[inline]
    pub(super) fn begin(byte: u8) -> Option<Self> {
        match byte {
            b'-' => Some(Self::Minus),
            b'0' => Some(Self::Zero),
            b'1'..=b'9' => Some(Self::Integer),
            _ => None,
        }
    }

    /// Behind `byte` too; `None` if it does not belong to the number.
    #[inline]
    pub(super) fn step(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Integer, b'0'..=b'9') => Some(Self::Integer),
            (Self::Point | Self::Fraction, b'0'..=b'9') => Some(Self::Fraction),
            (Self::Minus, _) => Self::begin(byte).filter(|next| *next != Self::Minus),
            (Self::Zero | Self::Integer, b'.') => Some(Self::Point),
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Some(Self::Exponent),
            (Self::Exponent, b'+' | b'-') => Some(Self::ExponentSign),
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Some(Self::ExponentDigits)
            }
            _ => None,
        }
    }

    /// Whether the number may end here.
    #[inline]
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether all of `text` is a number.
    fn is_number(text: &str) -> bool {
        let mut bytes = text.bytes();
        let mut number = bytes.next().and_then(Number::begin);
        for byte in bytes {
            number = number.and_then(|number| number.step(byte));
        }
        number.is_some_and(Number::is_whole)
    }

    #[test]
    fn numbers_are_those_of_the_rfc() {
        for text in ["0", "-0", "10", "-1.5", "0.0", "1e5", "1E+05", "2.5e-3", "9999999999999999999999"] {
            assert!(is_number(text), "{text}");
        }
        for text in
            ["", "-", "--1", "01", "-01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1e5.0", "0x1", "1_0", "1 "]
        {
            assert!(!is_number(text), "{text}");
        }
    }
}
