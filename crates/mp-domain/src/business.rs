//! Businesses: cabinets of the marketplace.
//!
//! Owns what a business is. Must never list its keys or stores: those are aggregates of their own.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::ids::BusinessId;
use crate::name::Name;
use crate::time::Timestamp;

/// `subscriptionLevel`: decides the tier of limits (market-api §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subscription {
    /// No subscription.
    #[default]
    None,
    /// The small one; limits as without.
    Light,
    /// The one with higher limits.
    Medium,
}

impl Subscription {
    const ALL: [Self; 3] = [Self::None, Self::Light, Self::Medium];

    /// As written in commands and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Light => "light",
            Self::Medium => "medium",
        }
    }
}

/// A text that names no subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no subscription: none, light or medium is expected")]
pub struct UnknownSubscription(String);

impl FromStr for Subscription {
    type Err = UnknownSubscription;

    fn from_str(text: &str) -> Result<Self, UnknownSubscription> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownSubscription(text.to_owned()))
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A cabinet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Business {
    /// `businessId`.
    pub id: BusinessId,
    /// As its owner calls it.
    pub name: Name,
    /// Its tier.
    pub subscription: Subscription,
    /// When it was made.
    pub created_at: Timestamp,
}
