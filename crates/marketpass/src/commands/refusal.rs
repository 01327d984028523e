//! `refusal`: calls that were refused although their credential is known.
//!
//! Owns the arguments and how a refusal is shown. Must never guess why: what is shown was noted when it happened.

use std::net::IpAddr;

use clap::{ArgGroup, Args, Subcommand};
use mp_domain::account::Login;
use mp_domain::ids::{ApiKeyId, BusinessId, ClientId};
use mp_domain::name::Name;
use mp_domain::refusal_note::{Excerpt, RefusalNote};
use mp_domain::scope::ScopeSet;
use mp_domain::time::Timestamp;
use mp_domain::trace::TraceId;
use mp_service::Service;
use mp_service::refusals::{ListedRefusal, NamedCaller, RefusalsOf, Wanted};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, or_dash};

/// `refusal …`
#[derive(Debug, Subcommand)]
pub(crate) enum RefusalCommand {
    /// List refusals, the newest first: of each cabinet and person the last thousand of the last seven days are kept
    List(ListArguments),
}

/// Which to list.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of").args(["business", "login"]).required(true))]
pub(crate) struct ListArguments {
    /// Of the keys of this cabinet, and of people who addressed it
    #[arg(long, value_name = "ID")]
    business: Option<BusinessId>,
    /// Of the tokens of this person
    #[arg(long)]
    login: Option<Login>,
    /// The traceparent of an answer, or the 32 digits in it [default: of any]
    #[arg(long, value_name = "TRACEPARENT")]
    trace: Option<TraceId>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// A refusal.
#[derive(Serialize)]
struct ShownRefusal {
    at: Timestamp,
    trace: Option<TraceId>,
    business_id: Option<BusinessId>,
    key_id: Option<ApiKeyId>,
    key_name: Option<Name>,
    login: Option<Login>,
    client_id: Option<ClientId>,
    client_name: Option<Name>,
    operation: String,
    method: String,
    path: Excerpt,
    address: IpAddr,
    reason: String,
    message: Excerpt,
    scopes: ScopeSet,
    limit: Option<u32>,
    limit_until: Option<Timestamp>,
    more: u32,
}

impl From<ListedRefusal> for ShownRefusal {
    fn from(listed: ListedRefusal) -> Self {
        let RefusalNote {
            at,
            trace,
            business,
            operation,
            verb,
            path,
            address,
            reason,
            message,
            accesses,
            limit,
            more,
            ..
        } = listed.note;
        let (key, token) = match listed.caller {
            NamedCaller::Key { id, name } => (Some((id, name)), None),
            NamedCaller::Token { login, client_id, client } => (None, Some((login, (client_id, client)))),
        };
        let ((key_id, key_name), (login, client)) = (key.unzip(), token.unzip());
        let (client_id, client_name) = client.unzip();
        let (limit, limit_until) = limit.unzip();
        Self {
            at,
            trace,
            business_id: business,
            key_id,
            key_name,
            login,
            client_id,
            client_name,
            operation,
            method: verb,
            path,
            address,
            reason,
            message,
            scopes: accesses,
            limit,
            limit_until,
            more,
        }
    }
}

impl ShownRefusal {
    /// Whose credential it was.
    fn caller(&self) -> String {
        match (&self.key_name, &self.login) {
            (Some(key), _) => format!("key {key}"),
            (None, login) => format!("{} by {}", or_dash(login.as_ref()), or_dash(self.client_name.as_ref())),
        }
    }
}

/// Runs the command.
pub(crate) async fn run(command: RefusalCommand, service: &Service, output: Output) -> Result<(), Failure> {
    let RefusalCommand::List(ListArguments { business, login, trace, limit }) = command;
    let of = business.map(RefusalsOf::Business).or(login.map(RefusalsOf::Account));
    let of = of.expect("one of the arguments is required");
    let wanted = Wanted { trace, before: None, most: i64::from(limit) };
    let found = service.list_refusals(of, wanted).await?;
    let refusals: Vec<ShownRefusal> = found.into_iter().map(ShownRefusal::from).collect();
    let columns = [
        Column("AT", |refusal: &ShownRefusal| refusal.at.to_string()),
        Column("CALLER", ShownRefusal::caller),
        Column("FROM", |refusal| refusal.address.to_string()),
        Column("CALL", |refusal| format!("{} {}", refusal.method, refusal.path.as_str())),
        Column("REASON", |refusal| refusal.reason.clone()),
        Column("MORE", |refusal| or_dash((refusal.more > 0).then_some(refusal.more))),
        Column("TRACE", |refusal| or_dash(refusal.trace)),
    ];
    output.list(&refusals, &columns)
}
