//! What is known of credentials, cabinets and stores, as it is sent.
//!
//! Owns the way to and from the facts of the domain. What cannot be read never opens more than was meant: an unknown
//! network lets nobody in, an unknown standing is a deleted key's, an unknown availability is off.

use std::str::FromStr;

use mp_domain::business::Subscription;
use mp_domain::campaign::Availability;
use mp_domain::decision::{BusinessFacts, ClientFacts, KeyFacts, PersonFacts, Standing, TokenFacts};
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use mp_domain::network::{Networks, parse_network};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::reach::{CampaignFacts, Reach};
use mp_domain::scope::ScopeSet;
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A key, without its name: that is nobody's business but the cabinet's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAnswer {
    id: ApiKeyId,
    business: BusinessId,
    scopes: u16,
    standing: String,
    expires_at: Option<i64>,
    retires_at: Option<i64>,
    networks: Option<Vec<String>>,
    campaigns: Option<Vec<CampaignId>>,
}

impl From<&KeyFacts<'_>> for KeyAnswer {
    fn from(facts: &KeyFacts<'_>) -> Self {
        let standing = match facts.standing {
            Standing::Active => "active",
            Standing::Paused => "paused",
            Standing::Deleted => "deleted",
        };
        Self {
            id: facts.key_id,
            business: facts.business_id,
            scopes: facts.scopes.bits(),
            standing: standing.to_owned(),
            expires_at: facts.expires_at.map(Timestamp::micros),
            retires_at: facts.retires_at.map(Timestamp::micros),
            networks: facts.networks.map(|all| all.iter().map(ToString::to_string).collect()),
            campaigns: facts.campaigns.map(<[_]>::to_vec),
        }
    }
}

impl KeyAnswer {
    /// The networks it may be used from; `None` for all.
    #[must_use]
    pub fn networks(&self) -> Option<Networks> {
        let read = |texts: &Vec<String>| texts.iter().filter_map(|text| parse_network(text).ok()).collect();
        self.networks.as_ref().map(read).map(Networks::new)
    }

    /// The facts, for a check. `networks` are what [`KeyAnswer::networks`] said.
    #[must_use]
    pub fn facts<'a>(&'a self, networks: Option<&'a Networks>) -> KeyFacts<'a> {
        let standing = match self.standing.as_str() {
            "active" => Standing::Active,
            "paused" => Standing::Paused,
            _ => Standing::Deleted,
        };
        KeyFacts {
            key_id: self.id,
            business_id: self.business,
            name: "",
            scopes: ScopeSet::from_bits(self.scopes),
            standing,
            expires_at: self.expires_at.map(Timestamp::from_micros),
            retires_at: self.retires_at.map(Timestamp::from_micros),
            networks,
            campaigns: self.campaigns.as_deref(),
        }
    }
}

/// An OAuth token, with whoever it belongs to and whoever it was issued to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAnswer {
    account: AccountId,
    client: ClientId,
    grant: GrantId,
    scopes: u16,
    account_epoch: i64,
    client_epoch: i64,
    expires_at: i64,
    is_revoked: bool,
    /// `None` if nobody knows the person any more.
    pub person: Option<PersonAnswer>,
    /// `None` if nobody knows the application.
    pub application: Option<ClientAnswer>,
}

impl TokenAnswer {
    /// What is sent of these.
    #[must_use]
    pub fn new(facts: &TokenFacts, person: Option<PersonAnswer>, application: Option<ClientFacts>) -> Self {
        Self {
            account: facts.account_id,
            client: facts.client_id,
            grant: facts.grant_id,
            scopes: facts.scopes.bits(),
            account_epoch: facts.account_epoch,
            client_epoch: facts.client_epoch,
            expires_at: facts.expires_at.micros(),
            is_revoked: facts.is_revoked,
            person,
            application: application.map(|client| ClientAnswer {
                token_epoch: client.token_epoch,
                is_deleted: client.is_deleted,
            }),
        }
    }

    /// The facts of the token itself.
    #[must_use]
    pub fn facts(&self) -> TokenFacts {
        TokenFacts {
            account_id: self.account,
            client_id: self.client,
            grant_id: self.grant,
            scopes: OAuthScopes::from_bits(self.scopes),
            account_epoch: self.account_epoch,
            client_epoch: self.client_epoch,
            expires_at: Timestamp::from_micros(self.expires_at),
            is_revoked: self.is_revoked,
        }
    }
}

/// A person with a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAnswer {
    credential_epoch: i64,
    logout_epoch: i64,
    is_disabled: bool,
    places: Vec<PlaceAnswer>,
}

/// A cabinet that a person reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceAnswer {
    business: BusinessId,
    campaigns: Option<Vec<CampaignId>>,
}

