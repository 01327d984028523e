//! The verbs of a developer's day, as `cargo xtask VERB`.
//!
//! Owns how the project is tested and kept in order. Must never grow dependencies: it is built first, on every machine.

mod bench;
mod cargo;
mod failures;
mod generate;
mod packages;
mod steps;
mod tally;
mod test;
mod tidy;

use std::env;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask VERB

  test [FILTER]   install what the tests need, then check format, lints, order and run the tests
                  (those whose name contains FILTER, if given)
  bench NAME      measure against a bare reference; `bench` alone lists the measurements, `--json` prints one object
  gen market-table|market-shapes --from PATH
                  make the shipped catalogue, or the shapes of what its operations answer, anew from the market's
                  official OpenAPI document
  tidy            check file and function sizes, file headers, forbidden words and the layers";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(root(), None),
        // Something like `-p mp-store` is meant for cargo, and would silently run nothing here.
        ["test", filter] if !filter.starts_with('-') => test::run(root(), Some(filter)),
        ["bench", rest @ ..] => bench::run(root(), rest),
        ["gen", "market-table", "--from", document] => {
            generate::run(root(), &generate::MARKET_TABLE, document)
        }
        ["gen", "market-shapes", "--from", document] => {
            generate::run(root(), &generate::MARKET_SHAPES, document)
        }
        ["tidy"] => tidy::run(root()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace, wherever `cargo xtask` was called.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lives in a folder of the workspace")
}
