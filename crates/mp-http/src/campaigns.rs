//! `GET /v2/campaigns` and `GET /v2/campaigns/{campaignId}` (market-api §7).
//!
//! Owns the way from a request to the stores it may see. Must never tell of a store that the check did not find in
//! reach.

use mp_domain::reach::Target;
use mp_market::campaigns::{print_campaign, print_campaigns};
use mp_market::paging::PageRequest;

use crate::answer::Answer;
use crate::own::Call;

/// The stores in reach.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path of the method stands for one lifetime, and any is wanted"
    )]
    let (reaches, bill) = call.admit(|admitted| admitted.reaches())?;
    let answered = async {
        let wanted = PageRequest::parse(call.question.query)?;
        let stores = call.edge.service.stores_in(reaches).await.map_err(|error| call.failure(&error))?;
        Ok(print_campaigns(&wanted.of(&stores, |(store, _)| store.id.number())))
    };
    Ok(call.conclude(answered.await, bill))
}

/// One store.
pub(crate) async fn single(call: &Call<'_>) -> Result<Answer, Answer> {
    let ((), bill) = call.admit(|_| ())?;
    let Ok(Target::Campaign(id)) = call.routed.target() else {
        unreachable!("whoever is admitted named a store that is in reach")
    };
    let answered = async {
        let found = call.edge.service.store_card(id).await.map_err(|error| call.failure(&error))?;
        // Stores are never removed; one that is in memory and not in the database would be a failure of ours.
        let (store, business) = found.ok_or_else(|| call.failure(&"the store is gone"))?;
        Ok(print_campaign(&store, &business))
    };
    Ok(call.conclude(answered.await, bill))
}
