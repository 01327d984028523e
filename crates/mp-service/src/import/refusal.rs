//! Why a line of an import is refused.
//!
//! Owns the reasons that only an import has; a rule that holds for a single creation too is named in its own words.

use mp_domain::ids::{BusinessId, CampaignId};

use super::line::LONGEST;
use crate::api_keys::ApiKeyError;
use crate::businesses::BusinessError;

/// A line that changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {refusal}")]
pub struct RefusedLine {
    /// Counted from 1.
    pub number: u64,
    /// Why.
    pub refusal: LineRefusal,
}

/// Why a line changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineRefusal {
    /// More bytes than any true line has.
    #[error("the line is longer than {LONGEST} bytes: is a line break missing?")]
    TooLong,
    /// Text in another encoding.
    #[error("the line is not UTF-8: convert the file")]
    NotUtf8,
    /// Not the expected JSON; the reason names an unknown or missing field.
    #[error("{0}")]
    Json(String),
    /// A field holds what it cannot.
    #[error("{field}: {reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// A key without a token, and nowhere to write a generated one.
    #[error("the key has no token: name a file for generated ones with --tokens-out, or give it a token")]
    NowhereForToken,
    /// The token is, or was, that of another key.
    #[error(
        "the token belongs to another key, '{name}' of business {business}: give this key a token of its own"
    )]
    TokenTaken {
        /// The other key's business.
        business: BusinessId,
        /// The other key's name.
        name: String,
    },
    /// The token's key was deleted, and stays so.
    #[error(
        "the token belongs to a deleted key, '{name}' of business {business}, and is refused for ever: give this key a \
         token of its own"
    )]
    TokenDeleted {
        /// The deleted key's business.
        business: BusinessId,
        /// The deleted key's name.
        name: String,
    },
    /// The store is there, in another business.
    #[error("campaign {campaign} exists already and belongs to business {business}: choose another number")]
    CampaignElsewhere {
        /// The store.
        campaign: CampaignId,
        /// Whose it is.
        business: BusinessId,
    },
    /// Somebody changed the database between the writing of tokens and the making of keys.
    #[error("what the line is about was changed while it was imported: import the file again")]
    Overtaken,
    /// A rule about people, businesses, stores or staff forbids it.
    #[error(transparent)]
    Business(BusinessError),
    /// A rule about keys forbids it.
    #[error(transparent)]
    ApiKey(ApiKeyError),
}
