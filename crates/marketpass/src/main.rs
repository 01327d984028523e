//! The binary: reads the command line, runs one command, ends with its status.
//!
//! Owns the three exit statuses of product.md §1: 0 done, 1 refused or failed, 2 wrong usage. Must never hold a rule.

mod cli;
mod commands;
mod config;
mod failure;
mod opening;
mod output;
mod secrets;
mod standard_input;
mod system;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;
use mp_domain::event::Actor;

use cli::{AdministrationCommand, Cli, Command};
use config::{Config, Loaded};
use failure::Failure;
use output::Output;
use telemetry::Process;

fn main() -> ExitCode {
    let cli = Cli::parse();
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
    let loaded = || config::load(cli.config.as_deref(), std::env::vars_os(), Vec::new());
    match cli.command {
        Command::Config(command) => commands::config::run(command, loaded(), output),
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Doctor => commands::doctor::run(&loaded(), output),
        Command::Db(command) => commands::database::run(command, &begin(loaded()?), output),
        Command::Administration(command) => administer(command, &begin(loaded()?), output),
    }
}

/// Starts the log of a command.
fn begin(loaded: Loaded) -> Config {
    telemetry::start(&loaded, Process::Command);
    loaded.config
}

/// Runs a command that acts on the configured database.
fn administer(command: AdministrationCommand, config: &Config, output: Output) -> Result<(), Failure> {
    let service = opening::service(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("the command could not begin: {error}; try again")))?;
    runtime.block_on(async {
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
            AdministrationCommand::Key(command) => commands::key::run(command, &service, output).await,
        }
    })
}
