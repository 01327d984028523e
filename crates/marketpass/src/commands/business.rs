//! `business`: cabinets of the marketplace.
//!
//! Owns the arguments and how a cabinet is shown.

use clap::{ArgGroup, Args, Subcommand};
use mp_domain::account::Login;
use mp_domain::business::{Business, Subscription};
use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::name::Name;
use mp_domain::seller_kind::SellerKind;
use mp_service::Service;
use mp_service::businesses::{BusinessEdit, NewBusiness};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output};

/// `business …`
#[derive(Debug, Subcommand)]
pub(crate) enum BusinessCommand {
    /// Make a cabinet
    Create(NewBusinessArguments),
    /// Give a cabinet another name, subscription or kind
    Edit(EditArguments),
    /// List all cabinets
    List,
}

/// What cabinet is to be made.
#[derive(Debug, Args)]
pub(crate) struct NewBusinessArguments {
    /// As its owner calls it
    #[arg(long, value_parser = Name::new)]
    name: Name,
    /// The login of its owner
    #[arg(long, value_name = "LOGIN")]
    owner: Login,
    /// none, light or medium: decides the limits
    #[arg(long, default_value = "none")]
    subscription: Subscription,
    /// seller, market-yandex-go or urbanads: some methods are for some kinds alone
    #[arg(long, default_value = "seller")]
    kind: SellerKind,
    /// The number it has on the marketplace [default: the next free one]
    #[arg(long)]
    id: Option<BusinessId>,
}

/// What is to change.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["name", "subscription", "kind"]))]
pub(crate) struct EditArguments {
    /// Its number
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// As its owner calls it
    #[arg(long, value_parser = Name::new)]
    name: Option<Name>,
    /// none, light or medium: decides the limits
    #[arg(long)]
    subscription: Option<Subscription>,
    /// seller, market-yandex-go or urbanads: some methods are for some kinds alone
    #[arg(long)]
    kind: Option<SellerKind>,
}

/// What a script needs to go on.
#[derive(Serialize)]
struct BusinessReference<'a> {
    id: BusinessId,
    name: &'a Name,
}

/// Runs the command.
pub(crate) async fn run(command: BusinessCommand, service: &Service, output: Output) -> Result<(), Failure> {
    match command {
        BusinessCommand::Create(NewBusinessArguments { name, owner, subscription, kind, id }) => {
            let new = NewBusiness { id, name, owner, subscription, kind };
            let business = service.create_business(Actor::Operator, new).await?;
            output.show(&BusinessReference { id: business.id, name: &business.name }, |business| {
                format!("Business {} is made: {}.\n", business.id, business.name)
            })
        }
        BusinessCommand::Edit(EditArguments { business, name, subscription, kind }) => {
            let edit = BusinessEdit { name, subscription, kind };
            let business = service.edit_business(Actor::Operator, business, edit).await?;
            output.show(&business, |business| {
                let Business { id, name, subscription, kind, .. } = business;
                format!("Business {id} is {name} now: {kind}, with the subscription {subscription}.\n")
            })
        }
        BusinessCommand::List => {
            let columns = [
                Column("ID", |business: &Business| business.id.to_string()),
                Column("NAME", |business| business.name.to_string()),
                Column("SUBSCRIPTION", |business| business.subscription.to_string()),
                Column("KIND", |business| business.kind.to_string()),
                Column("CREATED", |business| business.created_at.to_string()),
            ];
            output.list(&service.list_businesses().await?, &columns)
        }
    }
}
