//! `token`: OAuth tokens of people, for administrators and tests.
//!
//! Owns the arguments and how a grant is shown. Must never print a token but the one it has just issued, and never take
//! one from an argument.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use mp_domain::account::Login;
use mp_domain::event::Actor;
use mp_domain::ids::{ClientId, GrantId};
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::time::{Timestamp, parse_duration};
use mp_service::Service;
use mp_service::grants::{GrantsOf, ListedGrant};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, aligned, joined, or_dash};
use crate::standard_input;

/// `token …`
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Issue an OAuth token without a browser; one that lives already is given again
    Issue(IssueArguments),
    /// List the OAuth tokens of a person or an application, ended ones too
    List(ListArguments),
    /// End an OAuth token
    Revoke {
        /// Read the token from standard input
        #[arg(long, required = true)]
        token_stdin: bool,
    },
}

/// What token is to be issued.
#[derive(Debug, Args)]
pub(crate) struct IssueArguments {
    /// To which application
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// Whose token
    #[arg(long)]
    login: Login,
    /// A right; once for each [default: all that the application is registered for]
    #[arg(long = "scope", value_name = "RIGHT")]
    scopes: Vec<OAuthScope>,
    /// After which time it stops working; always makes a new one [default: as long as its rights allow]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_in: Option<Duration>,
}

/// Whose tokens to list.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of").required(true).args(["login", "client"]))]
pub(crate) struct ListArguments {
    /// Of which person
    #[arg(long)]
    login: Option<Login>,
    /// Of which application
    #[arg(long, value_name = "ID")]
    client: Option<ClientId>,
}

/// A token: printed for whoever may issue it, stored nowhere.
#[derive(Serialize)]
struct ShownToken<'a> {
    access_token: &'a str,
    expires_in: u64,
}

/// A grant without its token.
#[derive(Serialize)]
struct ShownGrant {
    id: GrantId,
    login: Login,
    client_id: ClientId,
    client_name: Name,
    device_id: Option<String>,
    device_name: Option<String>,
    scopes: OAuthScopes,
    live: bool,
    issued_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl From<ListedGrant> for ShownGrant {
    fn from(listed: ListedGrant) -> Self {
        let ListedGrant { grant, login, client_name, is_live } = listed;
        let (device_id, device_name) = grant.device.map(|device| (device.id, device.name)).unzip();
        Self {
            id: grant.id,
            login,
            client_id: grant.client_id,
            client_name,
            device_id,
            device_name: device_name.flatten(),
            scopes: grant.scopes,
            live: is_live,
            issued_at: grant.token.issued_at,
            expires_at: grant.token.expires_at,
            revoked_at: grant.token.revoked_at,
            last_used_at: grant.last_used_at,
        }
    }
}

/// Whether a token was ended.
#[derive(Serialize)]
struct Revoked {
    revoked: bool,
}

/// Runs the command.
pub(crate) async fn run(command: TokenCommand, service: &Service, output: Output) -> Result<(), Failure> {
    match command {
        TokenCommand::Issue(wanted) => issue(wanted, service, output).await,
        TokenCommand::List(of) => list(of, service, output).await,
        TokenCommand::Revoke { token_stdin: _ } => {
            let revoked = service.revoke_token(Actor::Operator, &standard_input::token()?).await?;
            output.show(&Revoked { revoked }, |outcome| {
                let done = "The token is ended.\n";
                let nothing =
                    "This is the current token of nobody, or was ended already: nothing was changed.\n";
                if outcome.revoked { done } else { nothing }.to_owned()
            })
        }
    }
}

async fn issue(wanted: IssueArguments, service: &Service, output: Output) -> Result<(), Failure> {
    let IssueArguments { client, login, scopes, expires_in } = wanted;
    let scopes = (!scopes.is_empty()).then(|| scopes.into_iter().collect());
    let issued = service.issue_token(Actor::Operator, client, &login, scopes, expires_in).await?;
    let shown = ShownToken { access_token: issued.token.expose(), expires_in: issued.expires_in };
    output.show(&shown, |token| {
        aligned(&[
            ["Token:".to_owned(), token.access_token.to_owned()],
            ["Seconds left:".to_owned(), token.expires_in.to_string()],
        ])
    })
}

async fn list(of: ListArguments, service: &Service, output: Output) -> Result<(), Failure> {
    let person = of.login.map(GrantsOf::Account);
    let of = person.or(of.client.map(GrantsOf::Client)).expect("one of the arguments is required");
    let grants: Vec<ShownGrant> = service.list_grants(of).await?.into_iter().map(ShownGrant::from).collect();
    let columns = [
        Column("LOGIN", |grant: &ShownGrant| grant.login.to_string()),
        Column("APPLICATION", |grant| grant.client_name.to_string()),
        Column("DEVICE", |grant| or_dash(grant.device_name.as_ref().or(grant.device_id.as_ref()))),
        Column("STATE", |grant| if grant.live { "live" } else { "ended" }.to_owned()),
        Column("RIGHTS", |grant| joined(grant.scopes.iter())),
        Column("EXPIRES", |grant| grant.expires_at.to_string()),
        Column("LAST USED", |grant| or_dash(grant.last_used_at)),
        Column("ID", |grant| grant.id.to_string()),
    ];
    output.list(&grants, &columns)
}
