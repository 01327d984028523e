//! `cargo xtask tidy`: the order of the house, as far as a program can see it.
//!
//! Owns the walk over the files and the report. Must never change a file; the rules themselves live below `tidy/`.

mod files;
mod layers;
mod manifests;
mod rules;
mod rust_text;
mod threats;

use std::fmt;
use std::path::Path;

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// The path of the file from the workspace's folder.
    file: String,
    /// The line, from 1.
    line: usize,
    /// What is wrong, and what to do.
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Checks every file and the dependencies between the crates; reports every breach before it fails.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let files = files::read(root)?;
    let crates = manifests::read(root)?;
    let mut violations: Vec<Violation> = files.iter().flat_map(rules::check).collect();
    violations.extend(layers::check(&crates));
    violations.extend(threats::check(&files));
    for violation in &violations {
        eprintln!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("{} files and {} crates are in order", files.len(), crates.len());
            Ok(())
        }
        count => Err(format!("{count} breaches of the project's rules; CONTRIBUTING.md explains them")),
    }
}
