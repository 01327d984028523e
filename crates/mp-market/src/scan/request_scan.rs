//! What the body of a request names and costs (product.md §3.6, §3.7).
//!
//! Owns what a caller is told about a body that cannot be read. Must never judge what it names: the decision does.

use mp_domain::field_path::FieldPath;

use super::{Findings, NotAnId, Scanner, Sought};
use crate::api_error::ApiError;
use crate::protocol::{flawed_json, type_mismatch};

/// A body under way.
#[derive(Debug, Clone)]
pub struct RequestScan {
    scanner: Scanner,
    has_begun: bool,
}

/// What a body says about its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    /// How many items stand at the counted field; 0 without one.
    pub items: u64,
    /// The ids at each watched field, in the order of the fields: different ones, in ascending order.
    pub named: Vec<(FieldPath, Vec<i64>)>,
}

impl RequestScan {
    /// A body that has not begun.
    #[must_use]
    pub fn new(sought: Sought) -> Self {
        Self { scanner: Scanner::new(sought), has_begun: false }
    }

    /// What a whole body says.
    pub fn read(sought: Sought, body: &[u8]) -> Result<RequestFacts, ApiError> {
        let mut scan = Self::new(sought);
        scan.feed(body)?;
        scan.finish()
    }

    /// Goes on with `text`, of any size.
    pub fn feed(&mut self, text: &[u8]) -> Result<(), ApiError> {
        self.has_begun |= !text.is_empty();
        self.scanner.feed(text).map_err(|flaw| flawed_json(&flaw))
    }

    /// The body is over. One without a single byte is as good as `null`: it names and costs nothing, and whether the
    /// method can do without one is for the upstream to say.
    pub fn finish(mut self) -> Result<RequestFacts, ApiError> {
        if !self.has_begun {
            self.feed(b"null")?;
        }
        RequestFacts::read(self.scanner.finish().map_err(|flaw| flawed_json(&flaw))?)
    }
}

impl RequestFacts {
    fn read(findings: Findings) -> Result<Self, ApiError> {
        let named = findings.named.into_iter().map(|named| Ok((named.path, named.ids?)));
        let named = named.collect::<Result<_, NotAnId>>().map_err(|wrong| type_mismatch(&wrong.given))?;
        Ok(Self { items: findings.counted, named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGNS: FieldPath = FieldPath::new(&["campaignIds"]);
    const OFFERS: FieldPath = FieldPath::new(&["offerIds"]);

    fn read(body: &str) -> Result<(u64, Vec<i64>), String> {
        let sought = Sought::new(Some(OFFERS), [CAMPAIGNS]).unwrap();
        let facts = RequestScan::read(sought, body.as_bytes()).map_err(|error| error.message.into_owned())?;
        assert_eq!(facts.named[0].0, CAMPAIGNS);
        Ok((facts.items, facts.named[0].1.clone()))
    }

    #[test]
    fn a_body_names_stores_and_costs_items() {
        assert_eq!(read(r#"{"campaignIds":[7,5],"offerIds":["a","b","c"]}"#), Ok((3, vec![5, 7])));
    }

    #[test]
    fn no_body_names_and_costs_nothing() {
        for body in ["", "null", "{}", "[]"] {
            assert_eq!(read(body), Ok((0, vec![])), "{body}");
        }
    }

    #[test]
    fn what_is_no_id_is_told_as_a_mismatch() {
        for (body, told) in [
            (r#"{"campaignIds":["5"]}"#, "Type mismatch: '5'"),
            (r#"{"campaignIds":5.0}"#, "Type mismatch: '5.0'"),
            (r#"{"campaignIds":{"id":5}}"#, "Type mismatch: '{…}'"),
            (r#"{"campaignIds":[5,[6]]}"#, "Type mismatch: '[…]'"),
            (r#"{"campaignIds":true}"#, "Type mismatch: 'true'"),
        ] {
            assert_eq!(read(body), Err(told.to_owned()), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (body, told) in [
            (" ", "JSON: the text ends too early at byte 1"),
            ("{\"a\":}", "JSON: expected a value at byte 6"),
            ("\u{FEFF}{}", "JSON: expected a value at byte 1"),
        ] {
            assert_eq!(read(body), Err(told.to_owned()), "{body}");
        }
    }
}
