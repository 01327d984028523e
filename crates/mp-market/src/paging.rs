//! Pages of a list: what the query asks for, and what the answer says about it (market-api §7).
//!
//! Owns the parameters `page`, `pageSize`, `limit` and `pageToken`, and the form of a page token. Must never know what is
//! listed: items have a number, and are listed in its order.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::api_error::ApiError;
use crate::protocol::{bad_page_token, too_large, too_small, type_mismatch};

/// The most items on a page, and as many as there are without a wish.
const MOST: u32 = 100;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At the page of this number, counted from 1.
    Page(u32),
    /// Behind the item of this number.
    After(i64),
}

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    start: Start,
    size: u32,
}

/// The part of a list that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a, T> {
    /// The items on the page.
    pub items: &'a [T],
    /// Where the page is in the list.
    pub pager: Pager,
    /// How to go on.
    pub paging: Paging,
}

/// `FlippingPagerDTO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pager {
    total: usize,
    from: usize,
    to: usize,
    current_page: usize,
    pages_count: usize,
    page_size: usize,
}

/// `PackagingForwardScrollingPagerDTO`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl PageRequest {
    /// Reads the query. A token decides over a page, a limit over a page size; a parameter without a value counts as
    /// absent, and one that nobody knows is let pass.
    pub fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let query = Query::read(query.unwrap_or_default());
        let limit = query.number("limit", Some(MOST))?;
        let page_size = query.number("pageSize", Some(MOST))?;
        let page = query.number("page", None)?;
        let start = match query.token()? {
            Some(last) => Start::After(last),
            None => Start::Page(page.unwrap_or(1)),
        };
        Ok(Self { start, size: limit.or(page_size).unwrap_or(MOST) })
    }

    /// The page of `all`, which is sorted by the number that `number` tells of an item.
    #[must_use]
    pub fn of<T>(self, all: &[T], number: impl Fn(&T) -> i64) -> Page<'_, T> {
        let size = self.size as usize;
        let skipped = match self.start {
            Start::Page(page) => (page as usize - 1).saturating_mul(size),
            Start::After(last) => all.partition_point(|item| number(item) <= last),
        };
        let items = all.get(skipped..).unwrap_or_default();
        let items = &items[..items.len().min(size)];
        let end = skipped + items.len();
        let next = items.last().filter(|_| end < all.len());
        Page {
            items,
            pager: Pager {
                total: all.len(),
                from: skipped + 1,
                to: end,
                current_page: skipped / size + 1,
                pages_count: all.len().div_ceil(size),
                page_size: size,
            },
            paging: Paging { next_page_token: next.map(|last| page_token(number(last))) },
        }
    }
}

/// The parameters that are known, with every value they were given.
struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    fn read(query: &'a str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()).collect())
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| &**value)
    }

    fn number(&self, name: &str, most: Option<u32>) -> Result<Option<u32>, ApiError> {
        let values: Vec<_> = self.values(name).collect();
        if values.is_empty() {
            return Ok(None);
        }
        // Two values are no number, as they are none where a list is read as one.
        let text = values.join(",");
        let number: i32 = text.parse().map_err(|_| type_mismatch(&text))?;
        if let Some(most) = most.filter(|most| i64::from(number) > i64::from(*most)) {
            return Err(too_large(name, most, number.into()));
        }
        let number = u32::try_from(number).ok().filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| too_small(name, 1, text.parse().unwrap_or_default()))
    }

    fn token(&self) -> Result<Option<i64>, ApiError> {
        let mut tokens = self.values("pageToken").chain(self.values("page_token"));
        let Some(token) = tokens.next() else { return Ok(None) };
        if tokens.any(|other| other != token) {
            return Err(bad_page_token());
        }
        read_page_token(token).map(Some).ok_or_else(bad_page_token)
    }
}

