//! The course of a long run.
//!
//! Owns the heading over each step and the time it took. Must never swallow a failure: the first one ends the run.

use std::time::Instant;

/// Runs one step under a heading and says how long it took, also when it fails.
pub(crate) fn step<T>(heading: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    println!("== {heading}");
    let started = Instant::now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f64();
    let result = if outcome.is_ok() { "done" } else { "FAILED" };
    println!("== {heading}: {result} in {seconds:.1} s\n");
    outcome
}
