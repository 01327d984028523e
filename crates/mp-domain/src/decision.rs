//! The decision: may this key call this operation, from here, now.
//!
//! Owns the order of the checks (product.md §3.5) and every reason for a refusal. Pure: whoever asks brings the facts.
//! Must never know how a refusal is spelled on the wire.

use std::net::IpAddr;

use crate::ids::{ApiKeyId, BusinessId};
use crate::key_token::MalformedToken;
use crate::network::Networks;
use crate::operation::Operation;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use crate::window::{Budget, Quota};

/// Where a key is in its life, as far as a check needs to know: the state without its moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In use.
    Active,
    /// Refused until resumed.
    Paused,
    /// Gone for good.
    Deleted,
}

/// What is known of the secret a caller presented.
#[derive(Debug, Clone, Copy)]
pub struct KeyFacts<'a> {
    /// Whose secret it is.
    pub key_id: ApiKeyId,
    /// Whose key it is.
    pub business_id: BusinessId,
    /// The name, for the token-info answer.
    pub name: &'a str,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Where the key is in its life.
    pub standing: Standing,
    /// When the key stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// For a secret replaced by a rotation: the end of the overlap.
    pub retires_at: Option<Timestamp>,
    /// Where it may be used from; `None` for anywhere.
    pub networks: Option<&'a Networks>,
}

/// What is known of the business a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusinessFacts {
    /// Whether it has stores and the API is switched off for every one of them.
    pub all_campaigns_disabled: bool,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// No credential at all.
    CredentialsMissing,
    /// No API key, where only an API key will do.
    ApiKeyMissing,
    /// The header stands there twice.
    ApiKeyRepeated,
    /// Not of the form of a key.
    Malformed(MalformedToken),
    /// Well-formed, and never issued.
    Unknown,
    /// Deleted, or replaced by a rotation whose overlap is over.
    Revoked,
    /// Its time is over.
    Expired,
    /// Paused by its owner.
    Paused,
    /// From an address outside the allowed networks.
    NetworkNotAllowed,
    /// Every store of the business is switched off.
    BusinessDisabled(BusinessId),
    /// None of the accesses of the operation.
    ScopeMissing,
    /// The window is used up.
    LimitExceeded {
        /// What is allowed.
        quota: Quota,
        /// Counted for whom.
        business_id: BusinessId,
        /// Counted for what.
        operation: &'static Operation,
    },
}

impl Denial {
    /// A short name of every reason, for metrics and logs.
    pub const REASONS: [&'static str; 14] = [
        "credentials_missing",
        "api_key_missing",
        "api_key_repeated",
        "prefix_invalid",
        "length_invalid",
        "format_invalid",
        "unknown",
        "revoked",
        "expired",
        "paused",
        "network_not_allowed",
        "business_disabled",
        "scope_missing",
        "limit_exceeded",
    ];

    /// Its place in [`Self::REASONS`], so that counters need no look-up by name.
    #[must_use]
    pub fn place(&self) -> usize {
        match self {
            Self::CredentialsMissing => 0,
            Self::ApiKeyMissing => 1,
            Self::ApiKeyRepeated => 2,
            Self::Malformed(MalformedToken::Prefix) => 3,
            Self::Malformed(MalformedToken::Length) => 4,
            Self::Malformed(MalformedToken::Format) => 5,
            Self::Unknown => 6,
            Self::Revoked => 7,
            Self::Expired => 8,
            Self::Paused => 9,
            Self::NetworkNotAllowed => 10,
            Self::BusinessDisabled(_) => 11,
            Self::ScopeMissing => 12,
            Self::LimitExceeded { .. } => 13,
        }
    }

    /// Its short name.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        Self::REASONS[self.place()]
    }
}

/// A refusal, and the budget to print with it where the caller and what is counted for it are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub denial: Denial,
    /// What is left, for the rate headers (product.md §3.8).
    pub budget: Option<Budget>,
}

/// Whether the secret stands for its key here and now: the credential step.
pub fn authenticate(key: &KeyFacts<'_>, from: IpAddr, now: Timestamp) -> Result<(), Denial> {
    let retired = key.retires_at.is_some_and(|at| at <= now);
    if retired || key.standing == Standing::Deleted {
        return Err(Denial::Revoked);
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(Denial::Expired);
    }
    if key.standing == Standing::Paused {
        return Err(Denial::Paused);
    }
    if key.networks.is_some_and(|networks| !networks.contain(from)) {
        return Err(Denial::NetworkNotAllowed);
    }
    Ok(())
}

