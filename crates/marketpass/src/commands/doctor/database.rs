//! Checks of the database, and of the secrets against it.

use std::fmt::Write as _;

use mp_domain::secret::{Pepper, Peppers};
use mp_domain::time::Clock;
use mp_store::{Conn, DatabaseUrl, Store, StoreError, pepper};

use super::Finding;
use crate::config::Config;
use crate::secrets::SecretsFile;
use crate::system::SystemClock;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let url = config.database_url();
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        // Opening it would make it, and a doctor changes nothing.
        return vec![Finding::ok(
            "database",
            format!("{url} does not exist yet: the first command makes it"),
        )];
    }
    let state = match Store::migration_state(url) {
        Ok(state) => state,
        Err(error) => return vec![broken("database", &error)],
    };
    let mut findings = vec![Finding::ok("database", format!("{url} can be opened"))];
    let applied = format!("version {} of {}", state.applied, state.newest);
    if state.is_from_the_future() {
        let advice = "run the marketpass that wrote it, or a newer one";
        findings.push(Finding::fail(
            "migrations",
            format!("its schema is newer than this marketpass: {applied}"),
            advice,
        ));
        return findings;
    }
    if state.is_behind() {
        let advice = "run `marketpass db migrate`; serve does it by itself";
        findings.push(Finding::warn("migrations", format!("the schema is behind: {applied}"), advice));
        return findings;
    }
    findings.push(Finding::ok("migrations", format!("the schema is up to date: {applied}")));
    findings.extend(look_inside(config).unwrap_or_else(|error| vec![broken("database", &error)]));
    findings
}

fn broken(check: &'static str, error: &StoreError) -> Finding {
    Finding::fail(
        check,
        error.to_string(),
        "do what it says; restore a backup with `marketpass db restore` if nothing helps",
    )
}

fn look_inside(config: &Config) -> Result<Vec<Finding>, StoreError> {
    let integrity = match Store::integrity_faults(config.database_url())?.as_slice() {
        [] => Finding::ok("integrity", "nothing is damaged"),
        faults => Finding::fail(
            "integrity",
            format!("the database is damaged: {}", faults.join("; ")),
            "stop the server, put a backup back with `marketpass db restore`, and have the disk looked at",
        ),
    };
    let mut conn = Store::open(config.database_url())?.reader()?;
    Ok(vec![integrity, fingerprints(config, &mut conn)?])
}

/// Whether the secrets file holds every pepper that keys of the database still need.
fn fingerprints(config: &Config, conn: &mut Conn) -> Result<Finding, StoreError> {
    const CHECK: &str = "fingerprints";
    let known = pepper::list(conn)?;
    if known.is_empty() {
        return Ok(Finding::ok(CHECK, "the database has no keys yet"));
    }
    let file = SecretsFile::of(&config.data.dir);
    let peppers = match file.read() {
        Ok(peppers) => peppers,
        Err(error) => {
            let found = "the secrets cannot be compared with the database";
            return Ok(Finding::fail(CHECK, found, error.to_string()));
        }
    };
    let mut found = "the secrets are those that the keys were made with".to_owned();
    for (number, fingerprint) in known {
        let secrets = pepper::count_in_use(conn, number, SystemClock.now())?;
        let in_file = all(&peppers).find(|pepper| pepper.number() == number);
        if in_file.map_or(secrets == 0, |pepper| pepper.fingerprint() == fingerprint) {
            if number != peppers.current().number() && secrets > 0 {
                write!(found, "; {secrets} secrets still need pepper {number}")
                    .expect("a String takes everything");
            }
            continue;
        }
        let found =
            format!("pepper {number} in {} is not the one that keys were made with", file.path().display());
        return Ok(Finding::fail(
            CHECK,
            found,
            "put the right file back from your backup, or copy it from another node",
        ));
    }
    Ok(Finding::ok(CHECK, found))
}

fn all(peppers: &Peppers) -> impl Iterator<Item = &Pepper> {
    std::iter::once(peppers.current()).chain(peppers.retired())
}