impl PersonAnswer {
    /// What is sent of these.
    pub fn new<'a>(facts: PersonFacts, reaches: impl Iterator<Item = Reach<'a>>) -> Self {
        let place = |reach: Reach<'_>| PlaceAnswer {
            business: reach.business_id,
            campaigns: reach.campaigns.map(<[_]>::to_vec),
        };
        Self {
            credential_epoch: facts.credential_epoch,
            logout_epoch: facts.logout_epoch,
            is_disabled: facts.is_disabled,
            places: reaches.map(place).collect(),
        }
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> PersonFacts {
        PersonFacts {
            credential_epoch: self.credential_epoch,
            logout_epoch: self.logout_epoch,
            is_disabled: self.is_disabled,
        }
    }

    /// What they reach.
    pub fn reaches(&self) -> impl Iterator<Item = Reach<'_>> + Clone {
        self.places
            .iter()
            .map(|place| Reach { business_id: place.business, campaigns: place.campaigns.as_deref() })
    }
}

/// An application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAnswer {
    token_epoch: i64,
    is_deleted: bool,
}

impl ClientAnswer {
    /// The facts.
    #[must_use]
    pub fn facts(self) -> ClientFacts {
        ClientFacts { token_epoch: self.token_epoch, is_deleted: self.is_deleted }
    }
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreAnswer {
    /// Its number.
    pub id: CampaignId,
    business: BusinessId,
    availability: String,
}

impl StoreAnswer {
    /// What is sent of these.
    #[must_use]
    pub fn new(id: CampaignId, facts: CampaignFacts) -> Self {
        Self { id, business: facts.business_id, availability: facts.availability.as_str().to_owned() }
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> CampaignFacts {
        let availability = Availability::from_str(&self.availability);
        CampaignFacts {
            business_id: self.business,
            availability: availability.unwrap_or(Availability::ManuallyDisabled),
        }
    }
}

/// A cabinet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessAnswer {
    /// Its number.
    pub id: BusinessId,
    subscription: String,
    kind: String,
    all_campaigns_disabled: bool,
}

impl BusinessAnswer {
    /// What is sent of these.
    #[must_use]
    pub fn new(id: BusinessId, facts: BusinessFacts) -> Self {
        Self {
            id,
            subscription: facts.subscription.as_str().to_owned(),
            kind: facts.kind.as_str().to_owned(),
            all_campaigns_disabled: facts.all_campaigns_disabled,
        }
    }

    /// The facts; `None` where they cannot be understood, and then nothing can be decided about the cabinet.
    #[must_use]
    pub fn facts(&self) -> Option<BusinessFacts> {
        Some(BusinessFacts {
            subscription: Subscription::from_str(&self.subscription).ok()?,
            kind: SellerKind::from_str(&self.kind).ok()?,
            all_campaigns_disabled: self.all_campaigns_disabled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(networks: Option<&'a Networks>, campaigns: Option<&'a [CampaignId]>) -> KeyFacts<'a> {
        KeyFacts {
            key_id: ApiKeyId::from_bytes([1; 16]),
            business_id: BusinessId::new(7).unwrap(),
            name: "ERP",
            scopes: ScopeSet::ALL,
            standing: Standing::Paused,
            expires_at: Some(Timestamp::from_micros(5)),
            retires_at: None,
            networks,
            campaigns,
        }
    }

    #[test]
    fn a_key_arrives_as_it_was_but_for_its_name() {
        let networks = Networks::new(vec![parse_network("203.0.113.0/24").unwrap()]);
        let campaigns = [CampaignId::new(3).unwrap()];
        let sent = serde_json::to_string(&KeyAnswer::from(&key(Some(&networks), Some(&campaigns)))).unwrap();
        assert!(!sent.contains("ERP"));
        let answer: KeyAnswer = serde_json::from_str(&sent).unwrap();
        let read = answer.networks();
        let facts = answer.facts(read.as_ref());
        assert_eq!(facts.networks, Some(&networks));
        assert_eq!(facts.campaigns, Some(&campaigns[..]));
        assert_eq!((facts.standing, facts.scopes), (Standing::Paused, ScopeSet::ALL));
        assert_eq!(facts.expires_at, Some(Timestamp::from_micros(5)));
    }

    #[test]
    fn what_cannot_be_understood_opens_nothing() {
        let mut answer = KeyAnswer::from(&key(None, None));
        (answer.standing, answer.networks) = ("dreaming".to_owned(), Some(vec!["the moon".to_owned()]));
        let networks = answer.networks();
        assert_eq!(answer.facts(networks.as_ref()).standing, Standing::Deleted);
        assert!(!networks.unwrap().contain("203.0.113.9".parse().unwrap()));
        let id = BusinessId::new(7).unwrap();
        let cabinet = BusinessAnswer::new(id, BusinessFacts::default());
        assert_eq!(cabinet.facts(), Some(BusinessFacts::default()));
        assert_eq!(BusinessAnswer { kind: "florist".to_owned(), ..cabinet }.facts(), None);
        let open = CampaignFacts { business_id: id, availability: Availability::Available };
        let store = StoreAnswer::new(CampaignId::new(3).unwrap(), open);
        assert_eq!(store.facts(), open);
        let odd = StoreAnswer { availability: "ON_TUESDAYS".to_owned(), ..store };
        assert_eq!(odd.facts().availability, Availability::ManuallyDisabled);
    }
}
