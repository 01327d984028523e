//! Prints the table of the catalogue that an OpenAPI document describes; `cargo xtask gen market-table` runs it.

use std::process::ExitCode;

use mp_catalog::Import;
use mp_domain::catalog::table;

fn main() -> ExitCode {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    let import = read.and_then(|bytes| Import::read(&bytes).map_err(|error| error.to_string()));
    let import = match import {
        Ok(import) => import,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    for finding in import.findings() {
        eprintln!("{finding}");
    }
    match import.catalog() {
        Ok(catalog) => {
            print!("{}", table::print(catalog.operations()));
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}
