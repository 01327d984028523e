//! The command line: its grammar, as product.md §1 fixes it.
//!
//! Owns the top of the tree; every command owns its own branch. Must never do anything: `commands` does.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::account::AccountCommand;
use crate::commands::business::BusinessCommand;
use crate::commands::campaign::CampaignCommand;
use crate::commands::catalog::CatalogCommand;
use crate::commands::client::ClientCommand;
use crate::commands::completions::CompletionsArguments;
use crate::commands::config::ConfigCommand;
use crate::commands::database::DatabaseCommand;
use crate::commands::demo::DemoArguments;
use crate::commands::explain::ExplainArguments;
use crate::commands::gateway::GatewayCommand;
use crate::commands::import::ImportArguments;
use crate::commands::key::KeyCommand;
use crate::commands::member::MemberCommand;
use crate::commands::refusal::RefusalCommand;
use crate::commands::serve::ServeArguments;
use crate::commands::token::TokenCommand;

/// What a demonstration makes of the configuration.
const ASIDE: &str = "A server's configuration is left aside: neither ./marketpass.toml nor variables of the environment \
    are read,\nonly the file of --config. Where everything is kept, and that no other machine is answered, is settled.\n\n\
    Its clock, limits, stores and answers can be moved while it runs: docs/demo.md, and GET /demo where it prints Controls.";

/// The authorization service of a marketplace.
#[derive(Debug, Parser)]
#[command(name = "marketpass", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The configuration file [default: marketpass.toml in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,

    /// Print exactly one JSON value instead of text for people
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try marketpass: a server with examples in it, for this machine alone, gone when you stop it
    #[command(after_help = ASIDE)]
    Demo(DemoArguments),
    /// Run the server
    Serve(ServeArguments),
    /// What administrators do.
    #[command(flatten)]
    Administration(AdministrationCommand),
    /// What services need that decide for themselves
    #[command(subcommand)]
    Gateway(GatewayCommand),
    /// Look after the database
    #[command(subcommand)]
    Db(DatabaseCommand),
    /// Look for everything that could keep marketpass from working
    Doctor,
    /// Show the configuration in force, or check it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completions for a shell
    Completions(CompletionsArguments),
}

/// Commands that act on what the database holds.
#[derive(Debug, Subcommand)]
pub(crate) enum AdministrationCommand {
    /// People who may sign in
    #[command(subcommand)]
    Account(AccountCommand),
    /// Cabinets of the marketplace
    #[command(subcommand)]
    Business(BusinessCommand),
    /// The stores of a cabinet
    #[command(subcommand)]
    Campaign(CampaignCommand),
    /// The staff of a cabinet
    #[command(subcommand)]
    Member(MemberCommand),
    /// Which methods there are, what opens them and how much of them is allowed
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Applications that ask people for OAuth tokens
    #[command(subcommand)]
    Client(ClientCommand),
    /// OAuth tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Calls that were refused although their credential is known
    #[command(subcommand)]
    Refusal(RefusalCommand),
    /// Say step by step what a request would be answered, and why; charges nothing
    Explain(ExplainArguments),
    /// Bring in a whole platform from JSON lines; may be repeated
    Import(ImportArguments),
}
