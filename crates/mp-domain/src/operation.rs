//! Operations of the seller API: what opens them, how much of them is allowed, and what they name.
//!
//! Owns the facts of each operation. Must never carry prose of the official document, only facts.

use crate::business::Subscription;
use crate::field_path::FieldPath;
use crate::scope::ScopeSet;
use crate::seller_kind::SellerKinds;
use crate::spelling::spelled_enum;
use crate::time::Timestamp;
use crate::window::{Period, Quota};

spelled_enum!(
    /// The method of a request (RFC 9110 §9), as far as catalogues use it.
    #[derive(PartialOrd, Ord)]
    Verb, UnknownVerb, "verb", {
        /// Reads.
        Get = "GET",
        /// Writes, or reads with a body.
        Post = "POST",
        /// Replaces.
        Put = "PUT",
        /// Removes.
        Delete = "DELETE",
        /// Changes a part.
        Patch = "PATCH",
        /// Reads the head alone.
        Head = "HEAD",
        /// Asks what may be done.
        Options = "OPTIONS",
    }
);

/// An operation. Its texts live as long as the process: a catalogue in force is never freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its number for counters (`x-resource-id`); never reused.
    pub number: u16,
    /// `operationId`.
    pub id: &'static str,
    /// The method it is called with.
    pub verb: Verb,
    /// Its path with its version: `/v2/campaigns/{campaignId}`.
    pub template: &'static str,
    /// Whether it is also served without its version (market-api §2).
    pub is_unversioned: bool,
    /// Holding any one of these is enough.
    pub any_of: ScopeSet,
    /// Which kinds of seller may call it (`x-allowed`).
    pub sellers: SellerKinds,
    /// How much of it is allowed; `None` for as much as one likes.
    pub limit: Option<Limit>,
    /// How many at once.
    pub parallel: Parallel,
    /// Where a request names cabinets and stores beside its path.
    pub fields: &'static [NamingField],
    /// Whether its end is announced.
    pub deprecation: Option<Deprecation>,
    /// Whether an OAuth token opens it as well as an API key does.
    pub takes_oauth: bool,
    /// Whether it answers although the API is switched off (product.md §3.5).
    pub ignores_switch: bool,
}

/// How much of an operation is allowed, in clock-aligned windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What a call costs.
    pub cost: Cost,
    /// Without a subscription, and with the small one.
    pub none: Quota,
    /// With the subscription that has higher limits.
    pub medium: Quota,
}

impl Limit {
    /// So many requests per period, whatever the subscription.
    #[must_use]
    pub const fn requests(amount: u32, period: Period) -> Self {
        let quota = Quota { amount, period };
        Self { cost: Cost::Request, none: quota, medium: quota }
    }

    /// What is allowed with a subscription (market-api §5.2).
    #[must_use]
    pub const fn quota(&self, subscription: Subscription) -> Quota {
        match subscription {
            Subscription::None | Subscription::Light => self.none,
            Subscription::Medium => self.medium,
        }
    }
}

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// One point.
    Request,
    /// A point for each item of this collection in the request's body.
    RequestItems(FieldPath),
    /// A point for each item of this collection in the answer's body.
    ResponseItems(FieldPath),
}

impl Cost {
    /// What a call costs with so many items of the counted collection in its body; `None` where nobody sees the body.
    #[must_use]
    pub fn price(self, items: Option<u32>) -> Price {
        match self {
            Self::Request => Price::Points(1),
            Self::RequestItems(_) => items.map_or(Price::KnownAfterwards, Price::Points),
            Self::ResponseItems(_) => Price::KnownAfterwards,
        }
    }

    /// Where the items of the answer stand that are counted, if they are.
    #[must_use]
    pub const fn response_items(self) -> Option<FieldPath> {
        match self {
            Self::ResponseItems(path) => Some(path),
            Self::Request | Self::RequestItems(_) => None,
        }
    }
}

/// What one call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// So many points.
    Points(u32),
    /// Known when it is answered: let through while anything is left (product.md §3.7).
    KnownAfterwards,
}

impl Price {
    /// The points that are charged in advance.
    #[must_use]
    pub const fn points(self) -> u32 {
        match self {
            Self::Points(points) => points,
            Self::KnownAfterwards => 0,
        }
    }
}

/// How many requests may be under way at once (market-api §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallel {
    /// Together with all other operations that have no number of their own.
    Shared,
    /// So many of this operation, counted apart.
    Own(u16),
}

/// How many requests of [`Parallel::Shared`] operations may be under way at once for one store, cabinet or person.
pub const SHARED_SLOTS: u16 = 4;

