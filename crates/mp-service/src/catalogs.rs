//! Catalogues: which operations there are, what opens them and how much of them is allowed.
//!
//! Owns the rule that a document with errors changes nothing, and that a change is told before it is made.

use mp_catalog::{Difference, Finding, Import, Refused, Unreadable, check};
use mp_domain::catalog::{Catalog, table};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::operation::Operation;
use mp_domain::time::Timestamp;
use mp_store::catalog::{self, StoredCatalog};
use mp_store::shadow_catalog::{NewShadow, ShadowCatalog};
use mp_store::{Conn, StoreError, Tx, shadow_catalog, shadow_difference};

pub use mp_store::shadow_catalog::Trial;
pub use mp_store::shadow_difference::ShadowDifference;

use crate::directory::kept;
use crate::service::{Recorder, Service};

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
    /// Whether exactly this is on trial, so that importing it ends the trial.
    pub is_on_trial: bool,
}

/// The last trial, and what was judged otherwise in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowReport {
    /// The trial, over or not.
    pub trial: Trial,
    /// Calls by operation, reason and cabinet, the most frequent first.
    pub differences: Vec<ShadowDifference>,
}

/// A document that was read.
struct Candidate {
    operations: Vec<Operation>,
    facts: String,
    digest: [u8; 16],
    findings: Vec<Finding>,
}

impl Candidate {
    /// The catalogue that marketpass brings along.
    fn shipped() -> Self {
        let operations = Catalog::market().operations();
        Self::of(operations, check(operations))
    }

    fn of(operations: &[Operation], findings: Vec<Finding>) -> Self {
        let facts = table::print(operations);
        Self { digest: table::digest(&facts), operations: operations.to_vec(), facts, findings }
    }

    fn compared(&self, in_force: &Catalog, conn: &mut Conn) -> Result<Comparison, StoreError> {
        let (operations, findings) = (self.operations.len(), self.findings.clone());
        let difference = Difference::between(in_force.operations(), &self.operations);
        let is_in_force = difference.changes().is_empty();
        let is_on_trial = shadow_catalog::on_trial(conn)?.is_some_and(|shadow| shadow.digest == self.digest);
        Ok(Comparison { operations, difference, findings, is_in_force, is_on_trial })
    }
}

