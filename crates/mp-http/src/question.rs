//! What is asked of the decision, whichever door it came through (product.md §2, §4).
//!
//! Owns the way from a request to the decision and from a refusal to its answer. Must never decide anything: the
//! enforcer does; nor see more than its door lets it see.

use std::net::IpAddr;
use std::time::Instant;

use mp_domain::catalog::Routed;
use mp_domain::denial::Denial;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::operation::{Cost, FieldPlace, NamedEntity, NamingField, Operation};
use mp_domain::reach::Named;
use mp_market::api_error::ApiError;
use mp_market::business_header::{BUSINESS_HEADER, parse_business_header};
use mp_market::denial::describe;
use mp_market::path::parse_id;
use mp_market::protocol::type_mismatch;
use mp_market::scan::{RequestFacts, RequestScan, Sought};
use mp_service::{Admitted, Extent, Presented, Request, UnreadableNames};

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
}

/// What a door sees of a request's body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight<'b> {
    /// There is none, or it means nothing.
    Nothing,
    /// It has not been read yet: is it worth it?
    NotYet,
    /// All of it.
    Body(&'b [u8]),
    /// It goes another way.
    Never,
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

    /// Runs the check. `take` takes what is needed of a caller who is let in. What cannot be read of the names is told
    /// once the caller is known.
    pub(crate) fn judge<T>(
        &self,
        edge: &Edge,
        routed: &Routed<'_>,
        sight: Sight<'_>,
        take: impl FnOnce(Admitted<'_>) -> T,
    ) -> Result<T, Answer> {
        let (started, operation) = (Instant::now(), routed.operation);
        let fields = self.fields(operation, sight);
        let named = fields.as_ref().map_err(Clone::clone).and_then(|fields| {
            let target = routed.target().map_err(type_mismatch)?;
            let header = parse_business_header(self.headers.lines(BUSINESS_HEADER))?;
            Ok(Named { target, header, businesses: &fields.businesses, campaigns: &fields.campaigns })
        });
        let request = Request {
            named: named.as_ref().copied().map_err(|_| UnreadableNames),
            items: fields.as_ref().ok().and_then(|fields| fields.items),
            wants_slot: matches!(sight, Sight::Body(_)),
            extent: if matches!(sight, Sight::NotYet) { Extent::Reach } else { Extent::Call },
            ..Request::of(operation, Named::NOTHING)
        };
        let presented = self.presented();
        let outcome = edge.enforcer.admit(presented, &request, self.from, take);
        // A first look that lets a request in is followed by another, and that one counts.
        if outcome.is_err() || request.extent == Extent::Call {
            let denial = outcome.as_ref().err().map(|refusal| &refusal.denial);
            edge.metrics.record(operation, presented.is_oauth(), denial, started.elapsed());
        }
        outcome.map_err(|refusal| {
            let error = match named {
                Err(unreadable) if refusal.denial == Denial::Unreadable => unreadable,
                _ => describe(&refusal.denial, operation),
            };
            let deprecation = operation.deprecation.as_ref();
            Answer { budget: refusal.budget, deprecation, ..Answer::error(&error) }
        })
    }

    /// What it names and costs beside path and header.
    fn fields(&self, operation: &Operation, sight: Sight<'_>) -> Result<Fields, ApiError> {
        let mut fields = Fields::default();
        for NamingField { place, entity } in operation.fields {
            if let FieldPlace::Query(name) = place {
                for value in values(self.query, name) {
                    fields.add(*entity, parse_id(&value)?);
                }
            }
        }
        if let (Sight::Body(body), Some(sought)) = (sight, sought(operation)) {
            let RequestFacts { items, named } = RequestScan::read(sought, body)?;
            fields.items = Some(u32::try_from(items).unwrap_or(u32::MAX));
            for (path, ids) in named {
                let place = FieldPlace::Body(path);
                let field = operation.fields.iter().find(|field| field.place == place);
                let entity = field.expect("only fields of the operation are sought").entity;
                for id in ids {
                    fields.add(entity, id);
                }
            }
        }
        Ok(fields)
    }
}

/// What a request names in its query and body, and how many items it holds.
#[derive(Default)]
struct Fields {
    businesses: Vec<BusinessId>,
    campaigns: Vec<CampaignId>,
    items: Option<u32>,
}

impl Fields {
    fn add(&mut self, entity: NamedEntity, id: i64) {
        match entity {
            NamedEntity::Business => {
                self.businesses.push(BusinessId::new(id).expect("what was read is positive"));
            }
            NamedEntity::Campaign => {
                self.campaigns.push(CampaignId::new(id).expect("what was read is positive"));
            }
        }
    }
}

/// What is to be looked for in the body of a request to this operation; `None` if its body tells nothing.
pub(crate) fn sought(operation: &Operation) -> Option<Sought> {
    let counted = match operation.limit.map(|limit| limit.cost) {
        Some(Cost::RequestItems(path)) => Some(path),
        Some(Cost::Request | Cost::ResponseItems(_)) | None => None,
    };
    let mut watched = operation
        .fields
        .iter()
        .filter_map(|field| match field.place {
            FieldPlace::Body(path) => Some(path),
            FieldPlace::Query(_) => None,
        })
        .peekable();
    if counted.is_none() && watched.peek().is_none() {
        return None;
    }
    Some(
        Sought::new(counted, watched)
            .expect("a catalogue has no operation with more fields than can be watched"),
    )
}

/// Every value of a parameter, as any reader of the query could see it.
fn values<'q>(query: Option<&'q str>, name: &'q str) -> impl Iterator<Item = String> + 'q {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.filter(move |(key, _)| key == name).map(|(_, value)| value.into_owned())
}
