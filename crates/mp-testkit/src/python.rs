//! Programs from Python's index, in virtual environments of their own.
//!
//! Owns their installation: once, below the target folder, in the versions that were asked for. Must never touch the
//! machine's own Python.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An environment that is complete.
#[derive(Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment `name` below `target`, made unless it is there already with just these `packages`: arguments of
    /// `pip install`, versions included.
    ///
    /// # Panics
    /// If it cannot be made: a test that needs it has failed.
    #[must_use]
    pub fn provide(target: &Path, name: &str, packages: &[&str]) -> Self {
        // Another run of the tests may be installing it right now.
        let lock =
            File::create(target.join(format!("{name}.lock"))).expect("the target folder can be written");
        lock.lock().expect("a file just made can be locked");
        let made = Self { folder: target.join(name) };
        let (marker, content) = (made.folder.join("is-complete"), packages.join(" "));
        if fs::read_to_string(&marker).is_ok_and(|complete| complete == content) {
            return made;
        }
        let venv = ["-m", "venv", "--clear"];
        step(Command::new("python3").args(venv).arg(&made.folder), "install the package python3-venv");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"];
        let advice = "PyPI cannot be reached or lacks the package: connect this machine to the network, or set \
                      PIP_INDEX_URL to a mirror that has it";
        step(Command::new(made.python()).args(pip).args(packages), advice);
        fs::write(marker, content).expect("the environment just made can be written");
        made
    }

    /// Its interpreter.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// A program that a package brought.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// A file that a package brought, for example `axe_playwright_python/axe.min.js`.
    ///
    /// # Panics
    /// If there is no such file.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        let versions =
            fs::read_dir(self.folder.join("lib")).expect("an environment has a folder of libraries");
        let folders = versions.flatten().map(|version| version.path().join("site-packages"));
        let mut files = folders.map(|folder| folder.join(name)).filter(|file| file.is_file());
        files.next().unwrap_or_else(|| panic!("no package in {} brought {name}", self.folder.display()))
    }
}

/// Runs a step of the installation.
fn step(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed; {advice}\n{said}");
}
