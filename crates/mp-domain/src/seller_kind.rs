//! Kinds of seller: what a cabinet is to the marketplace (`x-allowed`, market-api §3).
//!
//! Owns the set of kinds that may call an operation. Must never say which kind a cabinet is: the cabinet does.

use crate::spelling::spelled_enum;

spelled_enum!(
    /// What a cabinet is to the marketplace.
    #[derive(Default, PartialOrd, Ord)]
    SellerKind, UnknownSellerKind, "kind of seller", {
        /// A seller.
        #[default]
        Seller = "seller",
        /// A seller of Market Yandex Go.
        MarketYandexGo = "market-yandex-go",
        /// An advertiser.
        Urbanads = "urbanads",
    }
);

impl SellerKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Seller, Self::MarketYandexGo, Self::Urbanads];
}

/// Some of the kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SellerKinds(u8);

impl SellerKinds {
    /// All of them.
    pub const ALL: Self = Self((1 << SellerKind::ALL.len()) - 1);
    /// Whoever sells: all but advertisers.
    pub const SELLING: Self = Self(1 << SellerKind::Seller as u8 | 1 << SellerKind::MarketYandexGo as u8);

    /// Whether `kind` is one of them.
    #[must_use]
    pub const fn contains(self, kind: SellerKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// The kinds in it.
    pub fn iter(self) -> impl Iterator<Item = SellerKind> {
        SellerKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<SellerKind> for SellerKinds {
    fn from_iter<I: IntoIterator<Item = SellerKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | 1 << kind as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_exactly_what_was_put_in() {
        let go: SellerKinds = [SellerKind::MarketYandexGo].into_iter().collect();
        assert!(go.contains(SellerKind::MarketYandexGo) && !go.contains(SellerKind::Seller));
        assert_eq!(SellerKinds::SELLING.iter().collect::<Vec<_>>(), SellerKind::ALL[..2]);
        assert_eq!(SellerKinds::ALL.iter().collect::<Vec<_>>(), SellerKind::ALL);
        assert_eq!(SellerKind::ALL.into_iter().collect::<SellerKinds>(), SellerKinds::ALL);
    }
}
