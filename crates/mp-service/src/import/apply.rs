//! Writing a batch of lines into the database.
//!
//! Owns what each line finds there and what it adds. Looks before it adds: a statement that fails would cost the whole
//! batch on PostgreSQL. Must have no effect beside the transaction.

use std::collections::{HashMap, HashSet};

use mp_domain::account::{Account, Login};
use mp_domain::business::Business;
use mp_domain::campaign::{Availability, Campaign};
use mp_domain::event::{EventKind, Subject};
use mp_domain::ids::{AccountId, ApiKeyId, BusinessId};
use mp_domain::member::{Member, Role};
use mp_store::{StoreError, Tx, account, business, campaign, member};

use super::batch::{Batch, Thing};
use super::refusal::LineRefusal;
use crate::api_keys::ApiKeyError;
use crate::businesses::{BusinessError, NewBusiness, NewCampaign, check_campaigns};
use crate::service::Recorder;
use crate::staff::NewMember;

/// What became of a line.
#[derive(Debug)]
pub(super) enum Outcome {
    Added,
    /// It was there already.
    Known,
    Refused(LineRefusal),
}

impl Outcome {
    pub(super) fn of(added: bool) -> Self {
        if added { Self::Added } else { Self::Known }
    }
}

/// What ends the work on a line.
pub(super) enum Stop {
    Line(LineRefusal),
    /// The database failed: this ends the whole batch.
    Batch(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Batch(error)
    }
}

impl From<BusinessError> for Stop {
    fn from(error: BusinessError) -> Self {
        match error {
            BusinessError::Store(error) => Self::Batch(error),
            refusal => Self::Line(LineRefusal::Business(refusal)),
        }
    }
}

impl From<ApiKeyError> for Stop {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::Store(error) => Self::Batch(error),
            refusal => Self::Line(LineRefusal::ApiKey(refusal)),
        }
    }
}

/// Imports the lines of a batch and says what became of each. A key whose token was generated is only added if
/// `is_issued` says that the token was kept.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    batch: &Batch,
    is_issued: impl Fn(ApiKeyId) -> bool,
) -> Result<Vec<Outcome>, StoreError> {
    let mut work = Work { tx, record: batch.record, accounts: HashMap::new(), held: HashSet::new() };
    let outcomes = batch.entries.iter().map(|entry| {
        let done = match &entry.thing {
            Thing::Account(new) => work.account(new),
            Thing::Business(new) => work.business(new),
            Thing::Campaign(new) => work.campaign(new),
            Thing::Member(new) => work.member(new),
            Thing::Key(new) => work.key(new, &is_issued),
        };
        match done {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Line(refusal)) => Ok(Outcome::Refused(refusal)),
            Err(Stop::Batch(error)) => Err(error),
        }
    });
    outcomes.collect()
}

/// A batch being imported.
pub(super) struct Work<'a, 't> {
    pub(super) tx: &'a mut Tx<'t>,
    pub(super) record: Recorder,
    /// Whom the batch has named. Accounts are never removed.
    accounts: HashMap<Login, AccountId>,
    /// The cabinets that nobody else can change before the commit: locked, or made here.
    held: HashSet<BusinessId>,
}

impl Work<'_, '_> {
    fn account(&mut self, new: &Account) -> Result<Outcome, Stop> {
        let added = account::insert_new(self.tx, new)?;
        if added {
            let (kind, subject) = (EventKind::AccountCreated, Subject::Account(new.id));
            self.record.append(self.tx, kind, subject, None, new.login.as_str())?;
        }
        Ok(Outcome::of(added))
    }

    fn business(&mut self, new: &NewBusiness) -> Result<Outcome, Stop> {
        let owner = self.find_account(&new.owner)?;
        if new.id.is_none() && business::find_owned(self.tx, owner, &new.name)?.is_some() {
            return Ok(Outcome::Known);
        }
        let Some(id) = self.insert_business(new)? else { return Ok(Outcome::Known) };
        self.held.insert(id);
        let (role, created_at) = (Role::Owner, self.record.at);
        let first = Member { business_id: id, account_id: owner, role, campaigns: Vec::new(), created_at };
        member::insert_new(self.tx, &first)?;
        let (kind, subject) = (EventKind::BusinessCreated, Subject::Business(id));
        self.record.append(self.tx, kind, subject, Some(id), new.name.as_str())?;
        Ok(Outcome::Added)
    }

