//! Prints the shapes of what the operations of an OpenAPI document answer; `cargo xtask gen market-shapes` runs it.

use std::process::ExitCode;

use mp_catalog::Shapes;

fn main() -> ExitCode {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    match read.and_then(|bytes| Shapes::extract(&bytes).map_err(|error| error.to_string())) {
        Ok(shapes) => {
            print!("{shapes}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
