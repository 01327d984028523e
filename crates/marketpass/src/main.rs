//! The binary: reads the command line, runs one command, ends with its status.
//!
//! Owns the three exit statuses of product.md §1: 0 done, 1 refused or failed, 2 wrong usage. Must never hold a rule.

mod cli;
mod commands;
mod config;
mod failure;
mod gateway_secret;
mod opening;
mod output;
mod permissions;
mod secrets;
mod server;
mod standard_input;
mod system;
mod telemetry;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use mimalloc::MiMalloc;
use mp_domain::event::Actor;

use cli::{AdministrationCommand, Cli, Command};
use commands::catalog::CatalogCommand;
use config::{Config, Loaded};
use failure::Failure;
use output::Output;
use telemetry::Process;

/// A request through the proxy makes some fifty small pieces of memory, and frees them at once.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.json && matches!(cli.command, Command::Completions(_)) {
        let message = "completions are a text for a shell, and no JSON: leave out --json";
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let output = Output { json: cli.json };
    let load = |flags| config::load(cli.config.as_deref(), std::env::vars_os(), flags);
    match cli.command {
        Command::Demo(arguments) => {
            let load = |flags| Ok(begin(config::load_named(cli.config.as_deref(), flags)?, Process::Command));
            commands::demo::run(&arguments, load, output)
        }
        Command::Serve(arguments) => {
            let loaded = load(arguments.flags());
            if let Err(problems) = &loaded
                && let Some(message) = commands::serve::wrong_usage(problems)
            {
                Cli::command().error(ErrorKind::MissingRequiredArgument, message).exit();
            }
            commands::serve::run(&begin(loaded?, Process::Server))
        }
        Command::Administration(AdministrationCommand::Catalog(CatalogCommand::Check {
            document: Some(document),
        })) => {
            begin(load(Vec::new())?, Process::Command);
            opening::runtime()?.block_on(commands::catalog::check_document(&document, output))
        }
        Command::Administration(command) => {
            administer(command, &begin(load(Vec::new())?, Process::Command), output)
        }
        Command::Gateway(command) => {
            commands::gateway::run(&command, &begin(load(Vec::new())?, Process::Command), output)
        }
        Command::Db(command) => {
            commands::database::run(command, &begin(load(Vec::new())?, Process::Command), output)
        }
        Command::Doctor => commands::doctor::run(&load(Vec::new()), output),
        Command::Config(command) => commands::config::run(command, load(Vec::new()), output),
        Command::Completions(arguments) => commands::completions::run(&arguments),
    }
}

/// Starts the log.
fn begin(loaded: Loaded, process: Process) -> Config {
    telemetry::start(&loaded, process);
    loaded.config
}

/// Runs a command that acts on the configured database.
fn administer(command: AdministrationCommand, config: &Config, output: Output) -> Result<(), Failure> {
    let service = opening::service(config)?;
    opening::runtime()?.block_on(async {
        service.register_peppers(Actor::Operator).await?;
        match command {
            AdministrationCommand::Account(command) => {
                commands::account::run(command, &service, output).await
            }
            AdministrationCommand::Business(command) => {
                commands::business::run(command, &service, output).await
            }
            AdministrationCommand::Campaign(command) => {
                commands::campaign::run(command, &service, output).await
            }
            AdministrationCommand::Member(command) => commands::member::run(command, &service, output).await,
            AdministrationCommand::Catalog(command) => {
                commands::catalog::run(command, &service, output).await
            }
            AdministrationCommand::Key(command) => commands::key::run(command, &service, output).await,
            AdministrationCommand::Client(command) => commands::client::run(command, &service, output).await,
            AdministrationCommand::Token(command) => commands::token::run(command, &service, output).await,
            AdministrationCommand::Refusal(command) => {
                commands::refusal::run(command, &service, output).await
            }
            AdministrationCommand::Explain(arguments) => {
                commands::explain::run(arguments, config, &service, output).await
            }
            AdministrationCommand::Import(arguments) => {
                commands::import::run(arguments, &service, output).await
            }
        }
    })
}
