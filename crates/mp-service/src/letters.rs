//! What letters say, in English and Russian.
//!
//! Owns their wording. Must never hold a secret other than the single-use link a letter is about.

/// The language of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}