/// The number of the last item seen, and a checksum against typing errors. There is nothing to protect: a number that
/// somebody makes up skips only what they may see anyway.
fn page_token(last: i64) -> String {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&last.to_be_bytes());
    let checksum = crc32fast::hash(&bytes[..8]);
    bytes[8..].copy_from_slice(&checksum.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_page_token(token: &str) -> Option<i64> {
    let bytes: [u8; 12] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let last = i64::from_be_bytes(bytes[..8].try_into().ok()?);
    (page_token(last) == token).then_some(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn page(query: &str, count: i64) -> (Vec<i64>, serde_json::Value, Option<String>) {
        let all: Vec<i64> = (1..=count).collect();
        let page = PageRequest::parse(Some(query)).unwrap().of(&all, |item| *item);
        (page.items.to_vec(), serde_json::to_value(page.pager).unwrap(), page.paging.next_page_token)
    }

    fn refused(query: &str) -> String {
        PageRequest::parse(Some(query)).unwrap_err().message.into_owned()
    }

    #[test]
    fn an_empty_list_is_told_as_it_was_observed() {
        let (items, pager, next) = page("", 0);
        assert_eq!((items.len(), next), (0, None));
        let observed =
            json!({"total": 0, "from": 1, "to": 0, "currentPage": 1, "pagesCount": 0, "pageSize": 100});
        assert_eq!(pager, observed);
    }

    #[test]
    fn pages_are_counted_from_one() {
        let (items, pager, next) = page("page=2&pageSize=10", 25);
        assert_eq!(items, (11..=20).collect::<Vec<_>>());
        let expected =
            json!({"total": 25, "from": 11, "to": 20, "currentPage": 2, "pagesCount": 3, "pageSize": 10});
        assert_eq!(pager, expected);
        assert!(next.is_some());
        let (items, _, next) = page("page=9&pageSize=10", 25);
        assert_eq!((items.len(), next), (0, None), "behind the last");
        assert_eq!(page("page=2147483647&pageSize=100", 25).0.len(), 0);
    }

    #[test]
    fn tokens_lead_through_the_whole_list_once() {
        for name in ["pageToken", "page_token"] {
            let (mut seen, mut query) = (Vec::new(), "limit=7".to_owned());
            loop {
                let (items, _, next) = page(&query, 25);
                seen.extend(items);
                let Some(next) = next else { break };
                query = format!("limit=7&{name}={next}");
            }
            assert_eq!(seen, (1..=25).collect::<Vec<_>>());
        }
    }

    #[test]
    fn bad_values_are_named() {
        assert_eq!(refused("limit=0"), "'limit' must be greater than or equal to 1 (rejected value: 0)");
        assert_eq!(refused("limit=101"), "'limit' must be less than or equal to 100 (rejected value: 101)");
        assert_eq!(
            refused("pageSize=1000"),
            "'pageSize' must be less than or equal to 100 (rejected value: 1000)"
        );
        assert_eq!(refused("page=-2"), "'page' must be greater than or equal to 1 (rejected value: -2)");
        for bad in ["abc", "1.5", "99999999999", "1,2"] {
            assert_eq!(refused(&format!("page={bad}")), format!("Type mismatch: '{bad}'"));
        }
        assert_eq!(refused("limit=1&limit=2"), "Type mismatch: '1,2'");
        for bad in ["x", "AAAAAAAAAAUAAAAA", "page_token", "===="] {
            assert_eq!(refused(&format!("pageToken={bad}")), "Bad page token");
        }
        assert_eq!(
            refused(&format!("pageToken={}&page_token={}", page_token(1), page_token(2))),
            "Bad page token"
        );
    }

    #[test]
    fn a_parameter_without_a_value_or_a_meaning_is_let_pass() {
        assert_eq!(page("page=&limit=&pageToken=&colour=red&flag", 3).0, [1, 2, 3]);
        assert_eq!(PageRequest::parse(None), PageRequest::parse(Some("")));
    }

    proptest! {
        #[test]
        fn any_query_is_read_without_panic(query in "[a-zA-Z0-9_=&%+.-]{0,80}") {
            if let Ok(request) = PageRequest::parse(Some(&query)) {
                let _ = request.of(&[1_i64, 2, 3], |item| *item);
            }
        }

        #[test]
        fn no_changed_token_is_taken(last in 1_i64.., place in 0_usize..16, with in "[A-Za-z0-9_-]") {
            let token = page_token(last);
            prop_assert_eq!(read_page_token(&token), Some(last));
            let mut changed = token.clone();
            changed.replace_range(place..=place, &with);
            prop_assume!(changed != token);
            prop_assert_eq!(read_page_token(&changed), None);
        }
    }
}
