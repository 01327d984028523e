//! What happened: one event for every mutation, appended in the mutation's own transaction.
//!
//! Owns the names of events and their subjects. Must never carry a secret, not even as a digest: events are shown to
//! owners and kept for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::ids::{AccountId, ApiKeyId, BusinessId, CampaignId, ClientId, GrantId};
use crate::time::Timestamp;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Whoever may run the administration commands.
    Operator,
    /// A person, in the cabinet.
    Account(AccountId),
    /// marketpass itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A stored text that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not known to this version of marketpass")]
pub struct UnknownText(String);

impl FromStr for Actor {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        match text {
            "operator" => Ok(Self::Operator),
            "system" => Ok(Self::System),
            _ => text
                .strip_prefix("account:")
                .and_then(|id| id.parse().ok())
                .map(Self::Account)
                .ok_or_else(|| UnknownText(text.to_owned())),
        }
    }
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What kind of thing happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $variant),+ }

        impl EventKind {
            /// As stored and shown: `api_key.created`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

event_kinds! {
    /// A person was registered.
    AccountCreated = "account.created",
    /// A person was switched off.
    AccountDisabled = "account.disabled",
    /// A person was switched on again.
    AccountEnabled = "account.enabled",
    /// All sessions and tokens of a person were ended.
    AccountLoggedOutEverywhere = "account.logged_out_everywhere",
    /// A person has another password.
    AccountPasswordChanged = "account.password_changed",
    /// A cabinet was made.
    BusinessCreated = "business.created",
    /// A cabinet has another name, subscription or kind.
    BusinessEdited = "business.edited",
    /// A store was made.
    CampaignCreated = "campaign.created",
    /// The API was switched on or off for a store.
    CampaignAvailabilityChanged = "campaign.availability_changed",
    /// Somebody joined the staff.
    MemberAdded = "member.added",
    /// Somebody has another role or other stores.
    MemberChanged = "member.changed",
    /// Somebody left the staff.
    MemberRemoved = "member.removed",
    /// A key was made.
    ApiKeyCreated = "api_key.created",
    /// A key has another name or other accesses.
    ApiKeyEdited = "api_key.edited",
    /// A key has a new secret.
    ApiKeyRotated = "api_key.rotated",
    /// A key was paused.
    ApiKeyPaused = "api_key.paused",
    /// A key was resumed.
    ApiKeyResumed = "api_key.resumed",
    /// A key was deleted.
    ApiKeyDeleted = "api_key.deleted",
    /// A key's digest was remade under the current pepper, when its token was used.
    ApiKeyRepeppered = "api_key.repeppered",
    /// Somebody was invited to register.
    AccountInvited = "account.invited",
    /// A person registered themselves.
    AccountSignedUp = "account.signed_up",
    /// An address was proven to reach its person.
    AccountEmailVerified = "account.email_verified",
    /// A person has another address.
    AccountEmailChanged = "account.email_changed",
    /// A person got back in by a link sent to their address.
    AccountRecovered = "account.recovered",
    /// A second factor was switched on.
    AccountFactorEnabled = "account.factor_enabled",
    /// A second factor was switched off.
    AccountFactorDisabled = "account.factor_disabled",
    /// A person has other backup codes.
    AccountBackupCodesRenewed = "account.backup_codes_renewed",
    /// A backup code was used up.
    AccountBackupCodeUsed = "account.backup_code_used",
    /// Somebody signed in.
    SessionStarted = "session.started",
    /// A session was ended by its owner.
    SessionEnded = "session.ended",
    /// An application was registered.
    ClientCreated = "client.created",
    /// An application has another profile and the same rights.
    ClientEdited = "client.edited",
    /// An application has other rights, which ended its tokens.
    ClientScopesChanged = "client.scopes_changed",
    /// An application has a new secret.
    ClientSecretRenewed = "client.secret_renewed",
    /// An application was deleted, which ended its tokens.
    ClientDeleted = "client.deleted",
    /// A person's token was issued to an application.
    GrantIssued = "grant.issued",
    /// A person's token was withdrawn.
    GrantRevoked = "grant.revoked",
    /// A token's digest was remade under the current pepper, when it was used.
    GrantRepeppered = "grant.repeppered",
    /// Another catalogue came into force.
    CatalogImported = "catalog.imported",
    /// A catalogue was put on trial.
    CatalogShadowBegun = "catalog.shadow_begun",
    /// A catalogue is no longer on trial.
    CatalogShadowEnded = "catalog.shadow_ended",
    /// A new pepper came into force.
    PepperRotated = "pepper.rotated",
}

/// What it happened to: the aggregate that a node must read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
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
    /// The catalogue in force.
    Catalog,
    /// The server's own secrets.
    Server,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Business(id) => write!(f, "business:{id}"),
            Self::Campaign(id) => write!(f, "campaign:{id}"),
            Self::ApiKey(id) => write!(f, "api_key:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Grant(id) => write!(f, "grant:{id}"),
            Self::Catalog => f.write_str("catalog"),
            Self::Server => f.write_str("server"),
        }
    }
}

impl FromStr for Subject {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        let unknown = || UnknownText(text.to_owned());
        match text {
            "catalog" => return Ok(Self::Catalog),
            "server" => return Ok(Self::Server),
            _ => {}
        }
        let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "account" => id.parse().map(Self::Account).map_err(|_| unknown()),
            "business" => id.parse().map(Self::Business).map_err(|_| unknown()),
            "campaign" => id.parse().map(Self::Campaign).map_err(|_| unknown()),
            "api_key" => id.parse().map(Self::ApiKey).map_err(|_| unknown()),
            "client" => id.parse().map(Self::Client).map_err(|_| unknown()),
            "grant" => id.parse().map(Self::Grant).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// Something that is about to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub kind: EventKind,
    /// To what.
    pub subject: Subject,
    /// In which cabinet, where there is one.
    pub business_id: Option<BusinessId>,
    /// What else a reader of the audit trail wants to know, for example the name of a created key. Never a secret.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_actors_survive_being_written_down() {
        let account = AccountId::from_bytes([3; 16]);
        for subject in [
            Subject::Account(account),
            Subject::Business(BusinessId::new(5).unwrap()),
            Subject::Campaign(CampaignId::new(6).unwrap()),
            Subject::ApiKey(ApiKeyId::from_bytes([4; 16])),
            Subject::Catalog,
            Subject::Server,
        ] {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        for actor in [Actor::Operator, Actor::System, Actor::Account(account)] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
    }
}
