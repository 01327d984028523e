//! `db`: bringing the database up to date, backing it up, restoring it, moving it.
//!
//! Owns the arguments and what is said about the result. Must never put the peppers into a backup: it would give
//! away what they protect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use mp_domain::event::Actor;
use mp_domain::secret::PepperNumber;
use mp_store::{DatabaseUrl, StoreError, copy};
use serde::Serialize;

use crate::config::Config;
use crate::failure::Failure;
use crate::opening;
use crate::output::{Output, joined};
use crate::secrets::SecretsFile;
use crate::system::SystemEntropy;

/// `db …`
#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseCommand {
    /// Bring the schema up to date (serve does it by itself)
    Migrate,
    /// Write everything into a new SQLite file; the server may go on running
    Backup {
        /// A file that does not exist yet
        file: PathBuf,
    },
    /// Read a backup into the configured database, which must be empty
    Restore {
        /// What `db backup` wrote
        file: PathBuf,
    },
    /// Add a pepper; every key moves to it when it is next used
    RotatePepper,
    /// Copy everything into another database, which must be empty; stop the server first
    Copy {
        /// Where to
        #[arg(long, value_name = "URL", help = "sqlite:PATH or postgres://USER@HOST/DATABASE")]
        to: DatabaseUrl,
    },
}

/// What `db migrate` did.
#[derive(Serialize)]
struct Migrated {
    applied: Vec<&'static str>,
}

/// What `db rotate-pepper` did.
#[derive(Serialize)]
struct Rotated {
    pepper: PepperNumber,
}

/// What was carried where.
#[derive(Serialize)]
struct Carried {
    from: String,
    to: String,
    rows: BTreeMap<&'static str, u64>,
}

/// Runs the command. Blocks.
pub(crate) fn run(command: DatabaseCommand, config: &Config, output: Output) -> Result<(), Failure> {
    match command {
        DatabaseCommand::Migrate => {
            let migrated = Migrated { applied: opening::migrate(config)? };
            output.show(&migrated, |migrated| match migrated.applied.as_slice() {
                [] => "The database is up to date.\n".to_owned(),
                applied => format!("Applied {}.\n", joined(applied)),
            })
        }
        DatabaseCommand::Backup { file } => {
            opening::migrate(config)?;
            let rows = copy::backup(config.database_url(), &file).map_err(refused)?;
            show(config.database_url(), &DatabaseUrl::sqlite(&file), rows, &secrets_to_keep(config), output)
        }
        DatabaseCommand::Restore { file } => {
            refuse_missing(&file)?;
            opening::create_data_folder(config)?;
            let backup = DatabaseUrl::sqlite(&file);
            let rows = copy::copy(&backup, config.database_url()).map_err(refused)?;
            show(&backup, config.database_url(), rows, &secrets_to_put_back(config), output)
        }
        DatabaseCommand::RotatePepper => rotate_pepper(config, output),
        DatabaseCommand::Copy { to } => {
            opening::migrate(config)?;
            let rows = copy::copy(config.database_url(), &to).map_err(refused)?;
            show(config.database_url(), &to, rows, &secrets_to_keep(config), output)
        }
    }
}

/// File first, database second: a pepper in the file that the database does not know yet harms nobody, and the next
/// command or start registers it.
fn rotate_pepper(config: &Config, output: Output) -> Result<(), Failure> {
    let service = opening::service(config)?;
    let runtime = opening::runtime()?;
    runtime.block_on(service.register_peppers(Actor::Operator))?;
    let secrets = SecretsFile::of(&config.data.dir);
    let peppers = secrets.add(&SystemEntropy)?;
    let rotated = Rotated { pepper: peppers.current().number() };
    let service = opening::service_with(config, service.store().clone(), peppers)?;
    runtime.block_on(service.register_peppers(Actor::Operator))?;
    output.show(&rotated, |rotated| {
        format!(
            "Pepper {} is in use from now on.\nKeep a copy of {file}, and copy it to every other node of this database.\n",
            rotated.pepper,
            file = secrets.path().display()
        )
    })
}

/// Opening a database makes the file, which is not what whoever mistypes a name wants.
fn refuse_missing(file: &Path) -> Result<(), Failure> {
    if file.is_file() {
        return Ok(());
    }
    Err(Failure::new(format!("there is no file {}: name what `marketpass db backup` wrote", file.display())))
}

/// What stands in the way of carrying is a file or a database that is there already, and no rule about its rows.
fn refused(error: StoreError) -> Failure {
    match error {
        StoreError::Conflict(why) => Failure::new(why),
        other => other.into(),
    }
}

fn secrets_to_keep(config: &Config) -> String {
    let secrets = SecretsFile::of(&config.data.dir);
    format!("keep a copy of {} in another safe place", secrets.path().display())
}

fn secrets_to_put_back(config: &Config) -> String {
    let secrets = SecretsFile::of(&config.data.dir);
    let path = secrets.path().display();
    if secrets.path().exists() {
        format!("{path} must be the file that belongs to the backup, or its keys are not recognised")
    } else {
        format!("put your copy of them back now, at {path}; without it no key of the backup is recognised")
    }
}

/// `secrets` says what to do about them.
fn show(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    rows: copy::Copied,
    secrets: &str,
    output: Output,
) -> Result<(), Failure> {
    let carried = Carried { from: from.to_string(), to: to.to_string(), rows: rows.into_iter().collect() };
    output.show(&carried, |carried| {
        let rows: u64 = carried.rows.values().sum();
        format!(
            "{rows} rows were carried from {} to {}.\nThe secrets are not among them: {secrets}.\n",
            carried.from, carried.to,
        )
    })
}
