//! Token-info (market-api §2): asks the check, and turns what it says into an answer.
//!
//! Owns the one implementation behind every spelling of the method and both ways a request is read. Must never see a
//! body: a refusal reads none (product.md §3.5).

use std::net::IpAddr;
use std::time::Instant;

use http::StatusCode;
use mp_domain::operation::GET_AUTH_TOKEN_INFO;
use mp_market::denial::describe;
use mp_market::token_info::write_token_info;
use mp_service::Presented;

use crate::answer::Answer;
use crate::edge::Edge;

/// What the key presented `from` this address is, or why nothing is told. The answer's body is written into `body`,
/// which is empty and may have been used before.
pub(crate) fn token_info(edge: &Edge, presented: Presented<'_>, from: IpAddr, mut body: Vec<u8>) -> Answer {
    let started = Instant::now();
    let outcome = edge.enforcer.enforce(presented, &GET_AUTH_TOKEN_INFO, from, |key, budget| {
        write_token_info(&mut body, key.name, key.scopes);
        budget
    });
    let denial = outcome.as_ref().err().map(|refusal| &refusal.denial);
    edge.metrics.record(&GET_AUTH_TOKEN_INFO, presented.is_oauth(), denial, started.elapsed());
    match outcome {
        Ok(budget) => Answer { status: StatusCode::OK, body, budget, allow: None },
        Err(refusal) => {
            let error = describe(&refusal.denial, &GET_AUTH_TOKEN_INFO);
            error.write_body(&mut body);
            Answer { status: error.status, body, budget: refusal.budget, allow: None }
        }
    }
}
