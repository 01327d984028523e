//! Rules on trial: judged beside those in force, reported, and never enforced.
//!
//! Owns what a node keeps of them: the catalogue, counters and slots of its own, and the notes. Must never change an
//! answer, nor a counter or a slot in force; what cannot be put on trial is told and left out.

mod judgement;
mod notes;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use mp_domain::catalog::{Catalog, Routed, Unrouted};
use mp_domain::field_path::FieldPath;
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_domain::shadow::Differing;
use mp_domain::time::Timestamp;
use mp_store::shadow_catalog::{self, ShadowCatalog};
use mp_store::{Conn, Store, StoreError};
use parking_lot::Mutex;

use self::notes::Notes;
pub use self::notes::ShadowGauges;
use crate::admission::{Charge, UnreadableNames};
use crate::directory::kept;
use crate::enforcer::Enforcer;
use crate::limiter::Limiter;
use crate::slots::Slots;

/// The rules on trial on this node.
pub struct Shadow {
    catalog: &'static Catalog,
    differing: Differing,
    trial: Arc<Trial>,
}

impl Shadow {
    /// The operation that a verb and a path without its query mean by these rules.
    pub fn route<'p>(&self, verb: &str, path: &'p str) -> Result<Routed<'p>, Unrouted> {
        self.catalog.route(verb, path)
    }
}

/// What is counted in the world of these rules, whatever they are compared with.
pub(crate) struct Trial {
    number: i64,
    limiter: Limiter,
    slots: Arc<Slots>,
    notes: Notes,
}

impl Trial {
    fn new(number: i64) -> Self {
        // It is handed quotas that are scaled already.
        Self { number, limiter: Limiter::new(1.0), slots: Slots::new(), notes: Notes::default() }
    }

    async fn write(&self, store: &Store) -> Result<(), StoreError> {
        self.notes.write(store, self.number).await
    }
}

/// A call as the rules on trial see it.
#[derive(Clone, Copy)]
pub struct ShadowRequest<'a> {
    /// The rules.
    pub shadow: &'a Shadow,
    /// What is called; `None` if it means no operation.
    pub operation: Option<&'static Operation>,
    /// With what.
    pub named: Result<Named<'a>, UnreadableNames>,
    /// How many items of the collection that the operation counts stand in its body; `None` where nobody sees the body.
    pub items: Option<u32>,
}

impl<'a> ShadowRequest<'a> {
    /// A call of a method that marketpass answers itself and that names nothing.
    pub(crate) fn of(shadow: &'a Shadow, in_force: &Operation) -> Self {
        let operation = shadow.catalog.find(in_force.id);
        Self { shadow, operation, named: Ok(Named::NOTHING), items: None }
    }
}

/// Points that were charged by the rules on trial. Small, because every call that is let in has room for it.
#[derive(Clone)]
pub struct ShadowCharge(Arc<Charged>);

struct Charged {
    trial: Arc<Trial>,
    charge: Charge,
    /// Where the items of the answer stand that it will be charged for.
    counted: Option<FieldPath>,
}

impl ShadowCharge {
    /// Where the items of the answer stand that it will be charged for.
    #[must_use]
    pub fn counted(&self) -> Option<FieldPath> {
        self.0.counted
    }

    /// Takes it back.
    pub fn give_back(self) {
        let Charge { counted, points, budget } = self.0.charge;
        self.0.trial.limiter.give_back(counted, points, budget.until);
    }

    /// Charges what has become known with the answer.
    pub fn charge_afterwards(self, points: u32) {
        let Charge { counted, budget, .. } = self.0.charge;
        self.0.trial.limiter.charge_afterwards(counted, points, budget.until);
    }
}

/// The rules on trial, if there are any.
#[derive(Default)]
pub(crate) struct Shadows {
    current: ArcSwapOption<Shadow>,
    /// The last ones, whose notes may not be written.
    former: Mutex<Option<Arc<Trial>>>,
}

impl Shadows {
    /// The rules on trial, where they differ for an operation in force.
    fn of(&self, in_force: &Operation) -> Option<Arc<Shadow>> {
        let current = self.current.load();
        current.as_ref().filter(|shadow| shadow.differing.contain(in_force)).cloned()
    }

    /// Reads them again, and compares them with what is in force now.
    pub(crate) fn refresh(&self, conn: &mut Conn, in_force: &Catalog) -> Result<(), StoreError> {
        let stored = shadow_catalog::on_trial(conn)?;
        let before = self.current.load_full().map(|shadow| Arc::clone(&shadow.trial));
        let after = stored.and_then(|stored| {
            let catalog = usable(&stored)?;
            let going_on = before.clone().filter(|trial| trial.number == stored.number);
            let trial = going_on.unwrap_or_else(|| Arc::new(Trial::new(stored.number)));
            let differing = Differing::between(in_force.operations(), catalog.operations());
            Some(Arc::new(Shadow { catalog, differing, trial }))
        });
        let goes_on =
            |trial: &Arc<Trial>| after.as_ref().is_some_and(|after| Arc::ptr_eq(&after.trial, trial));
        if let Some(over) = before.filter(|trial| !goes_on(trial)) {
            *self.former.lock() = Some(over);
        }
        self.current.store(after);
        Ok(())
    }

    /// Writes down what was judged otherwise.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let former = self.former.lock().clone();
        if let Some(former) = former {
            former.write(store).await?;
            self.former.lock().take_if(|waiting| Arc::ptr_eq(waiting, &former));
        }
        let current = self.current.load_full();
        match current {
            Some(shadow) => shadow.trial.write(store).await,
            None => Ok(()),
        }
    }

    /// Forgets counters whose window is over: they are kept in memory alone.
    pub(crate) fn sweep(&self, now: Timestamp) {
        if let Some(shadow) = self.current.load_full() {
            shadow.trial.limiter.take_changed();
            shadow.trial.limiter.sweep(now);
        }
    }

    /// Numbers for `/metrics`, while there are any.
    pub(crate) fn gauges(&self) -> Option<ShadowGauges> {
        self.current.load_full().map(|shadow| shadow.trial.notes.gauges())
    }
}

/// What is on trial must not keep a node from starting.
fn usable(stored: &ShadowCatalog) -> Option<&'static Catalog> {
    let catalog = kept(stored.digest, &stored.facts);
    catalog.inspect_err(|error| tracing::warn!(%error, "the rules on trial are not judged")).ok()
}

impl Enforcer {
    /// The rules on trial, where they differ for an operation in force.
    #[must_use]
    pub fn on_trial(&self, in_force: &Operation) -> Option<Arc<Shadow>> {
        self.directory.shadows.of(in_force)
    }

    /// What the rules on trial have said here; `None` while nothing is on trial.
    #[must_use]
    pub fn said_on_trial(&self) -> Option<ShadowGauges> {
        self.directory.shadows.gauges()
    }
}
