//! `POST /v2/businesses/{businessId}/settings` (market-api §7).
//!
//! Owns the way from a request to the cabinet it is about. Must never use its body, which means nothing.

use axum::body::Body;
use mp_domain::reach::Target;
use mp_market::business_settings::print_business_settings;

use crate::answer::Answer;
use crate::own::Call;

/// The settings of a cabinet.
pub(crate) async fn settings(call: &Call<'_>, body: Body) -> Result<Answer, Answer> {
    let ((), bill) = call.admit(|_| ())?;
    let Ok(Target::Business(id)) = call.routed.target() else {
        unreachable!("whoever is admitted named a cabinet that is in reach")
    };
    let answered = async {
        call.read_ignored_body(body).await?;
        let found = call.edge.service.business(id).await.map_err(|error| call.failure(&error))?;
        let business = found.ok_or_else(|| call.failure(&"the cabinet is gone"))?;
        Ok(print_business_settings(&business))
    };
    Ok(call.conclude(answered.await, bill))
}
