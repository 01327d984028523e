//! Checks of what lies in the data folder.

use std::path::Path;

use super::Finding;
use crate::config::Config;
use crate::permissions::exposed_mode;
use crate::secrets::{SecretsError, SecretsFile};

/// Below this, in bytes, writing will soon fail.
const TOO_LITTLE: u64 = 64 << 20;
/// Below this, in bytes, somebody should look.
const LITTLE: u64 = 1 << 30;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let folder = config.data.dir.as_path();
    if !folder.exists() {
        let found = format!("{} does not exist yet", folder.display());
        return vec![Finding::ok("data folder", format!("{found}: the first command makes it"))];
    }
    vec![data_folder(folder), free_space(folder), secrets(folder)]
}

fn data_folder(folder: &Path) -> Finding {
    const CHECK: &str = "data folder";
    let shown = folder.display();
    if let Err(error) = tempfile::tempfile_in(folder) {
        return Finding::fail(
            CHECK,
            format!("{shown} cannot be written: {error}"),
            "make it belong to the user that runs marketpass",
        );
    }
    match folder.metadata().map(|metadata| exposed_mode(&metadata)) {
        Ok(None) => Finding::ok(CHECK, format!("{shown} is writable and private")),
        Ok(Some(mode)) => Finding::warn(
            CHECK,
            format!("{shown} can be entered by others (mode {mode:03o})"),
            format!("run `chmod 700 {shown}`"),
        ),
        Err(error) => {
            Finding::fail(CHECK, format!("{shown} cannot be looked at: {error}"), "check its parent")
        }
    }
}

fn free_space(folder: &Path) -> Finding {
    const CHECK: &str = "free space";
    let free = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::warn(CHECK, format!("unknown: {error}"), "look at the disk with `df`"),
    };
    let found = format!("{} MiB are free for {}", free >> 20, folder.display());
    if free < TOO_LITTLE {
        Finding::fail(CHECK, found, "free some now: without space no change can be stored")
    } else if free < LITTLE {
        Finding::warn(CHECK, found, "free some soon")
    } else {
        Finding::ok(CHECK, found)
    }
}

fn secrets(folder: &Path) -> Finding {
    const CHECK: &str = "secrets";
    let file = SecretsFile::of(folder);
    let shown = file.path().display();
    match file.read() {
        Ok(peppers) => {
            Finding::ok(CHECK, format!("{shown} holds {} and is private", count(1 + peppers.retired().len())))
        }
        // Whether that is bad depends on the database; its check says so.
        Err(SecretsError::Missing { .. }) => Finding::ok(CHECK, format!("{shown} does not exist")),
        Err(error) => Finding::fail(CHECK, error.to_string(), "without it no key can be recognised"),
    }
}

fn count(peppers: usize) -> String {
    if peppers == 1 { "one pepper".to_owned() } else { format!("{peppers} peppers") }
}
