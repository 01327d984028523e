//! Importing keys.
//!
//! Owns what an import takes for the same key, and what it refuses. Must never bring a deleted or replaced secret back.

use mp_domain::api_key::{KeyState, MAX_LIVE_KEYS};
use mp_domain::event::{EventKind, Subject};
use mp_domain::ids::ApiKeyId;
use mp_store::api_key;

use super::apply::{Outcome, Stop, Work};
use super::batch::ImportedKey;
use super::refusal::LineRefusal;
use crate::api_keys::ApiKeyError;
use crate::businesses::check_campaigns;

impl Work<'_, '_> {
    pub(super) fn key(
        &mut self,
        new: &ImportedKey,
        is_issued: &impl Fn(ApiKeyId) -> bool,
    ) -> Result<Outcome, Stop> {
        let key = &new.key;
        if key.grant.scopes.is_empty() {
            return Err(ApiKeyError::NoScope.into());
        }
        self.hold(key.business_id)?;
        // With these, one statement cannot tell whether the key may be added.
        let must_look_first = !new.former.is_empty()
            || key.has_expired(self.record.at)
            || !key.grant.campaigns.is_empty()
            || (new.generated.is_some() && !is_issued(key.id));
        if must_look_first {
            if self.is_known(new)? {
                return Ok(Outcome::Known);
            }
            self.refuse_if_forbidden(new, is_issued)?;
        }
        let (business, digest) = (key.business_id, key.secret.digest);
        let added = api_key::has_room(self.tx, business, self.record.at, MAX_LIVE_KEYS, digest)?
            && api_key::insert_new(self.tx, key)?;
        if !added {
            let known = self.is_known(new)?;
            return if known { Ok(Outcome::Known) } else { Err(ApiKeyError::TooMany(business).into()) };
        }
        let (kind, subject) = (EventKind::ApiKeyCreated, Subject::ApiKey(key.id));
        self.record.append(self.tx, kind, subject, Some(key.business_id), key.grant.name.as_str())?;
        Ok(Outcome::Added)
    }

    /// Whether the key is there already. It is not refused then, even if it could not be made any more.
    fn is_known(&mut self, new: &ImportedKey) -> Result<bool, Stop> {
        let (business, name) = (new.key.business_id, &new.key.grant.name);
        for secret in std::iter::once(&new.key.secret).chain(&new.former) {
            let Some(known) = api_key::find_by_digest(self.tx, secret.digest)? else { continue };
            let (known_business, known_name) = (known.business_id, known.grant.name.as_str().to_owned());
            if matches!(known.state, KeyState::Deleted { .. }) {
                return Err(Stop::Line(LineRefusal::TokenDeleted {
                    business: known_business,
                    name: known_name,
                }));
            }
            if known_business != business || known.grant.name != *name {
                return Err(Stop::Line(LineRefusal::TokenTaken {
                    business: known_business,
                    name: known_name,
                }));
            }
            return Ok(true);
        }
        let named = api_key::find_named(self.tx, business, name.as_str())?;
        if named.is_some() && new.generated.is_none() {
            return Err(ApiKeyError::NameTaken { business, name: name.clone() }.into());
        }
        Ok(named.is_some())
    }

    fn refuse_if_forbidden(
        &mut self,
        new: &ImportedKey,
        is_issued: &impl Fn(ApiKeyId) -> bool,
    ) -> Result<(), Stop> {
        if new.key.has_expired(self.record.at) {
            return Err(ApiKeyError::ExpiredAtBirth.into());
        }
        check_campaigns(self.tx, new.key.business_id, &new.key.grant.campaigns)?;
        if new.generated.is_some() && !is_issued(new.key.id) {
            return Err(Stop::Line(LineRefusal::Overtaken));
        }
        Ok(())
    }
}
