//! `key`: API keys.
//!
//! Owns the arguments, how a key is shown, and showing a token the one time it can be shown. Must never print a token
//! of a key that exists already.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use ipnet::IpNet;
use mp_domain::api_key::{ApiKey, KeyGrant, KeyState};
use mp_domain::event::Actor;
use mp_domain::ids::{ApiKeyId, BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::time::{Clock, Timestamp, parse_duration};
use mp_service::Service;
use mp_service::api_keys::IssuedKey;
use serde::Serialize;

use super::access::parse_access;
use crate::failure::Failure;
use crate::output::{Column, Output, aligned, joined, or_dash};
use crate::system::SystemClock;

/// `key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and show its token, this once
    #[command(after_help = accesses())]
    Create(NewKeyArguments),
    /// List the keys of a cabinet
    List {
        /// Of which cabinet
        #[arg(long, value_name = "ID")]
        business: BusinessId,
    },
    /// Give a key another name or other accesses; its token stays
    #[command(after_help = accesses())]
    Edit(EditArguments),
    /// Give a key a new token and show it, this once
    Rotate {
        /// Which key
        #[arg(long, value_name = "ID")]
        key: ApiKeyId,
        /// How long the old token goes on working, for example 24h
        #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
        overlap: Duration,
    },
    /// Refuse a key until it is resumed
    Pause(KeyArgument),
    /// Accept a paused key again
    Resume(KeyArgument),
    /// Refuse a key for good
    Delete(KeyArgument),
}

/// What can stand behind `--scope`.
fn accesses() -> String {
    let names: Vec<String> = AccessScope::all().map(|scope| format!("\n  {scope}")).collect();
    format!("Accesses:{}", names.concat())
}

/// Which key a command is about.
#[derive(Debug, Args)]
pub(crate) struct KeyArgument {
    /// Which key
    #[arg(long, value_name = "ID")]
    key: ApiKeyId,
}

/// What key is to be made.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArguments {
    /// In which cabinet
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// Unique among the keys of the cabinet
    #[arg(long, value_parser = Name::new)]
    name: Name,
    /// An access such as pricing:read-only; once for each
    #[arg(long = "scope", value_name = "ACCESS", required = true, value_parser = parse_access)]
    scopes: Vec<AccessScope>,
    /// A store that the key is restricted to; once for each [default: all]
    #[arg(long = "campaign", value_name = "ID")]
    campaigns: Vec<CampaignId>,
    /// After which time it stops working, for example 90d [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_in: Option<Duration>,
    /// A network it may be used from; once for each [default: anywhere]
    #[arg(long = "allow-ip", value_name = "CIDR", value_parser = parse_network)]
    networks: Vec<IpNet>,
}

impl NewKeyArguments {
    fn grant(self, now: Timestamp) -> KeyGrant {
        KeyGrant {
            name: self.name,
            scopes: self.scopes.into_iter().collect(),
            campaigns: self.campaigns,
            networks: Networks::new(self.networks),
            expires_at: self.expires_in.map(|span| now.plus(span)),
        }
    }
}

/// What is to be changed.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").args(["name", "scopes"]).required(true).multiple(true))]
pub(crate) struct EditArguments {
    /// Which key
    #[arg(long, value_name = "ID")]
    key: ApiKeyId,
    /// Its new name
    #[arg(long, value_parser = Name::new)]
    name: Option<Name>,
    /// An access that it has from now on instead of all it had; once for each
    #[arg(long = "scope", value_name = "ACCESS", value_parser = parse_access)]
    scopes: Vec<AccessScope>,
}

/// A key with its token: printed once, stored nowhere.
#[derive(Serialize)]
struct ShownToken<'a> {
    id: ApiKeyId,
    name: &'a Name,
    token: &'a str,
}

/// A key without any secret.
#[derive(Serialize)]
struct ShownKey {
    id: ApiKeyId,
    name: Name,
    scopes: ScopeSet,
    state: &'static str,
    campaigns: Vec<CampaignId>,
    networks: Networks,
    created_at: Timestamp,
    created_by: Actor,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl ShownKey {
    fn new(key: ApiKey, now: Timestamp) -> Self {
        let state = state_of(&key, now);
        let KeyGrant { name, scopes, campaigns, networks, expires_at } = key.grant;
        let ApiKey { id, created_at, created_by, last_used_at, .. } = key;
        Self {
            id,
            name,
            scopes,
            state,
            campaigns,
            networks,
            created_at,
            created_by,
            expires_at,
            last_used_at,
        }
    }
}

/// The state in the order in which a check looks: a deleted key is not called expired.
fn state_of(key: &ApiKey, now: Timestamp) -> &'static str {
    match key.state {
        KeyState::Deleted { .. } => "deleted",
        _ if key.has_expired(now) => "expired",
        KeyState::Paused { .. } => "paused",
        KeyState::Active => "active",
    }
}

