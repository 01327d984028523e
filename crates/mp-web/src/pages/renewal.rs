//! The page that asks how long something goes on working when it is replaced: a secret, a token.
//!
//! Owns the choice of overlaps. Must never replace anything itself.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::components::{Choices, Problems};
use crate::visit::Visit;

/// The overlaps that are offered, in days.
pub(super) const OVERLAPS: [u64; 4] = [0, 1, 7, 30];

/// The page.
#[derive(Template)]
#[template(path = "renewal.html")]
pub(super) struct RenewalPage {
    pub(super) visit: Visit,
    pub(super) problems: Problems,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) action: String,
    /// What is replaced, so that a form sent twice replaces nothing twice.
    pub(super) seen: String,
    pub(super) overlap: Choices,
    pub(super) submit: String,
    pub(super) cancel: String,
}

/// The overlap that was chosen; none where what was sent is not one of those offered.
pub(super) fn overlap_days(text: &str) -> u64 {
    text.parse().ok().filter(|days| OVERLAPS.contains(days)).unwrap_or(0)
}

/// What tells one secret from the next without saying anything about it: `stored` is sealed or a keyed digest.
pub(super) fn fingerprint(stored: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(stored)[..8])
}
