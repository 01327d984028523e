//! The scanner against what the RFC says, and against a reader that holds everything in memory.
//!
//! Owns the sentences about whole texts. Must never test the parts: each has its tests beside it.

mod agreement;
mod limits;
mod meaning;
mod strictness;
mod tree;

use mp_domain::field_path::FieldPath;

use super::{Findings, Flaw, Scanner, Sought};

/// What a scan of `text`, in chunks of `size` bytes, says.
fn scan(sought: Sought, text: &[u8], size: usize) -> Result<Findings, Flaw> {
    let mut scanner = Scanner::new(sought);
    for chunk in text.chunks(size) {
        scanner.feed(chunk)?;
    }
    scanner.finish()
}

fn path(text: &str) -> FieldPath {
    FieldPath::intern(text).unwrap()
}
