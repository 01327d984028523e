//! What is kept of a refusal, for the owner of the credential (product.md §5).
//!
//! Owns what may be in it: no secret, no query, no body, and of texts that a caller has a say in only a bounded, printable
//! excerpt. Must never be made for a credential that is nobody's.

use std::net::IpAddr;

use crate::denial::Holder;
use crate::ids::BusinessId;
use crate::name::is_unprintable;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::window::Budget;

/// The most characters of a path or a message that are kept.
const MOST_CHARACTERS: usize = 300;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalNote {
    /// When.
    pub at: Timestamp,
    /// The trace that the answer named.
    pub trace: Option<TraceId>,
    /// Whose credential it was.
    pub holder: Holder,
    /// The cabinet that was addressed or that the key belongs to, where one was in reach.
    pub business: Option<BusinessId>,
    /// `operationId` of what was called.
    pub operation: String,
    /// The method of the request.
    pub verb: String,
    /// Its path, without its query.
    pub path: Excerpt,
    /// Where it came from.
    pub address: IpAddr,
    /// The name of the reason.
    pub reason: String,
    /// What the caller was told.
    pub message: Excerpt,
    /// Any of these accesses would have opened it.
    pub accesses: ScopeSet,
    /// The limit of the operation and the end of its window, where they were told.
    pub limit: Option<(u32, Timestamp)>,
    /// How many more of the same credential were refused right after it and not kept.
    pub more: u32,
}

impl RefusalNote {
    /// The limit as a note keeps it.
    #[must_use]
    pub fn limit_of(budget: Option<Budget>) -> Option<(u32, Timestamp)> {
        budget.map(|Budget { limit, until, .. }| (limit, Timestamp::from_seconds(until.seconds().into())))
    }
}

/// A text of a caller that may be shown to others.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Excerpt(String);

impl Excerpt {
    /// The beginning of a text, a mark in place of everything that cannot be shown.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let shown = |character| if is_unprintable(character) { '\u{FFFD}' } else { character };
        let mut excerpt: String = text.chars().take(MOST_CHARACTERS).map(shown).collect();
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            excerpt.push('…');
        }
        Self(excerpt)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_bounded_and_can_be_shown() {
        assert_eq!(Excerpt::of("/v2/campaigns/7").as_str(), "/v2/campaigns/7");
        assert_eq!(Excerpt::of("a\u{1b}[2J\u{202e}b\n").as_str(), "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}");
        let long = Excerpt::of(&"ж".repeat(5000));
        assert_eq!(long.as_str().chars().count(), 301);
        assert_eq!(Excerpt::of(&"x".repeat(300)).as_str().len(), 300);
    }
}
