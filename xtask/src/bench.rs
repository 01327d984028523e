//! `cargo xtask bench NAME`: builds what is measured as packages build it, then measures.
//!
//! Owns the build. What is measured, and against what, is the business of `benches/`.

use std::path::Path;
use std::process::Command;

use crate::packages;

/// Builds the product and the measurements, and hands the words over.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    packages::provide(&packages::FOR_BENCH)?;
    let built = Command::new(env!("CARGO"))
        .args(["build", "--profile", "dist", "--locked", "--package", "marketpass", "--package", "mp-bench"])
        .current_dir(root)
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("the build failed: see above".to_owned());
    }
    let measured =
        Command::new(root.join("target/dist/mp-bench")).args(words).current_dir(root.join("target")).status();
    match measured {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the measurement failed: see above".to_owned()),
        Err(error) => Err(format!("the measurement could not be started: {error}")),
    }
}
