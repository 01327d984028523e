//! What is asked of the decision, whichever door it came through (product.md §2, §4).
//!
//! Owns the way from a request to the decision and from a refusal to its answer. Must never decide anything: the
//! enforcer does; nor see more than its door lets it see.

use std::net::IpAddr;
use std::time::Instant;

use mp_domain::catalog::Routed;
use mp_domain::denial::{Denial, Refusal};
use mp_domain::operation::Operation;
use mp_domain::reach::Named;
use mp_market::api_error::ApiError;
use mp_market::denial::describe;
pub use mp_market::names::Names;
use mp_market::names::check_body;
use mp_market::request_body::check_ignored_body;
use mp_market::trace_parent::TraceId;
use mp_service::refusals::Told;
use mp_service::shadow::{Shadow, ShadowRequest};
use mp_service::{Admitted, Enforcer, Extent, Presented, Request, UnreadableNames};

use crate::answer::Answer;
use crate::credential;
use crate::edge::Edge;
use crate::header_lines::HeaderLines;

/// A request to the seller API, as far as its head goes.
pub(crate) struct Question<'a, H: ?Sized> {
    pub(crate) verb: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a H,
    pub(crate) from: IpAddr,
    /// The trace that the answer will name.
    pub(crate) trace: Option<TraceId>,
}

/// What a door sees of a request's body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight<'b> {
    /// There is none, or it means nothing.
    Nothing,
    /// It has not been read yet: is it worth it?
    NotYet,
    /// It cannot be read.
    Unreadable,
    /// All of it.
    Body(&'b [u8]),
    /// It goes another way.
    Never,
    /// It went another way, and the call was refused: only its refusal is wanted once more. The first one was counted and
    /// kept.
    Again,
}

impl Sight<'_> {
    fn extent(self) -> Extent {
        match self {
            Self::NotYet => Extent::Reach,
            Self::Unreadable => Extent::ReachAndLeft,
            Self::Nothing | Self::Body(_) | Self::Never => Extent::Call,
            Self::Again => Extent::Refusal,
        }
    }

    /// Whether the rules on trial judge it, too: not a first look, which decides little, as whoever is let in by it is
    /// judged whole afterwards; and each call once.
    fn is_tried(self) -> bool {
        !matches!(self, Self::NotYet | Self::Again)
    }

    /// Whether nothing was asked before: each refusal is counted and kept once.
    fn is_first(self) -> bool {
        !matches!(self, Self::Again)
    }

    /// Whether all of it is judged that will ever be.
    fn is_whole(self) -> bool {
        matches!(self.extent(), Extent::Call | Extent::Refusal)
    }
}

