//! As whom the server runs.
//!
//! Owns giving up root, as which PostgreSQL refuses to run. Must never give the server more rights than the test has.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Users a root process may become, the best first: the package's own, and the one every system has.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user and group of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// The test's own.
    Same,
    /// Another one, because the test runs as root.
    Other { user: u32, group: u32 },
}

impl Identity {
    /// Chooses by who owns the folder this process has just made, and hands the folder over if that is root.
    pub(super) fn for_owner_of(folder: &Path) -> Result<Self, String> {
        let failed =
            |error| format!("the folder {} cannot be given to another user: {error}", folder.display());
        if fs::metadata(folder).map_err(failed)?.uid() != 0 {
            return Ok(Self::Same);
        }
        let accounts = fs::read_to_string("/etc/passwd").map_err(failed)?;
        let (user, group) = UNPRIVILEGED.iter().find_map(|name| look_up(&accounts, name)).ok_or(
            "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`; run the tests as \
             another user",
        )?;
        chown(folder, Some(user), Some(group)).map_err(failed)?;
        Ok(Self::Other { user, group })
    }

    /// Makes `command` run as this identity, without root's supplementary groups.
    pub(super) fn assume(&self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            command.uid(*user).gid(*group);
        }
    }
}

/// User and group number of `name` in a text of the form of `/etc/passwd`.
fn look_up(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next() == Some(name);
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        found.then_some((user, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str =
        "root:x:0:0:root:/root:/bin/bash\nbroken\nnobody:x:65534:65533:nobody:/:/sbin/nologin\n";

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        assert_eq!(look_up(ACCOUNTS, "nobody"), Some((65534, 65533)));
        assert_eq!(look_up(ACCOUNTS, "nobod"), None);
        assert_eq!(look_up(ACCOUNTS, "broken"), None);
    }
}
