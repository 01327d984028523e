//! Names that people give to things.
//!
//! Owns what a name may contain. Must never judge taste: letters of any script and emoji are names too.

use std::fmt;

use serde::Serialize;

/// The name of a key, business, store or person: 1 to 100 characters (market-api §2, `ApiKeyDTO`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing, or only white space.
    #[error("the name is empty: 1 to {} characters are expected", Name::MAX_CHARACTERS)]
    Empty,
    /// Too many characters (not bytes).
    #[error("the name has {0} characters: at most {max} are allowed", max = Name::MAX_CHARACTERS)]
    TooLong(usize),
    /// A character that would garble lists and logs, or make one name look like another.
    #[error("the name contains the character U+{:04X}, which cannot be shown: remove it", u32::from(*.0))]
    Unprintable(char),
}

impl Name {
    /// In characters, as the seller API counts.
    pub const MAX_CHARACTERS: usize = 100;

    /// The name without the white space around it.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let mut before = ' ';
        for character in text.chars() {
            if is_unprintable(character) || (is_joiner(character) && before.is_ascii()) {
                return Err(InvalidName::Unprintable(character));
            }
            before = character;
        }
        match text.chars().count() {
            0 => Err(InvalidName::Empty),
            count if count > Self::MAX_CHARACTERS => Err(InvalidName::TooLong(count)),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What joins emoji and letters of some scripts into one picture. Behind a letter of ASCII it would be nothing but
/// invisible.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}')
}

/// Controls, separators, and everything that is drawn as nothing or changes the direction of what is.
pub(crate) fn is_unprintable(character: char) -> bool {
    let is_blank = matches!(character, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}');
    let is_invisible = matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
    );
    character.is_control() || is_blank || is_invisible
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(Name::new(&"ж".repeat(100)).is_ok());
        assert!(Name::new(&"🔑".repeat(100)).is_ok());
        assert_eq!(Name::new(&"ж".repeat(101)), Err(InvalidName::TooLong(101)));
    }

    #[test]
    fn blank_and_unprintable_names_are_refused() {
        assert_eq!(Name::new(" \t "), Err(InvalidName::Empty));
        assert_eq!(Name::new("a\u{202E}b"), Err(InvalidName::Unprintable('\u{202E}')));
        assert_eq!(
            Name::new("a\nb").unwrap_err().to_string(),
            "the name contains the character U+000A, which cannot be shown: remove it"
        );
    }

    #[test]
    fn white_space_around_a_name_is_dropped() {
        assert_eq!(Name::new("  ERP 1C ").unwrap().as_str(), "ERP 1C");
        assert!(Name::new("👩‍👩‍👧 shop ❤️").is_ok(), "joined emoji are one picture");
    }

    #[test]
    fn no_name_looks_like_another_by_what_cannot_be_seen() {
        for invisible in ['\u{061C}', '\u{200B}', '\u{200E}', '\u{00AD}', '\u{FE0F}', '\u{200D}', '\u{E0041}']
        {
            assert_eq!(Name::new(&format!("ERP{invisible}")), Err(InvalidName::Unprintable(invisible)));
        }
        for blank in ['\u{3164}', '\u{2800}', '\u{E0041}'] {
            assert_eq!(Name::new(&blank.to_string()), Err(InvalidName::Unprintable(blank)));
        }
    }
}
