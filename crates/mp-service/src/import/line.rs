//! The lines of an import, as written.
//!
//! Owns the spelling: one JSON object with one of five names, fields as the options of the create commands. Must never
//! look anything up.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use argon2::password_hash::phc;
use argon2::{Algorithm, Params, Version};
use mp_domain::account::PasswordHash;
use mp_domain::api_key::KeyGrant;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::ScopeSet;
use mp_domain::time::{Timestamp, parse_duration};
use serde::Deserialize;

use super::refusal::LineRefusal;
use crate::businesses::{NewBusiness, NewCampaign};
use crate::staff::NewMember;

/// The longest line read, in bytes: far more than any true line has, and little enough to keep in memory.
pub(super) const LONGEST: usize = 1 << 20;
/// As many characters of a reason are shown: it may quote the line.
const LONGEST_REASON: usize = 600;

/// A line of an import.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line<'a> {
    #[serde(borrow)]
    Account(AccountLine<'a>),
    #[serde(borrow)]
    Business(BusinessLine<'a>),
    #[serde(borrow)]
    Campaign(CampaignLine<'a>),
    #[serde(borrow)]
    Member(MemberLine<'a>),
    #[serde(borrow)]
    Key(KeyLine<'a>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountLine<'a> {
    #[serde(borrow)]
    pub(super) login: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) email: Cow<'a, str>,
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    password_hash: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BusinessLine<'a> {
    id: Option<i64>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    owner: Cow<'a, str>,
    subscription: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignLine<'a> {
    id: Option<i64>,
    business_id: i64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    placement: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberLine<'a> {
    business_id: i64,
    #[serde(borrow)]
    login: Cow<'a, str>,
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(default)]
    campaigns: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyLine<'a> {
    business_id: i64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    scopes: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) token: Option<Cow<'a, str>>,
    #[serde(default)]
    campaigns: Vec<i64>,
    expires_at: Option<Cow<'a, str>>,
    expires_in: Option<Cow<'a, str>>,
    /// As the option of the command calls it, or as a list of keys does.
    #[serde(default, alias = "networks")]
    allow_ip: Vec<Cow<'a, str>>,
}

impl<'a> Line<'a> {
    /// Reads a line that is not blank.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, LineRefusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| LineRefusal::NotUtf8)?;
        serde_json::from_str(text).map_err(|error| LineRefusal::Json(reason(&error)))
    }
}

impl AccountLine<'_> {
    pub(super) fn password_hash(&self) -> Result<PasswordHash, LineRefusal> {
        let phc = self.password_hash.as_ref();
        if !can_be_verified(phc) {
            return Err(field(
                "password_hash",
                "it is no argon2 hash in PHC form, such as $argon2id$v=19$m=…: only these can be verified",
            ));
        }
        Ok(PasswordHash::new(phc.to_owned()))
    }
}

impl BusinessLine<'_> {
    pub(super) fn read(self) -> Result<NewBusiness, LineRefusal> {
        Ok(NewBusiness {
            id: self.id.map(|id| checked("id", BusinessId::new(id))).transpose()?,
            name: name(&self.name)?,
            owner: parsed("owner", &self.owner)?,
            subscription: optional("subscription", self.subscription.as_deref())?.unwrap_or_default(),
            kind: optional("kind", self.kind.as_deref())?.unwrap_or_default(),
        })
    }
}

impl CampaignLine<'_> {
    pub(super) fn read(self) -> Result<NewCampaign, LineRefusal> {
        Ok(NewCampaign {
            id: self.id.map(|id| checked("id", CampaignId::new(id))).transpose()?,
            business_id: checked("business_id", BusinessId::new(self.business_id))?,
            name: name(&self.name)?,
            placement: parsed("placement", self.placement.as_deref().unwrap_or("FBS"))?,
        })
    }
}

impl MemberLine<'_> {
    pub(super) fn read(self) -> Result<NewMember, LineRefusal> {
        Ok(NewMember {
            business_id: checked("business_id", BusinessId::new(self.business_id))?,
            login: parsed("login", &self.login)?,
            role: parsed("role", &self.role)?,
            campaigns: campaigns(&self.campaigns)?,
        })
    }
}

impl KeyLine<'_> {
    pub(super) fn read(&self, now: Timestamp) -> Result<(BusinessId, KeyGrant), LineRefusal> {
        let scopes: Result<ScopeSet, _> = self.scopes.iter().map(|scope| parsed("scopes", scope)).collect();
        let networks = self.allow_ip.iter().map(|text| checked("allow_ip", parse_network(text)));
        let grant = KeyGrant {
            name: name(&self.name)?,
            scopes: scopes?,
            campaigns: campaigns(&self.campaigns)?,
            networks: Networks::new(networks.collect::<Result<_, _>>()?),
            expires_at: self.expiry(now)?,
        };
        Ok((checked("business_id", BusinessId::new(self.business_id))?, grant))
    }

    fn expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, LineRefusal> {
        match (self.expires_at.as_deref(), self.expires_in.as_deref()) {
            (Some(_), Some(_)) => {
                Err(field("expires_in", "expires_at says it already: leave one of them out"))
            }
            (at, None) => optional("expires_at", at),
            (None, Some(span)) => Ok(Some(now.plus(checked("expires_in", parse_duration(span))?))),
        }
    }
}

pub(super) fn name(text: &str) -> Result<Name, LineRefusal> {
    checked("name", Name::new(text))
}

pub(super) fn parsed<T: FromStr<Err: Display>>(field: &'static str, text: &str) -> Result<T, LineRefusal> {
    checked(field, text.parse())
}

pub(super) fn field(field: &'static str, reason: impl Display) -> LineRefusal {
    LineRefusal::Field { field, reason: reason.to_string().chars().take(LONGEST_REASON).collect() }
}

fn optional<T: FromStr<Err: Display>>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, LineRefusal> {
    text.map(|text| parsed(field, text)).transpose()
}

fn checked<T>(name: &'static str, value: Result<T, impl Display>) -> Result<T, LineRefusal> {
    value.map_err(|reason| field(name, reason))
}

fn campaigns(numbers: &[i64]) -> Result<Vec<CampaignId>, LineRefusal> {
    numbers.iter().map(|number| checked("campaigns", CampaignId::new(*number))).collect()
}

/// What the parser says, without the line's number, which it does not know, and without the text that stands in a wrong
/// place, which may be a secret.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let what = match (what.split_once("string \""), what.rsplit_once("\", expected")) {
        (Some((before, _)), Some((_, after))) => format!("{before}string, expected{after}"),
        _ => what.chars().take(LONGEST_REASON).collect(),
    };
    format!("{what} (column {})", error.column())
}

/// Whether a sign-in can compare a password with the hash: everything that the comparison would look at is in order.
fn can_be_verified(phc: &str) -> bool {
    let Ok(hash) = phc::PasswordHash::new(phc) else { return false };
    Algorithm::try_from(hash.algorithm.as_str()).is_ok()
        && hash.version.is_none_or(|version| Version::try_from(version).is_ok())
        && Params::try_from(&hash).is_ok()
        && hash.salt.is_some()
        && hash.hash.is_some()
}
