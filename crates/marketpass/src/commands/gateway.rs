//! `gateway`: what services need that decide for themselves.
//!
//! Owns the arguments and what is printed. Must never print the secret but to whoever asks for it.

use clap::Subcommand;
use serde::Serialize;

use crate::config::Config;
use crate::failure::Failure;
use crate::gateway_secret;
use crate::output::Output;
use crate::system::SystemEntropy;

/// `gateway …`
#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Print the secret by which a service with the tower layer may ask this server
    Secret,
}

#[derive(Serialize)]
struct ShownSecret<'a> {
    secret: &'a str,
}

/// Runs `gateway …`.
pub(crate) fn run(command: &GatewayCommand, config: &Config, output: Output) -> Result<(), Failure> {
    let GatewayCommand::Secret = command;
    crate::opening::create_data_folder(config)?;
    let secret = gateway_secret::read_or_create(&config.data.dir, &SystemEntropy)?;
    output.show(&ShownSecret { secret: secret.expose() }, |shown| format!("{}\n", shown.secret))
}
