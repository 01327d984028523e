//! People, cabinets and keys to put into a database.

use mp_domain::account::{Account, PasswordHash, Totp};
use mp_domain::api_key::{ApiKey, KeyGrant, KeyState, StoredSecret};
use mp_domain::business::{Business, Subscription};
use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::client::{Client, ClientKind, ClientProfile, FormerSecret, GrantType};
use mp_domain::event::{Actor, Event, EventKind, Subject};
use mp_domain::grant::{Device, Grant, IssuedToken};
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::secret::{SealedBytes, SecretDigest};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_store::catalog::StoredCatalog;
use mp_store::{Store, account, business, client};

use crate::database::write;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub(crate) const BEGINNING: Timestamp = Timestamp::from_micros(i64::MIN);
pub(crate) const END: Timestamp = Timestamp::from_micros(i64::MAX);

/// Cyrillic, a joined emoji, quotes, a backslash and a combining mark: whatever a careless text layer would break.
pub(crate) const UNUSUAL: &str = "Магазин «Ёлка» 👩‍👩‍👧 '\"\\ %_ e\u{301}";

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn business_id(number: i64) -> BusinessId {
    BusinessId::new(number).unwrap()
}

pub(crate) fn campaign_id(number: i64) -> CampaignId {
    CampaignId::new(number).unwrap()
}

/// Sixteen bytes that begin with `number`.
pub(crate) fn bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0xA5; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// A person with nothing optional.
pub(crate) fn account(number: u32, login: &str) -> Account {
    Account {
        id: AccountId::from_bytes(bytes(number)),
        login: login.parse().unwrap(),
        email: format!("{number}@example.org").parse().unwrap(),
        name: None,
        password_hash: PasswordHash::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".to_owned()),
        credential_epoch: 0,
        logout_epoch: 0,
        email_verified_at: None,
        totp: None,
        disabled_at: None,
        created_at: NOW,
    }
}

/// A person with everything optional, and extremes.
pub(crate) fn full_account(number: u32, login: &str) -> Account {
    Account {
        name: Some(name(UNUSUAL)),
        email: "почта+x'y@пример.рф".parse().unwrap(),
        credential_epoch: i64::MAX,
        logout_epoch: i64::MAX,
        email_verified_at: Some(BEGINNING),
        totp: Some(Totp { secret: SealedBytes::new(vec![0, 255, 39]), last_step: i64::MAX, since: NOW }),
        disabled_at: Some(END),
        created_at: BEGINNING,
        ..account(number, login)
    }
}

pub(crate) fn business(number: i64) -> Business {
    let subscription = Subscription::None;
    Business {
        id: business_id(number),
        name: name("ООО Ромашка"),
        subscription,
        kind: SellerKind::Seller,
        created_at: NOW,
    }
}

pub(crate) fn campaign(number: i64, business: i64) -> Campaign {
    Campaign {
        id: campaign_id(number),
        business_id: business_id(business),
        name: name(UNUSUAL),
        placement: Placement::Fbs,
        availability: Availability::Available,
        created_at: NOW,
    }
}

pub(crate) fn digest(number: u32) -> SecretDigest {
    SecretDigest::from_bytes(bytes(number))
}

pub(crate) fn secret(number: u32) -> StoredSecret {
    StoredSecret { digest: digest(number), pepper: 1 }
}

pub(crate) fn key_id(number: u32) -> ApiKeyId {
    ApiKeyId::from_bytes(bytes(number))
}

/// A key with nothing optional; id, name and secret follow from `number`.
pub(crate) fn key(number: u32, business: i64) -> ApiKey {
    ApiKey {
        id: key_id(number),
        business_id: business_id(business),
        grant: KeyGrant {
            name: name(&format!("key {number}")),
            scopes: [AccessScope::Pricing].into_iter().collect(),
            campaigns: Vec::new(),
            networks: Networks::default(),
            expires_at: None,
        },
        secret: secret(number),
        state: KeyState::Active,
        created_at: NOW,
        created_by: Actor::Operator,
        last_used_at: None,
    }
}

/// A new key with everything optional, and extremes.
pub(crate) fn full_key(number: u32, business: i64) -> ApiKey {
    let networks = ["203.0.113.0/24", "2001:db8::/32", "192.0.2.7", "0.0.0.0/0"];
    ApiKey {
        grant: KeyGrant {
            name: name(UNUSUAL),
            scopes: ScopeSet::ALL,
            campaigns: vec![campaign_id(i64::MAX), campaign_id(1)],
            networks: Networks::new(networks.iter().map(|text| parse_network(text).unwrap()).collect()),
            expires_at: Some(END),
        },
        secret: StoredSecret { digest: SecretDigest::from_bytes([0xFF; 16]), pepper: u32::MAX },
        created_at: BEGINNING,
        created_by: Actor::Account(AccountId::from_bytes([0; 16])),
        ..key(number, business)
    }
}

pub(crate) fn account_id(number: u32) -> AccountId {
    AccountId::from_bytes(bytes(number))
}

