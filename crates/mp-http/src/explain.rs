//! A request that is only asked about: what would it be answered, and at which step of the decision.
//!
//! Owns the door without a socket. It goes the way of the gate, question by question. Must never ask a check that others
//! are answered by: the check it is given charges and notes like any other.

use std::net::IpAddr;

use http::HeaderMap;
use mp_domain::catalog::{Routed, Unrouted};
use mp_domain::denial::Denial;
use mp_domain::ids::BusinessId;
use mp_domain::operation::Operation;
use mp_domain::step::Step;
use mp_domain::window::Budget;
use mp_market::api_error::ApiError;
use mp_market::denial::describe;
use mp_market::protocol::{describe_unrouted, request_too_big};
use mp_market::request_body::MAX_BODY_BYTES;
use mp_service::{Admitted, Charge, Enforcer, Presented};

use crate::credential;
use crate::header_lines::HeaderLines;
use crate::own::Own;
use crate::question::{Names, Question, Refused, Sight};

/// The request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its method.
    pub verb: &'a str,
    /// Its path, with its query if it has one.
    pub target: &'a str,
    /// Its headers, the credential among them.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a [u8],
    /// Whose it is.
    pub from: IpAddr,
}

/// What comes of it.
#[derive(Debug)]
pub struct Verdict {
    /// The operation it means, if it means any.
    pub operation: Result<&'static Operation, Unrouted>,
    /// Whether marketpass answers it itself.
    pub is_own: bool,
    /// What it names, where that can be read.
    pub names: Option<Names>,
    /// Whether it is let in, and if not, why.
    pub outcome: Outcome,
    /// The cabinet addressed, or that the key belongs to.
    pub business: Option<BusinessId>,
    /// What is left of the limit; of a request that is let in, after it.
    pub budget: Option<Budget>,
}

/// Whether a request is let in.
#[derive(Debug)]
pub enum Outcome {
    /// It is.
    LetIn,
    /// It was, and its body is refused by whoever answers.
    Unanswerable(ApiError),
    /// It is not.
    Refused {
        /// The step that refuses it.
        at: Step,
        /// Why, where the decision says so; else it is no request to any operation, or its body cannot be read.
        denial: Option<Denial>,
        /// What the caller is told.
        told: ApiError,
    },
}

/// What is told of a caller who is let in.
struct Entered {
    business: Option<BusinessId>,
    budget: Option<Budget>,
}

impl Entered {
    fn of(admitted: &Admitted<'_>) -> Self {
        let budget = admitted.charge().as_ref().map(Charge::budget);
        Self { business: admitted.identity().business, budget }
    }
}

impl<'a> Asked<'a> {
    /// The credential it comes with.
    #[must_use]
    pub fn presented(&self) -> Presented<'a> {
        credential::presented(self.headers.lines("api-key"), self.headers.lines("authorization"))
    }

    /// Puts it to a check.
    #[must_use]
    pub fn explain(&self, enforcer: &Enforcer) -> Verdict {
        let question = self.question();
        match enforcer.catalog().route(question.verb, question.path) {
            Ok(routed) => Explaining { asked: self, enforcer, question, routed }.verdict(),
            Err(unrouted) => Verdict {
                operation: Err(unrouted),
                is_own: false,
                names: None,
                outcome: refused(Step::Route, describe_unrouted(unrouted, self.verb)),
                business: None,
                budget: None,
            },
        }
    }

    fn question(&self) -> Question<'a, HeaderMap> {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target, None),
        };
        Question { verb: self.verb, path, query, headers: self.headers, from: self.from, trace: None }
    }
}

/// A refusal that is not the decision's.
fn refused(at: Step, told: ApiError) -> Outcome {
    Outcome::Refused { at, denial: None, told }
}

/// A request that means an operation, before a check.
struct Explaining<'a> {
    asked: &'a Asked<'a>,
    enforcer: &'a Enforcer,
    question: Question<'a, HeaderMap>,
    routed: Routed<'a>,
}

impl Explaining<'_> {
    fn verdict(&self) -> Verdict {
        let own = Own::of(self.routed.operation);
        let (decided, flaw) = match own {
            Some(own) => self.decide_own(own),
            None => self.decide(),
        };
        let names = match own {
            Some(Own::TokenInfo) => Some(Names::default()),
            Some(_) => self.question.names(&self.routed, Sight::Nothing).ok(),
            None => self.question.names(&self.routed, Sight::Body(self.asked.body)).ok(),
        };
        let (business, budget, outcome) = match decided {
            Ok(Entered { business, budget }) => (business, budget, flaw.unwrap_or(Outcome::LetIn)),
            Err(Refused { refusal, told }) => {
                let (at, denial) = (refusal.denial.step(), Some(refusal.denial));
                (refusal.business, refusal.budget, Outcome::Refused { at, denial, told: *told })
            }
        };
        Verdict {
            operation: Ok(self.routed.operation),
            is_own: own.is_some(),
            names,
            outcome,
            business,
            budget,
        }
    }

    /// Where the upstream answers: reach, then the body, then the whole. With what is wrong with the body.
    fn decide(&self) -> (Result<Entered, Refused>, Option<Outcome>) {
        let body = self.asked.body;
        if !body.is_empty() {
            let first = self.ask(Sight::NotYet);
            let flaw = first.is_ok().then(|| self.flaw(body)).flatten();
            if first.is_err() || flaw.is_some() {
                return (first, flaw.map(|told| refused(Step::Reach, told)));
            }
        }
        (self.ask(Sight::Body(body)), None)
    }

    /// Where marketpass answers: the whole, then a body that means nothing. With what is wrong with that.
    fn decide_own(&self, own: Own) -> (Result<Entered, Refused>, Option<Outcome>) {
        let (decided, reads_body) = match own {
            Own::TokenInfo => (self.ask_token_info(), true),
            Own::BusinessSettings => (self.ask(Sight::Nothing), true),
            Own::Campaigns | Own::Campaign => (self.ask(Sight::Nothing), false),
        };
        let body = self.asked.body;
        let flaw = || too_big(body).or_else(|| self.question.check_ignored_body(body).err());
        (decided, reads_body.then(flaw).flatten().map(Outcome::Unanswerable))
    }

    fn ask(&self, sight: Sight<'_>) -> Result<Entered, Refused> {
        self.question.ask(self.enforcer, self.asked.presented(), &self.routed, sight, |admitted| {
            Entered::of(&admitted)
        })
    }

    /// Of token-info nothing counts but its credential.
    fn ask_token_info(&self) -> Result<Entered, Refused> {
        let (presented, operation) = (self.asked.presented(), self.routed.operation);
        let asked = self.enforcer.enforce(presented, operation, self.asked.from, |key, budget| Entered {
            business: Some(key.business_id),
            budget,
        });
        asked.map_err(|refusal| Refused { told: Box::new(describe(&refusal.denial, operation)), refusal })
    }

    fn flaw(&self, body: &[u8]) -> Option<ApiError> {
        too_big(body).or_else(|| self.question.check_body(self.routed.operation, body).err())
    }
}

fn too_big(body: &[u8]) -> Option<ApiError> {
    (body.len() > MAX_BODY_BYTES).then(|| request_too_big(body.len() as u64))
}
