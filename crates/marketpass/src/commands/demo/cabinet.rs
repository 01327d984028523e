//! What a demonstration shows: a cabinet with two stores, a person of each role, a few keys, and an application with a
//! token.
//!
//! Owns those examples. Must never use a password or token that is the same twice.

use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::api_key::KeyGrant;
use mp_domain::business::{Business, Subscription};
use mp_domain::campaign::Placement;
use mp_domain::client::{ClientKind, ClientProfile};
use mp_domain::entropy::Entropy;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId, ClientId};
use mp_domain::member::Role;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::secret::PlainSecret;
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_service::Service;
use mp_service::accounts::NewAccount;
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::staff::NewMember;
use serde::{Serialize, Serializer};

use crate::failure::Failure;
use crate::system::SystemEntropy;

/// Twice sixteen letters and digits that nobody mistakes for each other: a byte's five lowest bits choose one.
const PASSWORD_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How long the key works that shows what happens then.
const THIRTY_DAYS: Duration = Duration::from_secs(30 * 86_400);
/// A hundred bits.
const PASSWORD_LENGTH: usize = 20;

/// A person who can sign in.
#[derive(Serialize)]
pub(super) struct DemoAccount {
    pub(super) login: Login,
    #[serde(serialize_with = "exposed")]
    pub(super) password: PlainSecret,
    pub(super) role: Role,
}

/// A key that works.
#[derive(Serialize)]
pub(super) struct DemoKey {
    pub(super) name: Name,
    pub(super) scopes: ScopeSet,
    #[serde(serialize_with = "exposed")]
    pub(super) token: PlainSecret,
}

/// Everything there is to try.
#[derive(Serialize)]
pub(super) struct DemoCabinet {
    pub(super) accounts: Vec<DemoAccount>,
    pub(super) business_id: BusinessId,
    pub(super) campaign_ids: Vec<CampaignId>,
    pub(super) client_id: ClientId,
    pub(super) keys: Vec<DemoKey>,
    /// The owner's, for the application.
    #[serde(serialize_with = "exposed")]
    pub(super) oauth_token: PlainSecret,
}

/// The one place where a secret is printed: it was made a moment ago, for the person who reads it.
fn exposed<S: Serializer>(secret: &PlainSecret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

impl DemoCabinet {
    /// Makes it all.
    pub(super) async fn create(service: &Service, now: Timestamp) -> Result<Self, Failure> {
        let mut accounts = Vec::new();
        for role in Role::ALL {
            accounts.push(create_account(service, role).await?);
        }
        let new = NewBusiness {
            id: None,
            name: name("Demonstration"),
            owner: accounts[0].login.clone(),
            subscription: Subscription::None,
            kind: SellerKind::Seller,
        };
        let business = service.create_business(Actor::Operator, new).await?;
        let mut campaign_ids = Vec::new();
        for (store, placement) in [("North", Placement::Fbs), ("South", Placement::Dbs)] {
            let new = NewCampaign { id: None, business_id: business.id, name: name(store), placement };
            campaign_ids.push(service.create_campaign(Actor::Operator, new).await?.id);
        }
        employ(service, &business, &accounts, campaign_ids[0]).await?;
        let keys = create_keys(service, &business, now).await?;
        let owner = &accounts[0].login;
        let client_id = register_application(service, owner).await?;
        let issued = service.issue_token(Actor::Operator, client_id, owner, None, None).await?;
        let (business_id, oauth_token) = (business.id, issued.token);
        Ok(Self { accounts, business_id, campaign_ids, client_id, keys, oauth_token })
    }
}

async fn create_account(service: &Service, role: Role) -> Result<DemoAccount, Failure> {
    let login: Login = role.as_str().parse().expect("the names of roles are lower-case words");
    let password = random_password(&SystemEntropy);
    let new = NewAccount {
        email: format!("{login}@example.org").parse().expect("a login before example.org is an address"),
        login,
        name: None,
        password: password.clone(),
    };
    let account = service.create_account(Actor::Operator, new).await?;
    Ok(DemoAccount { login: account.login, password, role })
}

/// The owner is on the staff already; the employee sees one store.
async fn employ(
    service: &Service,
    business: &Business,
    accounts: &[DemoAccount],
    store: CampaignId,
) -> Result<(), Failure> {
    for account in accounts.iter().filter(|account| account.role != Role::Owner) {
        let campaigns = if account.role == Role::Employee { vec![store] } else { Vec::new() };
        let (login, role) = (account.login.clone(), account.role);
        service
            .add_member(Actor::Operator, NewMember { business_id: business.id, login, role, campaigns })
            .await?;
    }
    Ok(())
}

/// In an order that the tour relies on.
async fn create_keys(
    service: &Service,
    business: &Business,
    now: Timestamp,
) -> Result<Vec<DemoKey>, Failure> {
    let mut keys = Vec::new();
    for (key, scope, expires_at) in [
        ("Full access", AccessScope::AllMethods, None),
        ("Read only", AccessScope::AllMethodsReadOnly, None),
        ("Prices only", AccessScope::Pricing, None),
        ("For 30 days", AccessScope::AllMethods, Some(now.plus(THIRTY_DAYS))),
    ] {
        let grant = KeyGrant {
            name: name(key),
            scopes: [scope].into_iter().collect(),
            campaigns: Vec::new(),
            networks: Networks::default(),
            expires_at,
        };
        let issued = service.create_api_key(Actor::Operator, business.id, grant).await?;
        let KeyGrant { name, scopes, .. } = issued.key.grant;
        keys.push(DemoKey { name, scopes, token: issued.token });
    }
    Ok(keys)
}

/// For the whole seller API, with our own page as its only redirect.
async fn register_application(service: &Service, owner: &Login) -> Result<ClientId, Failure> {
    let redirect_uris = vec![service.verification_code_uri()];
    let profile = ClientProfile {
        name: name("Demonstration"),
        email: "owner@example.org".parse().expect("a word before example.org is an address"),
        grant_types: service.default_grant_types(&redirect_uris),
        redirect_uris,
        scopes: OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]),
        ignores_redirect_query: false,
    };
    let owner = service.owner_named(owner).await?;
    // Its secret is shown to nobody: this way to a token needs none, and its page renews it.
    let registered =
        service.register_client(Actor::Operator, owner, ClientKind::Id, profile, None, false).await?;
    Ok(registered.0.id)
}

fn name(text: &str) -> Name {
    Name::new(text).expect("the names of this file are short and printable")
}

fn random_password(entropy: &dyn Entropy) -> PlainSecret {
    let mut random = [0; PASSWORD_LENGTH];
    entropy.fill(&mut random);
    PlainSecret::new(
        random.iter().map(|byte| char::from(PASSWORD_ALPHABET[usize::from(byte & 31)])).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let passwords: Vec<_> =
            (0..50).map(|_| random_password(&SystemEntropy).expose().to_owned()).collect();
        assert!(passwords.iter().all(|password| password.len() == PASSWORD_LENGTH));
        let different: std::collections::BTreeSet<_> = passwords.iter().collect();
        assert_eq!(different.len(), passwords.len());
    }
}
