//! Why a call was refused, and what to do next, in the words of whoever looks after the key.
//!
//! Owns which sentences belong to which reason, and where they lead. Must never say what the reason does not.

use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_service::refusals::{ListedRefusal, NamedCaller};

use crate::accesses;
use crate::visit::Visit;

/// What is said of a refusal.
pub(super) struct Words {
    pub(super) why: String,
    pub(super) next: String,
    /// The accesses of which any one would have done.
    pub(super) accesses: Vec<String>,
    /// Where it is done, and what it is called there.
    pub(super) link: Option<(String, String)>,
}

/// Where somebody can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Keys,
    NewKey,
    EditKey,
    RotateKey,
    Nowhere,
}

/// A reason by its name, why in words, what to do next, and where.
type Said = (&'static str, &'static str, &'static str, Way);

const SAID: [Said; 25] = [
    ("revoked", "refusal-revoked", "refusal-revoked-next", Way::Keys),
    ("expired", "refusal-expired", "refusal-expired-next", Way::NewKey),
    ("paused", "refusal-paused", "refusal-paused-next", Way::Keys),
    ("network_not_allowed", "refusal-network", "refusal-network-next", Way::RotateKey),
    ("business_disabled", "refusal-business-off", "refusal-off-next", Way::Nowhere),
    ("campaign_disabled", "refusal-store-off", "refusal-off-next", Way::Nowhere),
    ("scope_missing", "refusal-access", "refusal-access-next", Way::EditKey),
    ("seller_not_supported", "refusal-seller", "refusal-seller-next", Way::Nowhere),
    ("limit_exceeded", "refusal-limit", "refusal-limit-next", Way::Nowhere),
    ("too_many_at_once", "refusal-parallel", "refusal-parallel-next", Way::Nowhere),
    ("oauth_token_unknown", "refusal-token-over", "refusal-token-next", Way::Nowhere),
    ("oauth_token_withdrawn", "refusal-token-withdrawn", "refusal-token-next", Way::Nowhere),
    ("oauth_token_expired", "refusal-token-over", "refusal-token-next", Way::Nowhere),
    ("oauth_client_changed", "refusal-application", "refusal-token-next", Way::Nowhere),
    ("oauth_credentials_changed", "refusal-password", "refusal-token-next", Way::Nowhere),
    ("oauth_logged_out", "refusal-everywhere", "refusal-token-next", Way::Nowhere),
    ("account_disabled", "refusal-disabled", "refusal-disabled-next", Way::Nowhere),
    ("client_mismatch", "refusal-client", "refusal-client-next", Way::Nowhere),
    ("right_missing", "refusal-right", "refusal-right-next", Way::Nowhere),
    ("request_unreadable", "refusal-unreadable", "refusal-unreadable-next", Way::Nowhere),
    ("access_denied", "refusal-reach", "refusal-reach-next", Way::Nowhere),
    ("campaign_not_in_reach", "refusal-store-reach", "refusal-store-reach-next", Way::Nowhere),
    ("header_contradicts_path", "refusal-header", "refusal-header-next", Way::Nowhere),
    ("header_contradicts_campaign", "refusal-header-store", "refusal-header-next", Way::Nowhere),
    ("field_contradicts_header", "refusal-header-field", "refusal-header-next", Way::Nowhere),
];

/// What is said of a reason that only another version knows.
const UNKNOWN: Said = ("", "refusal-other", "refusal-other-next", Way::Nowhere);

fn said(reason: &str) -> Said {
    SAID.into_iter().find(|(known, ..)| *known == reason).unwrap_or(UNKNOWN)
}

impl Words {
    pub(super) fn new(visit: &Visit, listed: &ListedRefusal) -> Self {
        let note = &listed.note;
        let (reason, why, next, way) = said(&note.reason);
        let key = match &listed.caller {
            NamedCaller::Key { id, .. } => Some(*id),
            NamedCaller::Token { .. } => None,
        };
        let is_about_access = reason == "scope_missing";
        Self {
            why: match (reason, note.limit) {
                ("limit_exceeded", Some((limit, until))) => {
                    let until = visit.moment(until).exact();
                    visit.t("refusal-limit-amount").with("limit", limit).with("until", until).to_string()
                }
                ("network_not_allowed", _) => {
                    visit.t("refusal-network").with("address", note.address.to_string()).to_string()
                }
                _ => visit.t(why).to_string(),
            },
            next: visit.t(next).to_string(),
            accesses: if is_about_access {
                accesses::choices(visit.language(), note.accesses)
            } else {
                Vec::new()
            },
            link: note.business.zip(key).and_then(|(business, key)| way.link(visit, business, key)),
        }
    }
}

impl Way {
    fn link(self, visit: &Visit, business: BusinessId, key: ApiKeyId) -> Option<(String, String)> {
        let keys = format!("/cabinet/{business}/keys");
        let (path, label) = match self {
            Self::Keys => (keys, "key-back"),
            Self::NewKey => (format!("{keys}/new"), "keys-create"),
            Self::EditKey => (format!("{keys}/{key}/edit"), "refusal-edit-key"),
            Self::RotateKey => (format!("{keys}/{key}/rotate"), "key-rotate-action"),
            Self::Nowhere => return None,
        };
        Some((path, visit.t(label).to_string()))
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::denial::Denial;

    use super::*;

    #[test]
    fn every_reason_that_somebody_known_is_refused_for_has_words_of_its_own() {
        // Whoever is refused for these is not known.
        let strangers = [
            "credentials_missing",
            "api_key_missing",
            "api_key_repeated",
            "prefix_invalid",
            "length_invalid",
            "format_invalid",
            "unknown",
            "authorization_repeated",
            "authorization_syntax",
            "authorization_scheme",
            "oauth_token_missing",
        ];
        for reason in Denial::REASONS {
            assert_ne!(said(reason).0.is_empty(), !strangers.contains(&reason), "{reason}");
        }
        assert_eq!(SAID.len() + strangers.len(), Denial::REASONS.len());
    }
}
