//! What a request names, wherever it names it: path, query, `X-Business-Id`, body (product.md §3.6).
//!
//! Owns where each operation's requests are looked into. Must never compare what it finds with anything: the decision
//! does.

use mp_domain::catalog::Routed;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::operation::{Cost, FieldPlace, NamedEntity, NamingField, Operation};
use mp_domain::reach::{Named, Target};

use crate::api_error::ApiError;
use crate::business_header::{BUSINESS_HEADER, parse_business_header};
use crate::header_lines::HeaderLines;
use crate::path::parse_id;
use crate::protocol::type_mismatch;
use crate::request_body::check_read_body;
use crate::scan::{RequestFacts, RequestScan, Sought};

/// What a request names, and how many items it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// In its path.
    pub target: Target,
    /// In its `X-Business-Id` header.
    pub header: Option<BusinessId>,
    /// Cabinets in its query and body.
    pub businesses: Vec<BusinessId>,
    /// Stores in its query and body.
    pub campaigns: Vec<CampaignId>,
    /// How many items of the collection that is counted stand in its body; `None` where nobody looks into it.
    pub items: Option<u32>,
}

impl Default for Names {
    fn default() -> Self {
        let (target, header, items) = (Target::Caller, None, None);
        Self { target, header, businesses: Vec::new(), campaigns: Vec::new(), items }
    }
}

impl Names {
    /// Everything that a request names, and how many items it holds. Of its body only what is given is read.
    pub fn read<H: HeaderLines + ?Sized>(
        routed: &Routed<'_>,
        query: Option<&str>,
        headers: &H,
        body: Option<&[u8]>,
    ) -> Result<Self, ApiError> {
        let operation = routed.operation;
        let mut names = Self::default();
        for NamingField { place, entity } in operation.fields {
            if let FieldPlace::Query(name) = place {
                for value in values(query, name) {
                    names.add(*entity, parse_id(&value)?);
                }
            }
        }
        if let (Some(body), Some(sought)) = (body, sought(operation)) {
            names.read_body(operation, sought, body)?;
        }
        names.target = routed.target().map_err(type_mismatch)?;
        names.header = parse_business_header(headers.lines(BUSINESS_HEADER))?;
        Ok(names)
    }

    fn read_body(&mut self, operation: &Operation, sought: Sought, body: &[u8]) -> Result<(), ApiError> {
        let RequestFacts { items, named } = RequestScan::read(sought, body)?;
        self.items = Some(u32::try_from(items).unwrap_or(u32::MAX));
        for (path, ids) in named {
            let place = FieldPlace::Body(path);
            let field = operation.fields.iter().find(|field| field.place == place);
            let entity = field.expect("only fields of the operation are sought").entity;
            for id in ids {
                self.add(entity, id);
            }
        }
        Ok(())
    }

    /// As the decision takes it.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        let Self { target, header, businesses, campaigns, .. } = self;
        Named { target: *target, header: *header, businesses, campaigns }
    }

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

/// Whether a body can be looked into, where the operation needs it.
pub fn check_body<H: HeaderLines + ?Sized>(
    operation: &Operation,
    headers: &H,
    body: &[u8],
) -> Result<(), ApiError> {
    if sought(operation).is_none() {
        return Ok(());
    }
    check_read_body(headers.lines("content-type"), headers.lines("content-encoding"), body)
}

/// What is to be looked for in the body of a request to this operation; `None` if its body tells nothing.
fn sought(operation: &Operation) -> Option<Sought> {
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

/// Every value of a parameter, as any reader of the query could see it: some part pairs at semicolons too.
fn values<'q>(query: Option<&'q str>, name: &'q str) -> impl Iterator<Item = String> + 'q {
    let query = query.unwrap_or_default();
    let parts = query.contains(';').then(|| query.split([';', '&'])).into_iter().flatten();
    let pairs = std::iter::once(query).chain(parts);
    let pairs = pairs.flat_map(|part| form_urlencoded::parse(part.as_bytes()));
    pairs.filter(move |(key, _)| could_be(key, name)).map(|(_, value)| value.into_owned())
}

/// Whether some reader takes the key for this name: without regard to case, as .NET does, or to what surrounds it, as PHP
/// does.
fn could_be(key: &str, name: &str) -> bool {
    let key = key.split(['[', '\0']).next().unwrap_or_default();
    key.trim().eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaigns(query: &str) -> Vec<String> {
        values(Some(query), "campaignId").collect()
    }

    #[test]
    fn a_name_is_found_however_a_service_could_read_it() {
        assert_eq!(campaigns("campaignId=1&b=2&campaignId=3"), ["1", "3"]);
        for query in [
            "a=1;campaignId=3",
            "campaign%49d=3",
            "CAMPAIGNID=3",
            "campaignId[]=3",
            "campaignId%5B0%5D=3",
            "%20campaignId=3",
            "campaignId%00=3",
            "campaignId%00x=3",
        ] {
            assert_eq!(campaigns(query), ["3"], "{query}");
        }
        for query in ["", "campaign=3", "campaignIds=3", "a=campaignId", "xcampaignId=3"] {
            assert!(campaigns(query).is_empty(), "{query}");
        }
    }
}
