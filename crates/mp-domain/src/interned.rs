//! Texts that live as long as the process.
//!
//! Owns the one copy of each. Catalogues are few and say mostly the same, so what is kept stays small. Must never be
//! fed with what a request carries.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

static TEXTS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// The text, for ever.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(Box::from(text));
    texts.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        assert!(std::ptr::eq(intern("a text"), intern(&["a", "text"].join(" "))));
    }
}
