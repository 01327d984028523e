//! The accesses an API key can be given, in both spellings, and sets of them.
//!
//! Owns the names of the fourteen accesses (market-api §3). Must never derive one access from another: which accesses
//! open an operation is an explicit list, and holding any one of them is enough.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// One access, "`authScopes`" of the token-info answer (market-api §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; `names` below spells them as people read them"
)]
pub enum AccessScope {
    AllMethods,
    AllMethodsReadOnly,
    InventoryAndOrderProcessing,
    InventoryAndOrderProcessingReadOnly,
    Pricing,
    PricingReadOnly,
    OffersAndCardsManagement,
    OffersAndCardsManagementReadOnly,
    Promotion,
    PromotionReadOnly,
    FinanceAndAccounting,
    Communication,
    SettingsManagement,
    SuppliesManagementReadOnly,
}

/// Wire spelling (`PRICING_READ_ONLY`) and written spelling (`pricing:read-only`), in the order of the enum.
const NAMES: [(AccessScope, &str, &str); 14] = [
    (AccessScope::AllMethods, "ALL_METHODS", "all-methods"),
    (AccessScope::AllMethodsReadOnly, "ALL_METHODS_READ_ONLY", "all-methods:read-only"),
    (
        AccessScope::InventoryAndOrderProcessing,
        "INVENTORY_AND_ORDER_PROCESSING",
        "inventory-and-order-processing",
    ),
    (
        AccessScope::InventoryAndOrderProcessingReadOnly,
        "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY",
        "inventory-and-order-processing:read-only",
    ),
    (AccessScope::Pricing, "PRICING", "pricing"),
    (AccessScope::PricingReadOnly, "PRICING_READ_ONLY", "pricing:read-only"),
    (AccessScope::OffersAndCardsManagement, "OFFERS_AND_CARDS_MANAGEMENT", "offers-and-cards-management"),
    (
        AccessScope::OffersAndCardsManagementReadOnly,
        "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY",
        "offers-and-cards-management:read-only",
    ),
    (AccessScope::Promotion, "PROMOTION", "promotion"),
    (AccessScope::PromotionReadOnly, "PROMOTION_READ_ONLY", "promotion:read-only"),
    (AccessScope::FinanceAndAccounting, "FINANCE_AND_ACCOUNTING", "finance-and-accounting"),
    (AccessScope::Communication, "COMMUNICATION", "communication"),
    (AccessScope::SettingsManagement, "SETTINGS_MANAGEMENT", "settings-management"),
    (
        AccessScope::SuppliesManagementReadOnly,
        "SUPPLIES_MANAGEMENT_READ_ONLY",
        "supplies-management:read-only",
    ),
];

impl AccessScope {
    /// Every access, in the order of the seller API's documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(scope, _, _)| *scope)
    }

    /// The spelling on the wire: `PRICING_READ_ONLY`.
    #[must_use]
    pub fn wire_name(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// The spelling for people and scripts: `pricing:read-only`.
    #[must_use]
    pub fn written_name(self) -> &'static str {
        NAMES[self as usize].2
    }
}

impl fmt::Display for AccessScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written_name())
    }
}

/// A text that names no access.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no access; the accesses are {}", written_names())]
pub struct UnknownScope {
    given: String,
}

fn written_names() -> String {
    NAMES.map(|(_, _, written)| written).join(", ")
}

impl FromStr for AccessScope {
    type Err = UnknownScope;

    /// Accepts both spellings.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        NAMES
            .iter()
            .find(|(_, wire, written)| *wire == text || *written == text)
            .map(|(scope, _, _)| *scope)
            .ok_or_else(|| UnknownScope { given: text.to_owned() })
    }
}

/// A set of accesses. May be empty in memory; a key is only ever created with at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// All fourteen.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// The set stored as these bits; bits that name no access are dropped.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The bits to store: bit `n` is the `n`-th access in the order of [`AccessScope::all`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `scope` is in it.
    #[must_use]
    pub const fn contains(self, scope: AccessScope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// Whether the two sets share an access: the any-of rule of market-api §3.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The accesses in it, in the order of the documentation.
    pub fn iter(self) -> impl Iterator<Item = AccessScope> {
        AccessScope::all().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<AccessScope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = AccessScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u16))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(AccessScope::written_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (place, (scope, _, _)) in NAMES.iter().enumerate() {
            assert_eq!(*scope as usize, place);
        }
    }

    #[test]
    fn the_wire_spelling_follows_from_the_written_one() {
        for scope in AccessScope::all() {
            let derived = scope.written_name().to_uppercase().replace([':', '-'], "_");
            assert_eq!(scope.wire_name(), derived);
            assert_eq!(scope.wire_name().parse(), Ok(scope));
            assert_eq!(scope.written_name().parse(), Ok(scope));
        }
    }

    #[test]
    fn a_set_remembers_exactly_what_was_put_in() {
        let set: ScopeSet = [AccessScope::Pricing, AccessScope::Communication].into_iter().collect();
        assert!(set.contains(AccessScope::Pricing));
        assert!(!set.contains(AccessScope::PricingReadOnly), "no access implies another");
        assert_eq!(ScopeSet::from_bits(set.bits()), set);
        assert_eq!(ScopeSet::from_bits(u16::MAX), ScopeSet::ALL);
    }
}
