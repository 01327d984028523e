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
pub struct Named<'a> {
    /// In its path.
    pub target: Target,
    /// In its `X-Business-Id` header (market-api §6).
    pub header: Option<BusinessId>,
    /// Cabinets in its query and body.
    pub businesses: &'a [BusinessId],
    /// Stores in its query and body.
    pub campaigns: &'a [CampaignId],
}

impl Named<'_> {
    /// A request that names nothing.
    pub const NOTHING: Self = Self::in_path(Target::Caller);

    /// A request that names something in its path alone.
    #[must_use]
    pub const fn in_path(target: Target) -> Self {
        Self { target, header: None, businesses: &[], campaigns: &[] }
    }
}

/// What is known of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignFacts {
    /// Whose it is.
    pub business_id: BusinessId,
    /// Whether the API may be used for it.
    pub availability: Availability,
}

/// Whether everything the request names is in reach of a credential that reaches `all` of these. `find` says what is
/// known of a store. Says which cabinet is addressed, if exactly one is.
///
/// A store that does not exist is refused like one that belongs to somebody else: the difference is nobody's business.
pub fn judge_reach<'a>(
    all: &(impl Iterator<Item = Reach<'a>> + Clone),
    operation: &Operation,
    named: &Named<'_>,
    find: impl Fn(CampaignId) -> Option<CampaignFacts>,
) -> Result<Option<BusinessId>, Denial> {
    let judge = Judge { all, operation };
    let addressed = judge.path_and_header(named, &find)?;
    if named.businesses.is_empty() && named.campaigns.is_empty() {
        return match addressed {
            None if !judge.reaches_anything() => Err(Denial::AccessDenied),
            addressed => Ok(addressed),
        };
    }
    judge.fields(named, addressed, find)
}

struct Judge<'j, I> {
    all: &'j I,
    operation: &'j Operation,
}

impl<'a, I: Iterator<Item = Reach<'a>> + Clone> Judge<'_, I> {
    /// The cabinet that path and header address.
    fn path_and_header(
        &self,
        named: &Named<'_>,
        find: impl Fn(CampaignId) -> Option<CampaignFacts>,
    ) -> Result<Option<BusinessId>, Denial> {
        match named.target {
            Target::Caller => named.header.map(|header| self.business(header)).transpose(),
            Target::Business(path) => {
                self.business(path)?;
                match named.header.filter(|header| *header != path) {
                    Some(header) => Err(Denial::HeaderContradictsPath { header, path }),
                    None => Ok(Some(path)),
                }
            }
            Target::Campaign(campaign) => {
                let business = self.campaign(campaign, find).ok_or(Denial::AccessDenied)?;
                match named.header.filter(|header| *header != business) {
                    Some(header) => Err(Denial::HeaderContradictsCampaign { header, campaign, business }),
                    None => Ok(Some(business)),
                }
            }
        }
    }

    /// Query and body may name only what is in reach, and nothing beside the cabinet that is addressed already. Where
    /// none is, what they name decides.
    fn fields(
        &self,
        named: &Named<'_>,
        addressed: Option<BusinessId>,
        find: impl Fn(CampaignId) -> Option<CampaignFacts>,
    ) -> Result<Option<BusinessId>, Denial> {
        let contradicts = |business| addressed.is_some_and(|addressed| addressed != business);
        let mut owners = Owners::default();
        for business in named.businesses {
            owners.add(self.business(*business)?);
            if contradicts(*business) {
                return Err(named
                    .header
                    .map_or(Denial::AccessDenied, |header| Denial::FieldContradictsHeader { header }));
            }
        }
        for campaign in named.campaigns {
            let owner = self.campaign(*campaign, &find).ok_or(Denial::CampaignNotInReach(*campaign))?;
            let is_foreign = !named.businesses.is_empty() && !named.businesses.contains(&owner);
            if is_foreign || contradicts(owner) {
                return Err(Denial::CampaignNotInReach(*campaign));
            }
            owners.add(owner);
        }
        Ok(addressed.or(owners.only()))
    }

    fn business(&self, business: BusinessId) -> Result<BusinessId, Denial> {
        let reach = self.all.clone().find(|reach| reach.business_id == business);
        match reach {
            Some(reach) if is_wide_enough(&reach, self.operation) => Ok(business),
            _ => Err(Denial::AccessDenied),
        }
    }

    /// Whose store it is, if it is in reach.
    fn campaign(
        &self,
        campaign: CampaignId,
        find: impl Fn(CampaignId) -> Option<CampaignFacts>,
    ) -> Option<BusinessId> {
        let owner = find(campaign)?.business_id;
        let reach = self.all.clone().find(|reach| reach.business_id == owner)?;
        reach.contains(campaign).then_some(owner)
    }

    fn reaches_anything(&self) -> bool {
        self.all.clone().any(|reach| is_wide_enough(&reach, self.operation))
    }
}

