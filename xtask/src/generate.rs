//! `cargo xtask gen WHAT --from PATH`: what is shipped of the official OpenAPI document, made anew from it.
//!
//! Owns where the tables lie. What they say is the importer's business, so that the shipped catalogue and an imported one
//! come from the same hand.

use std::fs;
use std::path::Path;

use crate::cargo;

/// A table that is made of the document.
pub(crate) struct Table {
    /// The example of `mp-catalog` that prints it.
    example: &'static str,
    path: &'static str,
}

/// Every operation of the seller API.
pub(crate) const MARKET_TABLE: Table =
    Table { example: "market_table", path: "crates/mp-domain/src/catalog/market.table" };
/// What they answer.
pub(crate) const MARKET_SHAPES: Table =
    Table { example: "market_shapes", path: "crates/mp-catalog/src/shape/market.shapes" };

/// Reads the document and writes the table, unless the document has errors.
pub(crate) fn run(root: &Path, table: &Table, document: &str) -> Result<(), String> {
    let Table { example, path } = table;
    let document =
        fs::canonicalize(document).map_err(|error| format!("{document} cannot be read: {error}"))?;
    let output = cargo::command(root)
        .args(["run", "--quiet", "--locked", "--package", "mp-catalog", "--example", example, "--"])
        .arg(document)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("the importer could not be started: {error}"))?;
    if !output.status.success() {
        return Err("the document could not be imported, so the table is as it was: see above".to_owned());
    }
    fs::write(root.join(path), &output.stdout)
        .map_err(|error| format!("{path} cannot be written: {error}"))?;
    println!("{path} is written; `git diff` shows what is new, the tests what has to be reviewed");
    Ok(())
}