/// A place where a request names a cabinet or a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamingField {
    /// Where.
    pub place: FieldPlace,
    /// What.
    pub entity: NamedEntity,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPlace {
    /// In the body: a number, or an array of them.
    Body(FieldPath),
    /// In the query.
    Query(&'static str),
}

/// What a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedEntity {
    /// A cabinet.
    Business,
    /// A store.
    Campaign,
}

/// When an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecation {
    /// From when on it is out of use (`Deprecation`, RFC 9745).
    pub since: Option<Timestamp>,
    /// From when on it is not to be expected any more (`Sunset`, RFC 8594).
    pub sunset: Option<Timestamp>,
    /// The `operationId` of what takes its place.
    pub replacement: Option<&'static str>,
}

impl Operation {
    /// How refusals name it, without version and with suffix (market-api §5.2): `/campaigns/{campaignId}.json`.
    #[must_use]
    pub fn resource(&self) -> String {
        format!("{}.json", unversioned(self.template))
    }
}

/// A path without the segment of its version, if it begins with one: `/v2/campaigns` is `/campaigns`.
#[must_use]
pub fn unversioned(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/v") else { return path };
    let Some(end) = rest.find('/') else { return path };
    if end > 0 && rest[..end].bytes().all(|byte| byte.is_ascii_digit()) { &rest[end..] } else { path }
}

/// What the operations that marketpass answers itself have in common.
const OWN: Operation = Operation {
    number: 0,
    id: "",
    verb: Verb::Get,
    template: "",
    is_unversioned: true,
    any_of: ScopeSet::ALL,
    sellers: SellerKinds::SELLING,
    limit: None,
    parallel: Parallel::Shared,
    fields: &[],
    deprecation: None,
    takes_oauth: true,
    ignores_switch: false,
};

/// What is asked where only the credential matters: no operation, and nothing is counted for it.
pub const CREDENTIAL_ALONE: Operation = Operation { id: "credential", ..OWN };

/// `POST /v2/auth/token`: says what an API key is (market-api §2).
pub const GET_AUTH_TOKEN_INFO: Operation = Operation {
    number: 256,
    id: "getAuthTokenInfo",
    verb: Verb::Post,
    template: "/v2/auth/token",
    limit: Some(Limit::requests(100, Period::HOUR)),
    takes_oauth: false,
    ..OWN
};

/// `GET /v2/campaigns`: the stores in reach (market-api §7).
pub const GET_CAMPAIGNS: Operation = Operation {
    number: 1,
    id: "getCampaigns",
    template: "/v2/campaigns",
    limit: Some(Limit::requests(1000, Period::HOUR)),
    ignores_switch: true,
    ..OWN
};

/// `GET /v2/campaigns/{campaignId}`: one store (market-api §7).
pub const GET_CAMPAIGN: Operation = Operation {
    number: 2,
    id: "getCampaign",
    template: "/v2/campaigns/{campaignId}",
    limit: Some(Limit::requests(5000, Period::HOUR)),
    ..OWN
};

/// `POST /v2/businesses/{businessId}/settings`: the settings of a cabinet (market-api §7).
pub const GET_BUSINESS_SETTINGS: Operation = Operation {
    number: 218,
    id: "getBusinessSettings",
    verb: Verb::Post,
    template: "/v2/businesses/{businessId}/settings",
    limit: Some(Limit::requests(100, Period::HOUR)),
    ..OWN
};

/// The operations that marketpass answers itself, with the facts they have unless a catalogue gives others.
pub const ANSWERED_HERE: [&Operation; 4] =
    [&GET_AUTH_TOKEN_INFO, &GET_CAMPAIGNS, &GET_CAMPAIGN, &GET_BUSINESS_SETTINGS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_no_version_and_a_suffix() {
        assert_eq!(GET_AUTH_TOKEN_INFO.resource(), "/auth/token.json");
        assert_eq!(GET_CAMPAIGN.resource(), "/campaigns/{campaignId}.json");
        for path in ["/campaigns", "/v/campaigns", "/v2", "/v2a/campaigns", "/version/2"] {
            assert_eq!(unversioned(path), path);
        }
        assert_eq!(unversioned("/v12/x/y"), "/x/y");
    }

    #[test]
    fn the_small_subscription_has_the_limits_of_none() {
        let quota = |amount| Quota { amount, period: Period::HOUR };
        let limit = Limit { cost: Cost::Request, none: quota(1), medium: quota(2) };
        let amounts = [Subscription::None, Subscription::Light, Subscription::Medium];
        assert_eq!(amounts.map(|subscription| limit.quota(subscription).amount), [1, 1, 2]);
    }
}
