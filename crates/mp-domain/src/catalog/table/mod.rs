//! The written form of a catalogue: facts only, a line each, in the order of the paths.
//!
//! Owns the form, in which the shipped catalogue lies in the sources and an imported one in the database. What is
//! printed is read back the same, and equal catalogues are printed alike. Must never carry prose of a document.
//!
//! ```text
//! marketpass-catalog 1
//!
//! POST /v2/businesses/{businessId}/offer-prices/updates updateBusinessPrices 232 unversioned
//!   accesses pricing all-methods
//!   sellers seller market-yandex-go
//!   limit 10000/1m medium 20000/1m of req.offers
//!   parallel 12
//!   names body.campaignIds campaign
//!   names query.businessId business
//!   deprecated 2027-01-18T00:00:00Z sunset 2027-04-05T00:00:00Z for getOffers
//! ```
//!
//! An operation begins at the margin: verb, path, operationId, number, and what is out of the ordinary (`unversioned`,
//! `keys-only`, `ignores-switch`). Facts are indented. `*` stands for every access or every kind of seller. `medium` is
//! left out where it is the same; without `limit` as many calls are allowed as one likes; without `parallel` the slots
//! are shared. Lines that begin with `#`, and empty ones, say nothing.

mod print;
mod read;

use sha2::{Digest, Sha256};

pub use self::print::print;
pub use self::read::{TableError, UnusableTable, operations, read};

/// The first line.
const HEADING: &str = "marketpass-catalog 1";
/// Everything there is.
const ALL: &str = "*";
const UNVERSIONED: &str = "unversioned";
const KEYS_ONLY: &str = "keys-only";
const IGNORES_SWITCH: &str = "ignores-switch";

/// Of a text: equal catalogues have equal ones, because they are printed alike.
#[must_use]
pub fn digest(text: &str) -> [u8; 16] {
    let whole = Sha256::digest(text);
    *whole.first_chunk().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests;
