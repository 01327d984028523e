//! The decision: may this key call this operation, from here, now.
//!
//! Owns the order of the checks (product.md §3.5) and every reason for a refusal. Pure: whoever asks brings the facts.
//! Must never know how a refusal is spelled on the wire.

use std::net::IpAddr;

use crate::campaign::Availability;
use crate::credential::FlawedAuthorization;
use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use crate::key_token::MalformedToken;
use crate::limit_entity::LimitEntity;
use crate::network::Networks;
use crate::oauth_scope::{OAuthScope, OAuthScopes};
use crate::operation::Operation;
use crate::reach::{CampaignFacts, Reach};
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
    /// The only stores of its business that it reaches; `None` for all.
    pub campaigns: Option<&'a [CampaignId]>,
}

impl<'a> KeyFacts<'a> {
    /// What the key reaches.
    #[must_use]
    pub fn reach(&self) -> Reach<'a> {
        Reach { business_id: self.business_id, campaigns: self.campaigns }
    }
}

/// What is known of the OAuth token a caller presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whose token it is: of this person,
    pub account_id: AccountId,
    /// for this application,
    pub client_id: ClientId,
    /// by this grant.
    pub grant_id: GrantId,
    /// What the person allowed.
    pub scopes: OAuthScopes,
    /// The person's `credential_epoch` when it was issued.
    pub account_epoch: i64,
    /// The application's `token_epoch` when it was issued.
    pub client_epoch: i64,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// Whether it was withdrawn.
    pub is_revoked: bool,
}

/// What is known of the person a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonFacts {
    /// Tokens of an earlier epoch are dead.
    pub credential_epoch: i64,
    /// The epoch of the last logging out everywhere.
    pub logout_epoch: i64,
    /// Whether the person is switched off.
    pub is_disabled: bool,
}

/// What is known of the application a token was issued to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientFacts {
    /// Tokens of an earlier epoch are dead.
    pub token_epoch: i64,
    /// Whether the application is deleted.
    pub is_deleted: bool,
}

/// What is known of the business a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusinessFacts {
    /// Whether it has stores and the API is switched off for every one of them.
    pub all_campaigns_disabled: bool,
}

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
    /// The window is used up.
    LimitExceeded {
        /// What is allowed.
        quota: Quota,
        /// Counted for whom.
        entity: LimitEntity,
        /// Counted for what.
        operation: &'static Operation,
    },
}

