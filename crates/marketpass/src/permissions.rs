//! Who may look at a file.
//!
//! Owns the one question: is it its owner's alone? Must never change a mode.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;

/// The permission bits of something that others than its owner can read, write or enter; nothing if it is private.
pub(crate) fn exposed_mode(metadata: &Metadata) -> Option<u32> {
    let mode = metadata.permissions().mode() & 0o777;
    let group_and_others = mode & 0o077;
    (group_and_others != 0).then_some(mode)
}
