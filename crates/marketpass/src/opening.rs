//! Making ready what commands work on: the data folder, the database, the secrets.
//!
//! Owns the promise that any first command creates them. Must never make new secrets for a database that has keys.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use mp_domain::secret::Peppers;
use mp_domain::time::Clock;
use mp_mail::{FolderMailer, SmtpMailer, Stationery};
use mp_service::{Mailer, Service, ServiceParts};
use mp_store::{Store, pepper};
use tokio::runtime::{Builder, Runtime};

use crate::config::Config;
use crate::failure::Failure;
use crate::secrets::SecretsFile;
use crate::system::{SystemClock, SystemEntropy};

/// Makes the data folder if it is missing, for its owner alone.
pub(crate) fn create_data_folder(config: &Config) -> Result<(), Failure> {
    let folder = &config.data.dir;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::new(format!(
            "the data folder {} cannot be made: {error}; make its parent writable or name another folder in [data] dir",
            folder.display()
        ))
    })
}

/// Brings the database up to date, making it if it is missing, and says what was applied. Blocks.
pub(crate) fn migrate(config: &Config) -> Result<Vec<&'static str>, Failure> {
    create_data_folder(config)?;
    let applied = Store::migrate(config.database_url())?;
    for migration in &applied {
        tracing::info!(migration, "database brought up to date");
    }
    Ok(applied)
}

/// The database, brought up to date. Blocks, and must not be called by a task.
pub(crate) fn store(config: &Config) -> Result<Store, Failure> {
    migrate(config)?;
    Ok(Store::open(config.database_url())?)
}

/// The peppers that the database was made with, or new ones for a database without any. Blocks, and must not be called
/// by a task.
pub(crate) fn peppers(config: &Config, store: &Store) -> Result<Peppers, Failure> {
    let secrets = SecretsFile::of(&config.data.dir);
    // Asked before the file is looked at: whoever records a pepper has written its file first.
    if pepper::list(&mut store.reader()?)?.is_empty() {
        Ok(secrets.read_or_create(&SystemEntropy)?)
    } else {
        Ok(secrets.read()?)
    }
}

/// The use cases on the configured database, for a command. Blocks, and must not be called by a task.
pub(crate) fn service(config: &Config) -> Result<Service, Failure> {
    let store = store(config)?;
    let peppers = peppers(config, &store)?;
    service_with(config, store, peppers)
}

/// How letters are sent, if they are.
pub(crate) fn mailer(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Mailer>>, Failure> {
    let mail = &config.mail;
    let stationery = Stationery { from: mail.from.sender().clone(), clock, entropy: Arc::new(SystemEntropy) };
    if let Some(server) = &mail.smtp_url {
        return Ok(Some(Arc::new(SmtpMailer::new(server.url(), stationery)?)));
    }
    let folder = mail.folder.clone();
    Ok(folder.map(|folder| Arc::new(FolderMailer::new(folder, stationery)) as Arc<dyn Mailer>))
}

/// The use cases with these peppers.
pub(crate) fn service_with(config: &Config, store: Store, peppers: Peppers) -> Result<Service, Failure> {
    let format = config.keys.prefix.token_format().clone();
    Ok(Service::new(ServiceParts {
        store,
        peppers,
        format,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        mailer: mailer(config, Arc::new(SystemClock))?,
        public_url: config.http.public_url.to_string(),
        sign_up: config.accounts.sign_up.into(),
    }))
}

/// What a command waits on.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::new(format!("the command could not begin: {error}; look at the limits with `ulimit -a`"))
    })
}
