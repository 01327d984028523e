//! Every reason for a refusal.
//!
//! Owns their names for metrics and logs. Must never hold what a caller is told: the wire crates have the words.

use crate::campaign::Availability;
use crate::credential::FlawedAuthorization;
use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, GrantId};
use crate::key_token::MalformedToken;
use crate::limit_entity::LimitEntity;
use crate::seller_kind::SellerKind;
use crate::window::{Budget, Quota};

/// Why an OAuth token is not live. Callers are told no difference, the operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadToken {
    /// Never issued, or replaced by a younger one.
    Unknown,
    /// Withdrawn by the person or the operator.
    Withdrawn,
    /// Its time is over.
    Expired,
    /// The application was deleted or asks for other rights.
    ClientChanged,
    /// The person has another password or other factors.
    CredentialsChanged,
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
    /// An `Authorization` header that holds no token.
    Authorization(FlawedAuthorization),
    /// The token is not live.
    TokenDead(DeadToken),
    /// The person has ended all sessions and tokens since the token was issued.
    LoggedOut,
    /// The person is switched off.
    AccountDisabled,
    /// The application named is not the one the token was issued to.
    ClientMismatch,
    /// The token lacks the right to the seller API.
    RightMissing,
    /// What the request names could not be read: whoever asked knows what.
    Unreadable,
    /// Something named is out of reach.
    AccessDenied,
    /// The `X-Business-Id` header names another cabinet than the path.
    HeaderContradictsPath {
        /// What the header names.
        header: BusinessId,
        /// What the path names.
        path: BusinessId,
    },
    /// The `X-Business-Id` header names another cabinet than the one the store in the path belongs to.
    HeaderContradictsCampaign {
        /// What the header names.
        header: BusinessId,
        /// The store in the path.
        campaign: CampaignId,
        /// Whose it is.
        business: BusinessId,
    },
    /// The body names a store that is out of reach, or not of the cabinet that is addressed.
    CampaignNotInReach(CampaignId),
    /// The body or the query names something of another cabinet than the `X-Business-Id` header.
    FieldContradictsHeader {
        /// What the header names.
        header: BusinessId,
    },
    /// The operation is not for sellers of this kind.
    SellerNotSupported(SellerKind),
    /// Every store of the business is switched off.
    BusinessDisabled(BusinessId),
    /// The store is switched off.
    CampaignDisabled {
        /// Which.
        campaign: CampaignId,
        /// Why.
        availability: Availability,
    },
    /// None of the accesses of the operation.
    ScopeMissing,
    /// As many requests are under way as may be.
    TooManyAtOnce {
        /// How many may be.
        slots: u16,
        /// Counted for whom.
        entity: LimitEntity,
    },
    /// The window is used up.
    LimitExceeded {
        /// What is allowed.
        quota: Quota,
        /// Counted for whom.
        entity: LimitEntity,
    },
}

impl Denial {
    /// A short name of every reason, for metrics and logs.
    pub const REASONS: [&'static str; 36] = [
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
        "authorization_repeated",
        "authorization_syntax",
        "authorization_scheme",
        "oauth_token_missing",
        "oauth_token_unknown",
        "oauth_token_withdrawn",
        "oauth_token_expired",
        "oauth_client_changed",
        "oauth_credentials_changed",
        "oauth_logged_out",
        "account_disabled",
        "client_mismatch",
        "right_missing",
        "request_unreadable",
        "access_denied",
        "header_contradicts_path",
        "header_contradicts_campaign",
        "campaign_disabled",
        "campaign_not_in_reach",
        "field_contradicts_header",
        "seller_not_supported",
        "too_many_at_once",
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
            Self::Authorization(FlawedAuthorization::Repeated) => 14,
            Self::Authorization(FlawedAuthorization::Syntax) => 15,
            Self::Authorization(FlawedAuthorization::Scheme) => 16,
            Self::Authorization(FlawedAuthorization::TokenMissing) => 17,
            Self::TokenDead(DeadToken::Unknown) => 18,
            Self::TokenDead(DeadToken::Withdrawn) => 19,
            Self::TokenDead(DeadToken::Expired) => 20,
            Self::TokenDead(DeadToken::ClientChanged) => 21,
            Self::TokenDead(DeadToken::CredentialsChanged) => 22,
            Self::LoggedOut => 23,
            Self::AccountDisabled => 24,
            Self::ClientMismatch => 25,
            Self::RightMissing => 26,
            Self::Unreadable => 27,
            Self::AccessDenied => 28,
            Self::HeaderContradictsPath { .. } => 29,
            Self::HeaderContradictsCampaign { .. } => 30,
            Self::CampaignDisabled { .. } => 31,
            Self::CampaignNotInReach(_) => 32,
            Self::FieldContradictsHeader { .. } => 33,
            Self::SellerNotSupported(_) => 34,
            Self::TooManyAtOnce { .. } => 35,
        }
    }

    /// Its short name.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        Self::REASONS[self.place()]
    }
}

/// Whose credential is refused, where it is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A cabinet's.
    Key(ApiKeyId),
    /// A person's.
    Token {
        /// By this grant,
        grant_id: GrantId,
        /// of this person.
        account_id: AccountId,
    },
}

/// A refusal, and the budget to print with it where the caller and what is counted for it are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub denial: Denial,
    /// What is left, for the rate headers (product.md §3.8).
    pub budget: Option<Budget>,
    /// The cabinet that is addressed, or that the key belongs to, where one is in reach. The caller is not told.
    pub business: Option<BusinessId>,
    /// Whose credential it is, for the record that its owner may read.
    pub holder: Option<Holder>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::window::Period;

    #[test]
    fn each_reason_has_its_own_name() {
        let business = BusinessId::new(1).unwrap();
        let limit_exceeded = Denial::LimitExceeded {
            quota: Quota { amount: 100, period: Period::HOUR },
            entity: business.into(),
        };
        for (denial, reason) in [
            (Denial::CredentialsMissing, "credentials_missing"),
            (Denial::Malformed(MalformedToken::Format), "format_invalid"),
            (Denial::Revoked, "revoked"),
            (Denial::BusinessDisabled(business), "business_disabled"),
            (limit_exceeded, "limit_exceeded"),
            (Denial::Authorization(FlawedAuthorization::Repeated), "authorization_repeated"),
            (Denial::Authorization(FlawedAuthorization::TokenMissing), "oauth_token_missing"),
            (Denial::TokenDead(DeadToken::CredentialsChanged), "oauth_credentials_changed"),
            (Denial::LoggedOut, "oauth_logged_out"),
            (Denial::AccessDenied, "access_denied"),
            (Denial::TooManyAtOnce { slots: 4, entity: business.into() }, "too_many_at_once"),
        ] {
            assert_eq!(denial.reason(), reason);
        }
        assert_eq!(HashSet::from(Denial::REASONS).len(), Denial::REASONS.len());
    }
}
