//! People, cabinets and keys to put into a database.

use mp_domain::account::{Account, PasswordHash, Totp};
use mp_domain::api_key::{ApiKey, KeyGrant, KeyState, StoredSecret};
use mp_domain::business::{Business, Subscription};
use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::event::{Actor, Event, EventKind, Subject};
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::secret::{SealedBytes, SecretDigest};
use mp_domain::time::Timestamp;
use mp_store::{Store, business};

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
    Business { id: business_id(number), name: name("ООО Ромашка"), subscription, created_at: NOW }
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
