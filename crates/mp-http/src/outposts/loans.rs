//! Points and slots for outposts.
//!
//! Owns asking others for what they do not use before somebody is refused. Must never lend what is not there: the enforcer
//! counts.

use std::sync::Arc;
use std::time::Duration;

use mp_domain::ids::BusinessId;
use mp_domain::limit_entity::Counted;
use mp_service::outpost::LoanAccount;
use mp_stream::{BudgetTold, ToOutpost};
use tokio::time::timeout;

use super::Outposts;
use super::frames::Sender;

/// How long others have to bring back what they do not use.
const PATIENCE: Duration = Duration::from_millis(150);

/// One of them.
pub(super) struct Outpost {
    pub(super) account: LoanAccount,
    pub(super) frames: Sender,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Points { business: Option<BusinessId>, needed: u32, wanted: u32 },
    Slot { of: u16 },
}

impl Outpost {
    /// What to answer to this, and whether it is what was wanted.
    fn lend(&self, question: u64, counted: Counted, wanted: Wanted) -> (ToOutpost, bool) {
        match wanted {
            Wanted::Slot { of } => {
                let is_taken = self.account.take_slot(counted, of);
                (ToOutpost::Slot { question, is_taken }, is_taken)
            }
            Wanted::Points { business, needed, wanted } => {
                let lent = self.account.lend(counted, business, (needed, wanted));
                let (points, budget) = lent.map_or((0, None), |(points, budget)| (points, Some(budget)));
                let budget = budget.map(|budget| BudgetTold {
                    limit: budget.limit,
                    remaining: budget.remaining,
                    until: budget.until.seconds(),
                });
                (ToOutpost::Lent { question, points, budget }, points > 0)
            }
        }
    }
}

impl Outposts {
    /// Lends what is wanted. If there is nothing, but others may have some to spare, they are asked first.
    pub(super) fn lend(
        self: &Arc<Self>,
        number: u64,
        outpost: &Arc<Outpost>,
        question: u64,
        (counted, wanted): (Counted, Wanted),
    ) -> Option<ToOutpost> {
        let (answer, is_lent) = outpost.lend(question, counted, wanted);
        if is_lent {
            return Some(answer);
        }
        let others = self.others_with(counted, number);
        if others.is_empty() {
            return Some(answer);
        }
        let (outposts, outpost) = (Arc::clone(self), Arc::clone(outpost));
        tokio::spawn(async move {
            let recalled = outposts.recall(&others, &outpost, question, (counted, wanted));
            let answer = timeout(PATIENCE, recalled).await.unwrap_or(answer);
            // Whoever is gone needs no answer.
            let _ = outpost.frames.send(&answer);
        });
        None
    }

    async fn recall(
        &self,
        others: &[Arc<Outpost>],
        outpost: &Outpost,
        question: u64,
        (counted, wanted): (Counted, Wanted),
    ) -> ToOutpost {
        let mut returned = Box::pin(self.returned.notified());
        returned.as_mut().enable();
        for other in others {
            // One that is gone brings nothing back, and is off the list in a moment.
            let _ = other.frames.send(&ToOutpost::Recall { counted: counted.into() });
        }
        loop {
            returned.await;
            returned = Box::pin(self.returned.notified());
            returned.as_mut().enable();
            let (answer, is_lent) = outpost.lend(question, counted, wanted);
            let all_answered = others.iter().all(|other| !other.account.may_spare(counted));
            if is_lent || all_answered {
                return answer;
            }
        }
    }
}
