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
        if let Some(character) = text.chars().find(|c| is_unprintable(*c)) {
            return Err(InvalidName::Unprintable(character));
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

/// Controls, line and paragraph separators, and the bidirectional overrides that make text read as something else.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
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
        assert!(Name::new("👩‍👩‍👧 shop").is_ok(), "joined emoji are one picture");
    }
}
