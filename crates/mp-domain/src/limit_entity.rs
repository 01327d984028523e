//! For whom a limit is counted (market-api §5.1): the store or cabinet in the path, else whoever owns the credential.
//!
//! Owns the compact form in which counters remember it. Must never lead back from a counter to a person.

use crate::ids::{AccountId, BusinessId, CampaignId};
use crate::reach::Target;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Counted {
    /// For whom.
    pub entity: LimitEntity,
    /// The number of the operation; 0 for all that share something.
    pub operation: u16,
}

/// Counted for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitEntity {
    /// The cabinet in the path, or the one the API key belongs to.
    Business(BusinessId),
    /// The store in the path.
    Campaign(CampaignId),
    /// The person an OAuth token belongs to.
    Account(AccountMark),
}

/// 64 bits of a person's id: enough to count people apart (two of a million share a budget with a chance of 10⁻⁷ at
/// most), and half the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountMark(i64);

impl From<AccountId> for AccountMark {
    fn from(id: AccountId) -> Self {
        let number = u128::from_be_bytes(*id.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one on purpose")]
        let folded = (number >> 64) as u64 ^ number as u64;
        Self(folded.cast_signed())
    }
}

impl LimitEntity {
    /// Whom a request with this target is counted for, if `caller` is whoever owns the credential.
    #[must_use]
    pub fn of(target: Target, caller: Self) -> Self {
        match target {
            Target::Campaign(id) => Self::Campaign(id),
            Target::Business(id) => Self::Business(id),
            Target::Caller => caller,
        }
    }

    /// A number for the kind and a number of that kind: what a counter keeps.
    #[must_use]
    pub fn parts(self) -> (u8, i64) {
        match self {
            Self::Business(id) => (1, id.number()),
            Self::Campaign(id) => (2, id.number()),
            Self::Account(AccountMark(mark)) => (3, mark),
        }
    }

    /// The entity of these parts; `None` if there is none.
    #[must_use]
    pub fn from_parts(kind: u8, number: i64) -> Option<Self> {
        match kind {
            1 => BusinessId::new(number).ok().map(Self::Business),
            2 => CampaignId::new(number).ok().map(Self::Campaign),
            3 => Some(Self::Account(AccountMark(number))),
            _ => None,
        }
    }
}

impl From<BusinessId> for LimitEntity {
    fn from(id: BusinessId) -> Self {
        Self::Business(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_survives_being_taken_apart() {
        let account = AccountMark::from(AccountId::from_bytes([0xf3; 16]));
        for entity in [
            LimitEntity::Business(BusinessId::new(7).unwrap()),
            LimitEntity::Campaign(CampaignId::new(7).unwrap()),
            LimitEntity::Account(account),
        ] {
            let (kind, number) = entity.parts();
            assert_eq!(LimitEntity::from_parts(kind, number), Some(entity));
        }
        assert_eq!(LimitEntity::from_parts(1, -7), None);
        assert_eq!(LimitEntity::from_parts(9, 7), None);
    }

    #[test]
    fn neighbouring_ids_have_marks_of_their_own() {
        let mark = |last: u8| {
            let mut bytes = [1; 16];
            bytes[15] = last;
            AccountMark::from(AccountId::from_bytes(bytes))
        };
        assert_ne!(mark(1), mark(2));
    }
}
