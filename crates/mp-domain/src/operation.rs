//! Operations of the seller API: what opens them and how much of them is allowed.
//!
//! Owns the facts of each operation. Must never carry prose of the official document, only facts.

use crate::scope::ScopeSet;
use crate::window::{Period, Quota};

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its number for counters (`resource_id` of the catalogue); never reused.
    pub number: u16,
    /// `operationId`.
    pub id: &'static str,
    /// How refusals name it: the path without version, with `.json` (market-api §5.2).
    pub resource: &'static str,
    /// Holding any one of these is enough.
    pub any_of: ScopeSet,
    /// How often it may be called, with every subscription.
    pub quota: Quota,
    /// Whether an OAuth token opens it as well as an API key does.
    pub takes_oauth: bool,
    /// Whether it answers although the API is switched off (product.md §3.5).
    pub ignores_switch: bool,
}

/// `POST /v2/auth/token`: says what an API key is (market-api §2).
pub const GET_AUTH_TOKEN_INFO: Operation = Operation {
    number: 256,
    id: "getAuthTokenInfo",
    resource: "/auth/token.json",
    any_of: ScopeSet::ALL,
    quota: Quota { amount: 100, period: Period::HOUR },
    takes_oauth: false,
    ignores_switch: false,
};

/// `GET /v2/campaigns`: the stores in reach (market-api §7).
pub const GET_CAMPAIGNS: Operation = Operation {
    number: 1,
    id: "getCampaigns",
    resource: "/campaigns.json",
    any_of: ScopeSet::ALL,
    quota: Quota { amount: 1000, period: Period::HOUR },
    takes_oauth: true,
    ignores_switch: true,
};

/// `GET /v2/campaigns/{campaignId}`: one store (market-api §7).
pub const GET_CAMPAIGN: Operation = Operation {
    number: 2,
    id: "getCampaign",
    resource: "/campaigns/{campaignId}.json",
    any_of: ScopeSet::ALL,
    quota: Quota { amount: 5000, period: Period::HOUR },
    takes_oauth: true,
    ignores_switch: false,
};

/// `POST /v2/businesses/{businessId}/settings`: the settings of a cabinet (market-api §7).
pub const GET_BUSINESS_SETTINGS: Operation = Operation {
    number: 218,
    id: "getBusinessSettings",
    resource: "/businesses/{businessId}/settings.json",
    any_of: ScopeSet::ALL,
    quota: Quota { amount: 100, period: Period::HOUR },
    takes_oauth: true,
    ignores_switch: false,
};

/// The operations that marketpass answers itself.
pub const ANSWERED_HERE: [&Operation; 4] =
    [&GET_AUTH_TOKEN_INFO, &GET_CAMPAIGNS, &GET_CAMPAIGN, &GET_BUSINESS_SETTINGS];
