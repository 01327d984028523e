//! Where in a JSON body something stands, as an operation of the catalogue names it: `result.warehouses.offers.offerId`.
//!
//! Owns the form of such a path. Must never read a body: the wire does.

use std::fmt;

use crate::name::is_unprintable;

/// The keys that lead to a field, outermost first. Arrays on the way have no key of their own: they are gone through.
///
/// Only as large as two words, and without a lifetime, so that the facts of an operation can be copied freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(&'static [&'static str]);

/// Why a text is no path of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFieldPath {
    /// Two dots in a row, a dot at an end, or nothing at all.
    #[error("a part of the path is empty: names divided by single dots are expected, as in 'result.offers'")]
    Empty,
    /// Too many keys.
    #[error("the path has more than {max} parts: only shorter ones can be counted", max = FieldPath::MAX_SEGMENTS)]
    TooDeep,
    /// A key that is too long.
    #[error("a part of the path has more than {max} characters", max = FieldPath::MAX_CHARACTERS)]
    TooLong,
    /// A key that would garble lists and messages, or that holds the dot that divides keys.
    #[error(
        "a part of the path has a character that cannot be shown there: letters and signs without dots are expected"
    )]
    Unprintable,
}

impl FieldPath {
    /// The most keys.
    pub const MAX_SEGMENTS: usize = 8;
    /// The most characters of a key.
    pub const MAX_CHARACTERS: usize = 64;

    /// A path written in the source. In a `const`, where it belongs, a wrong one does not compile.
    #[must_use]
    pub const fn new(segments: &'static [&'static str]) -> Self {
        assert!(!segments.is_empty() && segments.len() <= Self::MAX_SEGMENTS, "1 to 8 keys are expected");
        let mut index = 0;
        while index < segments.len() {
            assert!(
                check_segment(segments[index]).is_ok(),
                "1 to 64 visible characters, no dot, are expected"
            );
            index += 1;
        }
        Self(segments)
    }

    /// A path read from a catalogue.
    ///
    /// What it holds is leaked, once for each call. That is right for whoever brings a catalogue into force: the whole
    /// catalogue stays until the process ends, because requests hold on to its facts without counting references. A
    /// loader calls it last, when nothing can be refused any more.
    pub fn intern(text: &str) -> Result<Self, InvalidFieldPath> {
        let depth = text.split('.').count();
        if depth > Self::MAX_SEGMENTS {
            return Err(InvalidFieldPath::TooDeep);
        }
        for segment in text.split('.') {
            check_segment(segment)?;
            if segment.contains(|character: char| character.is_whitespace() || is_unprintable(character)) {
                return Err(InvalidFieldPath::Unprintable);
            }
        }
        let text: &'static str = Box::leak(text.into());
        Ok(Self(Box::leak(text.split('.').collect())))
    }

    /// The keys, outermost first: 1 to [`Self::MAX_SEGMENTS`].
    #[must_use]
    pub const fn segments(self) -> &'static [&'static str] {
        self.0
    }
}

/// What can be told at compile time. `char` is no help there, so characters are counted by their first bytes.
const fn check_segment(segment: &str) -> Result<(), InvalidFieldPath> {
    let bytes = segment.as_bytes();
    let (mut index, mut characters) = (0, 0);
    while index < bytes.len() {
        match bytes[index] {
            b'.' | ..=b' ' | 0x7F => return Err(InvalidFieldPath::Unprintable),
            0x80..=0xBF => {}
            _ => characters += 1,
        }
        index += 1;
    }
    match characters {
        0 => Err(InvalidFieldPath::Empty),
        1..=FieldPath::MAX_CHARACTERS => Ok(()),
        _ => Err(InvalidFieldPath::TooLong),
    }
}

/// With dots between the keys, as [`FieldPath::intern`] reads it.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            f.write_str(segment)?;
        }
        Ok(())
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_printed() {
        const OFFERS: FieldPath = FieldPath::new(&["result", "warehouses", "offers", "offerId"]);
        let read = FieldPath::intern("result.warehouses.offers.offerId").unwrap();
        assert_eq!((read, read.to_string().as_str()), (OFFERS, "result.warehouses.offers.offerId"));
        assert_eq!(FieldPath::intern("товары.$id").unwrap().segments(), ["товары", "$id"]);
    }

    #[test]
    fn anything_else_is_refused() {
        let refused = |text: &str| FieldPath::intern(text).unwrap_err();
        for empty in ["", ".", "a.", ".a", "a..b"] {
            assert_eq!(refused(empty), InvalidFieldPath::Empty, "{empty}");
        }
        for unprintable in ["a b", "a\n", "a\u{200B}", "a.\u{202E}b", "\u{7F}", "a\u{A0}b"] {
            assert_eq!(refused(unprintable), InvalidFieldPath::Unprintable, "{unprintable}");
        }
        assert!(FieldPath::intern(&"ж".repeat(64)).is_ok(), "characters are counted, not bytes");
        assert_eq!(refused(&"ж".repeat(65)), InvalidFieldPath::TooLong);
        assert!(FieldPath::intern("a.b.c.d.e.f.g.h").is_ok());
        assert_eq!(refused("a.b.c.d.e.f.g.h.i"), InvalidFieldPath::TooDeep);
    }

    #[test]
    fn the_error_says_what_is_expected() {
        assert_eq!(
            FieldPath::intern("a.b.c.d.e.f.g.h.i").unwrap_err().to_string(),
            "the path has more than 8 parts: only shorter ones can be counted"
        );
    }
}
