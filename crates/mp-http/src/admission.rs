//! What the routed methods of the seller API have in common: the verb, the check, and the end of an answer.
//!
//! Owns turning what the check says into an answer. Must never know what a method answers.

use std::fmt::Display;
use std::time::Instant;

use http::request::Parts;
use http::{Method, StatusCode};
use mp_domain::denial::Denial;
use mp_domain::operation::Operation;
use mp_domain::reach::{Named, Target};
use mp_market::api_error::ApiError;
use mp_market::business_header::{BUSINESS_HEADER, parse_business_header};
use mp_market::denial::describe;
use mp_market::protocol::{internal_server_error, method_not_allowed};
use mp_service::{Admitted, Charge, Request, UnreadableNames};

use crate::answer::Answer;
use crate::credential;
use crate::edge::{Edge, Origin};
use crate::router::{client_address, lines};

/// One request to one operation.
pub(crate) struct Call<'a> {
    pub(crate) edge: &'a Edge,
    pub(crate) origin: Origin,
    pub(crate) head: &'a Parts,
    pub(crate) operation: &'static Operation,
}

impl Call<'_> {
    /// Refuses every verb but this one.
    pub(crate) fn only(&self, verb: &Method, allow: &'static str) -> Result<(), Answer> {
        if self.head.method == verb {
            return Ok(());
        }
        Err(Answer { allow: Some(allow), ..Answer::error(&method_not_allowed(&self.head.method)) })
    }

    /// Runs the check. `target` is what the path names; if it cannot be read, that is told once the caller is known.
    /// `take` takes what the answer needs of a caller who is let in.
    pub(crate) fn admit<T>(
        &self,
        target: Result<Target, ApiError>,
        take: impl FnOnce(&Admitted<'_>) -> T,
    ) -> Result<(T, Option<Charge>), Answer> {
        let (started, headers) = (Instant::now(), &self.head.headers);
        let presented = credential::presented(lines(headers, "api-key"), lines(headers, "authorization"));
        let named = target.and_then(|target| {
            let header = parse_business_header(lines(headers, BUSINESS_HEADER))?;
            Ok(Named { header, ..Named::in_path(target) })
        });
        let request = Request {
            named: named.as_ref().copied().map_err(|_| UnreadableNames),
            ..Request::of(self.operation, Named::NOTHING)
        };
        let from = client_address(self.edge, self.origin, headers);
        let outcome = self
            .edge
            .enforcer
            .admit(presented, &request, from, |admitted| (take(&admitted), admitted.charge()));
        let denial = outcome.as_ref().err().map(|refusal| &refusal.denial);
        self.edge.metrics.record(self.operation, presented.is_oauth(), denial, started.elapsed());
        outcome.map_err(|refusal| {
            let error = match named {
                Err(unreadable) if refusal.denial == Denial::Unreadable => unreadable,
                _ => describe(&refusal.denial, self.operation),
            };
            Answer { budget: refusal.budget, ..Answer::error(&error) }
        })
    }

    /// The answer to a caller who was let in. What is our own fault costs nothing (product.md §3.7).
    pub(crate) fn answer(&self, answered: Result<Vec<u8>, ApiError>, charge: Option<Charge>) -> Answer {
        let budget = charge.as_ref().map(Charge::budget);
        match answered {
            Ok(body) => Answer { status: StatusCode::OK, body, budget, allow: None },
            Err(error) if error.status.is_server_error() => {
                if let Some(charge) = charge {
                    self.edge.enforcer.give_back(charge);
                }
                Answer::error(&error)
            }
            Err(error) => Answer { budget, ..Answer::error(&error) },
        }
    }

    /// What is told of a failure that only the operator can do something about.
    pub(crate) fn failure(&self, error: &impl Display) -> ApiError {
        tracing::error!(%error, operation = self.operation.id, "an answer could not be read from the database");
        internal_server_error()
    }
}