/// The cabinets that are named, as far as it matters: none, one or several.
#[derive(Default)]
struct Owners {
    first: Option<BusinessId>,
    are_several: bool,
}

impl Owners {
    fn add(&mut self, business: BusinessId) {
        self.are_several |= self.first.is_some_and(|first| first != business);
        self.first = Some(business);
    }

    fn only(self) -> Option<BusinessId> {
        self.first.filter(|_| !self.are_several)
    }
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
    fn judge(reaches: &[Reach<'_>], operation: &Operation, named: Named<'_>) -> Result<Option<i64>, Denial> {
        let find = |id: CampaignId| {
            let business_id = BusinessId::new(id.number() / 10).unwrap();
            let facts = CampaignFacts { business_id, availability: Availability::Available };
            [10, 11, 20].contains(&id.number()).then_some(facts)
        };
        judge_reach(&reaches.iter().copied(), operation, &named, find)
            .map(|addressed| addressed.map(BusinessId::number))
    }

    fn named(target: Target) -> Named<'static> {
        Named::in_path(target)
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
        let with = |target, header: i64| Named { header: Some(business(header)), ..named(target) };
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

    /// Cabinet 1 and 2 are in reach, of cabinet 2 only store 20.
    #[test]
    fn query_and_body_name_what_is_in_reach_and_of_one_cabinet_with_the_path() {
        let twenty = [campaign(20)];
        let both = [
            Reach { business_id: business(1), campaigns: None },
            Reach { business_id: business(2), campaigns: Some(&twenty) },
        ];
        let pricing = [AccessScope::Pricing].into_iter().collect();
        let report = Operation { any_of: pricing, ..GET_CAMPAIGNS };
        let fields = |target, businesses: &[i64], campaigns: &[i64]| {
            let businesses: Vec<_> = businesses.iter().copied().map(business).collect();
            let campaigns: Vec<_> = campaigns.iter().copied().map(campaign).collect();
            let named = Named { businesses: &businesses, campaigns: &campaigns, ..named(target) };
            judge(&both, &report, named)
        };
        let caller = Target::Caller;
        let not_in_reach = |id| Err(Denial::CampaignNotInReach(campaign(id)));
        assert_eq!(fields(caller, &[1], &[]), Ok(Some(1)));
        assert_eq!(fields(caller, &[], &[10, 11]), Ok(Some(1)));
        assert_eq!(fields(caller, &[], &[10, 20]), Ok(None), "of several cabinets none is the one");
        assert_eq!(fields(caller, &[2], &[]), Err(Denial::AccessDenied), "only one store of it is in reach");
        assert_eq!(fields(caller, &[3], &[]), Err(Denial::AccessDenied));
        assert_eq!(fields(caller, &[], &[10, 99]), not_in_reach(99));
        assert_eq!(fields(caller, &[1], &[20]), not_in_reach(20));
        assert_eq!(fields(Target::Business(business(1)), &[], &[20]), not_in_reach(20));
        assert_eq!(fields(Target::Business(business(1)), &[], &[11]), Ok(Some(1)));
        assert_eq!(fields(Target::Campaign(campaign(20)), &[1], &[]), Err(Denial::AccessDenied));
        assert_eq!(judge(&[], &report, Named { campaigns: &twenty, ..named(caller) }), not_in_reach(20));
    }

    #[test]
    fn a_field_may_not_contradict_the_header() {
        let both = [1, 2].map(|id| Reach { business_id: business(id), campaigns: None });
        let (header, businesses) = (Some(business(1)), [business(2)]);
        let contradictory = Named { header, businesses: &businesses, ..Named::NOTHING };
        let refused = Denial::FieldContradictsHeader { header: business(1) };
        assert_eq!(judge(&both, &GET_CAMPAIGNS, contradictory), Err(refused));
    }
}
