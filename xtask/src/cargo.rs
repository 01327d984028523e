//! Calling cargo from within cargo.
//!
//! Owns which cargo is called and that its parts exist. Must never change what cargo would do by itself.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

/// The cargo that runs this program, in the folder `root`.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs cargo and fails if it fails; `advice` is what to do then.
pub(crate) fn run(root: &Path, arguments: &[&str], advice: &str) -> Result<(), String> {
    let line = format!("cargo {}", arguments.join(" "));
    match command(root).args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`{line}` failed: {advice}")),
        Err(error) => Err(format!("`{line}` could not be started: {error}")),
    }
}

/// Fails if the toolchain lacks `subcommand`, which rustup installs as `component`.
pub(crate) fn require(root: &Path, subcommand: &str, component: &str) -> Result<(), String> {
    let mut probe = command(root);
    probe.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(format!(
        "this toolchain has no `cargo {subcommand}`; install it with `rustup component add {component}`"
    ))
}
