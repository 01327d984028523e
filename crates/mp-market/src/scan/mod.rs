//! A scan of JSON that counts items and collects ids, while the text passes by in blocks of any size.
//!
//! Owns how strict it is: what this module passes is JSON by RFC 8259, in UTF-8, without a byte order mark. It takes every
//! occurrence of a doubled key for real, and keys as they are after unescaping, so that it never sees less than whoever
//! reads the text later. Must never keep the text, allocate by its size, or fail for anything but a flaw in it.

mod escape;
mod flaw;
mod ids;
mod number;
mod plain_text;
mod request_scan;
mod response_meter;
mod sought;
mod syntax;
#[cfg(test)]
mod tests;
mod tracker;
mod utf8;

pub use flaw::{Expected, Flaw, Problem};
pub use ids::{MAX_IDS, NamedIds, NotAnId};
pub use request_scan::{RequestFacts, RequestScan};
pub use response_meter::{Measured, ResponseMeter};
pub use sought::{Sought, TooManyFields};
pub use syntax::MAX_DEPTH;

use syntax::Syntax;
use tracker::Tracker;
use utf8::Utf8;

/// How much of a text is looked at once for UTF-8 before the grammar goes through it: it is still in the nearest cache.
const BLOCK_BYTES: usize = 8 * 1024;

/// A scan under way.
#[derive(Debug, Clone)]
pub struct Scanner {
    syntax: Syntax,
    tracker: Tracker,
    utf8: Utf8,
    /// The bytes before the next block.
    passed: u64,
    flaw: Option<Flaw>,
}

/// What a scan has found in a text without a flaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// How many items stand at the counted field. An array there counts for its elements, `null` for nothing, any other
    /// value for one; arrays on the way are gone through.
    pub counted: u64,
    /// The ids at each watched field, in the order of the fields.
    pub named: Vec<NamedIds>,
}

impl Scanner {
    /// A scan of a text that has not begun.
    #[must_use]
    pub fn new(sought: Sought) -> Self {
        Self {
            syntax: Syntax::START,
            tracker: Tracker::new(sought),
            utf8: Utf8::START,
            passed: 0,
            flaw: None,
        }
    }

    /// Goes on with `text`. A scan that has failed once fails with the same flaw ever after.
    pub fn feed(&mut self, text: &[u8]) -> Result<(), Flaw> {
        self.flaw.map_or(Ok(()), Err)?;
        for block in text.chunks(BLOCK_BYTES) {
            if let Err(flaw) = self.feed_block(block) {
                self.flaw = Some(flaw);
                return Err(flaw);
            }
        }
        Ok(())
    }

    /// How many items have been counted so far, even in a text that turned out to be flawed.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.tracker.counted()
    }

    /// The text is over.
    pub fn finish(mut self) -> Result<Findings, Flaw> {
        self.flaw.map_or(Ok(()), Err)?;
        let finished = self.syntax.finish(&mut self.tracker);
        finished.map_err(|problem| Flaw { problem, at: self.passed })?;
        Ok(Findings { counted: self.tracker.counted(), named: self.tracker.into_named() })
    }

    fn feed_block(&mut self, block: &[u8]) -> Result<(), Flaw> {
        let broken = self.utf8.find_flaw(block);
        let sound = broken.map_or(block, |at| &block[..at]);
        let fed = self.syntax.feed(sound, &mut self.tracker);
        let fed = fed.and(broken.map_or(Ok(()), |at| Err((Problem::NotUtf8, at))));
        fed.map_err(|(problem, at)| Flaw { problem, at: self.passed + at as u64 + 1 })?;
        self.passed += block.len() as u64;
        Ok(())
    }
}
