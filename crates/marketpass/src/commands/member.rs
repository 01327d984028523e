//! `member`: the staff of a cabinet.
//!
//! Owns the arguments and how a member is shown.

use clap::{Args, Subcommand};
use mp_domain::account::Login;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::member::{Member, Role};
use mp_domain::time::Timestamp;
use mp_service::Service;
use mp_service::staff::NewMember;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, joined};

/// `member …`
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Give a person a role in a cabinet, or another one
    Add(NewMemberArguments),
    /// Take a person off the staff
    Remove {
        /// Of which cabinet
        #[arg(long, value_name = "ID")]
        business: BusinessId,
        /// Whom
        #[arg(long)]
        login: Login,
    },
    /// List the staff
    List {
        /// Of which cabinet
        #[arg(long, value_name = "ID")]
        business: BusinessId,
    },
}

/// Who is to be what.
#[derive(Debug, Args)]
pub(crate) struct NewMemberArguments {
    /// In which cabinet
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// Who
    #[arg(long)]
    login: Login,
    /// owner, manager or employee
    #[arg(long)]
    role: Role,
    /// A store that an employee sees; once for each store [default: all]
    #[arg(long = "campaign", value_name = "ID")]
    campaigns: Vec<CampaignId>,
}

/// A member, by login.
#[derive(Serialize)]
struct ShownMember {
    business_id: BusinessId,
    login: Login,
    role: Role,
    campaigns: Vec<CampaignId>,
    created_at: Timestamp,
}

impl ShownMember {
    fn new(login: Login, member: Member) -> Self {
        let Member { business_id, role, campaigns, created_at, .. } = member;
        Self { business_id, login, role, campaigns, created_at }
    }
}

/// What a script needs to go on.
#[derive(Serialize)]
struct MemberReference {
    business_id: BusinessId,
    login: Login,
}

/// Runs the command.
pub(crate) async fn run(command: MemberCommand, service: &Service, output: Output) -> Result<(), Failure> {
    match command {
        MemberCommand::Add(NewMemberArguments { business, login, role, campaigns }) => {
            let new = NewMember { business_id: business, login: login.clone(), role, campaigns };
            let member = service.add_member(Actor::Operator, new).await?;
            output.show(&ShownMember::new(login, member), |member| {
                format!("{} is now {} in business {}.\n", member.login, member.role, member.business_id)
            })
        }
        MemberCommand::Remove { business, login } => {
            service.remove_member(Actor::Operator, business, &login).await?;
            output.show(&MemberReference { business_id: business, login }, |member| {
                format!("{} is no longer on the staff of business {}.\n", member.login, member.business_id)
            })
        }
        MemberCommand::List { business } => {
            let staff = service.list_members(business).await?;
            let staff: Vec<ShownMember> =
                staff.into_iter().map(|(login, member)| ShownMember::new(login, member)).collect();
            let columns = [
                Column("LOGIN", |member: &ShownMember| member.login.to_string()),
                Column("ROLE", |member| member.role.to_string()),
                Column("CAMPAIGNS", campaigns_of),
                Column("SINCE", |member| member.created_at.to_string()),
            ];
            output.list(&staff, &columns)
        }
    }
}

fn campaigns_of(member: &ShownMember) -> String {
    if member.campaigns.is_empty() { "all".to_owned() } else { joined(&member.campaigns) }
}
