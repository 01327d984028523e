//! The catalogue in force: the one imported last, or the market's own.
//!
//! Owns bringing one into force. What is in force is never freed, so equal catalogues are one, whoever asks.

use std::collections::HashMap;
use std::sync::LazyLock;

use arc_swap::ArcSwap;
use mp_domain::catalog::{Catalog, table};
use mp_store::catalog::newest;
use mp_store::{Conn, StoreError};
use parking_lot::Mutex;

/// By the digest of their facts.
static KEPT: LazyLock<Mutex<HashMap<[u8; 16], &'static Catalog>>> = LazyLock::new(Mutex::default);

/// The catalogue in force on this node.
pub(crate) struct CatalogInForce(ArcSwap<&'static Catalog>);

impl Default for CatalogInForce {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(Catalog::market()))
    }
}

impl CatalogInForce {
    pub(crate) fn current(&self) -> &'static Catalog {
        &self.0.load()
    }

    /// Reads it again.
    pub(crate) fn refresh(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let catalog = match newest(conn)? {
            Some(stored) => kept(stored.digest, &stored.facts)?,
            None => Catalog::market(),
        };
        self.0.rcu(|_| catalog);
        Ok(())
    }
}

/// The catalogue of stored facts with this digest.
pub(crate) fn kept(digest: [u8; 16], facts: &str) -> Result<&'static Catalog, StoreError> {
    let mut all = KEPT.lock();
    if let Some(known) = all.get(&digest) {
        return Ok(known);
    }
    let unusable =
        |error| StoreError::Corrupt(format!("the catalogue that was imported cannot be used: {error}"));
    let catalog = table::read(facts).map_err(unusable)?.leak();
    all.insert(digest, catalog);
    Ok(catalog)
}
