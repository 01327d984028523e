//! The staff of a business.
//!
//! Owns the three roles and what each may do with keys. Must never look a person up.

use serde::Serialize;

use crate::ids::{AccountId, BusinessId, CampaignId};
use crate::spelling::spelled_enum;
use crate::time::Timestamp;

spelled_enum!(
    /// What a member of the staff is.
    Role, UnknownRole, "role", {
        /// Owns the cabinet.
        Owner = "owner",
        /// Runs it.
        Manager = "manager",
        /// Works in all stores, or in those named.
        Employee = "employee",
    }
);

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Employee];

    /// Whether the role may see and manage API keys (market-api §1.3: owner and manager only).
    #[must_use]
    pub fn may_manage_keys(self) -> bool {
        match self {
            Self::Owner | Self::Manager => true,
            Self::Employee => false,
        }
    }
}

/// A person's place in a business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Where.
    pub business_id: BusinessId,
    /// Who.
    pub account_id: AccountId,
    /// As what.
    pub role: Role,
    /// The stores an employee sees; empty means all.
    pub campaigns: Vec<CampaignId>,
    /// Since when.
    pub created_at: Timestamp,
}