impl Denial {
    /// A short name of every reason, for metrics and logs.
    pub const REASONS: [&'static str; 32] = [
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

/// Whether the token stands for its person here and now: the credential step. `client_id` is the application that the
/// caller named, `None` if none was named.
pub fn authenticate_token(
    token: &TokenFacts,
    person: Option<PersonFacts>,
    client: Option<ClientFacts>,
    client_id: Option<&[u8]>,
    now: Timestamp,
) -> Result<(), Denial> {
    let dead = |why| Err(Denial::TokenDead(why));
    if token.is_revoked {
        return dead(DeadToken::Withdrawn);
    }
    if token.expires_at <= now {
        return dead(DeadToken::Expired);
    }
    // Whoever has a token that is neither is known; others may have been forgotten.
    let (Some(person), Some(client)) = (person, client) else { return dead(DeadToken::Unknown) };
    if client.is_deleted || client.token_epoch != token.client_epoch {
        return dead(DeadToken::ClientChanged);
    }
    // Before the epochs: switching a person off raises theirs, and this reason is the one that helps.
    if person.is_disabled {
        return Err(Denial::AccountDisabled);
    }
    if person.logout_epoch > token.account_epoch {
        return Err(Denial::LoggedOut);
    }
    if person.credential_epoch != token.account_epoch {
        return dead(DeadToken::CredentialsChanged);
    }
    if client_id.is_some_and(|named| !is_client(named, token.client_id)) {
        return Err(Denial::ClientMismatch);
    }
    if !token.scopes.contains(OAuthScope::MarketPartnerApi) {
        return Err(Denial::RightMissing);
    }
    Ok(())
}

fn is_client(named: &[u8], client: ClientId) -> bool {
    std::str::from_utf8(named).ok().and_then(|named| named.parse().ok()) == Some(client)
}

/// Whether the API is on for what the request addresses: the store in its path, else the cabinet.
pub fn judge_switch(
    operation: &Operation,
    campaign: Option<(CampaignId, CampaignFacts)>,
    business: Option<(BusinessId, BusinessFacts)>,
) -> Result<(), Denial> {
    if operation.ignores_switch {
        return Ok(());
    }
    match (campaign, business) {
        (Some((_, CampaignFacts { availability: Availability::Available, .. })), _) => Ok(()),
        (Some((campaign, CampaignFacts { availability, .. })), _) => {
            Err(Denial::CampaignDisabled { campaign, availability })
        }
        (None, Some((id, facts))) if facts.all_campaigns_disabled => Err(Denial::BusinessDisabled(id)),
        (None, _) => Ok(()),
    }
}

/// Whether a key holds an access of the operation.
pub fn judge_access(key: &KeyFacts<'_>, operation: &Operation) -> Result<(), Denial> {
    if key.scopes.intersects(operation.any_of) { Ok(()) } else { Err(Denial::ScopeMissing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::parse_network;
    use crate::operation::{ANSWERED_HERE, GET_AUTH_TOKEN_INFO, GET_CAMPAIGN, GET_CAMPAIGNS};
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
            campaigns: None,
        }
    }

    fn authenticated(key: KeyFacts<'_>) -> Result<(), Denial> {
        authenticate(&key, "192.0.2.1".parse().unwrap(), NOW)
    }

    #[test]
    fn each_reason_has_its_own_name() {
        let limit_exceeded = Denial::LimitExceeded {
            quota: GET_AUTH_TOKEN_INFO.quota,
            entity: key().business_id.into(),
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

    fn token() -> TokenFacts {
        TokenFacts {
            account_id: AccountId::from_bytes([1; 16]),
            client_id: ClientId::from_bytes([2; 16]),
            grant_id: GrantId::from_bytes([3; 16]),
            scopes: [OAuthScope::MarketPartnerApi].into_iter().collect(),
            account_epoch: 5,
            client_epoch: 7,
            expires_at: NOW.plus(std::time::Duration::from_secs(1)),
            is_revoked: false,
        }
    }

    const PERSON: PersonFacts = PersonFacts { credential_epoch: 5, logout_epoch: 5, is_disabled: false };
    const CLIENT: ClientFacts = ClientFacts { token_epoch: 7, is_deleted: false };

    fn live(token: TokenFacts, person: PersonFacts, client: ClientFacts) -> Result<(), Denial> {
        authenticate_token(&token, Some(person), Some(client), None, NOW)
    }

    #[test]
    fn each_end_of_a_token_has_its_reason() {
        let dead = |why| Err(Denial::TokenDead(why));
        assert_eq!(live(token(), PERSON, CLIENT), Ok(()));
        assert_eq!(
            live(TokenFacts { is_revoked: true, ..token() }, PERSON, CLIENT),
            dead(DeadToken::Withdrawn)
        );
        assert_eq!(live(TokenFacts { expires_at: NOW, ..token() }, PERSON, CLIENT), dead(DeadToken::Expired));
        let edited = ClientFacts { token_epoch: 8, ..CLIENT };
        let deleted = ClientFacts { is_deleted: true, ..CLIENT };
        assert_eq!(live(token(), PERSON, edited), dead(DeadToken::ClientChanged));
        assert_eq!(live(token(), PERSON, deleted), dead(DeadToken::ClientChanged));
        let changed = PersonFacts { credential_epoch: 6, ..PERSON };
        assert_eq!(live(token(), changed, CLIENT), dead(DeadToken::CredentialsChanged));
        assert_eq!(live(token(), PersonFacts { logout_epoch: 6, ..changed }, CLIENT), Err(Denial::LoggedOut));
        let disabled = PersonFacts { is_disabled: true, ..changed };
        assert_eq!(live(token(), disabled, CLIENT), Err(Denial::AccountDisabled));
        let other_rights = TokenFacts { scopes: OAuthScopes::default(), ..token() };
        assert_eq!(live(other_rights, PERSON, CLIENT), Err(Denial::RightMissing));
        assert_eq!(authenticate_token(&token(), None, Some(CLIENT), None, NOW), dead(DeadToken::Unknown));
    }

    #[test]
    fn only_the_tokens_own_application_may_be_named() {
        let named = |id: &[u8]| authenticate_token(&token(), Some(PERSON), Some(CLIENT), Some(id), NOW);
        assert_eq!(named(token().client_id.to_string().as_bytes()), Ok(()));
        for other in [&b"03030303030303030303030303030303"[..], b"", b"\xff"] {
            assert_eq!(named(other), Err(Denial::ClientMismatch));
        }
    }

    #[test]
    fn the_store_in_the_path_is_switched_off_before_its_cabinet() {
        let business = key().business_id;
        let off = Some((business, BusinessFacts { all_campaigns_disabled: true }));
        let id = CampaignId::new(9).unwrap();
        let store = |availability| Some((id, CampaignFacts { business_id: business, availability }));
        let manually = Availability::ManuallyDisabled;
        assert_eq!(
            judge_switch(&GET_CAMPAIGN, store(manually), off),
            Err(Denial::CampaignDisabled { campaign: id, availability: manually })
        );
        assert_eq!(judge_switch(&GET_CAMPAIGN, store(Availability::Available), None), Ok(()));
        assert_eq!(judge_switch(&GET_AUTH_TOKEN_INFO, None, off), Err(Denial::BusinessDisabled(business)));
        assert_eq!(judge_switch(&GET_CAMPAIGNS, None, off), Ok(()), "the list is exempt");
    }

    #[test]
    fn a_key_without_any_access_opens_nothing() {
        let nothing = KeyFacts { scopes: ScopeSet::default(), ..key() };
        assert_eq!(judge_access(&nothing, &GET_AUTH_TOKEN_INFO), Err(Denial::ScopeMissing));
    }

    #[test]
    fn any_single_access_opens_what_is_answered_here() {
        for scope in AccessScope::all() {
            let single = KeyFacts { scopes: [scope].into_iter().collect(), ..key() };
            for operation in ANSWERED_HERE {
                assert_eq!(judge_access(&single, operation), Ok(()), "{scope}");
            }
        }
    }

    #[test]
    fn every_reason_has_a_place_of_its_own() {
        let places = [
            Denial::Authorization(FlawedAuthorization::Repeated),
            Denial::Authorization(FlawedAuthorization::TokenMissing),
            Denial::TokenDead(DeadToken::CredentialsChanged),
            Denial::LoggedOut,
            Denial::AccessDenied,
        ]
        .map(|denial| denial.reason());
        assert_eq!(
            places,
            [
                "authorization_repeated",
                "oauth_token_missing",
                "oauth_credentials_changed",
                "oauth_logged_out",
                "access_denied"
            ]
        );
        assert_eq!(
            Denial::REASONS.iter().collect::<std::collections::HashSet<_>>().len(),
            Denial::REASONS.len()
        );
    }
}
