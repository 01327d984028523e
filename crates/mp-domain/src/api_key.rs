//! API keys: credentials that belong to a business, not to a person.
//!
//! Owns the life of a key from creation to its tombstone. Must never hold a readable token: a key carries the digest
//! of its current secret, and every secret it had before lives on as a [`RetiredSecret`].

use std::time::Duration;

use serde::Serialize;

use crate::decision::Standing;
use crate::event::Actor;
use crate::ids::{ApiKeyId, BusinessId, CampaignId};
use crate::name::Name;
use crate::network::Networks;
use crate::scope::ScopeSet;
use crate::secret::{PepperNumber, SecretDigest};
use crate::time::Timestamp;

/// The most live keys a business may have (market-api §1.3).
pub const MAX_LIVE_KEYS: i64 = 30;

/// The longest a replaced secret may go on working: long enough for every integration of a business to be changed, short
/// enough that a leaked secret does not outlive its memory.
pub const LONGEST_OVERLAP: Duration = Duration::from_secs(90 * 86_400);

/// A secret as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSecret {
    /// The keyed digest.
    pub digest: SecretDigest,
    /// Under which pepper.
    pub pepper: PepperNumber,
}

/// A secret replaced by a rotation: it works until `until`, and is answered as revoked for ever after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetiredSecret {
    /// The key it belonged to.
    pub key_id: ApiKeyId,
    /// What it was.
    pub secret: StoredSecret,
    /// The end of the overlap.
    pub until: Timestamp,
}

/// Where a key is in its life. Expiry is not a state: it comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum KeyState {
    /// In use.
    Active,
    /// Refused until resumed.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// Gone for good; remembered so that its token is answered as revoked and not as unknown.
    Deleted {
        /// When.
        at: Timestamp,
    },
}

impl KeyState {
    /// The state without its moments.
    #[must_use]
    pub fn standing(self) -> Standing {
        match self {
            Self::Active => Standing::Active,
            Self::Paused { .. } => Standing::Paused,
            Self::Deleted { .. } => Standing::Deleted,
        }
    }
}

/// What a key may do and from where: everything a person chooses when creating one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyGrant {
    /// Unique among the keys of the business that are not deleted.
    pub name: Name,
    /// At least one.
    pub scopes: ScopeSet,
    /// The stores it is restricted to; empty means all.
    pub campaigns: Vec<CampaignId>,
    /// The networks it may be used from.
    pub networks: Networks,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Stays the same through every edit and rotation.
    pub id: ApiKeyId,
    /// Whose it is.
    pub business_id: BusinessId,
    /// What it may do.
    pub grant: KeyGrant,
    /// Its current secret.
    pub secret: StoredSecret,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// When it last opened something, to the minute; `None` if never.
    pub last_used_at: Option<Timestamp>,
}

/// A change that the state of the key does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedTransition {
    /// Anything, on a deleted key.
    #[error("the key was deleted on {at} and cannot be changed any more: create a new one")]
    Deleted {
        /// When.
        at: Timestamp,
    },
    /// Pausing a paused key.
    #[error("the key is already paused, since {since}")]
    AlreadyPaused {
        /// Since when.
        since: Timestamp,
    },
    /// Resuming a key that is not paused.
    #[error("the key is not paused")]
    NotPaused,
}

