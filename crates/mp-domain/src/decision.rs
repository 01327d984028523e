//! The decision: may this credential call this operation, from here, now.
//!
//! Owns the rules of the checks (product.md §3.5) but reach, which has a room of its own. Pure: whoever asks brings the
//! facts. Must never know how a refusal is spelled on the wire.

use std::net::IpAddr;

use crate::business::Subscription;
use crate::campaign::Availability;
use crate::denial::{DeadToken, Denial};
use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use crate::network::Networks;
use crate::oauth_scope::{OAuthScope, OAuthScopes};
use crate::operation::Operation;
use crate::reach::{CampaignFacts, Reach};
use crate::scope::ScopeSet;
use crate::seller_kind::SellerKind;
use crate::time::Timestamp;

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

/// What is known of the business a request is about. Most are as the default is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusinessFacts {
    /// Its tier of limits.
    pub subscription: Subscription,
    /// What it is to the marketplace.
    pub kind: SellerKind,
    /// Whether it has stores and the API is switched off for every one of them.
    pub all_campaigns_disabled: bool,
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

/// Whether sellers of the cabinet's kind may call the operation.
pub fn judge_seller(operation: &Operation, business: Option<BusinessFacts>) -> Result<(), Denial> {
    match business {
        Some(facts) if !operation.sellers.contains(facts.kind) => Err(Denial::SellerNotSupported(facts.kind)),
        _ => Ok(()),
    }
}

/// Whether the API is on for what the request addresses: the stores it names, else the cabinet.
pub fn judge_switch(
    operation: &Operation,
    mut campaigns: impl Iterator<Item = (CampaignId, CampaignFacts)>,
    business: Option<(BusinessId, BusinessFacts)>,
) -> Result<(), Denial> {
    if operation.ignores_switch {
        return Ok(());
    }
    let Some(first) = campaigns.next() else {
        return match business {
            Some((id, facts)) if facts.all_campaigns_disabled => Err(Denial::BusinessDisabled(id)),
            _ => Ok(()),
        };
    };
    let is_off = |(_, facts): &(_, CampaignFacts)| facts.availability != Availability::Available;
    match std::iter::once(first).chain(campaigns).find(is_off) {
        Some((campaign, CampaignFacts { availability, .. })) => {
            Err(Denial::CampaignDisabled { campaign, availability })
        }
        None => Ok(()),
    }
}

/// Whether one of these accesses opens the operation.
pub fn judge_access(scopes: ScopeSet, operation: &Operation) -> Result<(), Denial> {
    if scopes.intersects(operation.any_of) { Ok(()) } else { Err(Denial::ScopeMissing) }
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
        let off =
            Some((business, BusinessFacts { all_campaigns_disabled: true, ..BusinessFacts::default() }));
        let id = CampaignId::new(9).unwrap();
        let store = |availability| Some((id, CampaignFacts { business_id: business, availability }));
        let manually = Availability::ManuallyDisabled;
        assert_eq!(
            judge_switch(&GET_CAMPAIGN, store(manually).into_iter(), off),
            Err(Denial::CampaignDisabled { campaign: id, availability: manually })
        );
        let switch = |operation, store: Option<_>, off| judge_switch(operation, store.into_iter(), off);
        assert_eq!(switch(&GET_CAMPAIGN, store(Availability::Available), None), Ok(()));
        assert_eq!(switch(&GET_AUTH_TOKEN_INFO, None, off), Err(Denial::BusinessDisabled(business)));
        assert_eq!(switch(&GET_CAMPAIGNS, None, off), Ok(()), "the list is exempt");
        let both = store(Availability::Available).into_iter().chain(store(manually));
        assert!(judge_switch(&GET_CAMPAIGN, both, None).is_err(), "one of several is enough");
    }

    #[test]
    fn only_the_kinds_of_seller_named_may_call() {
        let go = SellerKind::MarketYandexGo;
        let operation = Operation { sellers: [SellerKind::Seller].into_iter().collect(), ..GET_CAMPAIGN };
        let of = |kind| judge_seller(&operation, Some(BusinessFacts { kind, ..BusinessFacts::default() }));
        assert_eq!(of(SellerKind::Seller), Ok(()));
        assert_eq!(of(go), Err(Denial::SellerNotSupported(go)));
        assert_eq!(judge_seller(&operation, None), Ok(()), "nobody is addressed");
    }

    #[test]
    fn a_key_without_any_access_opens_nothing() {
        assert_eq!(judge_access(ScopeSet::default(), &GET_AUTH_TOKEN_INFO), Err(Denial::ScopeMissing));
    }

    #[test]
    fn any_single_access_opens_what_is_answered_here() {
        for scope in AccessScope::all() {
            let single = [scope].into_iter().collect();
            for operation in ANSWERED_HERE {
                assert_eq!(judge_access(single, operation), Ok(()), "{scope}");
            }
        }
    }
}
