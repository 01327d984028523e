//! Columns that hold more than a number or a text.
//!
//! Owns how domain values are written into columns and read back. What cannot be read back is corruption, never a panic.

use std::fmt::Display;
use std::str::FromStr;

use mp_domain::ids::CampaignId;
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::scope::ScopeSet;
use mp_domain::secret::PepperNumber;
use mp_domain::time::Timestamp;

use crate::error::StoreError;

pub(crate) fn parsed<T: FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: Display,
{
    text.parse().map_err(StoreError::corrupt)
}

pub(crate) fn name(text: &str) -> Result<Name, StoreError> {
    Name::new(text).map_err(StoreError::corrupt)
}

pub(crate) fn moment(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// The number after the highest one in use.
pub(crate) fn following(highest: i64) -> Result<i64, StoreError> {
    highest.checked_add(1).ok_or_else(|| {
        StoreError::Conflict(format!("{highest}, the highest number, is taken: choose a number yourself"))
    })
}

/// Numbers separated by spaces; nothing for "all".
pub(crate) fn campaigns_text(campaigns: &[CampaignId]) -> Option<String> {
    (!campaigns.is_empty()).then(|| campaigns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

pub(crate) fn campaigns(text: Option<&str>) -> Result<Vec<CampaignId>, StoreError> {
    text.unwrap_or_default().split_whitespace().map(parsed).collect()
}

/// CIDRs separated by spaces; nothing for "anywhere".
pub(crate) fn networks_text(networks: &Networks) -> Option<String> {
    (!networks.is_empty()).then(|| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

pub(crate) fn networks(text: Option<&str>) -> Result<Networks, StoreError> {
    let each = text
        .unwrap_or_default()
        .split_whitespace()
        .map(|text| parse_network(text).map_err(StoreError::corrupt));
    each.collect::<Result<Vec<_>, _>>().map(Networks::new)
}

pub(crate) fn oauth_scopes(bits: i64) -> Result<OAuthScopes, StoreError> {
    u16::try_from(bits)
        .map(OAuthScopes::from_bits)
        .map_err(|_| StoreError::Corrupt(format!("{bits} is no set of rights")))
}

pub(crate) fn scopes(bits: i64) -> Result<ScopeSet, StoreError> {
    u16::try_from(bits)
        .map(ScopeSet::from_bits)
        .map_err(|_| StoreError::Corrupt(format!("{bits} is no set of accesses")))
}

pub(crate) fn pepper(number: i64) -> Result<PepperNumber, StoreError> {
    PepperNumber::try_from(number)
        .map_err(|_| StoreError::Corrupt(format!("{number} is no number of a pepper")))
}
