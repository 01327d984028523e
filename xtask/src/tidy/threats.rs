//! Whether the tests that `docs/threats.md` names are there.
//!
//! Owns reading the last column of its table. Must never judge whether a test shows what its row says: people do that.

use std::collections::HashSet;

use super::Violation;
use super::files::SourceFile;

const PAGE: &str = "docs/threats.md";

/// Every name of a test in the page that no function of the project has.
pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else { return Vec::new() };
    let functions: HashSet<&str> = files.iter().flat_map(|file| functions(&file.text)).collect();
    let rows = page.text.lines().enumerate().filter(|(_, line)| line.starts_with('|'));
    let named = rows.flat_map(|(at, row)| tests(row).map(move |name| (at + 1, name)));
    let missing = named.filter(|(_, name)| !functions.contains(name));
    missing.map(|(line, name)| violation(line, name)).collect()
}

fn violation(line: usize, name: &str) -> Violation {
    let message = format!("there is no test `{name}`: name the one that shows what this row says");
    Violation { file: PAGE.to_owned(), line, message }
}

/// What stands in backticks in the last cell of a row.
fn tests(row: &str) -> impl Iterator<Item = &str> {
    let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    cell.split('`').skip(1).step_by(2)
}

/// The names of all functions in a text, tests among them.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| rest.split_once('(').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_was_renamed_is_missed() {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        let page = "| attack | excluded by | tests |\n|---|---|---|\n| **A.** | `Name::new`. | `one_test`, `gone_test` |\n";
        let files = [file(PAGE, page), file("crates/a/tests/it.rs", "#[test]\nfn one_test() {}\n")];
        let found: Vec<String> = check(&files).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["docs/threats.md:3: there is no test `gone_test`: name the one that shows what this row says"]
        );
    }
}
