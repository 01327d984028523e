//! The answers about stores: `GET /v2/campaigns` and `GET /v2/campaigns/{campaignId}` (market-api §7).
//!
//! Owns their shape, which has no `status`. Must never add a member, because generated clients refuse unknown ones.
//! `clientId`, the number of a payer that the real service calls obsolete, is nothing marketpass knows, and left out.

use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::name::Name;
use serde::Serialize;

use crate::paging::{Page, Pager, Paging};

/// `CampaignDTO`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Card<'a> {
    domain: &'a str,
    id: CampaignId,
    business: Owner<'a>,
    placement_type: Placement,
    api_availability: Availability,
}

/// `BusinessDTO`.
#[derive(Serialize)]
struct Owner<'a> {
    id: BusinessId,
    name: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    campaigns: Vec<Card<'a>>,
    pager: Pager,
    paging: &'a Paging,
}

#[derive(Serialize)]
struct Single<'a> {
    campaign: Card<'a>,
}

/// The answer that is a page of stores, each with the name of its cabinet.
#[must_use]
pub fn print_campaigns(page: &Page<'_, (Campaign, Name)>) -> Vec<u8> {
    let campaigns = page.items.iter().map(|(campaign, business)| card(campaign, business)).collect();
    print(&List { campaigns, pager: page.pager, paging: &page.paging })
}

/// The answer that is one store.
#[must_use]
pub fn print_campaign(campaign: &Campaign, business: &Name) -> Vec<u8> {
    print(&Single { campaign: card(campaign, business) })
}

fn card<'a>(campaign: &'a Campaign, business: &'a Name) -> Card<'a> {
    Card {
        domain: campaign.name.as_str(),
        id: campaign.id,
        business: Owner { id: campaign.business_id, name: business.as_str() },
        placement_type: campaign.placement,
        api_availability: campaign.availability,
    }
}

fn print(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("texts and numbers can be written as JSON")
}

#[cfg(test)]
mod tests {
    use mp_domain::time::Timestamp;

    use super::*;
    use crate::paging::PageRequest;

    fn campaign() -> (Campaign, Name) {
        let campaign = Campaign {
            id: CampaignId::new(21).unwrap(),
            business_id: BusinessId::new(7).unwrap(),
            name: Name::new("my\"shop").unwrap(),
            placement: Placement::Dbs,
            availability: Availability::Available,
            created_at: Timestamp::from_seconds(0),
        };
        (campaign, Name::new("Дом").unwrap())
    }

    #[test]
    fn a_store_is_told_in_the_documented_shape() {
        let (campaign, business) = campaign();
        assert_eq!(
            String::from_utf8(print_campaign(&campaign, &business)).unwrap(),
            r#"{"campaign":{"domain":"my\"shop","id":21,"business":{"id":7,"name":"Дом"},"placementType":"DBS","apiAvailability":"AVAILABLE"}}"#
        );
    }

    #[test]
    fn a_list_has_no_status() {
        let all = [campaign()];
        let page = PageRequest::parse(None).unwrap().of(&all, |(campaign, _)| campaign.id.number());
        assert_eq!(
            String::from_utf8(print_campaigns(&page)).unwrap(),
            r#"{"campaigns":[{"domain":"my\"shop","id":21,"business":{"id":7,"name":"Дом"},"placementType":"DBS","apiAvailability":"AVAILABLE"}],"pager":{"total":1,"from":1,"to":1,"currentPage":1,"pagesCount":1,"pageSize":100},"paging":{}}"#
        );
    }
}