    /// The number of the cabinet, if it is new.
    fn insert_business(&mut self, new: &NewBusiness) -> Result<Option<BusinessId>, StoreError> {
        let (name, created_at) = (new.name.clone(), self.record.at);
        let id = new.id.map_or_else(|| business::next_id(self.tx), Ok)?;
        let mut made = Business { id, name, subscription: new.subscription, kind: new.kind, created_at };
        while !business::insert_new(self.tx, &made)? {
            if new.id.is_some() {
                return Ok(None);
            }
            // Another node was quicker to take the number.
            made.id = business::next_id(self.tx)?;
        }
        Ok(Some(made.id))
    }

    fn campaign(&mut self, new: &NewCampaign) -> Result<Outcome, Stop> {
        let business_id = new.business_id;
        self.hold(business_id)?;
        if new.id.is_none() && campaign::find_named(self.tx, business_id, &new.name)?.is_some() {
            return Ok(Outcome::Known);
        }
        let Some(made) = self.insert_campaign(new)? else { return Ok(Outcome::Known) };
        let (kind, subject) = (EventKind::CampaignCreated, Subject::Campaign(made.id));
        self.record.append(self.tx, kind, subject, Some(business_id), made.name.as_str())?;
        Ok(Outcome::Added)
    }

    fn insert_campaign(&mut self, new: &NewCampaign) -> Result<Option<Campaign>, Stop> {
        let (name, placement, availability) = (new.name.clone(), new.placement, Availability::Available);
        let (business_id, created_at) = (new.business_id, self.record.at);
        let id = new.id.map_or_else(|| campaign::next_id(self.tx), Ok)?;
        let mut made = Campaign { id, business_id, name, placement, availability, created_at };
        while !campaign::insert_new(self.tx, &made)? {
            if let Some(id) = new.id {
                let business = campaign::find(self.tx, id)?.map_or(business_id, |known| known.business_id);
                let elsewhere = LineRefusal::CampaignElsewhere { campaign: id, business };
                return if business == business_id { Ok(None) } else { Err(Stop::Line(elsewhere)) };
            }
            made.id = campaign::next_id(self.tx)?;
        }
        Ok(Some(made))
    }

    fn member(&mut self, new: &NewMember) -> Result<Outcome, Stop> {
        let (business_id, role, created_at) = (new.business_id, new.role, self.record.at);
        if role != Role::Employee && !new.campaigns.is_empty() {
            return Err(BusinessError::RoleSeesEverything(role).into());
        }
        self.hold(business_id)?;
        let account_id = self.find_account(&new.login)?;
        check_campaigns(self.tx, business_id, &new.campaigns)?;
        let campaigns = new.campaigns.clone();
        let made = Member { business_id, account_id, role, campaigns, created_at };
        let added = member::insert_new(self.tx, &made)?;
        if added {
            let (kind, subject) = (EventKind::MemberAdded, Subject::Account(account_id));
            self.record.append(self.tx, kind, subject, Some(business_id), role.as_str())?;
        }
        Ok(Outcome::of(added))
    }

    /// Takes a cabinet for this transaction alone.
    pub(super) fn hold(&mut self, business: BusinessId) -> Result<(), Stop> {
        if !self.held.contains(&business) {
            if !business::lock(self.tx, business)? {
                return Err(BusinessError::UnknownBusiness(business).into());
            }
            self.held.insert(business);
        }
        Ok(())
    }

    fn find_account(&mut self, login: &Login) -> Result<AccountId, Stop> {
        if let Some(known) = self.accounts.get(login) {
            return Ok(*known);
        }
        let found = account::find(self.tx, login)?;
        let id = found.ok_or_else(|| BusinessError::UnknownLogin(login.clone()))?.id;
        self.accounts.insert(login.clone(), id);
        Ok(id)
    }
}
