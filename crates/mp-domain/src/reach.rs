//! What a credential reaches, and what a request names (product.md §3.6).
//!
//! Owns the comparison of the two. Must never look anything up: whoever asks brings the facts.

use crate::campaign::Availability;
use crate::denial::Denial;
use crate::ids::{BusinessId, CampaignId};
use crate::operation::Operation;
use crate::scope::ScopeSet;

/// One cabinet in reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach<'a> {
    /// Which.
    pub business_id: BusinessId,
    /// The only stores of it that are in reach; `None` for all, those that will be added included.
    pub campaigns: Option<&'a [CampaignId]>,
}

impl Reach<'_> {
    /// Whether a store of this cabinet is in reach.
    #[must_use]
    pub fn contains(&self, campaign: CampaignId) -> bool {
        self.campaigns.is_none_or(|campaigns| campaigns.contains(&campaign))
    }
}

/// What a request's path is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Whatever the credential belongs to.
    Caller,
    /// This cabinet.
    Business(BusinessId),
    /// This store.
    Campaign(CampaignId),
}

/// Everything a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// In its path.
    pub target: Target,
    /// In its `X-Business-Id` header (market-api §6).
    pub header: Option<BusinessId>,
}

impl Named {
    /// A request that names nothing.
    pub const NOTHING: Self = Self { target: Target::Caller, header: None };
}

/// What is known of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignFacts {
    /// Whose it is.
    pub business_id: BusinessId,
    /// Whether the API may be used for it.
    pub availability: Availability,
}

/// Whether everything the request names is in reach of a credential that reaches `all` of these. `campaign` is what is
/// known of the store in the path. Says which cabinet is addressed, if one is.
///
/// A store that does not exist is refused like one that belongs to somebody else: the difference is nobody's business.
pub fn judge_reach<'a>(
    all: &(impl Iterator<Item = Reach<'a>> + Clone),
    operation: &Operation,
    named: &Named,
    campaign: Option<CampaignFacts>,
) -> Result<Option<BusinessId>, Denial> {
    let within =
        |business| all.clone().find(|reach| reach.business_id == business).ok_or(Denial::AccessDenied);
    match named.target {
        Target::Caller => {
            let Some(business) = named.header else {
                let mut wide = all.clone().filter(|reach| is_wide_enough(reach, operation));
                return wide.next().map(|_| None).ok_or(Denial::AccessDenied);
            };
            judge_business(within(business)?, operation).map(Some)
        }
        Target::Business(business) => {
            judge_business(within(business)?, operation)?;
            match named.header.filter(|header| *header != business) {
                Some(header) => Err(Denial::HeaderContradictsPath { header, path: business }),
                None => Ok(Some(business)),
            }
        }
        Target::Campaign(id) => {
            let business = campaign.ok_or(Denial::AccessDenied)?.business_id;
            if !within(business)?.contains(id) {
                return Err(Denial::AccessDenied);
            }
            match named.header.filter(|header| *header != business) {
                Some(header) => Err(Denial::HeaderContradictsCampaign { header, campaign: id, business }),
                None => Ok(Some(business)),
            }
        }
    }
}

fn judge_business(reach: Reach<'_>, operation: &Operation) -> Result<BusinessId, Denial> {
    if is_wide_enough(&reach, operation) { Ok(reach.business_id) } else { Err(Denial::AccessDenied) }
}

