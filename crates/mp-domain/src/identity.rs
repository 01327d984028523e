//! Who an admitted caller is, for whoever answers behind marketpass (product.md §4).
//!
//! Owns what is told of them. Must never be made for a caller who was refused.

use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId};
use crate::oauth_scope::OAuthScopes;
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
