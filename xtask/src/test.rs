//! `cargo xtask test`: all the set-up and all the tests.
//!
//! Owns the order of the steps, cheap ones first. Must never skip a test because something is missing: that is a failure.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::failures::Failures;
use crate::steps::step;
use crate::tally::Tally;
use crate::{cargo, packages, tidy};

/// Runs everything; the last line of a success is `N passed, N failed`, and a failure ends with what failed tests said.
pub(crate) fn run(root: &Path, filter: Option<&str>) -> Result<(), String> {
    step("What the tests start", || packages::provide(&packages::FOR_TESTS))?;
    step("Format", || {
        cargo::require(root, "fmt", "rustfmt")?;
        cargo::run(root, &["fmt", "--all", "--check"], "run `cargo fmt --all`")
    })?;
    step("Lints", || {
        cargo::require(root, "clippy", "clippy")?;
        let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        cargo::run(root, &arguments, "mend what is reported above")
    })?;
    step("Order", || tidy::run(root))?;
    let tally = step("Tests", || tests(root, filter))?;
    println!("{tally}");
    Ok(())
}

/// Runs the tests, passing their output on line by line while counting. What failed tests said is repeated at the end.
fn tests(root: &Path, filter: Option<&str>) -> Result<Tally, String> {
    let mut command = cargo::command(root);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(filter);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`cargo test` could not be started: {error}"))?;
    let (mut tally, mut failures) = (Tally::default(), Failures::default());
    let stdout = child.stdout.take().expect("it was piped in this function");
    // Bytes, not text: a test may print whatever it likes.
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.map_err(|error| format!("the output of `cargo test` broke off: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
        failures.read(&line);
    }
    let status = child.wait().map_err(|error| format!("`cargo test` was lost: {error}"))?;
    print!("{failures}");
    verdict(status.success(), tally)
}

/// What exit status and count say together; neither is believed alone.
fn verdict(success: bool, tally: Tally) -> Result<Tally, String> {
    match (success, tally) {
        (true, Tally { passed: 0, failed: 0 }) => {
            Err("no test ran: no name of a test contains the filter".to_owned())
        }
        (true, tally) if tally.failed == 0 => Ok(tally),
        (_, tally @ Tally { failed: 0, .. }) => Err(format!(
            "{tally}, but `cargo test` failed: something did not build or a test program crashed"
        )),
        (_, tally) => Err(tally.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_good_exit_with_passed_tests_is_a_success() {
        assert_eq!(verdict(true, Tally { passed: 3, failed: 0 }).unwrap().to_string(), "3 passed, 0 failed");
        assert_eq!(verdict(false, Tally { passed: 3, failed: 1 }), Err("3 passed, 1 failed".to_owned()));
        assert!(verdict(true, Tally { passed: 3, failed: 1 }).is_err());
        assert!(verdict(true, Tally::default()).unwrap_err().contains("no test ran"));
        assert!(verdict(false, Tally { passed: 3, failed: 0 }).unwrap_err().contains("did not build"));
    }
}