impl ApiKey {
    /// Whether its time is over.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.grant.expires_at.is_some_and(|at| at <= now)
    }

    /// Gives it another name or other accesses; the secret stays.
    pub fn edit(self, name: Option<Name>, scopes: Option<ScopeSet>) -> Result<Self, RefusedTransition> {
        self.refuse_if_deleted()?;
        let grant = KeyGrant {
            name: name.unwrap_or(self.grant.name),
            scopes: scopes.unwrap_or(self.grant.scopes),
            ..self.grant
        };
        Ok(Self { grant, ..self })
    }

    /// Gives it a new secret; the old one works for `overlap` longer.
    pub fn rotate(
        self,
        secret: StoredSecret,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<(Self, RetiredSecret), RefusedTransition> {
        self.refuse_if_deleted()?;
        let retired = RetiredSecret { key_id: self.id, secret: self.secret, until: now.plus(overlap) };
        Ok((Self { secret, ..self }, retired))
    }

    /// Refuses its use until resumed.
    pub fn pause(self, now: Timestamp) -> Result<Self, RefusedTransition> {
        match self.state {
            KeyState::Active => Ok(Self { state: KeyState::Paused { since: now }, ..self }),
            KeyState::Paused { since } => Err(RefusedTransition::AlreadyPaused { since }),
            KeyState::Deleted { at } => Err(RefusedTransition::Deleted { at }),
        }
    }

    /// Allows its use again.
    pub fn resume(self) -> Result<Self, RefusedTransition> {
        match self.state {
            KeyState::Active => Err(RefusedTransition::NotPaused),
            KeyState::Paused { .. } => Ok(Self { state: KeyState::Active, ..self }),
            KeyState::Deleted { at } => Err(RefusedTransition::Deleted { at }),
        }
    }

    /// Ends it for good.
    pub fn delete(self, now: Timestamp) -> Result<Self, RefusedTransition> {
        self.refuse_if_deleted()?;
        Ok(Self { state: KeyState::Deleted { at: now }, ..self })
    }

    fn refuse_if_deleted(&self) -> Result<(), RefusedTransition> {
        match self.state {
            KeyState::Deleted { at } => Err(RefusedTransition::Deleted { at }),
            KeyState::Active | KeyState::Paused { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scope::AccessScope;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn secret(byte: u8) -> StoredSecret {
        StoredSecret { digest: SecretDigest::from_bytes([byte; 16]), pepper: 1 }
    }

    fn key() -> ApiKey {
        ApiKey {
            id: ApiKeyId::from_bytes([7; 16]),
            business_id: BusinessId::new(1).unwrap(),
            grant: KeyGrant {
                name: Name::new("ERP").unwrap(),
                scopes: [AccessScope::Pricing].into_iter().collect(),
                campaigns: Vec::new(),
                networks: Networks::default(),
                expires_at: None,
            },
            secret: secret(0),
            state: KeyState::Active,
            created_at: NOW,
            created_by: Actor::Operator,
            last_used_at: None,
        }
    }

    #[test]
    fn rotation_keeps_the_key_and_retires_the_secret() {
        let (rotated, retired) = key().rotate(secret(1), Duration::from_secs(60), NOW).unwrap();
        assert_eq!(rotated.id, key().id);
        assert_eq!(rotated.secret, secret(1));
        assert_eq!(retired.secret, secret(0));
        assert_eq!(retired.until, NOW.plus(Duration::from_secs(60)));
    }

    #[test]
    fn an_edit_changes_only_what_is_named() {
        let edited = key().edit(Some(Name::new("CRM").unwrap()), None).unwrap();
        assert_eq!(edited.grant.name.as_str(), "CRM");
        assert_eq!((edited.grant.scopes, edited.secret), (key().grant.scopes, key().secret));
    }

    #[test]
    fn expiry_ends_a_key_at_its_very_moment() {
        let mut expiring = key();
        expiring.grant.expires_at = Some(NOW);
        assert!(expiring.has_expired(NOW));
        assert!(!expiring.has_expired(Timestamp::from_micros(NOW.micros() - 1)));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Edit,
        Rotate,
        Pause,
        Resume,
        Delete,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Edit),
            Just(Step::Rotate),
            Just(Step::Pause),
            Just(Step::Resume),
            Just(Step::Delete)
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_a_deleted_key_stays_deleted_and_says_so(steps in proptest::collection::vec(step(), 1..40)) {
            let mut current = key();
            let mut deleted = false;
            for step in steps {
                let was_paused = matches!(current.state, KeyState::Paused { .. });
                let next = match step {
                    Step::Edit => current.clone().edit(None, None),
                    Step::Rotate => current.clone().rotate(secret(9), Duration::ZERO, NOW).map(|(key, _)| key),
                    Step::Pause => current.clone().pause(NOW),
                    Step::Resume => current.clone().resume(),
                    Step::Delete => current.clone().delete(NOW),
                };
                let expected = if deleted {
                    Err(RefusedTransition::Deleted { at: NOW })
                } else {
                    match step {
                        Step::Pause if was_paused => Err(RefusedTransition::AlreadyPaused { since: NOW }),
                        Step::Resume if !was_paused => Err(RefusedTransition::NotPaused),
                        _ => Ok(()),
                    }
                };
                prop_assert_eq!(next.as_ref().map(|_| ()).map_err(|refused| *refused), expected);
                if let Ok(next) = next {
                    deleted |= matches!(step, Step::Delete);
                    prop_assert_eq!(matches!(next.state, KeyState::Deleted { .. }), deleted);
                    current = next;
                }
            }
        }
    }
}
