//! The staff of a business.
//!
//! Owns the three roles and what each may do with keys. Must never look a person up.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::ids::{AccountId, BusinessId, CampaignId};
use crate::time::Timestamp;

/// What a member of the staff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Owns the cabinet.
    Owner,
    /// Runs it.
    Manager,
    /// Works in all stores, or in those named.
    Employee,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Employee];

    /// As written in commands and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Employee => "employee",
        }
    }

    /// Whether the role may see and manage API keys (market-api §1.3: owner and manager only).
    #[must_use]
    pub fn may_manage_keys(self) -> bool {
        match self {
            Self::Owner | Self::Manager => true,
            Self::Employee => false,
        }
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no role: owner, manager or employee is expected")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
