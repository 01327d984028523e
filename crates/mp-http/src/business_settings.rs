//! `POST /v2/businesses/{businessId}/settings` (market-api §7).
//!
//! Owns the way from a request to the cabinet it is about. Must never use its body, which means nothing.

use std::convert::identity;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use http::Method;
use mp_domain::ids::BusinessId;
use mp_domain::operation::GET_BUSINESS_SETTINGS;
use mp_domain::reach::Target;
use mp_market::business_settings::print_business_settings;
use mp_market::path::{business_segment, parse_id};
use mp_market::protocol::resource_not_found;

use crate::admission::Call;
use crate::answer::Answer;
use crate::edge::{Edge, Origin};
use crate::router::read_ignored_body;

/// The settings of a cabinet.
pub(crate) async fn business_settings(
    State(edge): State<Arc<Edge>>,
    Extension(origin): Extension<Origin>,
    request: Request,
) -> Answer {
    let (head, body) = request.into_parts();
    let call = Call { edge: &edge, origin, head: &head, operation: &GET_BUSINESS_SETTINGS };
    settings(&call, body).await.unwrap_or_else(identity)
}

async fn settings(call: &Call<'_>, body: Body) -> Result<Answer, Answer> {
    let segment =
        business_segment(call.head.uri.path()).ok_or_else(|| Answer::error(&resource_not_found()))?;
    call.only(&Method::POST, "POST")?;
    let id = parse_id(segment).map(|id| BusinessId::new(id).expect("an id is positive"));
    let (id, charge) = call.admit(id.clone().map(Target::Business), |_| id)?;
    let answered = async {
        read_ignored_body(call.edge, &call.head.headers, body).await?;
        let found = call.edge.service.business(id?).await.map_err(|error| call.failure(&error))?;
        let business = found.ok_or_else(|| call.failure(&"the cabinet is gone"))?;
        Ok(print_business_settings(&business))
    };
    Ok(call.answer(answered.await, charge))
}
