//! Businesses: cabinets of the marketplace.
//!
//! Owns what a business is. Must never list its keys or stores: those are aggregates of their own.

use serde::Serialize;

use crate::ids::BusinessId;
use crate::name::Name;
use crate::seller_kind::SellerKind;
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

spelled_enum!(
    /// `subscriptionLevel`: decides the tier of limits (market-api §5.2).
    #[derive(Default)]
    Subscription, UnknownSubscription, "subscription", {
        /// No subscription.
        #[default]
        None = "none",
        /// The small one; limits as without.
        Light = "light",
        /// The one with higher limits.
        Medium = "medium",
    }
);

/// A cabinet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Business {
    /// `businessId`.
    pub id: BusinessId,
    /// As its owner calls it.
    pub name: Name,
    /// Its tier.
    pub subscription: Subscription,
    /// What it is to the marketplace.
    pub kind: SellerKind,
    /// When it was made.
    pub created_at: Timestamp,
}
