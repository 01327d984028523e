//! The methods that marketpass answers itself, as the router calls them.
//!
//! Owns which they are and what they have in common: the check, and the end of an answer. Must never know what a method
//! answers.

use std::convert::identity;
use std::fmt::Display;

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use mp_domain::catalog::Routed;
use mp_domain::operation::{
    GET_AUTH_TOKEN_INFO, GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS, Operation,
};
use mp_domain::window::Budget;
use mp_market::api_error::ApiError;
use mp_market::protocol::internal_server_error;
use mp_service::{Admitted, Bill};

use crate::answer::Answer;
use crate::edge::{Edge, Origin};
use crate::header_lines::HeaderLines;
use crate::question::{Question, Sight};
use crate::request_body::read_body;
use crate::routes::{client_address, trace};
use crate::settlement::told;
use crate::{business_settings, campaigns, token_info};

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Own {
    TokenInfo,
    Campaigns,
    Campaign,
    BusinessSettings,
}

impl Own {
    /// Which of them an operation is, if it is one.
    pub(crate) fn of(operation: &Operation) -> Option<Self> {
        match operation.id {
            id if id == GET_AUTH_TOKEN_INFO.id => Some(Self::TokenInfo),
            id if id == GET_CAMPAIGNS.id => Some(Self::Campaigns),
            id if id == GET_CAMPAIGN.id => Some(Self::Campaign),
            id if id == GET_BUSINESS_SETTINGS.id => Some(Self::BusinessSettings),
            _ => None,
        }
    }
}

/// One request to one operation.
pub(crate) struct Call<'a, H: ?Sized = HeaderMap> {
    pub(crate) edge: &'a Edge,
    pub(crate) question: Question<'a, H>,
    pub(crate) routed: Routed<'a>,
}

impl<'a> Call<'a> {
    /// The operation that a request means, or 404 or 405.
    pub(crate) fn of(edge: &'a Edge, origin: Origin, head: &'a Parts) -> Result<Self, Answer> {
        let question = Question {
            verb: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
            from: client_address(edge, origin, &head.headers),
            trace: trace(&head.headers),
        };
        let routed = question.route(edge)?;
        Ok(Self { edge, question, routed })
    }

    /// Answers it, as a method of marketpass.
    pub(crate) async fn answer(&self, own: Own, body: Body) -> Answer {
        let answered = match own {
            Own::TokenInfo => return token_info::routed(self, body).await,
            Own::Campaigns => campaigns::list(self).await,
            Own::Campaign => campaigns::single(self).await,
            Own::BusinessSettings => business_settings::settings(self, body).await,
        };
        answered.unwrap_or_else(identity)
    }

    /// Runs the check of a method whose body means nothing. `take` takes what the answer needs of a caller who is let in.
    pub(crate) fn admit<T>(&self, take: impl FnOnce(&Admitted<'_>) -> T) -> Result<(T, Bill), Answer> {
        self.judge(Sight::Nothing, |admitted| (take(&admitted), admitted.bill()))
    }

    /// The answer to a caller who was let in. What is our own fault costs nothing (product.md §3.7).
    pub(crate) fn conclude(&self, answered: Result<Vec<u8>, ApiError>, bill: Bill) -> Answer {
        let budget = bill.budget();
        let deprecation = self.routed.operation.deprecation.as_ref();
        match answered {
            Ok(body) => Answer { status: StatusCode::OK, body, budget, deprecation, ..Answer::EMPTY },
            Err(error) if error.status.is_server_error() => {
                let budget = told(&bill, error.status);
                self.edge.enforcer.give_all_back(bill);
                Answer { budget, deprecation, ..Answer::error(&error) }
            }
            Err(error) => {
                self.note_unreadable(&error);
                Answer { budget, deprecation, ..Answer::error(&error) }
            }
        }
    }

    /// Reads a body that means nothing, to its end, and judges it.
    pub(crate) async fn read_ignored_body(&self, body: Body) -> Result<(), ApiError> {
        let body = read_body(body, self.edge.timeouts.body).await?;
        self.question.check_ignored_body(&body)
    }

    /// What is told of a failure that only the operator can do something about.
    pub(crate) fn failure(&self, error: &impl Display) -> ApiError {
        let operation = self.routed.operation.id;
        tracing::error!(%error, operation, "an answer could not be read from the database");
        internal_server_error()
    }
}

impl<H: HeaderLines + ?Sized> Call<'_, H> {
    /// Runs the check.
    pub(crate) fn judge<T>(
        &self,
        sight: Sight<'_>,
        take: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Answer> {
        self.question.judge(self.edge, &self.routed, sight, take)
    }

    /// Keeps for the owner of the credential that a caller who was let in has sent what cannot be read, and says what is
    /// left to them.
    pub(crate) fn note_unreadable(&self, error: &ApiError) -> Option<Budget> {
        let Self { edge, question, routed } = self;
        let refusal = question.known_as_far(&edge.enforcer, routed)?;
        question.note(edge, routed.operation, &refusal, error);
        refusal.budget
    }
}
