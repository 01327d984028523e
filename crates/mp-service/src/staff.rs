//! The staff of businesses: who joins, as what, and who leaves.

use mp_domain::account::Login;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::member::{Member, Role};
use mp_store::{Conn, account, business, member};

use crate::businesses::{BusinessError, check_campaigns};
use crate::service::Service;

/// A person to put on the staff.
pub struct NewMember {
    /// Where.
    pub business_id: BusinessId,
    /// Who.
    pub login: Login,
    /// As what.
    pub role: Role,
    /// The stores an employee sees; empty means all.
    pub campaigns: Vec<CampaignId>,
}

impl Service {
    /// Puts a person on the staff, or gives a member another role or other stores.
    pub async fn add_member(&self, actor: Actor, new: NewMember) -> Result<Member, BusinessError> {
        if new.role != Role::Employee && !new.campaigns.is_empty() {
            return Err(BusinessError::RoleSeesEverything(new.role));
        }
        let record = self.record(actor);
        self.commit("add_member", move |tx| {
            let (business_id, role) = (new.business_id, new.role);
            if !business::lock(tx, business_id)? {
                return Err(BusinessError::UnknownBusiness(business_id));
            }
            let account = account::find(tx, &new.login)?;
            let account = account.ok_or_else(|| BusinessError::UnknownLogin(new.login.clone()))?;
            check_campaigns(tx, business_id, &new.campaigns)?;
            let known = member::find(tx, business_id, account.id)?;
            if known.as_ref().is_some_and(|known| known.role == Role::Owner) && role != Role::Owner {
                refuse_last_owner(tx, business_id, &new.login)?;
            }
            let created_at = known.as_ref().map_or(record.at, |known| known.created_at);
            let campaigns = new.campaigns.clone();
            let made = Member { business_id, account_id: account.id, role, campaigns, created_at };
            member::put(tx, &made)?;
            let kind = if known.is_some() { EventKind::MemberChanged } else { EventKind::MemberAdded };
            record.append(tx, kind, Subject::Account(account.id), Some(business_id), role.as_str())?;
            Ok(made)
        })
        .await
    }

    /// Takes a person off the staff.
    pub async fn remove_member(
        &self,
        actor: Actor,
        business_id: BusinessId,
        login: &Login,
    ) -> Result<(), BusinessError> {
        let (record, login) = (self.record(actor), login.clone());
        self.commit("remove_member", move |tx| {
            if !business::lock(tx, business_id)? {
                return Err(BusinessError::UnknownBusiness(business_id));
            }
            let account = account::find(tx, &login)?;
            let account = account.ok_or_else(|| BusinessError::UnknownLogin(login.clone()))?;
            let Some(known) = member::find(tx, business_id, account.id)? else {
                return Err(BusinessError::NotAMember { login: login.clone(), business: business_id });
            };
            if known.role == Role::Owner {
                refuse_last_owner(tx, business_id, &login)?;
            }
            member::remove(tx, business_id, account.id)?;
            let (kind, subject) = (EventKind::MemberRemoved, Subject::Account(account.id));
            record.append(tx, kind, subject, Some(business_id), login.as_str())?;
            Ok(())
        })
        .await
    }

    /// The staff of a cabinet.
    pub async fn list_members(&self, business_id: BusinessId) -> Result<Vec<(Login, Member)>, BusinessError> {
        let found = self.store.read("list_members", move |conn| {
            let known = business::find(conn, business_id)?.is_some();
            known.then(|| member::of_business(conn, business_id)).transpose()
        });
        found.await?.ok_or(BusinessError::UnknownBusiness(business_id))
    }
}

fn refuse_last_owner(conn: &mut Conn, business: BusinessId, login: &Login) -> Result<(), BusinessError> {
    if member::count(conn, business, Role::Owner)? > 1 {
        return Ok(());
    }
    Err(BusinessError::LastOwner { login: login.clone(), business })
}
