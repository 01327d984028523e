//! Catalogues: which operations there are, what opens them and how much of them is allowed.
//!
//! Owns the rule that a document with errors changes nothing, and that a change is told before it is made.

use mp_catalog::{Difference, Finding, Import, Refused, Unreadable, check};
use mp_domain::catalog::{Catalog, table};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::time::Timestamp;
use mp_store::catalog::{self, StoredCatalog};
use mp_store::{Conn, StoreError};

use crate::directory::kept;
use crate::service::Service;

/// What the catalogue is called that needs no document.
pub const SHIPPED: &str = "the catalogue that marketpass brings along";

/// Why no catalogue came into force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The document is none.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The document has errors.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The catalogue in force.
#[derive(Debug, Clone)]
pub struct CatalogInForce {
    /// What it says.
    pub catalog: &'static Catalog,
    /// Which document it was made from and when it was imported; `None` for the one that marketpass brings along.
    pub imported: Option<(String, Timestamp)>,
}

/// What a document means to the catalogue in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How many operations it has, those that marketpass answers itself included.
    pub operations: usize,
    /// What it changes.
    pub difference: Difference,
    /// What is doubtful in it; no errors.
    pub findings: Vec<Finding>,
    /// Whether it is in force already, so that importing it does nothing.
    pub is_in_force: bool,
}

/// A document that was read.
struct Candidate {
    catalog: Catalog,
    findings: Vec<Finding>,
}

impl Candidate {
    fn compared(&self, in_force: &Catalog) -> Comparison {
        let (operations, findings) = (self.catalog.operations(), self.findings.clone());
        let difference = Difference::between(in_force.operations(), operations);
        let is_in_force = difference.changes().is_empty();
        Comparison { operations: operations.len(), difference, findings, is_in_force }
    }
}

impl Service {
    /// Brings the catalogue that a document describes into force, and says what that changed. A document that describes
    /// the catalogue in force changes nothing, not even the audit trail.
    pub async fn import_catalog(
        &self,
        actor: Actor,
        document: Vec<u8>,
        source: String,
    ) -> Result<Comparison, CatalogError> {
        let record = self.record(actor);
        let candidate = read(document).await?;
        self.commit("import_catalog", move |tx| {
            let compared = candidate.compared(in_force(tx)?.catalog);
            if compared.is_in_force {
                return Ok(compared);
            }
            let facts = table::print(candidate.catalog.operations());
            let (digest, source, imported_at) = (table::digest(&facts), source.clone(), record.at);
            let detail = format!("{source}: {}", compared.difference.summary());
            catalog::insert(tx, &StoredCatalog { digest, facts, source, imported_at })?;
            record.append(tx, EventKind::CatalogImported, Subject::Catalog, None, detail)?;
            Ok(compared)
        })
        .await
    }

    /// Brings the catalogue back into force that marketpass brings along, as if none had been imported: a newer marketpass
    /// brings a newer one. Says what that changed.
    pub async fn return_to_shipped_catalog(&self, actor: Actor) -> Result<Comparison, CatalogError> {
        let record = self.record(actor);
        self.commit("return_to_shipped_catalog", move |tx| {
            let compared = compared_with_shipped(tx)?;
            if !compared.is_in_force {
                let detail = format!("{SHIPPED}: {}", compared.difference.summary());
                catalog::insert_shipped(tx, record.at)?;
                record.append(tx, EventKind::CatalogImported, Subject::Catalog, None, detail)?;
            }
            Ok(compared)
        })
        .await
    }

    /// What it would change to bring the catalogue back that marketpass brings along.
    pub async fn compare_shipped_catalog(&self) -> Result<Comparison, CatalogError> {
        Ok(self.store.read("compare_shipped_catalog", compared_with_shipped).await?)
    }

    /// What importing a document would change.
    pub async fn compare_catalog(&self, document: Vec<u8>) -> Result<Comparison, CatalogError> {
        let candidate = read(document).await?;
        let in_force = self.catalog_in_force().await?;
        Ok(candidate.compared(in_force.catalog))
    }

    /// Everything that is wrong with a document or doubtful in it, the errors first.
    pub async fn check_catalog(&self, document: Vec<u8>) -> Result<Vec<Finding>, CatalogError> {
        Ok(apart(move || Import::read(&document)).await?.findings())
    }

    /// The catalogue in force.
    pub async fn catalog_in_force(&self) -> Result<CatalogInForce, CatalogError> {
        Ok(self.store.read("catalog_in_force", in_force).await?)
    }
}

fn in_force(conn: &mut Conn) -> Result<CatalogInForce, StoreError> {
    let stored = catalog::newest(conn)?;
    let catalog = kept(stored.as_ref())?;
    Ok(CatalogInForce { catalog, imported: stored.map(|stored| (stored.source, stored.imported_at)) })
}

fn compared_with_shipped(conn: &mut Conn) -> Result<Comparison, StoreError> {
    let shipped = Catalog::market().operations();
    let (catalog, is_in_force) = match in_force(conn) {
        Ok(CatalogInForce { catalog, imported }) => (catalog, imported.is_none()),
        // The way back leads out of what cannot be used, too.
        Err(StoreError::Corrupt(_)) => (Catalog::own(), false),
        Err(error) => return Err(error),
    };
    Ok(Comparison {
        operations: shipped.len(),
        difference: Difference::between(catalog.operations(), shipped),
        findings: check(shipped),
        is_in_force,
    })
}

async fn read(document: Vec<u8>) -> Result<Candidate, CatalogError> {
    let import = apart(move || Import::read(&document)).await?;
    let findings = import.findings();
    Ok(Candidate { catalog: import.catalog()?, findings })
}

/// On a thread of its own: a document of many megabytes takes its time.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("reading a document does not panic")
}
