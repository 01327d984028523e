//! The steps of the decision, in their order (product.md §3.5).
//!
//! Owns at which step each reason refuses. Must never run one: the order in which they are run is the check's, and a test
//! holds the two against each other.

use crate::denial::Denial;
use crate::spelling::spelled_enum;

spelled_enum!(
    /// One step.
    #[derive(PartialOrd, Ord)]
    Step, UnknownStep, "step of the decision", {
        /// Path and verb mean an operation.
        Route = "route",
        /// The credential is somebody's, here and now.
        Credential = "credential",
        /// Everything that is named is in reach.
        Reach = "reach",
        /// Sellers of this kind may call the operation.
        Seller = "seller",
        /// The API is switched on.
        Switch = "switch",
        /// The key has one of the accesses that open the operation.
        Access = "access",
        /// Not too many requests are under way.
        Parallel = "parallel",
        /// Enough is left of the limit.
        Limit = "limit",
    }
);

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Route,
        Self::Credential,
        Self::Reach,
        Self::Seller,
        Self::Switch,
        Self::Access,
        Self::Parallel,
        Self::Limit,
    ];
}

impl Denial {
    /// The step that refuses with this reason. All before it were passed.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::CredentialsMissing
            | Self::ApiKeyMissing
            | Self::ApiKeyRepeated
            | Self::Malformed(_)
            | Self::Unknown
            | Self::Revoked
            | Self::Expired
            | Self::Paused
            | Self::NetworkNotAllowed
            | Self::Authorization(_)
            | Self::TokenDead(_)
            | Self::LoggedOut
            | Self::AccountDisabled
            | Self::ClientMismatch
            | Self::RightMissing => Step::Credential,
            Self::Unreadable
            | Self::AccessDenied
            | Self::HeaderContradictsPath { .. }
            | Self::HeaderContradictsCampaign { .. }
            | Self::CampaignNotInReach(_)
            | Self::FieldContradictsHeader { .. } => Step::Reach,
            Self::SellerNotSupported(_) => Step::Seller,
            Self::BusinessDisabled(_) | Self::CampaignDisabled { .. } => Step::Switch,
            Self::ScopeMissing => Step::Access,
            Self::TooManyAtOnce { .. } => Step::Parallel,
            Self::LimitExceeded { .. } => Step::Limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_stand_in_their_order() {
        assert!(Step::ALL.is_sorted());
        assert_eq!(Denial::ScopeMissing.step(), Step::Access);
    }
}
