//! The lines of one transaction of an import, read but not yet written.
//!
//! Owns what the reading hands to the writing. Must never hold a readable token but one that was generated here.

use mp_domain::account::Account;
use mp_domain::api_key::{ApiKey, StoredSecret};
use mp_domain::secret::PlainSecret;

use super::Imported;
use super::refusal::RefusedLine;
use crate::businesses::{NewBusiness, NewCampaign};
use crate::service::Recorder;
use crate::staff::NewMember;

/// Lines that are imported in one transaction.
pub(super) struct Batch {
    pub(super) record: Recorder,
    pub(super) entries: Vec<Entry>,
    /// Lines that could not be read.
    pub(super) refused: Vec<RefusedLine>,
    pub(super) first_line: u64,
    pub(super) last_line: u64,
}

/// A line that could be read.
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) thing: Thing,
}

/// What a line wants to be there.
pub(super) enum Thing {
    Account(Account),
    Business(NewBusiness),
    Campaign(NewCampaign),
    Member(NewMember),
    Key(Box<ImportedKey>),
}

/// A key with what an import must know of its token.
pub(super) struct ImportedKey {
    pub(super) key: ApiKey,
    /// Its digests under former peppers, by which the database may know it.
    pub(super) former: Vec<StoredSecret>,
    /// The token, if it was generated.
    pub(super) generated: Option<PlainSecret>,
}

impl Batch {
    pub(super) fn generates_tokens(&self) -> bool {
        self.entries.iter().any(|entry| entry.generated_token().is_some())
    }
}

impl Entry {
    pub(super) fn generated_token(&self) -> Option<(&ApiKey, &PlainSecret)> {
        let Thing::Key(key) = &self.thing else { return None };
        key.generated.as_ref().map(|token| (&key.key, token))
    }
}

impl Thing {
    pub(super) fn counted(&self) -> Imported {
        let none = Imported::default();
        match self {
            Self::Account(_) => Imported { accounts: 1, ..none },
            Self::Business(_) => Imported { businesses: 1, ..none },
            Self::Campaign(_) => Imported { campaigns: 1, ..none },
            Self::Member(_) => Imported { members: 1, ..none },
            Self::Key(_) => Imported { keys: 1, ..none },
        }
    }
}
