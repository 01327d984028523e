//! `account`: people who may sign in.
//!
//! Owns the arguments and how an account is shown. Must never take a password from an argument.

use clap::{Args, Subcommand};
use mp_domain::account::{Account, Email, Login};
use mp_domain::event::Actor;
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::time::Timestamp;
use mp_service::Service;
use mp_service::accounts::NewAccount;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, or_dash};
use crate::standard_input;

/// `account …`
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Register a person
    Create(NewAccountArguments),
    /// Invite somebody to register themselves, for seven days
    Invite(InvitationArguments),
    /// List everybody
    List,
    /// Switch a person off: no sign-in, no tokens
    Disable(LoginArgument),
    /// Switch a person on again
    Enable(LoginArgument),
    /// End all sessions and tokens of a person
    LogoutEverywhere(LoginArgument),
    /// Give a person another password, which ends all their sessions and tokens
    SetPassword(PasswordArguments),
    /// Switch off the lost second factors of a person, which ends all their sessions and tokens
    ResetFactors(LoginArgument),
}

/// Who is to be registered.
#[derive(Debug, Args)]
pub(crate) struct NewAccountArguments {
    /// What the person signs in with: letters a-z, digits and . _ @ + -
    #[arg(long)]
    login: Login,
    /// Where notices go
    #[arg(long)]
    email: Email,
    /// As the person wants to be called
    #[arg(long, value_parser = Name::new)]
    name: Option<Name>,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Who is to be invited.
#[derive(Debug, Args)]
pub(crate) struct InvitationArguments {
    /// Whose address it is; the invitation is sent there if mail is configured
    #[arg(long)]
    email: Email,
}

/// Whom a command is about.
#[derive(Debug, Args)]
pub(crate) struct LoginArgument {
    /// Whom
    #[arg(long)]
    login: Login,
}

/// Who gets another password.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// Whose password
    #[arg(long)]
    login: Login,
    /// Read the new password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// What a script needs to go on.
#[derive(Serialize)]
struct AccountReference<'a> {
    id: AccountId,
    login: &'a Login,
}

/// An invitation, shown this once.
#[derive(Serialize)]
struct ShownInvitation<'a> {
    url: &'a str,
    expires_at: Timestamp,
}

/// An account without its password.
#[derive(Serialize)]
struct ShownAccount {
    id: AccountId,
    login: Login,
    email: Email,
    name: Option<Name>,
    disabled_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<Account> for ShownAccount {
    fn from(account: Account) -> Self {
        let Account { id, login, email, name, disabled_at, created_at, .. } = account;
        Self { id, login, email, name, disabled_at, created_at }
    }
}

/// Runs the command.
pub(crate) async fn run(command: AccountCommand, service: &Service, output: Output) -> Result<(), Failure> {
    let operator = Actor::Operator;
    let (account, what_happened) = match command {
        AccountCommand::List => return list(service, output).await,
        AccountCommand::Invite(whom) => return invite(whom, service, output).await,
        AccountCommand::Create(new) => {
            let NewAccountArguments { login, email, name, password_stdin: _ } = new;
            let password = standard_input::password()?;
            let account =
                service.create_account(operator, NewAccount { login, email, name, password }).await?;
            (account, "is registered")
        }
        AccountCommand::Disable(whom) => {
            (service.disable_account(operator, &whom.login).await?, "is switched off")
        }
        AccountCommand::Enable(whom) => {
            (service.enable_account(operator, &whom.login).await?, "is switched on")
        }
        AccountCommand::LogoutEverywhere(whom) => {
            (service.log_out_everywhere(operator, &whom.login).await?, "is logged out everywhere")
        }
        AccountCommand::ResetFactors(whose) => {
            (service.reset_factors(operator, &whose.login).await?, "needs no second factor any more")
        }
        AccountCommand::SetPassword(whose) => {
            let password = standard_input::password()?;
            (service.set_password(operator, &whose.login, password).await?, "has a new password")
        }
    };
    let reference = AccountReference { id: account.id, login: &account.login };
    output.show(&reference, |account| format!("{} {what_happened} (id {}).\n", account.login, account.id))
}

async fn invite(whom: InvitationArguments, service: &Service, output: Output) -> Result<(), Failure> {
    let made = service.invite(Actor::Operator, whom.email.clone()).await?;
    let sent = if made.is_sent { "It was also sent there." } else { "It was not sent: pass it on yourself." };
    let shown = ShownInvitation { url: made.url.expose(), expires_at: made.expires_at };
    output.show(&shown, |invitation| {
        let ShownInvitation { url, expires_at } = invitation;
        format!("{} may register once with this link until {expires_at}:\n{url}\n{sent}\n", whom.email)
    })
}

async fn list(service: &Service, output: Output) -> Result<(), Failure> {
    let accounts: Vec<ShownAccount> =
        service.list_accounts().await?.into_iter().map(ShownAccount::from).collect();
    let columns = [
        Column("LOGIN", |account: &ShownAccount| account.login.to_string()),
        Column("E-MAIL", |account| account.email.to_string()),
        Column("NAME", |account| or_dash(account.name.as_ref())),
        Column("STATE", |account| if account.disabled_at.is_some() { "off" } else { "on" }.to_owned()),
        Column("CREATED", |account| account.created_at.to_string()),
        Column("ID", |account| account.id.to_string()),
    ];
    output.list(&accounts, &columns)
}
