//! Token-info (market-api §2): asks the check, and turns what it says into an answer.
//!
//! Owns the one implementation behind every spelling of the method and both ways a request is read. Must never see a
//! body before the check: a refusal reads none (product.md §3.5).

use std::time::Instant;

use axum::body::Body;
use http::StatusCode;
use mp_domain::operation::Operation;
use mp_market::denial::describe;
use mp_market::token_info::write_token_info;

use crate::answer::Answer;
use crate::edge::Edge;
use crate::header_lines::HeaderLines;
use crate::own::Call;
use crate::question::Question;

/// What the key is that is asked about, or why nothing is told. The answer's body is written into `body`, which is empty
/// and may have been used before.
pub(crate) fn token_info<H: HeaderLines + ?Sized>(
    edge: &Edge,
    operation: &'static Operation,
    question: &Question<'_, H>,
    mut body: Vec<u8>,
) -> Answer {
    let (started, presented) = (Instant::now(), question.presented());
    let outcome = edge.enforcer.enforce(presented, operation, question.from, |key, budget| {
        write_token_info(&mut body, key.name, key.scopes);
        budget
    });
    let denial = outcome.as_ref().err().map(|refusal| &refusal.denial);
    edge.metrics.record(operation, presented.is_oauth(), denial, started.elapsed());
    let deprecation = operation.deprecation.as_ref();
    match outcome {
        Ok(budget) => Answer { status: StatusCode::OK, body, budget, deprecation, ..Answer::EMPTY },
        Err(refusal) => {
            let error = describe(&refusal.denial, operation);
            question.note(edge, operation, &refusal, &error);
            error.write_body(&mut body);
            Answer { status: error.status, body, budget: refusal.budget, deprecation, ..Answer::EMPTY }
        }
    }
}

/// The check first, because a refusal reads no body; then the body, which costs the same whatever is in it
/// (product.md §3.7, §3.9).
pub(crate) async fn routed(call: &Call<'_>, body: Body) -> Answer {
    let (question, operation) = (&call.question, call.routed.operation);
    let answer = token_info(call.edge, operation, question, Vec::new());
    if !answer.status.is_success() {
        return answer;
    }
    match call.read_ignored_body(body).await {
        Ok(()) => answer,
        Err(error) => {
            call.note_unreadable(&error);
            Answer { budget: answer.budget, deprecation: answer.deprecation, ..Answer::error(&error) }
        }
    }
}