pub(crate) fn client_id(number: u32) -> ClientId {
    ClientId::from_bytes(bytes(number))
}

/// An application with nothing optional.
pub(crate) fn client(number: u32, owner: u32) -> Client {
    Client {
        id: client_id(number),
        owner: account_id(owner),
        kind: ClientKind::Api,
        profile: ClientProfile {
            name: name(&format!("application {number}")),
            email: "dev@example.org".parse().unwrap(),
            redirect_uris: vec!["https://example.org/callback?x=1".parse().unwrap()],
            scopes: OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]),
            grant_types: vec![GrantType::Implicit],
            ignores_redirect_query: false,
        },
        icon: None,
        secret: None,
        former_secret: None,
        token_epoch: 0,
        created_at: NOW,
        deleted_at: None,
    }
}

/// An application with everything optional, and extremes.
pub(crate) fn full_client(number: u32, owner: u32) -> Client {
    let redirect_uris = ["https://example.org/", "myapp://token", "http://127.0.0.1/x"];
    Client {
        kind: ClientKind::Id,
        profile: ClientProfile {
            name: name(UNUSUAL),
            email: "почта+x'y@пример.рф".parse().unwrap(),
            redirect_uris: redirect_uris.iter().map(|text| text.parse().unwrap()).collect(),
            scopes: OAuthScopes::from_iter(OAuthScope::ALL),
            grant_types: vec![GrantType::Implicit, GrantType::DeviceCode],
            ignores_redirect_query: true,
        },
        icon: Some(vec![0x89, 0, 255, 39]),
        secret: Some(sealed_under(u32::MAX)),
        former_secret: Some(FormerSecret { secret: sealed_under(1), until: END }),
        token_epoch: i64::MAX,
        created_at: BEGINNING,
        deleted_at: Some(END),
        ..client(number, owner)
    }
}

/// Bytes as the service seals them: the number of the pepper, then what nobody reads.
pub(crate) fn sealed_under(pepper: u32) -> SealedBytes {
    SealedBytes::new([&pepper.to_be_bytes()[..], &[0, 255, 39]].concat())
}

pub(crate) fn grant_id(number: u32) -> GrantId {
    GrantId::from_bytes(bytes(number))
}

/// A grant with nothing optional; id and digest follow from `number`.
pub(crate) fn grant(number: u32, account: u32, client: u32) -> Grant {
    Grant {
        id: grant_id(number),
        account_id: account_id(account),
        client_id: client_id(client),
        device: None,
        scopes: OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]),
        token: IssuedToken {
            serial: 1,
            derived_under: 1,
            secret: secret(number),
            account_epoch: 0,
            client_epoch: 0,
            issued_at: NOW,
            expires_at: END,
            revoked_at: None,
        },
        created_at: NOW,
        last_used_at: None,
    }
}

/// A new grant with everything optional, and extremes.
pub(crate) fn full_grant(number: u32, account: u32, client: u32) -> Grant {
    Grant {
        device: Some(Device { id: " test ~ device '".to_owned(), name: Some(UNUSUAL.to_owned()) }),
        scopes: OAuthScopes::from_iter(OAuthScope::ALL),
        token: IssuedToken {
            serial: i64::MAX,
            derived_under: u32::MAX,
            secret: StoredSecret { digest: digest(number), pepper: u32::MAX },
            account_epoch: i64::MAX,
            client_epoch: i64::MIN,
            issued_at: BEGINNING,
            expires_at: BEGINNING,
            revoked_at: Some(END),
        },
        created_at: BEGINNING,
        ..grant(number, account, client)
    }
}

/// A store with the people 1 and 2 and the applications 1 and 2, which belong to the first of them.
pub(crate) fn with_clients(store: &Store) {
    write(store, |tx| {
        account::insert(tx, &account(1, "olga"))?;
        account::insert(tx, &account(2, "ivan"))?;
        client::insert(tx, &client(1, 1))?;
        client::insert(tx, &client(2, 1))
    });
}

/// An event about the cabinet of this number, which tells it from every other.
pub(crate) fn event(number: i64) -> Event {
    Event {
        at: NOW,
        actor: Actor::System,
        kind: EventKind::BusinessCreated,
        subject: Subject::Business(business_id(number)),
        business_id: Some(business_id(number)),
        detail: UNUSUAL.to_owned(),
    }
}

/// Puts cabinets of these numbers into the database.
pub(crate) fn with_businesses(store: &Store, numbers: &'static [i64]) {
    write(store, move |tx| numbers.iter().try_for_each(|number| business::insert(tx, &business(*number))));
}

/// A catalogue of another digest for each number.
pub(crate) fn catalog(number: u8) -> StoredCatalog {
    StoredCatalog {
        digest: [number; 16],
        facts: format!("marketpass-catalog 1\n# Каталог {number}\n"),
        source: "https://example.org/openapi.yaml".to_owned(),
        imported_at: NOW,
    }
}
