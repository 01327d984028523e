//! `GET /v2/campaigns` and `GET /v2/campaigns/{campaignId}` (market-api §7).
//!
//! Owns the way from a request to the stores it may see. Must never tell of a store that the check did not find in
//! reach.

use std::convert::identity;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use http::Method;
use http::request::Parts;
use mp_domain::ids::CampaignId;
use mp_domain::operation::{GET_CAMPAIGN, GET_CAMPAIGNS};
use mp_domain::reach::Target;
use mp_market::campaigns::{print_campaign, print_campaigns};
use mp_market::paging::PageRequest;
use mp_market::path::{campaign_segment, parse_id};
use mp_market::protocol::resource_not_found;

use crate::admission::Call;
use crate::answer::Answer;
use crate::edge::{Edge, Origin};

/// The stores in reach.
pub(crate) async fn campaigns(
    State(edge): State<Arc<Edge>>,
    Extension(origin): Extension<Origin>,
    request: Request,
) -> Answer {
    let (head, _) = request.into_parts();
    let call = Call { edge: &edge, origin, head: &head, operation: &GET_CAMPAIGNS };
    list(&call).await.unwrap_or_else(identity)
}

async fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    call.only(&Method::GET, "GET")?;
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path of the method stands for one lifetime, and any is wanted"
    )]
    let (reaches, charge) = call.admit(Ok(Target::Caller), |admitted| admitted.reaches())?;
    let answered = async {
        let wanted = PageRequest::parse(call.head.uri.query())?;
        let stores = call.edge.service.stores_in(reaches).await.map_err(|error| call.failure(&error))?;
        Ok(print_campaigns(&wanted.of(&stores, |(store, _)| store.id.number())))
    };
    Ok(call.answer(answered.await, charge))
}

/// One store.
pub(crate) async fn campaign(
    State(edge): State<Arc<Edge>>,
    Extension(origin): Extension<Origin>,
    request: Request,
) -> Answer {
    let (head, _) = request.into_parts();
    let call = Call { edge: &edge, origin, head: &head, operation: &GET_CAMPAIGN };
    single(&call, &head).await.unwrap_or_else(identity)
}

async fn single(call: &Call<'_>, head: &Parts) -> Result<Answer, Answer> {
    let segment = campaign_segment(head.uri.path()).ok_or_else(|| Answer::error(&resource_not_found()))?;
    call.only(&Method::GET, "GET")?;
    let id = parse_id(segment).map(|id| CampaignId::new(id).expect("an id is positive"));
    let (id, charge) = call.admit(id.clone().map(Target::Campaign), |_| id)?;
    let answered = async {
        let found = call.edge.service.store_card(id?).await.map_err(|error| call.failure(&error))?;
        // Stores are never removed; one that is in memory and not in the database would be a failure of ours.
        let (store, business) = found.ok_or_else(|| call.failure(&"the store is gone"))?;
        Ok(print_campaign(&store, &business))
    };
    Ok(call.answer(answered.await, charge))
}
