//! Who an admitted caller is, for whoever answers behind marketpass (product.md §4).
//!
//! Owns what is told of them. Must never be made for a caller who was refused.

use crate::decision::{KeyFacts, TokenFacts};
use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId};
use crate::oauth_scope::OAuthScopes;
use crate::reach::Reach;
use crate::scope::ScopeSet;

/// Who a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose credential it is.
    pub subject: Subject,
    /// The one cabinet that is addressed, or that the key belongs to.
    pub business: Option<BusinessId>,
    /// The stores in reach; `None` for all.
    pub campaigns: Option<Vec<CampaignId>>,
    /// What was allowed.
    pub scopes: Scopes,
}

impl Identity {
    /// That of a key. `business` is the cabinet addressed, else its own.
    #[must_use]
    pub fn of_key(key: &KeyFacts<'_>, business: Option<BusinessId>) -> Self {
        Self {
            subject: Subject::Key(key.key_id),
            business,
            campaigns: key.campaigns.map(<[_]>::to_vec),
            scopes: Scopes::Accesses(key.scopes),
        }
    }

    /// That of a person who reaches this, known by a token. `business` is the cabinet addressed, if one is.
    pub fn of_person<'a>(
        token: &TokenFacts,
        reaches: impl Iterator<Item = Reach<'a>> + Clone,
        business: Option<BusinessId>,
    ) -> Self {
        Self {
            subject: Subject::Account(token.account_id),
            business,
            campaigns: stores(reaches, business),
            scopes: Scopes::OAuth(token.scopes),
        }
    }
}

/// The stores that a person reaches in a cabinet, or in all of theirs; `None` for all there are.
fn stores<'a>(
    reaches: impl Iterator<Item = Reach<'a>> + Clone,
    business: Option<BusinessId>,
) -> Option<Vec<CampaignId>> {
    let meant = reaches.filter(|reach| business.is_none_or(|id| id == reach.business_id));
    if meant.clone().all(|reach| reach.campaigns.is_none()) {
        return None;
    }
    Some(meant.flat_map(|reach| reach.campaigns.unwrap_or_default().iter().copied()).collect())
}

/// Whose credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// This key.
    Key(ApiKeyId),
    /// A token of this person.
    Account(AccountId),
}

/// What was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scopes {
    /// To a key.
    Accesses(ScopeSet),
    /// To an application.
    OAuth(OAuthScopes),
}
