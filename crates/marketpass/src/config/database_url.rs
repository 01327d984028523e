//! How the database's URL stands in a configuration: read from a text, shown without its password.
//!
//! Owns nothing but that; the URL itself is the store's. Must never repeat a URL in an error: it may hold a password.

use mp_store::DatabaseUrl;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Option<DatabaseUrl>, D::Error> {
    String::deserialize(source)?.parse().map(Some).map_err(D::Error::custom)
}

#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
pub(crate) fn serialize<S: Serializer>(url: &Option<DatabaseUrl>, target: S) -> Result<S::Ok, S::Error> {
    match url {
        Some(url) => target.collect_str(url),
        None => target.serialize_none(),
    }
}
