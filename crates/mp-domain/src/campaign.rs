//! Campaigns: the stores of a business.
//!
//! Owns placement and API availability, and what the availability of all stores means for the business. Must never
//! spell an answer of the seller API.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::ids::{BusinessId, CampaignId};
use crate::name::Name;
use crate::time::Timestamp;

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident, $unknown:ident, $what:literal, { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// As the seller API and the database spell it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        #[doc = concat!("A text that names no ", $what, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("'{0}' is no {what}: one of {known} is expected", what = $what, known = [$($text),+].join(", "))]
        pub struct $unknown(String);

        impl FromStr for $name {
            type Err = $unknown;

            fn from_str(text: &str) -> Result<Self, $unknown> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err($unknown(text.to_owned())) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

wire_enum!(
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

wire_enum!(
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
