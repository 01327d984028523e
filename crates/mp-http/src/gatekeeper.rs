//! The decision, for doors that other crates open beside `/forward-auth/…` (product.md §4).
//!
//! Owns whom they may answer, and that they always have an answer. Must never decide anything by itself, nor know how a
//! gateway describes a request.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use mp_market::api_error::ApiError;
use mp_market::described::{Described, Ruling};
use mp_market::passport::Passport;
use mp_market::protocol::{forbidden_peer, internal_server_error};
use mp_market::trace_parent::{TRACEPARENT, TRACEPARENT_LENGTH, TraceId, TraceIds};

use crate::answer::{Answer, stamp_facts};
use crate::credential;
use crate::edge::Edge;
use crate::forward_auth::path_and_query;
use crate::header_lines::HeaderLines;
use crate::ops::Operations;
use crate::question::{Question, Sight};
use crate::routes::client_address;

/// Answers the questions of gateways. Made by the server, cheap to clone.
#[derive(Clone)]
pub struct Gatekeeper {
    edge: Arc<Edge>,
    operations: Arc<Operations>,
}

impl Gatekeeper {
    pub(crate) fn new(edge: Arc<Edge>, operations: Arc<Operations>) -> Self {
        Self { edge, operations }
    }

    /// What the gateway at that address is told of a request, or of a description that cannot be understood. A gateway that
    /// nobody trusts learns nothing. The door never saw a body: what the body names and costs is not judged.
    #[must_use]
    pub fn judge(&self, gateway: IpAddr, described: Result<Described<'_>, ApiError>) -> Ruling {
        let headers = described.as_ref().map_or(&[][..], |described| described.headers);
        let mut trace_ids = self.edge.trace_ids();
        let trace = trace_ids.trace(credential::trace(headers.lines(TRACEPARENT.as_str())));
        let ruling = refuse_if_broken(|| self.decide(gateway, described, trace));
        ruling.unwrap_or_else(|refusal| Ruling::Refused(told(refusal, &mut trace_ids, trace)))
    }

    /// Whether questions should be sent here at all.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.operations.troubles().is_empty()
    }

    fn decide(
        &self,
        gateway: IpAddr,
        described: Result<Described<'_>, ApiError>,
        trace: TraceId,
    ) -> Result<Ruling, Answer> {
        let edge = &*self.edge;
        if !edge.origin(gateway, false).is_gateway {
            return Err(Answer::error(&forbidden_peer()));
        }
        let Described { verb, target, headers, peer } = described.map_err(|error| Answer::error(&error))?;
        let (path, query) = path_and_query(target);
        let from = client_address(edge, edge.origin(peer, false), headers);
        let question = Question { verb, path, query, headers, from, trace: Some(trace) };
        let routed = question.route(edge)?;
        let operation = routed.operation;
        question.judge(edge, &routed, Sight::Never, |admitted| {
            let budget = admitted.charge().map(|charge| charge.budget());
            let mut facts = HeaderMap::new();
            stamp_facts(&mut facts, budget, operation.deprecation.as_ref());
            Ruling::Admitted { passport: Passport::of(&admitted.identity(), operation), facts }
        })
    }
}

/// A refusal as the seller API would give it; it says its status once more, for gateways that know some statuses only.
fn told(refusal: Answer, trace_ids: &mut TraceIds, trace: TraceId) -> http::Response<Vec<u8>> {
    let told_status = Some(refusal.status);
    let mut response = Answer { told_status, ..refusal }.into_http();
    let mut traceparent = Vec::with_capacity(TRACEPARENT_LENGTH);
    trace_ids.write(&mut traceparent, Some(trace));
    let traceparent = HeaderValue::try_from(traceparent).expect("hexadecimal digits and dashes");
    response.headers_mut().insert(TRACEPARENT, traceparent);
    response
}

/// A decision that breaks off refuses, with the documented 500: a gateway that heard nothing might let the request pass.
fn refuse_if_broken(decide: impl FnOnce() -> Result<Ruling, Answer>) -> Result<Ruling, Answer> {
    let broken = |_| Err(Answer::error(&internal_server_error()));
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_that_breaks_off_is_a_refusal() {
        let refusal = refuse_if_broken(|| panic!("on purpose")).unwrap_err();
        assert_eq!(refusal.status, 500);
    }
}
