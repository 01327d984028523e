//! Businesses and their stores.

use mp_domain::account::Login;
use mp_domain::business::{Business, Subscription};
use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::member::{Member, Role};
use mp_domain::name::Name;
use mp_domain::seller_kind::SellerKind;
use mp_store::{StoreError, account, business, campaign, member};

use crate::service::Service;

/// A cabinet to make.
pub struct NewBusiness {
    /// The marketplace's number for it; the next free one if there is none.
    pub id: Option<BusinessId>,
    /// As its owner calls it.
    pub name: Name,
    /// Becomes its first member.
    pub owner: Login,
    /// Its tier.
    pub subscription: Subscription,
    /// What it is to the marketplace.
    pub kind: SellerKind,
}

/// What is to change of a cabinet.
#[derive(Debug, Clone, Default)]
pub struct BusinessEdit {
    /// Another name.
    pub name: Option<Name>,
    /// Another tier.
    pub subscription: Option<Subscription>,
    /// Another kind.
    pub kind: Option<SellerKind>,
}

/// A store to make.
pub struct NewCampaign {
    /// The marketplace's number for it; the next free one if there is none.
    pub id: Option<CampaignId>,
    /// Where.
    pub business_id: BusinessId,
    /// As its owner calls it.
    pub name: Name,
    /// How it delivers.
    pub placement: Placement,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusinessError {
    /// Nobody has the login.
    #[error("there is no account with the login {0}: create it with `marketpass account create`")]
    UnknownLogin(Login),
    /// No such cabinet.
    #[error("there is no business {0}: `marketpass business list` shows them all")]
    UnknownBusiness(BusinessId),
    /// No such store.
    #[error("there is no campaign {0}: `marketpass campaign list --business ID` shows those of a business")]
    UnknownCampaign(CampaignId),
    /// A store of another cabinet, or of none.
    #[error(
        "campaign {campaign} does not belong to business {business}: `marketpass campaign list --business {business}` shows those that do"
    )]
    ForeignCampaign {
        /// The store named.
        campaign: CampaignId,
        /// The cabinet meant.
        business: BusinessId,
    },
    /// The number is in use.
    #[error("business {0} exists already: choose another number or leave it out")]
    BusinessTaken(BusinessId),
    /// The number is in use.
    #[error("campaign {0} exists already: choose another number or leave it out")]
    CampaignTaken(CampaignId),
    /// Not on the staff.
    #[error(
        "{login} is not on the staff of business {business}: `marketpass member list --business {business}` shows who is"
    )]
    NotAMember {
        /// Who.
        login: Login,
        /// Where.
        business: BusinessId,
    },
    /// A cabinet without an owner could not be managed by anybody.
    #[error("{login} is the only owner of business {business}: make somebody else an owner first")]
    LastOwner {
        /// Who.
        login: Login,
        /// Where.
        business: BusinessId,
    },
    /// Only employees are restricted to stores.
    #[error("a {0} sees every store: name stores only for an employee")]
    RoleSeesEverything(Role),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Makes a cabinet with its owner.
    pub async fn create_business(&self, actor: Actor, new: NewBusiness) -> Result<Business, BusinessError> {
        let record = self.record(actor);
        self.commit("create_business", move |tx| {
            let owner = account::find(tx, &new.owner)?;
            let owner = owner.ok_or_else(|| BusinessError::UnknownLogin(new.owner.clone()))?;
            let id = new.id.map_or_else(|| business::next_id(tx), Ok)?;
            if business::find(tx, id)?.is_some() {
                return Err(BusinessError::BusinessTaken(id));
            }
            let (name, subscription, kind) = (new.name.clone(), new.subscription, new.kind);
            let made = Business { id, name, subscription, kind, created_at: record.at };
            business::insert(tx, &made)?;
            let (business_id, role, campaigns) = (id, Role::Owner, Vec::new());
            let first = Member { business_id, account_id: owner.id, role, campaigns, created_at: record.at };
            member::put(tx, &first)?;
            record.append(
                tx,
                EventKind::BusinessCreated,
                Subject::Business(id),
                Some(id),
                made.name.as_str(),
            )?;
            Ok(made)
        })
        .await
    }

    /// Gives a cabinet another name, tier or kind.
    pub async fn edit_business(
        &self,
        actor: Actor,
        id: BusinessId,
        edit: BusinessEdit,
    ) -> Result<Business, BusinessError> {
        let record = self.record(actor);
        self.commit("edit_business", move |tx| {
            business::lock(tx, id)?;
            let mut edited = business::find(tx, id)?.ok_or(BusinessError::UnknownBusiness(id))?;
            if let Some(name) = &edit.name {
                edited.name.clone_from(name);
            }
            edited.subscription = edit.subscription.unwrap_or(edited.subscription);
            edited.kind = edit.kind.unwrap_or(edited.kind);
            business::update(tx, &edited)?;
            let detail = format!("{}, {}, {}", edited.name, edited.subscription, edited.kind);
            record.append(tx, EventKind::BusinessEdited, Subject::Business(id), Some(id), detail)?;
            Ok(edited)
        })
        .await
    }

    /// Every cabinet.
    pub async fn list_businesses(&self) -> Result<Vec<Business>, BusinessError> {
        Ok(self.store.read("list_businesses", business::list).await?)
    }

    /// Makes a store.
    pub async fn create_campaign(&self, actor: Actor, new: NewCampaign) -> Result<Campaign, BusinessError> {
        let record = self.record(actor);
        self.commit("create_campaign", move |tx| {
            let business_id = new.business_id;
            if !business::lock(tx, business_id)? {
                return Err(BusinessError::UnknownBusiness(business_id));
            }
            let id = new.id.map_or_else(|| campaign::next_id(tx), Ok)?;
            if campaign::find(tx, id)?.is_some() {
                return Err(BusinessError::CampaignTaken(id));
            }
            let (name, placement, availability) = (new.name.clone(), new.placement, Availability::Available);
            let made = Campaign { id, business_id, name, placement, availability, created_at: record.at };
            campaign::insert(tx, &made)?;
            let subject = Subject::Campaign(id);
            record.append(tx, EventKind::CampaignCreated, subject, Some(business_id), made.name.as_str())?;
            Ok(made)
        })
        .await
    }

    /// The stores of a cabinet.
    pub async fn list_campaigns(&self, business_id: BusinessId) -> Result<Vec<Campaign>, BusinessError> {
        let found = self.store.read("list_campaigns", move |conn| {
            let known = business::find(conn, business_id)?.is_some();
            known.then(|| campaign::of_business(conn, business_id)).transpose()
        });
        found.await?.ok_or(BusinessError::UnknownBusiness(business_id))
    }

    /// Switches the API on or off for a store.
    pub async fn set_campaign_availability(
        &self,
        actor: Actor,
        id: CampaignId,
        availability: Availability,
    ) -> Result<Campaign, BusinessError> {
        let record = self.record(actor);
        self.commit("set_campaign_availability", move |tx| {
            let found = campaign::find(tx, id)?.ok_or(BusinessError::UnknownCampaign(id))?;
            campaign::set_availability(tx, id, availability)?;
            let (kind, subject) = (EventKind::CampaignAvailabilityChanged, Subject::Campaign(id));
            record.append(tx, kind, subject, Some(found.business_id), availability.as_str())?;
            Ok(Campaign { availability, ..found })
        })
        .await
    }
}

/// Refuses stores that are not the cabinet's.
pub(crate) fn check_campaigns(
    conn: &mut mp_store::Conn,
    business: BusinessId,
    campaigns: &[CampaignId],
) -> Result<(), BusinessError> {
    for id in campaigns {
        let campaign = *id;
        if campaign::find(conn, campaign)?.is_none_or(|found| found.business_id != business) {
            return Err(BusinessError::ForeignCampaign { campaign, business });
        }
    }
    Ok(())
}
