//! Measurements: what marketpass costs, as ratios against bare references in the same run on the same machine.
//!
//! Owns the references and the arithmetic. Must never be part of the tests: machines are noisy, and a time is no proof.

mod bare_http;
mod check;
mod create;
mod gate;
mod grpc;
mod keys;
mod load;
mod processes;
mod report;
mod tower;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench NAME [--json]

  check [KEYS…]   token-info over 10000, 1000000 and 10000000 keys (or over the numbers given), against a bare axum
                  handler that returns the same bytes
  gate [KEYS]     forward-auth with the full catalogue and 1000000 keys (or the number given) against a bare axum handler,
                  and the built-in proxy against nginx without any check, before the same upstream; calls of ext_authz over
                  gRPC; what a decision costs a service with the tower layer, in nanoseconds
  tower [KEYS]    the last of these alone
  create          durable key creation from 64 callers on SQLite, against a bare program that commits the same rows";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let json = words.iter().position(|word| word == "--json").map(|at| words.remove(at)).is_some();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["check", counts @ ..] => keys::counts(counts).and_then(|counts| check::run(&counts)),
        ["gate"] => gate::run(1_000_000),
        ["gate", count] => keys::counts(&[*count]).and_then(|counts| gate::run(counts[0])),
        ["tower"] => gate::run_tower(1_000_000),
        ["tower", count] => keys::counts(&[*count]).and_then(|counts| gate::run_tower(counts[0])),
        ["create"] => create::run(),
        // Started by `check` itself, pinned to a core of its own.
        ["bare-http", address] => bare_http::serve(address),
        // Started by `gate`, likewise.
        ["grpc-load", address, tokens, seconds] => grpc::run(address, tokens, seconds),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(report) => {
            report.print(json);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
