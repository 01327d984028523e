//! What the server lends, as values: points on their way to whoever asked, and slots.
//!
//! Owns that neither is lost with a request whose caller has gone. Must never bring back over one stream what was lent
//! over another.

use std::sync::Arc;

use mp_domain::limit_entity::Counted;
use mp_stream::{BudgetTold, FromOutpost};

use crate::shared::Shared;

/// Points that came for somebody. Unless they are taken, they are brought back.
pub(crate) struct Loan {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counted: Counted,
    pub(crate) epoch: u64,
    pub(crate) points: u32,
    /// What is left besides; `None` where nothing is counted.
    pub(crate) budget: Option<BudgetTold>,
}

impl Loan {
    /// Takes the points, the stream they came over, and what is left besides.
    pub(crate) fn take(mut self) -> Option<(u32, u64, BudgetTold)> {
        let budget = self.budget?;
        Some((std::mem::take(&mut self.points), self.epoch, budget))
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(budget) = self.budget.filter(|_| self.points > 0) else { return };
        if self.shared.loans.epoch() == self.epoch {
            let (counted, until, points) = (self.counted.into(), budget.until, self.points);
            self.shared.say(FromOutpost::Return { counted, until, points });
        }
    }
}

/// A request under way. The slot is free again when this is dropped.
pub(crate) struct Slot {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counted: Counted,
    pub(crate) epoch: u64,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.loans.free_slot(self.counted, self.epoch);
    }
}
