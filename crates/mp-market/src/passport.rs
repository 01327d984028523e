//! Who an admitted request comes from and what it may, as an upstream is told (product.md §4).
//!
//! Owns the names of the five identity headers, and that all of them stand on a request: one that were missing could be
//! replaced by what a caller wrote. Must never be made for a request that was refused.

use std::fmt::{self, Write};

use http::{HeaderName, HeaderValue};
use mp_domain::identity::{Identity, Scopes, Subject};
use mp_domain::operation::Operation;

const SUBJECT: HeaderName = HeaderName::from_static("x-auth-subject");
const BUSINESS: HeaderName = HeaderName::from_static("x-auth-business");
const CAMPAIGNS: HeaderName = HeaderName::from_static("x-auth-campaigns");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");
const OPERATION: HeaderName = HeaderName::from_static("x-auth-operation");

/// What all identity headers begin with. Whatever a caller sends under such a name is his own invention.
pub const IDENTITY_PREFIX: &str = "x-auth-";

/// The identity headers of one admitted request; it travels among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passport {
    /// `key:<id>` or `account:<id>`.
    pub subject: HeaderValue,
    /// The cabinet; empty unless exactly one is addressed or owns the key.
    pub business: HeaderValue,
    /// The stores in reach, with commas between them; `*` for all.
    pub campaigns: HeaderValue,
    /// The accesses.
    pub scope: HeaderValue,
    /// The operation's id.
    pub operation: HeaderValue,
}

/// Hands the five headers of an identity to `emit`; `operation` is empty where only the credential was asked about.
pub fn each_identity_header(
    identity: &Identity,
    operation: Option<&Operation>,
    mut emit: impl FnMut(HeaderName, &str),
) {
    let mut text = String::with_capacity(64);
    let mut say = |name, value: fmt::Arguments<'_>| {
        text.clear();
        text.write_fmt(value).expect("a String takes everything");
        emit(name, &text);
    };
    match identity.subject {
        Subject::Key(id) => say(SUBJECT, format_args!("key:{id}")),
        Subject::Account(id) => say(SUBJECT, format_args!("account:{id}")),
    }
    match identity.business {
        Some(id) => say(BUSINESS, format_args!("{id}")),
        None => say(BUSINESS, format_args!("")),
    }
    match &identity.campaigns {
        Some(ids) => say(CAMPAIGNS, format_args!("{}", listed(ids.iter(), ","))),
        None => say(CAMPAIGNS, format_args!("*")),
    }
    match identity.scopes {
        Scopes::Accesses(scopes) => say(SCOPE, format_args!("{}", listed(scopes.iter(), " "))),
        Scopes::OAuth(scopes) => say(SCOPE, format_args!("{}", listed(scopes.iter(), " "))),
    }
    say(OPERATION, format_args!("{}", operation.map_or("", |operation| operation.id)));
}

fn listed(items: impl Iterator<Item = impl fmt::Display>, between: &str) -> String {
    let mut list = String::new();
    for item in items {
        let before = if list.is_empty() { "" } else { between };
        write!(list, "{before}{item}").expect("a String takes everything");
    }
    list
}

impl Passport {
    /// The headers of an identity that was let in.
    #[must_use]
    pub fn of(identity: &Identity, operation: &Operation) -> Self {
        let mut values = Vec::with_capacity(5);
        each_identity_header(identity, Some(operation), |_, value| {
            values
                .push(HeaderValue::from_str(value).expect("ids, accesses and operations are visible ASCII"));
        });
        let [subject, business, campaigns, scope, operation] =
            values.try_into().expect("an identity has five headers");
        Self { subject, business, campaigns, scope, operation }
    }

    /// Every header with its value, always in this order.
    #[must_use]
    pub fn headers(&self) -> [(HeaderName, &HeaderValue); 5] {
        [
            (SUBJECT, &self.subject),
            (BUSINESS, &self.business),
            (CAMPAIGNS, &self.campaigns),
            (SCOPE, &self.scope),
            (OPERATION, &self.operation),
        ]
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId};
    use mp_domain::oauth_scope::OAuthScope;
    use mp_domain::operation::GET_CAMPAIGNS;
    use mp_domain::scope::AccessScope;

    use super::*;

    #[test]
    fn an_identity_is_told_in_five_headers_whatever_of_it_is_empty() {
        let lines = |identity: &Identity, operation| {
            let mut lines = Vec::new();
            each_identity_header(identity, operation, |name, value| lines.push(format!("{name}: {value}")));
            lines
        };
        let key = Identity {
            subject: Subject::Key(ApiKeyId::from_bytes([1; 16])),
            business: BusinessId::new(7).ok(),
            campaigns: Some(vec![CampaignId::new(21).unwrap(), CampaignId::new(22).unwrap()]),
            scopes: Scopes::Accesses([AccessScope::Pricing, AccessScope::Promotion].into_iter().collect()),
        };
        assert_eq!(
            lines(&key, Some(&GET_CAMPAIGNS)),
            [
                "x-auth-subject: key:01010101-0101-0101-0101-010101010101",
                "x-auth-business: 7",
                "x-auth-campaigns: 21,22",
                "x-auth-scope: pricing promotion",
                "x-auth-operation: getCampaigns",
            ]
        );
        let person = Identity {
            subject: Subject::Account(AccountId::from_bytes([2; 16])),
            business: None,
            campaigns: None,
            scopes: Scopes::OAuth([OAuthScope::MarketPartnerApi].into_iter().collect()),
        };
        assert_eq!(
            lines(&person, None),
            [
                "x-auth-subject: account:02020202-0202-0202-0202-020202020202",
                "x-auth-business: ",
                "x-auth-campaigns: *",
                "x-auth-scope: market:partner-api",
                "x-auth-operation: ",
            ]
        );
        assert_eq!(Passport::of(&person, &GET_CAMPAIGNS).campaigns, "*");
    }

    #[test]
    fn every_header_of_a_passport_is_one_of_marketpass_be_it_empty() {
        let passport = Passport {
            subject: HeaderValue::from_static("key:1"),
            business: HeaderValue::from_static(""),
            campaigns: HeaderValue::from_static("*"),
            scope: HeaderValue::from_static("pricing"),
            operation: HeaderValue::from_static("getPrices"),
        };
        let lines = passport.headers();
        assert!(lines.iter().all(|(name, _)| name.as_str().starts_with(IDENTITY_PREFIX)));
        assert_eq!(
            lines.map(|(_, value)| value.to_str().unwrap()),
            ["key:1", "", "*", "pricing", "getPrices"]
        );
    }
}
