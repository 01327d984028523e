//! Campaigns: the stores of a business.
//!
//! Owns placement and API availability, and what the availability of all stores means for the business. Must never
//! spell an answer of the seller API.

use serde::Serialize;

use crate::ids::{BusinessId, CampaignId};
use crate::name::Name;
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

spelled_enum!(
    /// How a store delivers (`placementType`, market-api §7).
    Placement, UnknownPlacement, "placement", {
        /// From the seller's own warehouse.
        Fbs = "FBS",
        /// From the market's warehouse.
        Fby = "FBY",
        /// By the seller's own delivery.
        Dbs = "DBS",
        /// Ordering through the market's logistics only.
        Laas = "LAAS",
    }
);

spelled_enum!(
    /// Whether the API may be used for a store (`apiAvailability`, market-api §7).
    Availability, UnknownAvailability, "availability", {
        /// Yes.
        Available = "AVAILABLE",
        /// No goods on display for more than 90 days.
        DisabledByInactivity = "DISABLED_BY_INACTIVITY",
        /// No contract with the market.
        DisabledByNoActiveContract = "DISABLED_BY_NO_ACTIVE_CONTRACT",
        /// Switched off by the seller.
        ManuallyDisabled = "MANUALLY_DISABLED",
        /// No placement program.
        DisabledByNoPlacementType = "DISABLED_BY_NO_PLACEMENT_TYPE",
    }
);

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Campaign {
    /// `campaignId`.
    pub id: CampaignId,
    /// The cabinet it belongs to.
    pub business_id: BusinessId,
    /// As its owner calls it.
    pub name: Name,
    /// How it delivers.
    pub placement: Placement,
    /// Whether the API may be used for it.
    pub availability: Availability,
    /// When it was made.
    pub created_at: Timestamp,
}
