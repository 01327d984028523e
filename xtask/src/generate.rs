//! `cargo xtask gen market-table --from PATH`: the shipped catalogue, made anew from the official OpenAPI document.
//!
//! Owns where the table lies. What it says is the importer's business, so that the shipped catalogue and an imported one
//! come from the same hand.

use std::fs;
use std::path::Path;

use crate::cargo;

const TABLE: &str = "crates/mp-domain/src/catalog/market.table";

/// Reads the document and writes the table, unless the document has errors.
pub(crate) fn market_table(root: &Path, document: &str) -> Result<(), String> {
    let document =
        fs::canonicalize(document).map_err(|error| format!("{document} cannot be read: {error}"))?;
    let output = cargo::command(root)
        .args(["run", "--quiet", "--locked", "--package", "mp-catalog", "--example", "market_table", "--"])
        .arg(document)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("the importer could not be started: {error}"))?;
    if !output.status.success() {
        return Err("the document could not be imported, so the table is as it was: see above".to_owned());
    }
    fs::write(root.join(TABLE), &output.stdout)
        .map_err(|error| format!("{TABLE} cannot be written: {error}"))?;
    println!("{TABLE} is written; `git diff` shows what is new, the tests what has to be reviewed");
    Ok(())
}