/// Whether the key may call the operation: switched-off API first, then accesses (product.md §3.5).
pub fn authorize(key: &KeyFacts<'_>, business: BusinessFacts, operation: &Operation) -> Result<(), Denial> {
    if business.all_campaigns_disabled {
        return Err(Denial::BusinessDisabled(key.business_id));
    }
    if !key.scopes.intersects(operation.any_of) {
        return Err(Denial::ScopeMissing);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::parse_network;
    use crate::operation::GET_AUTH_TOKEN_INFO;
    use crate::scope::AccessScope;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const PAST: Option<Timestamp> = Some(Timestamp::from_seconds(999_999));
    const FUTURE: Option<Timestamp> = Some(Timestamp::from_seconds(1_000_001));

    fn key() -> KeyFacts<'static> {
        KeyFacts {
            key_id: ApiKeyId::from_bytes([1; 16]),
            business_id: BusinessId::new(1).unwrap(),
            name: "ERP",
            scopes: [AccessScope::Pricing].into_iter().collect(),
            standing: Standing::Active,
            expires_at: None,
            retires_at: None,
            networks: None,
        }
    }

    fn authenticated(key: KeyFacts<'_>) -> Result<(), Denial> {
        authenticate(&key, "192.0.2.1".parse().unwrap(), NOW)
    }

    #[test]
    fn each_reason_has_its_own_name() {
        let limit_exceeded = Denial::LimitExceeded {
            quota: GET_AUTH_TOKEN_INFO.quota,
            business_id: key().business_id,
            operation: &GET_AUTH_TOKEN_INFO,
        };
        assert_eq!(Denial::CredentialsMissing.reason(), "credentials_missing");
        assert_eq!(Denial::Malformed(MalformedToken::Format).reason(), "format_invalid");
        assert_eq!(Denial::Revoked.reason(), "revoked");
        assert_eq!(Denial::BusinessDisabled(key().business_id).reason(), "business_disabled");
        assert_eq!(limit_exceeded.reason(), "limit_exceeded");
    }

    #[test]
    fn each_state_has_its_answer() {
        let (deleted, paused) = (Standing::Deleted, Standing::Paused);
        assert_eq!(authenticated(key()), Ok(()));
        assert_eq!(authenticated(KeyFacts { expires_at: FUTURE, retires_at: FUTURE, ..key() }), Ok(()));
        assert_eq!(authenticated(KeyFacts { retires_at: PAST, ..key() }), Err(Denial::Revoked));
        assert_eq!(
            authenticated(KeyFacts { standing: deleted, expires_at: PAST, ..key() }),
            Err(Denial::Revoked)
        );
        assert_eq!(
            authenticated(KeyFacts { standing: paused, expires_at: PAST, ..key() }),
            Err(Denial::Expired)
        );
        assert_eq!(authenticated(KeyFacts { standing: paused, ..key() }), Err(Denial::Paused));
    }

    #[test]
    fn a_key_is_refused_outside_its_networks() {
        let networks = Networks::new(vec![parse_network("203.0.113.0/24").unwrap()]);
        let bound = KeyFacts { networks: Some(&networks), ..key() };
        assert_eq!(authenticate(&bound, "203.0.113.9".parse().unwrap(), NOW), Ok(()));
        assert_eq!(authenticated(bound), Err(Denial::NetworkNotAllowed));
    }

    #[test]
    fn a_switched_off_api_is_told_before_a_missing_access() {
        let off = BusinessFacts { all_campaigns_disabled: true };
        let nothing = KeyFacts { scopes: ScopeSet::default(), ..key() };
        let refused = authorize(&nothing, off, &GET_AUTH_TOKEN_INFO);
        assert_eq!(refused, Err(Denial::BusinessDisabled(nothing.business_id)));
        let refused = authorize(&nothing, BusinessFacts::default(), &GET_AUTH_TOKEN_INFO);
        assert_eq!(refused, Err(Denial::ScopeMissing));
    }

    #[test]
    fn any_single_access_opens_token_info() {
        for scope in AccessScope::all() {
            let single = KeyFacts { scopes: [scope].into_iter().collect(), ..key() };
            assert_eq!(authorize(&single, BusinessFacts::default(), &GET_AUTH_TOKEN_INFO), Ok(()), "{scope}");
        }
    }
}