impl<'a, H: HeaderLines + ?Sized> Question<'a, H> {
    /// The credential it comes with.
    pub(crate) fn presented(&self) -> Presented<'a> {
        credential::presented(self.headers.lines("api-key"), self.headers.lines("authorization"))
    }

    /// The operation it means, or 404 or 405.
    pub(crate) fn route(&self, edge: &Edge) -> Result<Routed<'a>, Answer> {
        let routed = edge.enforcer.catalog().route(self.verb, self.path);
        routed.map_err(|unrouted| Answer::unrouted(unrouted, self.verb))
    }

    /// Runs the check, and counts it. `take` takes what is needed of a caller who is let in.
    pub(crate) fn judge<T>(
        &self,
        edge: &Edge,
        routed: &Routed<'_>,
        sight: Sight<'_>,
        take: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Answer> {
        let (started, operation, presented) = (Instant::now(), routed.operation, self.presented());
        let outcome = self.ask(&edge.enforcer, presented, routed, sight, take);
        // A first look that lets a request in is followed by another, and that one counts.
        if sight.is_first() && (outcome.is_err() || sight.is_whole()) {
            let denial = outcome.as_ref().err().map(|refused| &refused.refusal.denial);
            edge.metrics.record(operation, presented.is_oauth(), denial, started.elapsed());
        }
        outcome.map_err(|Refused { mut refusal, told }| {
            if refusal.denial == Denial::Unreadable && sight.is_whole() {
                // What the rest of it names may be in reach: then the caller is told what is left.
                let known = self.known_as_far(&edge.enforcer, routed);
                refusal.budget = known.and_then(|known| known.budget);
            }
            if sight.is_first() {
                self.note(edge, operation, &refusal, &told);
            }
            let deprecation = operation.deprecation.as_ref();
            Answer { budget: refusal.budget, deprecation, ..Answer::error(&told) }
        })
    }

    /// Keeps a refusal for the owner of the credential.
    pub(crate) fn note(&self, edge: &Edge, operation: &Operation, refusal: &Refusal, told: &ApiError) {
        let Self { trace, path, from, .. } = *self;
        edge.enforcer.note_refusal(refusal, &Told { trace, operation, path, from, message: &told.message });
    }

    /// The refusal that a request becomes of which nothing but the head can be read; `None` for whoever would not come so
    /// far. Who it is is asked once more: that is rarely needed.
    pub(crate) fn known_as_far(&self, enforcer: &Enforcer, routed: &Routed<'_>) -> Option<Refusal> {
        let unreadable = |admitted: Admitted<'_>| admitted.unreadable();
        self.ask(enforcer, self.presented(), routed, Sight::Unreadable, unreadable).ok()
    }

    /// Runs the check. What cannot be read of the names is told once the caller is known.
    pub(crate) fn ask<T>(
        &self,
        enforcer: &Enforcer,
        presented: Presented<'_>,
        routed: &Routed<'_>,
        sight: Sight<'_>,
        take: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Refused> {
        let (operation, names) = (routed.operation, self.names(routed, sight));
        let shadow = sight.is_tried().then(|| enforcer.on_trial(operation)).flatten();
        let otherwise = shadow.as_deref().map(|shadow| self.otherwise(shadow, sight));
        let otherwise = otherwise.as_ref().map(Otherwise::request);
        let request = Request {
            shadow: otherwise.as_ref(),
            named: names.as_ref().map(Names::named).map_err(|_| UnreadableNames),
            items: names.as_ref().ok().and_then(|names| names.items),
            wants_slot: matches!(sight, Sight::Body(_)),
            extent: sight.extent(),
            ..Request::of(operation, Named::NOTHING)
        };
        enforcer.admit(presented, &request, self.from, take).map_err(|refusal| {
            let told = match names {
                Err(unreadable) if refusal.denial == Denial::Unreadable => unreadable,
                _ => describe(&refusal.denial, operation),
            };
            Refused { refusal, told: Box::new(told) }
        })
    }

    /// The same request, as the rules on trial read it.
    fn otherwise<'s>(&self, shadow: &'s Shadow, sight: Sight<'_>) -> Otherwise<'s> {
        let routed = shadow.route(self.verb, self.path).ok();
        let read = |routed: &Routed<'_>| {
            if let Sight::Body(body) = sight
                && !body.is_empty()
            {
                self.check_body(routed.operation, body)?;
            }
            self.names(routed, sight)
        };
        let names = routed.as_ref().map_or_else(|| Ok(Names::default()), read);
        Otherwise { shadow, operation: routed.map(|routed| routed.operation), names }
    }

    /// Everything it names, and how many items it holds, as far as `sight` goes.
    pub(crate) fn names(&self, routed: &Routed<'_>, sight: Sight<'_>) -> Result<Names, ApiError> {
        let body = if let Sight::Body(body) = sight { Some(body) } else { None };
        Names::read(routed, self.query, self.headers, body)
    }

    /// Whether a body can be looked into, if that is needed.
    pub(crate) fn check_body(&self, operation: &Operation, body: &[u8]) -> Result<(), ApiError> {
        check_body(operation, self.headers, body)
    }

    /// Whether a body that means nothing may be there.
    pub(crate) fn check_ignored_body(&self, body: &[u8]) -> Result<(), ApiError> {
        let types: Vec<_> = self.headers.lines("content-type").collect();
        // All lines of a header as one (RFC 9110 §5.3).
        let content_type = (!types.is_empty()).then(|| types.join(&b", "[..]));
        check_ignored_body(content_type.as_deref(), body)
    }
}

/// A request as the rules on trial read it.
struct Otherwise<'s> {
    shadow: &'s Shadow,
    operation: Option<&'static Operation>,
    names: Result<Names, ApiError>,
}

impl Otherwise<'_> {
    fn request(&self) -> ShadowRequest<'_> {
        let Self { shadow, operation, names } = self;
        ShadowRequest {
            shadow,
            operation: *operation,
            named: names.as_ref().map(Names::named).map_err(|_| UnreadableNames),
            items: names.as_ref().ok().and_then(|names| names.items),
        }
    }
}

/// Why a request is not let in, and what its caller is told.
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) told: Box<ApiError>,
}
