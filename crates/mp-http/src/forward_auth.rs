//! `/forward-auth/…`: gateways ask here whether a request may pass (product.md §4).
//!
//! Owns where each kind of gateway describes the request it asks about. A description that is missing, half there or there
//! twice is refused, never guessed; a header that belongs to another way is never read. Must never see a body.

use std::net::IpAddr;

use http::StatusCode;
use http::request::Parts;
use mp_domain::operation::CREDENTIAL_ALONE;
use mp_domain::reach::Named;
use mp_market::api_error::ApiError;
use mp_market::denial::describe;
use mp_market::protocol::{forbidden_peer, resource_not_found, service_unavailable, unclear_description};
use mp_market::trace_parent::TraceId;
use mp_service::{Extent, Request};

use crate::answer::{Answer, Bearing};
use crate::edge::{Edge, Origin};
use crate::header_lines::{HeaderLines, Repeated};
use crate::question::{Question, Sight};
use crate::routes::{client_address, trace};

/// What the paths of this door begin with.
pub(crate) const PREFIX: &str = "/forward-auth/";

/// What a gateway asks, in the head of a request of its own.
pub(crate) struct Asked<'a, H: ?Sized> {
    pub(crate) verb: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a H,
    /// The trace that the answer will name.
    pub(crate) trace: Option<TraceId>,
}

/// The request that is asked about.
struct Described<'a> {
    verb: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

/// The answer to a gateway whose request came through the router.
pub(crate) fn answer_head(edge: &Edge, origin: Origin, head: &Parts) -> Answer {
    let (verb, path, query) = (head.method.as_str(), head.uri.path(), head.uri.query());
    let (headers, trace) = (&head.headers, trace(&head.headers));
    answer(edge, origin, &Asked { verb, path, query, headers, trace })
}

/// The answer to a gateway.
pub(crate) fn answer<H: HeaderLines + ?Sized>(edge: &Edge, origin: Origin, asked: &Asked<'_, H>) -> Answer {
    if !origin.is_gateway {
        // It is marketpass's own word, not that of something on the way to it: gateways tell the two apart by this.
        let refusal = Answer::error(&forbidden_peer());
        return Answer { told_status: Some(refusal.status), ..refusal };
    }
    let refusal = match judged(edge, origin, asked) {
        Ok(allowed) if !asked.is_about_a_refusal() => return allowed,
        // A window ended in between, or the key was resumed: nobody will make this call.
        Ok(_) => Answer::error(&service_unavailable()),
        Err(refusal) => refusal,
    };
    asked.told(refusal)
}

fn judged<H: HeaderLines + ?Sized>(
    edge: &Edge,
    origin: Origin,
    asked: &Asked<'_, H>,
) -> Result<Answer, Answer> {
    let from = client_address(edge, origin, asked.headers);
    let Some(Described { verb, path, query }) = asked.described().map_err(|error| Answer::error(&error))?
    else {
        return credential(edge, asked, from);
    };
    let question = Question { verb, path, query, headers: asked.headers, from, trace: asked.trace };
    let routed = question.route(edge)?;
    let sight = if asked.is_about_a_refusal() { Sight::Again } else { Sight::Never };
    question.judge(edge, &routed, sight, |admitted| {
        let (identity, operation) = (admitted.identity(), routed.operation);
        Answer {
            status: StatusCode::OK,
            budget: admitted.charge().map(|charge| charge.budget()),
            deprecation: operation.deprecation.as_ref(),
            bearing: Some(Box::new(Bearing { identity, operation: Some(operation) })),
            ..Answer::EMPTY
        }
    })
}

/// The two parts of a target.
pub(crate) fn path_and_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

/// Who the credential belongs to, whatever it is for.
fn credential<H: HeaderLines + ?Sized>(
    edge: &Edge,
    asked: &Asked<'_, H>,
    from: IpAddr,
) -> Result<Answer, Answer> {
    let Asked { verb, path, query, headers, trace } = *asked;
    let question = Question { verb, path, query, headers, from, trace };
    let request = Request { extent: Extent::Credential, ..Request::of(&CREDENTIAL_ALONE, Named::NOTHING) };
    let known = edge.enforcer.admit(question.presented(), &request, from, |admitted| admitted.identity());
    let identity = known.map_err(|refusal| {
        let told = describe(&refusal.denial, &CREDENTIAL_ALONE);
        if !asked.is_about_a_refusal() {
            question.note(edge, &CREDENTIAL_ALONE, &refusal, &told);
        }
        Answer::error(&told)
    })?;
    Ok(Answer { bearing: Some(Box::new(Bearing { identity, operation: None })), ..Answer::EMPTY })
}

impl<'a, H: HeaderLines + ?Sized> Asked<'a, H> {
    /// The request that is asked about; `None` if only its credential is.
    fn described(&self) -> Result<Option<Described<'a>>, ApiError> {
        let way = self.path.strip_prefix(PREFIX).unwrap_or_default();
        match way {
            "credential" => Ok(None),
            "original" => self.in_headers("x-original-method", "x-original-uri").map(Some),
            "forwarded" => self.in_headers("x-forwarded-method", "x-forwarded-uri").map(Some),
            _ if way.starts_with("path/") => {
                // The path as it came, from the slash on.
                let path = &self.path[PREFIX.len() + "path".len()..];
                Ok(Some(Described { verb: self.verb, path, query: self.query }))
            }
            _ => Err(resource_not_found()),
        }
    }

    /// What the gateway itself says under this name beside the path: nothing where the query is the caller's.
    fn own(&self, name: &str) -> Option<&'a str> {
        let query = self.query.filter(|_| !self.path[PREFIX.len()..].starts_with("path/"))?;
        let mut said = query.split('&').map(|said| said.split_once('=').unwrap_or((said, "")));
        said.find_map(|(told, value)| (told == name).then_some(value))
    }

    /// Whether the request was refused already, and only its refusal is wanted.
    fn is_about_a_refusal(&self) -> bool {
        self.own("refused").is_some()
    }

    fn in_headers(&self, verb: &'static str, target: &'static str) -> Result<Described<'a>, ApiError> {
        let (verb, target) = (self.described_by(verb)?, self.described_by(target)?);
        let (path, query) = path_and_query(target);
        Ok(Described { verb, path, query })
    }

    fn described_by(&self, name: &'static str) -> Result<&'a str, ApiError> {
        let line = self.headers.single(name);
        let line = line.map_err(|Repeated| unclear_description(name, "stands there twice"))?;
        let line = line.ok_or_else(|| unclear_description(name, "is missing"))?;
        std::str::from_utf8(line).map_err(|_| unclear_description(name, "is no text"))
    }

    /// A refusal as this gateway can pass it on: it says its status once more, and has it only if the gateway understands
    /// it.
    fn told(&self, refusal: Answer) -> Answer {
        let status = refusal.status;
        let understood = |code: &str| code.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
        let passed_on = match self.own("statuses") {
            Some(list) if list.split(',').filter_map(understood).all(|code| code != status) => {
                StatusCode::FORBIDDEN
            }
            _ => status,
        };
        Answer { status: passed_on, told_status: Some(status), ..refusal }
    }
}
