//! `campaign`: the stores of a cabinet.
//!
//! Owns the arguments and how a store is shown.

use clap::{Args, Subcommand};
use mp_domain::campaign::{Availability, Campaign, Placement};
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::name::Name;
use mp_service::Service;
use mp_service::businesses::NewCampaign;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output};

const AVAILABILITIES: &str = "AVAILABLE, MANUALLY_DISABLED, DISABLED_BY_INACTIVITY, DISABLED_BY_NO_ACTIVE_CONTRACT or \
                              DISABLED_BY_NO_PLACEMENT_TYPE";

/// `campaign …`
#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCommand {
    /// Make a store
    Create(NewCampaignArguments),
    /// List the stores of a cabinet
    List {
        /// Of which cabinet
        #[arg(long, value_name = "ID")]
        business: BusinessId,
    },
    /// Switch the API on or off for a store
    SetAvailability {
        /// Which store
        #[arg(long, value_name = "ID")]
        campaign: CampaignId,
        /// From now on
        #[arg(value_name = "VALUE", help = AVAILABILITIES)]
        availability: Availability,
    },
}

/// What store is to be made.
#[derive(Debug, Args)]
pub(crate) struct NewCampaignArguments {
    /// In which cabinet
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// As its owner calls it
    #[arg(long, value_parser = Name::new)]
    name: Name,
    /// How it delivers: FBS, FBY, DBS or LAAS
    #[arg(long, default_value = "FBS")]
    placement: Placement,
    /// The number it has on the marketplace [default: the next free one]
    #[arg(long)]
    id: Option<CampaignId>,
}

/// What a script needs to go on.
#[derive(Serialize)]
struct CampaignReference<'a> {
    id: CampaignId,
    business_id: BusinessId,
    name: &'a Name,
}

/// Runs the command.
pub(crate) async fn run(command: CampaignCommand, service: &Service, output: Output) -> Result<(), Failure> {
    match command {
        CampaignCommand::Create(NewCampaignArguments { business, name, placement, id }) => {
            let new = NewCampaign { id, business_id: business, name, placement };
            let campaign = service.create_campaign(Actor::Operator, new).await?;
            let Campaign { id, business_id, ref name, .. } = campaign;
            output.show(&CampaignReference { id, business_id, name }, |campaign| {
                format!(
                    "Campaign {} is made in business {}: {}.\n",
                    campaign.id, campaign.business_id, campaign.name
                )
            })
        }
        CampaignCommand::List { business } => {
            let columns = [
                Column("ID", |campaign: &Campaign| campaign.id.to_string()),
                Column("NAME", |campaign| campaign.name.to_string()),
                Column("PLACEMENT", |campaign| campaign.placement.to_string()),
                Column("API", |campaign| campaign.availability.to_string()),
                Column("CREATED", |campaign| campaign.created_at.to_string()),
            ];
            output.list(&service.list_campaigns(business).await?, &columns)
        }
        CampaignCommand::SetAvailability { campaign, availability } => {
            let campaign = service.set_campaign_availability(Actor::Operator, campaign, availability).await?;
            output.show(&campaign, |campaign| {
                format!("Campaign {} is now {}.\n", campaign.id, campaign.availability)
            })
        }
    }
}