/// Who reaches only some stores may call a method about the whole cabinet only where every access may.
fn is_wide_enough(reach: &Reach<'_>, operation: &Operation) -> bool {
    reach.campaigns.is_none() || operation.any_of == ScopeSet::ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{GET_BUSINESS_SETTINGS, GET_CAMPAIGN, GET_CAMPAIGNS};
    use crate::scope::AccessScope;

    fn business(number: i64) -> BusinessId {
        BusinessId::new(number).unwrap()
    }

    fn campaign(number: i64) -> CampaignId {
        CampaignId::new(number).unwrap()
    }

    /// Stores 10 and 11 are of cabinet 1, store 20 is of cabinet 2.
    fn judge(reaches: &[Reach<'_>], operation: &Operation, named: Named) -> Result<Option<i64>, Denial> {
        let facts = match named.target {
            Target::Campaign(id) if [10, 11, 20].contains(&id.number()) => Some(CampaignFacts {
                business_id: business(id.number() / 10),
                availability: Availability::Available,
            }),
            _ => None,
        };
        judge_reach(&reaches.iter().copied(), operation, &named, facts)
            .map(|addressed| addressed.map(BusinessId::number))
    }

    fn named(target: Target) -> Named {
        Named { target, header: None }
    }

    #[test]
    fn whoever_reaches_nothing_is_refused_everything() {
        for target in [Target::Caller, Target::Business(business(1)), Target::Campaign(campaign(10))] {
            assert_eq!(judge(&[], &GET_CAMPAIGNS, named(target)), Err(Denial::AccessDenied));
        }
    }

    #[test]
    fn a_foreign_store_and_a_missing_one_are_told_alike() {
        let one = [Reach { business_id: business(1), campaigns: None }];
        assert_eq!(judge(&one, &GET_CAMPAIGN, named(Target::Campaign(campaign(10)))), Ok(Some(1)));
        for id in [20, 99] {
            let refused = judge(&one, &GET_CAMPAIGN, named(Target::Campaign(campaign(id))));
            assert_eq!(refused, Err(Denial::AccessDenied), "{id}");
        }
    }

    #[test]
    fn a_restriction_to_stores_holds_and_narrows_what_is_about_the_cabinet() {
        let ten = [campaign(10)];
        let restricted = [Reach { business_id: business(1), campaigns: Some(&ten) }];
        let pricing = [AccessScope::Pricing].into_iter().collect();
        let of_some = Operation { any_of: pricing, ..GET_BUSINESS_SETTINGS };
        assert_eq!(judge(&restricted, &of_some, named(Target::Campaign(campaign(10)))), Ok(Some(1)));
        let other = named(Target::Campaign(campaign(11)));
        assert_eq!(judge(&restricted, &GET_CAMPAIGN, other), Err(Denial::AccessDenied));
        let cabinet = named(Target::Business(business(1)));
        assert_eq!(judge(&restricted, &GET_BUSINESS_SETTINGS, cabinet), Ok(Some(1)), "open to every access");
        assert_eq!(judge(&restricted, &of_some, cabinet), Err(Denial::AccessDenied));
        assert_eq!(judge(&restricted, &of_some, Named::NOTHING), Err(Denial::AccessDenied));
    }

    #[test]
    fn the_header_names_a_cabinet_too() {
        let one = [Reach { business_id: business(1), campaigns: None }];
        let with = |target, header: i64| Named { target, header: Some(business(header)) };
        assert_eq!(judge(&one, &GET_CAMPAIGNS, with(Target::Caller, 1)), Ok(Some(1)));
        assert_eq!(judge(&one, &GET_CAMPAIGNS, with(Target::Caller, 2)), Err(Denial::AccessDenied));
        let path = Target::Business(business(1));
        assert_eq!(
            judge(&one, &GET_BUSINESS_SETTINGS, with(path, 2)),
            Err(Denial::HeaderContradictsPath { header: business(2), path: business(1) })
        );
        let store = Target::Campaign(campaign(10));
        let contradiction = Denial::HeaderContradictsCampaign {
            header: business(2),
            campaign: campaign(10),
            business: business(1),
        };
        assert_eq!(judge(&one, &GET_CAMPAIGN, with(store, 2)), Err(contradiction));
        let foreign = with(Target::Campaign(campaign(20)), 1);
        assert_eq!(judge(&one, &GET_CAMPAIGN, foreign), Err(Denial::AccessDenied), "nothing is told of it");
    }
}
