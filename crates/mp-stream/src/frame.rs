//! The frames of both directions.
//!
//! Owns their kinds and the version. A frame may get fields and a direction may get kinds; what is there keeps its meaning.

use mp_domain::event::Subject;
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use mp_domain::limit_entity::{Counted, LimitEntity};
use mp_domain::window::WindowEnd;
use serde::{Deserialize, Serialize};

use crate::facts::{BusinessAnswer, KeyAnswer, StoreAnswer, TokenAnswer};

/// How many stores are asked about at once; of further ones nothing is answered.
pub const MOST_STORES: usize = 1000;

/// The version of what both sides say. A server answers an outpost of another one with its own and ends the stream.
pub const VERSION: u16 = 1;

/// What an outpost says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FromOutpost {
    /// Always first.
    Hello {
        /// [`VERSION`].
        version: u16,
        /// What the service is called in logs.
        name: String,
    },
    /// It is there. Answered at once.
    Beat {
        /// Told back in the answer: what is known then was true when this was sent, and for a while after.
        number: u64,
    },
    /// What is known of this?
    Ask {
        /// Answered under this number.
        question: u64,
        /// Of what.
        about: About,
    },
    /// Wants points to spend, `needed` of them or none, `wanted` rather.
    Borrow {
        /// Answered under this number.
        question: u64,
        /// What is counted.
        counted: CountedAs,
        /// By the tier of which cabinet; `None` for that of those without one.
        business: Option<BusinessId>,
        /// At least so many; 0 where the price is known afterwards and anything left will do.
        needed: u32,
        /// How many rather.
        wanted: u32,
    },
    /// Brings back points that were not spent.
    Return {
        /// What is counted.
        counted: CountedAs,
        /// Lent in the window that ends then, in seconds since the epoch.
        until: u32,
        /// So many.
        points: u32,
    },
    /// Charges what became known with an answer.
    Charge {
        /// What is counted.
        counted: CountedAs,
        /// Admitted in the window that ends then, in seconds since the epoch.
        until: u32,
        /// So many.
        points: u32,
    },
    /// Wants one more request to be under way.
    TakeSlot {
        /// Answered under this number.
        question: u64,
        /// What is counted; operation 0 for all that share their slots.
        counted: CountedAs,
        /// How many there are; for operations of their own number.
        of: u16,
    },
    /// Fewer requests are under way.
    ReturnSlots {
        /// What is counted.
        counted: CountedAs,
        /// So many fewer.
        slots: u16,
    },
    /// Has brought back whatever it had to spare of this, and spent the rest.
    Spared {
        /// Of this.
        counted: CountedAs,
    },
    /// Credentials were used since the last such frame.
    Used {
        /// These keys.
        keys: Vec<ApiKeyId>,
        /// These tokens, by their grants.
        grants: Vec<GrantId>,
    },
    /// Something a later version says.
    #[serde(other)]
    Unknown,
}

/// What an outpost may ask about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum About {
    /// The key with this token.
    Key {
        /// As it was presented.
        token: String,
    },
    /// The OAuth token.
    Token {
        /// As it was presented.
        token: String,
    },
    /// Stores.
    Stores {
        /// By their numbers; [`MOST_STORES`] at most.
        ids: Vec<CampaignId>,
    },
    /// A cabinet.
    Business {
        /// By its number.
        id: BusinessId,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ToOutpost {
    /// Always first.
    Welcome {
        /// [`VERSION`].
        version: u16,
        /// What API keys begin with, without the colon.
        key_prefix: String,
        /// Multiplies every limit.
        limits_scale: f64,
        /// Whether limits are told in seconds, too.
        tells_seconds: bool,
    },
    /// The catalogue in force from now on.
    Catalog {
        /// As the domain's table prints it.
        table: String,
    },
    /// It is there, and has heard.
    Beat {
        /// This.
        number: u64,
        /// Microseconds since the epoch, by the server's clock.
        now: i64,
        /// How old the server's own knowledge was then, in microseconds.
        age: u64,
    },
    /// What is known.
    Answer {
        /// Of what was asked under this number.
        question: u64,
        /// That.
        known: Known,
    },
    /// Points that may be spent.
    Lent {
        /// Of what was asked under this number.
        question: u64,
        /// So many; fewer than needed means none.
        points: u32,
        /// What is left besides; `None` where nothing is counted.
        budget: Option<BudgetTold>,
    },
    /// Whether one more request may be under way.
    Slot {
        /// Of what was asked under this number.
        question: u64,
        /// Whether it may.
        is_taken: bool,
    },
    /// Somebody else needs what is not being spent.
    Recall {
        /// Of this.
        counted: CountedAs,
    },
    /// What was known of these is not so any more.
    Changed {
        /// Of these.
        subjects: Vec<Named>,
    },
    /// Nothing of what was known is sure any more.
    Forget,
    /// Something a later version says.
    #[serde(other)]
    Unknown,
}

/// What is known of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Known {
    /// A key.
    Key(KeyAnswer),
    /// An OAuth token.
    Token(TokenAnswer),
    /// Stores, those that exist.
    Stores {
        /// Each with what is known.
        found: Vec<StoreAnswer>,
    },
    /// A cabinet.
    Business(BusinessAnswer),
    /// There is no such credential.
    Nothing,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CountedAs {
    /// The kind of entity,
    kind: u8,
    /// its number,
    number: i64,
    /// and that of the operation.
    operation: u16,
}

impl From<Counted> for CountedAs {
    fn from(counted: Counted) -> Self {
        let (kind, number) = counted.entity.parts();
        Self { kind, number, operation: counted.operation }
    }
}

impl CountedAs {
    /// What it stands for; `None` if for nothing.
    #[must_use]
    pub fn read(self) -> Option<Counted> {
        let entity = LimitEntity::from_parts(self.kind, self.number)?;
        Some(Counted { entity, operation: self.operation })
    }
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetTold {
    /// Points per window.
    pub limit: u32,
    /// Points left in this window.
    pub remaining: u32,
    /// When it ends, in seconds since the epoch.
    pub until: u32,
}

impl BudgetTold {
    /// The window.
    #[must_use]
    pub fn window(self) -> WindowEnd {
        WindowEnd::from_seconds(self.until)
    }
}

/// What something that changed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// A person.
    Account(AccountId),
    /// A cabinet.
    Business(BusinessId),
    /// A store.
    Campaign(CampaignId),
    /// A key.
    ApiKey(ApiKeyId),
    /// An application.
    Client(ClientId),
    /// What a person allowed an application.
    Grant(GrantId),
    /// Something an outpost knows nothing of.
    #[serde(other)]
    Other,
}

impl From<Subject> for Named {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Account(id) => Self::Account(id),
            Subject::Business(id) => Self::Business(id),
            Subject::Campaign(id) => Self::Campaign(id),
            Subject::ApiKey(id) => Self::ApiKey(id),
            Subject::Client(id) => Self::Client(id),
            Subject::Grant(id) => Self::Grant(id),
            Subject::Catalog | Subject::Server => Self::Other,
        }
    }
}