impl Service {
    /// Brings the catalogue that a document describes into force, and says what that changed. A document that describes
    /// the catalogue in force changes nothing, not even the audit trail. A trial of exactly this catalogue ends: now it is
    /// more than that.
    pub async fn import_catalog(
        &self,
        actor: Actor,
        document: Vec<u8>,
        source: String,
    ) -> Result<Comparison, CatalogError> {
        let record = self.record(actor);
        let candidate = read(document).await?;
        self.commit("import_catalog", move |tx| {
            let compared = candidate.compared(in_force(tx)?.catalog, tx)?;
            if compared.is_in_force {
                return Ok(compared);
            }
            let (facts, source, imported_at) = (candidate.facts.clone(), source.clone(), record.at);
            let detail = format!("{source}: {}", compared.difference.summary());
            catalog::insert(tx, &StoredCatalog { digest: candidate.digest, facts, source, imported_at })?;
            record.append(tx, EventKind::CatalogImported, Subject::Catalog, None, detail)?;
            if compared.is_on_trial {
                end_shadow(tx, record)?;
            }
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
                if compared.is_on_trial {
                    end_shadow(tx, record)?;
                }
            }
            Ok(compared)
        })
        .await
    }

    /// Puts the catalogue that a document describes on trial in place of the one that is, and begins its report anew. A
    /// document that says what is in force leaves everything as it is.
    pub async fn put_on_trial(
        &self,
        actor: Actor,
        document: Vec<u8>,
        source: String,
    ) -> Result<Comparison, CatalogError> {
        self.begin_trial(actor, read(document).await?, source).await
    }

    /// The same with the catalogue that marketpass brings along.
    pub async fn put_shipped_on_trial(&self, actor: Actor) -> Result<Comparison, CatalogError> {
        self.begin_trial(actor, Candidate::shipped(), SHIPPED.to_owned()).await
    }

    async fn begin_trial(
        &self,
        actor: Actor,
        candidate: Candidate,
        source: String,
    ) -> Result<Comparison, CatalogError> {
        let record = self.record(actor);
        self.commit("begin_trial", move |tx| {
            let compared = candidate.compared(in_force(tx)?.catalog, tx)?;
            if compared.is_in_force {
                return Ok(compared);
            }
            let (facts, source, begun_at) = (candidate.facts.clone(), source.clone(), record.at);
            let detail = format!("{source}: {}", compared.difference.summary());
            shadow_catalog::begin(tx, &NewShadow { digest: candidate.digest, facts, source, begun_at })?;
            record.append(tx, EventKind::CatalogShadowBegun, Subject::Catalog, None, detail)?;
            Ok(Comparison { is_on_trial: true, ..compared })
        })
        .await
    }

    /// Ends the trial. Its report is kept until another begins. Says whether there was one.
    pub async fn end_trial(&self, actor: Actor) -> Result<bool, StoreError> {
        let record = self.record(actor);
        self.commit("end_trial", move |tx| end_shadow(tx, record)).await
    }

    /// What was reported of the last trial; `None` as long as there was none.
    pub async fn shadow_report(&self) -> Result<Option<ShadowReport>, StoreError> {
        let report = |conn: &mut Conn| {
            let Some(trial) = shadow_catalog::newest(conn)? else { return Ok(None) };
            let differences = shadow_difference::of(conn, trial.number)?;
            Ok(Some(ShadowReport { trial, differences }))
        };
        self.store.read("shadow_report", report).await
    }

    /// What it would change to bring the catalogue back that marketpass brings along.
    pub async fn compare_shipped_catalog(&self) -> Result<Comparison, CatalogError> {
        Ok(self.store.read("compare_shipped_catalog", compared_with_shipped).await?)
    }

    /// What importing a document would change.
    pub async fn compare_catalog(&self, document: Vec<u8>) -> Result<Comparison, CatalogError> {
        let candidate = read(document).await?;
        let compare = move |conn: &mut Conn| candidate.compared(in_force(conn)?.catalog, conn);
        Ok(self.store.read("compare_catalog", compare).await?)
    }

    /// The catalogue in force.
    pub async fn catalog_in_force(&self) -> Result<CatalogInForce, CatalogError> {
        Ok(self.store.read("catalog_in_force", in_force).await?)
    }
}

fn in_force(conn: &mut Conn) -> Result<CatalogInForce, StoreError> {
    let stored = catalog::newest(conn)?;
    let catalog = match &stored {
        Some(StoredCatalog { digest, facts, .. }) => kept(*digest, facts)?,
        None => Catalog::market(),
    };
    Ok(CatalogInForce { catalog, imported: stored.map(|stored| (stored.source, stored.imported_at)) })
}

fn compared_with_shipped(conn: &mut Conn) -> Result<Comparison, StoreError> {
    let (catalog, is_in_force) = match in_force(conn) {
        Ok(CatalogInForce { catalog, imported }) => (catalog, imported.is_none()),
        // The way back leads out of what cannot be used, too.
        Err(StoreError::Corrupt(_)) => (Catalog::own(), false),
        Err(error) => return Err(error),
    };
    Ok(Comparison { is_in_force, ..Candidate::shipped().compared(catalog, conn)? })
}

fn end_shadow(tx: &mut Tx<'_>, record: Recorder) -> Result<bool, StoreError> {
    let Some(ShadowCatalog { source, .. }) = shadow_catalog::on_trial(tx)? else { return Ok(false) };
    record.append(tx, EventKind::CatalogShadowEnded, Subject::Catalog, None, source)?;
    shadow_catalog::end(tx, record.at)
}

async fn read(document: Vec<u8>) -> Result<Candidate, CatalogError> {
    let import = apart(move || Import::read(&document)).await?;
    let findings = import.findings();
    Ok(Candidate::of(import.catalog()?.operations(), findings))
}

/// On a thread of its own: a document of many megabytes takes its time.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("reading a document does not panic")
}
