//! Where PostgreSQL's programs are.
//!
//! Owns the search: Debian keeps the server's programs off `PATH`. Must never install anything; `cargo xtask test` does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What must stand together in one folder. Debian's own wrappers on `PATH` do not.
const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "postgres", "createdb"];

/// A folder that holds all of PostgreSQL's programs.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Looks on `PATH` first, then where Debian puts them, the newest version first.
    pub(super) fn find() -> Result<Self, String> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(debian_folders(Path::new("/usr/lib/postgresql")))
            .find(|folder| NEEDED.iter().all(|program| folder.join(program).is_file()))
            .map(|folder| Self { folder })
            .ok_or_else(|| {
                "PostgreSQL's programs are neither on PATH nor in /usr/lib/postgresql; run `cargo xtask test`, which \
                 installs them where it may, or install the package postgresql-15"
                    .to_owned()
            })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn command(&self, program: &str) -> Command {
        Command::new(self.folder.join(program))
    }
}

/// `ROOT/15/bin` and its like, the highest version first.
fn debian_folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut versions: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|version| root.join(version.to_string()).join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9", "15", "17", "common"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let expected = ["17/bin", "15/bin", "9/bin"].map(|tail| root.path().join(tail));
        assert_eq!(debian_folders(root.path()), expected);
    }

    #[test]
    fn a_machine_without_postgresql_has_no_folders() {
        assert!(debian_folders(Path::new("/nonexistent")).is_empty());
    }
}
