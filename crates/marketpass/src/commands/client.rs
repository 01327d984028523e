//! `client`: applications that ask people for OAuth tokens.
//!
//! Owns the arguments, how an application is shown, and showing a secret the one time it can be shown. Must never print
//! a secret of an application that exists already.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use mp_domain::account::{Email, Login};
use mp_domain::client::{Client, ClientKind, ClientProfile, GrantType};
use mp_domain::event::Actor;
use mp_domain::ids::ClientId;
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::secret::PlainSecret;
use mp_domain::time::{Timestamp, parse_duration};
use mp_service::Service;
use mp_service::applications::{ClientError, IconChange};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, aligned, joined};

/// `client …`
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Register an application and show its secret, this once
    #[command(after_help = words())]
    Create(NewClientArguments),
    /// List applications
    List {
        /// Of one person [default: everybody's]
        #[arg(long, value_name = "LOGIN")]
        owner: Option<Login>,
    },
    /// Change an application; other rights end every token it ever got
    #[command(after_help = words())]
    Edit(EditArguments),
    /// Give an application a new secret and show it, this once
    RenewSecret {
        /// Which application
        #[arg(long, value_name = "ID")]
        client: ClientId,
        /// How long the old secret goes on working, for example 24h
        #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
        overlap: Duration,
    },
    /// Delete an application, which ends every token it ever got
    Delete {
        /// Which application
        #[arg(long, value_name = "ID")]
        client: ClientId,
    },
}

/// What can stand behind `--scope` and `--grant`.
fn words() -> String {
    let scopes: Vec<String> = OAuthScope::ALL.iter().map(|scope| format!("\n  {scope}")).collect();
    let grants: Vec<String> = GrantType::ALL.iter().map(|grant| format!("\n  {grant}")).collect();
    format!("Rights:{}\n\nWays to a token:{}", scopes.concat(), grants.concat())
}

/// What application is to be registered.
#[derive(Debug, Args)]
pub(crate) struct NewClientArguments {
    /// Whose it is
    #[arg(long, value_name = "LOGIN")]
    owner: Login,
    /// What people see
    #[arg(long, value_parser = Name::new)]
    name: Name,
    /// Whom people can write to
    #[arg(long)]
    email: Email,
    /// By which form: id for people who sign in with it, api for its owner's own data
    #[arg(long, default_value = "id")]
    kind: ClientKind,
    /// Where browsers are sent back to; once for each [default: our own page for copying tokens]
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// A right such as market:partner-api; once for each
    #[arg(long = "scope", value_name = "RIGHT", required = true)]
    scopes: Vec<OAuthScope>,
    /// Without a secret, for programs that cannot keep one
    #[arg(long)]
    public: bool,
    /// A way to a token; once for each [default: a code and its renewal, and implicit where the only redirect is our own
    /// page]
    #[arg(long = "grant", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
}

/// What is to be changed.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "email", "redirect_uris", "scopes", "grant_types", "redirect_query"]))]
pub(crate) struct EditArguments {
    /// Which application
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// Its new name
    #[arg(long, value_parser = Name::new)]
    name: Option<Name>,
    /// Whom people can write to from now on
    #[arg(long)]
    email: Option<Email>,
    /// Where browsers are sent back to from now on; once for each
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// A right that it has from now on instead of all it had; once for each
    #[arg(long = "scope", value_name = "RIGHT")]
    scopes: Vec<OAuthScope>,
    /// A way to a token that it has from now on instead of all it had; once for each
    #[arg(long = "grant", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
    /// Whether the query matters when redirect URIs are compared: compare or ignore
    #[arg(long, value_name = "RULE", hide_possible_values = true)]
    redirect_query: Option<RedirectQuery>,
}

/// Whether the query of a redirect URI matters (product.md §3.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RedirectQuery {
    Compare,
    Ignore,
}

/// What a script needs to go on.
#[derive(Serialize)]
struct ShownSecret<'a> {
    client_id: ClientId,
    client_secret: Option<&'a str>,
}

/// An application without any secret.
#[derive(Serialize)]
struct ShownClient {
    client_id: ClientId,
    owner: Login,
    #[serde(flatten)]
    profile: ClientProfile,
    kind: ClientKind,
    public: bool,
    former_secret_until: Option<Timestamp>,
    created_at: Timestamp,
}

impl ShownClient {
    fn new(owner: Login, client: Client) -> Self {
        Self {
            client_id: client.id,
            owner,
            public: client.secret.is_none(),
            former_secret_until: client.former_secret.map(|former| former.until),
            profile: client.profile,
            kind: client.kind,
            created_at: client.created_at,
        }
    }
}

/// What was done to which application.
#[derive(Serialize)]
struct ClientReference<'a> {
    client_id: ClientId,
    name: &'a Name,
}

