//! The workspace's crates and what they depend on directly.
//!
//! Owns reading `cargo metadata`. Must never judge; the table of rules is in `layers`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cargo;

/// A crate of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Crate {
    pub(super) name: String,
    /// The path of its manifest from the workspace's folder.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A direct dependency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name of the package, not what the crate may have renamed it to.
    pub(super) package: String,
    /// Whether only tests, examples and benchmarks have it.
    pub(super) for_tests: bool,
    /// The line of the manifest that names it, from 1; 1 if none does.
    pub(super) line: usize,
}

/// Asks cargo, which needs neither the network nor a lock file for this.
pub(super) fn read(root: &Path) -> Result<Vec<Crate>, String> {
    let output = cargo::command(root)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .output()
        .map_err(|error| format!("`cargo metadata` could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` printed no JSON: {error}"))?;
    parse(&metadata, root, |path| fs::read_to_string(path).unwrap_or_default())
        .ok_or_else(|| "`cargo metadata` lacks a field it always had; adapt `manifests::parse`".to_owned())
}

fn parse(metadata: &Value, root: &Path, manifest_text: impl Fn(&Path) -> String) -> Option<Vec<Crate>> {
    let packages = metadata["packages"].as_array()?.iter();
    packages
        .map(|package| {
            let path = Path::new(package["manifest_path"].as_str()?);
            let text = manifest_text(path);
            let dependencies = package["dependencies"].as_array()?.iter();
            Some(Crate {
                name: package["name"].as_str()?.to_owned(),
                manifest: path.strip_prefix(root).unwrap_or(path).display().to_string(),
                dependencies: dependencies.map(|value| dependency(value, &text)).collect::<Option<_>>()?,
            })
        })
        .collect()
}

fn dependency(value: &Value, manifest: &str) -> Option<Dependency> {
    let package = value["name"].as_str()?;
    let key = value["rename"].as_str().unwrap_or(package);
    Some(Dependency {
        package: package.to_owned(),
        for_tests: value["kind"].as_str() == Some("dev"),
        line: manifest.lines().position(|line| names(line, key)).map_or(1, |index| index + 1),
    })
}

/// Whether a line of a manifest is about the dependency `key`: `key = …`, `key.workspace = …` or `[dependencies.key]`.
fn names(line: &str, key: &str) -> bool {
    let line = line.trim();
    let entry = line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    entry || line.ends_with(&format!("dependencies.{key}]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn crates_are_read_with_the_line_of_each_dependency() {
        let metadata = json!({ "packages": [{
            "name": "a", "manifest_path": "/x/crates/a/Cargo.toml",
            "dependencies": [
                { "name": "tokio", "kind": null, "rename": null },
                { "name": "sqlx", "kind": "dev", "rename": "sql" },
                { "name": "hyper", "kind": "build", "rename": null },
            ],
        }] });
        let manifest = "[dependencies]\ntokio-util = \"1\"\ntokio.workspace = true\n[dev-dependencies.sql]\n";
        let crates = parse(&metadata, Path::new("/x"), |_| manifest.to_owned()).unwrap();
        let dependency =
            |package: &str, for_tests, line| Dependency { package: package.to_owned(), for_tests, line };
        let dependencies =
            vec![dependency("tokio", false, 3), dependency("sqlx", true, 4), dependency("hyper", false, 1)];
        let expected =
            Crate { name: "a".to_owned(), manifest: "crates/a/Cargo.toml".to_owned(), dependencies };
        assert_eq!(crates, [expected]);
    }

    #[test]
    fn metadata_of_another_shape_is_not_taken_for_an_empty_workspace() {
        assert_eq!(parse(&json!({}), Path::new("/x"), |_| String::new()), None);
    }
}