/// Runs the command.
pub(crate) async fn run(command: KeyCommand, service: &Service, output: Output) -> Result<(), Failure> {
    let operator = Actor::Operator;
    let now = SystemClock.now();
    let (key, what_happened) = match command {
        KeyCommand::Create(new) => {
            let business = new.business;
            let issued = service.create_api_key(operator, business, new.grant(now)).await?;
            return show_token(&issued, output);
        }
        KeyCommand::Rotate { key, overlap } => {
            let issued = service.rotate_api_key(operator, key, overlap, None).await?;
            return show_token(&issued, output);
        }
        KeyCommand::List { business } => return list(service, business, now, output).await,
        KeyCommand::Edit(EditArguments { key, name, scopes }) => {
            let scopes = (!scopes.is_empty()).then(|| scopes.into_iter().collect());
            (service.edit_api_key(operator, key, name, scopes).await?, "changed")
        }
        KeyCommand::Pause(which) => (service.pause_api_key(operator, which.key).await?, "paused"),
        KeyCommand::Resume(which) => (service.resume_api_key(operator, which.key).await?, "resumed"),
        KeyCommand::Delete(which) => (service.delete_api_key(operator, which.key).await?, "deleted for good"),
    };
    output.show(&ShownKey::new(key, now), |key| {
        format!("Key {} is {what_happened} (id {}).\n", key.name, key.id)
    })
}

fn show_token(issued: &IssuedKey, output: Output) -> Result<(), Failure> {
    let key = &issued.key;
    let shown = ShownToken { id: key.id, name: &key.grant.name, token: issued.token.expose() };
    output.show(&shown, |key| {
        let rows = [
            ["Key:".to_owned(), key.name.to_string()],
            ["Id:".to_owned(), key.id.to_string()],
            ["Token:".to_owned(), key.token.to_owned()],
        ];
        aligned(&rows) + "Keep the token now: it will not be shown again.\n"
    })
}

async fn list(
    service: &Service,
    business: BusinessId,
    now: Timestamp,
    output: Output,
) -> Result<(), Failure> {
    let keys = service.list_api_keys(Actor::Operator, business).await?;
    let keys: Vec<ShownKey> = keys.into_iter().map(|key| ShownKey::new(key, now)).collect();
    let columns = [
        Column("NAME", |key: &ShownKey| key.name.to_string()),
        Column("STATE", |key| key.state.to_owned()),
        Column("ACCESSES", |key| joined(key.scopes.iter())),
        Column(
            "CAMPAIGNS",
            |key| if key.campaigns.is_empty() { "all".to_owned() } else { joined(&key.campaigns) },
        ),
        Column("FROM", |key| {
            if key.networks.is_empty() { "anywhere".to_owned() } else { joined(key.networks.iter()) }
        }),
        Column("EXPIRES", |key| or_dash(key.expires_at)),
        Column("LAST USED", |key| or_dash(key.last_used_at)),
        Column("ID", |key| key.id.to_string()),
    ];
    output.list(&keys, &columns)
}

#[cfg(test)]
mod tests {
    use mp_domain::api_key::StoredSecret;
    use mp_domain::secret::SecretDigest;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn key(state: KeyState, expires_at: Option<Timestamp>) -> ApiKey {
        ApiKey {
            id: ApiKeyId::from_bytes([7; 16]),
            business_id: BusinessId::new(1).unwrap(),
            grant: KeyGrant {
                name: Name::new("ERP").unwrap(),
                scopes: [AccessScope::PricingReadOnly].into_iter().collect(),
                campaigns: Vec::new(),
                networks: Networks::default(),
                expires_at,
            },
            secret: StoredSecret { digest: SecretDigest::from_bytes([1; 16]), pepper: 1 },
            state,
            created_at: NOW,
            created_by: Actor::Operator,
            last_used_at: None,
        }
    }

    #[test]
    fn the_state_shown_is_the_one_a_check_would_name() {
        let (paused, deleted) = (KeyState::Paused { since: NOW }, KeyState::Deleted { at: NOW });
        for (state, expires_at, shown) in [
            (KeyState::Active, None, "active"),
            (KeyState::Active, Some(NOW), "expired"),
            (paused, None, "paused"),
            (paused, Some(NOW), "expired"),
            (deleted, Some(NOW), "deleted"),
        ] {
            assert_eq!(state_of(&key(state, expires_at), NOW), shown);
        }
    }

    #[test]
    fn a_key_is_shown_without_its_digest() {
        let shown = serde_json::to_value(ShownKey::new(key(KeyState::Active, None), NOW)).unwrap();
        let expected = serde_json::json!({
            "id": "07070707-0707-0707-0707-070707070707",
            "name": "ERP",
            "scopes": ["pricing:read-only"],
            "state": "active",
            "campaigns": [],
            "networks": [],
            "created_at": "1970-01-12T13:46:40Z",
            "created_by": "operator",
            "expires_at": null,
            "last_used_at": null,
        });
        assert_eq!(shown, expected);
    }
}