/// Runs the command.
pub(crate) async fn run(command: ClientCommand, service: &Service, output: Output) -> Result<(), Failure> {
    let operator = Actor::Operator;
    match command {
        ClientCommand::Create(new) => create(new, service, output).await,
        ClientCommand::List { owner } => list(service, owner.as_ref(), output).await,
        ClientCommand::Edit(edit) => {
            let (id, profile) = edited(edit, service).await?;
            let client = service.edit_client(operator, id, profile, IconChange::Keep).await?;
            show_change(&client, "changed", output)
        }
        ClientCommand::RenewSecret { client, overlap } => {
            let secret = service.renew_client_secret(operator, client, overlap, None).await?;
            show_secret(client, Some(secret.expose()), output)
        }
        ClientCommand::Delete { client } => {
            let client = service.delete_client(operator, client).await?;
            show_change(&client, "deleted for good, and its tokens with it", output)
        }
    }
}

async fn create(new: NewClientArguments, service: &Service, output: Output) -> Result<(), Failure> {
    let owner = service.owner_named(&new.owner).await?;
    let mut redirect_uris = read_uris(service, &new.redirect_uris)?;
    if redirect_uris.is_empty() {
        redirect_uris.push(service.verification_code_uri());
    }
    let chosen = (!new.grant_types.is_empty()).then_some(new.grant_types);
    let profile = ClientProfile {
        name: new.name,
        email: new.email,
        grant_types: chosen.unwrap_or_else(|| service.default_grant_types(&redirect_uris)),
        redirect_uris,
        scopes: new.scopes.into_iter().collect(),
        ignores_redirect_query: false,
    };
    let registered =
        service.register_client(Actor::Operator, owner, new.kind, profile, None, new.public).await?;
    let (client, secret) = registered;
    show_secret(client.id, secret.as_ref().map(PlainSecret::expose), output)
}

fn read_uris(service: &Service, texts: &[String]) -> Result<Vec<RedirectUri>, Failure> {
    let read = |text: &String| {
        service
            .read_redirect_uri(text)
            .map_err(|error| Failure::new(format!("the redirect URI '{text}' cannot be registered: {error}")))
    };
    texts.iter().map(read).collect()
}

/// The profile that the application is to have.
async fn edited(edit: EditArguments, service: &Service) -> Result<(ClientId, ClientProfile), Failure> {
    let id = edit.client;
    let mut profile = service.client(id).await?.ok_or(ClientError::Unknown(id))?.profile;
    let uris = read_uris(service, &edit.redirect_uris)?;
    profile.name = edit.name.unwrap_or(profile.name);
    profile.email = edit.email.unwrap_or(profile.email);
    if !uris.is_empty() {
        profile.redirect_uris = uris;
    }
    if !edit.scopes.is_empty() {
        profile.scopes = edit.scopes.into_iter().collect::<OAuthScopes>();
    }
    if !edit.grant_types.is_empty() {
        profile.grant_types = edit.grant_types;
    }
    if let Some(rule) = edit.redirect_query {
        profile.ignores_redirect_query = rule == RedirectQuery::Ignore;
    }
    Ok((id, profile))
}

fn show_secret(client_id: ClientId, secret: Option<&str>, output: Output) -> Result<(), Failure> {
    output.show(&ShownSecret { client_id, client_secret: secret }, |shown| {
        let id = ["Client ID:".to_owned(), shown.client_id.to_string()];
        match shown.client_secret {
            Some(secret) => {
                aligned(&[id, ["Client secret:".to_owned(), secret.to_owned()]])
                    + "Keep the secret now: it will not be shown again.\n"
            }
            None => aligned(&[id]) + "The application is public: it has no secret.\n",
        }
    })
}

fn show_change(client: &Client, what_happened: &str, output: Output) -> Result<(), Failure> {
    let reference = ClientReference { client_id: client.id, name: &client.profile.name };
    output.show(&reference, |client| {
        format!("Application {} is {what_happened} (id {}).\n", client.name, client.client_id)
    })
}

async fn list(service: &Service, owner: Option<&Login>, output: Output) -> Result<(), Failure> {
    let clients = service.list_clients(owner).await?;
    let clients: Vec<ShownClient> =
        clients.into_iter().map(|(owner, client)| ShownClient::new(owner, client)).collect();
    let columns = [
        Column("NAME", |client: &ShownClient| client.profile.name.to_string()),
        Column("OWNER", |client| client.owner.to_string()),
        Column("KIND", |client| client.kind.to_string()),
        Column("RIGHTS", |client| joined(client.profile.scopes.iter())),
        Column("GRANTS", |client| joined(&client.profile.grant_types)),
        Column("REDIRECTS", |client| joined(&client.profile.redirect_uris)),
        Column("ID", |client| client.client_id.to_string()),
    ];
    output.list(&clients, &columns)
}
