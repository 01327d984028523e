//! The gate: every request to the seller API, on its way to whoever answers it (product.md §2, §3.5).
//!
//! Owns the order: route, a first look before a body is read, the body, the decision, the upstream, the settlement. Must
//! never let a request through to the upstream that was not judged whole.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;
use mp_domain::operation::Operation;
use mp_market::api_error::ApiError;
use mp_market::passport::Passport;
use mp_market::protocol::service_unavailable;

use crate::answer::{Answer, stamp_facts};
use crate::edge::{Edge, Origin};
use crate::forwarding::forwarded;
use crate::header_lines::HeaderLines;
use crate::own::{Call, Own};
use crate::question::Sight;
use crate::request_body::read_body;
use crate::settlement::Settlement;

/// Answers a request to the seller API.
pub(crate) async fn serve(edge: &Arc<Edge>, origin: Origin, request: Request) -> Response {
    let (head, body) = request.into_parts();
    pass(edge, origin, head, body).await.unwrap_or_else(IntoResponse::into_response)
}

async fn pass(edge: &Arc<Edge>, origin: Origin, mut head: Parts, body: Body) -> Result<Response, Answer> {
    let call = Call::of(edge, origin, &head)?;
    let operation = call.routed.operation;
    if let Some(own) = Own::of(operation) {
        return Ok(call.answer(own, body).await.into_response());
    }
    let body = read(&call, body).await?;
    let (passport, settlement) = admit(edge, &call, &body)?;
    let Some(upstream) = &edge.upstream else {
        return Err(settlement.unanswered(&service_unavailable()));
    };
    let forwarded = forwarded(call.question.from, origin, &head.headers, head.uri.authority());
    head.extensions.insert(passport);
    head.extensions.insert(forwarded);
    if is_counted(operation) {
        head.headers.remove(header::ACCEPT_ENCODING);
    }
    let mut response = upstream.answer(Request::from_parts(head, Body::from(body))).await;
    let budget = settlement.told(response.status());
    stamp_facts(response.headers_mut(), budget, operation.deprecation.as_ref());
    Ok(settlement.settle(response))
}

/// Judges a request whose body was read, if it has one. Whoever is let in gets a passport, and owes.
pub(crate) fn admit<H: HeaderLines + ?Sized>(
    edge: &Arc<Edge>,
    call: &Call<'_, H>,
    body: &[u8],
) -> Result<(Passport, Settlement), Answer> {
    let operation = call.routed.operation;
    call.judge(Sight::Body(body), |mut admitted| {
        let passport = Passport::of(&admitted.identity(), operation);
        let (bill, slots) = (admitted.bill(), admitted.take_slots());
        (passport, Settlement { enforcer: Arc::clone(&edge.enforcer), operation, bill, slots })
    })
}

/// Reads the body, after a first look whether the caller may have anything to say here.
async fn read(call: &Call<'_>, body: Body) -> Result<Vec<u8>, Answer> {
    if body.is_end_stream() {
        return Ok(Vec::new());
    }
    call.judge(Sight::NotYet, |_| ())?;
    let read = async {
        let body = read_body(body, call.edge.timeouts.body).await?;
        call.question.check_body(call.routed.operation, &body)?;
        Ok(body)
    };
    read.await.map_err(|error| unreadable(call, &error))
}

/// The answer to a caller whose body cannot be read.
pub(crate) fn unreadable<H: HeaderLines + ?Sized>(call: &Call<'_, H>, error: &ApiError) -> Answer {
    let budget = call.note_unreadable(error);
    let deprecation = call.routed.operation.deprecation.as_ref();
    Answer { budget, deprecation, ..Answer::error(error) }
}

/// Whether answers of an operation are counted, so that they must not come packed. For rules on trial alone nobody is
/// answered otherwise.
pub(crate) fn is_counted(operation: &Operation) -> bool {
    operation.limit.and_then(|limit| limit.cost.response_items()).is_some()
}
