//! The rules a single file must keep.
//!
//! Owns one function per rule. Must never know more than one file's path and text.

use std::path::Path;

use super::Violation;
use super::files::SourceFile;
use super::rust_text::{code_only, functions, test_regions, word_positions};

/// Lines a file outside tests may have.
const LONGEST_FILE: usize = 500;
/// Lines a function may have, from `fn` to the closing brace.
const LONGEST_FUNCTION: usize = 80;

// Written in two parts each, or this file would break its own rules.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const PLACEHOLDERS: [&str; 2] = [concat!("to", "do!"), concat!("unimpl", "emented!")];
const MACHINE_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Every breach of a rule in one file.
pub(super) fn check(file: &SourceFile) -> Vec<Violation> {
    let mut violations = machine_paths(file);
    violations.extend(unfinished_work(file));
    if is_rust(file) {
        let code = code_only(&file.text);
        violations.extend(header(file));
        violations.extend(file_size(file));
        violations.extend(function_size(file, &code));
        violations.extend(placeholders(file, &code));
        violations.extend(ignored_tests(file, &code));
        violations.extend(unwraps(file, &code));
    }
    violations
}

fn is_rust(file: &SourceFile) -> bool {
    extension(file) == Some("rs")
}

fn extension(file: &SourceFile) -> Option<&str> {
    Path::new(&file.path).extension()?.to_str()
}

/// Whether the whole file exists for tests or measurements only.
fn is_test(file: &SourceFile) -> bool {
    file.path.split('/').any(|part| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs"))
}

fn violation(file: &SourceFile, at: usize, message: String) -> Violation {
    let line = 1 + file.text[..at].matches('\n').count();
    Violation { file: file.path.clone(), line, message }
}

fn header(file: &SourceFile) -> Option<Violation> {
    let message = "start the file with `//!`: what it owns and what it must never do".to_owned();
    (!file.text.starts_with("//!")).then(|| violation(file, 0, message))
}

fn file_size(file: &SourceFile) -> Option<Violation> {
    let lines = file.text.lines().count();
    let message = format!("{lines} lines, more than {LONGEST_FILE}: split the file by what it owns");
    (lines > LONGEST_FILE && !is_test(file)).then(|| violation(file, 0, message))
}

fn function_size(file: &SourceFile, code: &str) -> Vec<Violation> {
    let sized =
        functions(code).into_iter().map(|function| (code[function.span.clone()].lines().count(), function));
    let long = sized.filter(|(lines, _)| *lines > LONGEST_FUNCTION);
    long.map(|(lines, function)| {
        let name = function.name;
        let message = format!("`{name}` has {lines} lines, more than {LONGEST_FUNCTION}: name its parts");
        violation(file, function.span.start, message)
    })
    .collect()
}

fn placeholders(file: &SourceFile, code: &str) -> Vec<Violation> {
    let found = PLACEHOLDERS.into_iter().flat_map(|text| code.match_indices(text));
    found.map(|(at, text)| violation(file, at, format!("`{text}`: build it or leave it out"))).collect()
}

fn ignored_tests(file: &SourceFile, code: &str) -> Vec<Violation> {
    let found = code.match_indices("#[ignore");
    found
        .map(|(at, _)| violation(file, at, "an ignored test proves nothing: mend or delete it".to_owned()))
        .collect()
}

fn unwraps(file: &SourceFile, code: &str) -> Vec<Violation> {
    if is_test(file) {
        return Vec::new();
    }
    let tests = test_regions(code);
    let found =
        code.match_indices(".unwrap()").filter(|(at, _)| !tests.iter().any(|region| region.contains(at)));
    found.map(|(at, _)| violation(file, at, "say why it cannot fail: `expect(\"…\")`".to_owned())).collect()
}

/// In programs and scripts of all kinds, comments included; prose may speak about the words.
fn unfinished_work(file: &SourceFile) -> Vec<Violation> {
    if matches!(extension(file), Some("md" | "txt")) {
        return Vec::new();
    }
    let found =
        UNFINISHED.into_iter().flat_map(|word| word_positions(&file.text, word).map(move |at| (at, word)));
    found.map(|(at, word)| violation(file, at, format!("`{word}`: finish it or file an issue"))).collect()
}

/// Absolute paths that exist on somebody's machine only.
fn machine_paths(file: &SourceFile) -> Vec<Violation> {
    let found = MACHINE_FOLDERS.into_iter().flat_map(|folder| file.text.match_indices(folder));
    let paths = found
        .filter(|(at, folder)| starts_a_path(&file.text[..*at]) && leads_on(&file.text[at + folder.len()..]));
    let message = |folder| format!("a path below `{folder}` exists on one machine only: make it relative");
    paths.map(|(at, folder)| violation(file, at, message(folder))).collect()
}

/// Whether a `/` after `before` starts an absolute path, rather than going on with a relative one or a URL.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| {
        last.is_alphanumeric() || matches!(last, '.' | '-' | '_' | '}' | '*' | '~' | '>')
    })
}

/// Whether a name follows, rather than a placeholder such as `$USER`.
fn leads_on(after: &str) -> bool {
    after.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '.' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `check` reports about a file: `line: message`.
    fn report(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        check(&file).iter().map(|found| format!("{}: {}", found.line, found.message)).collect()
    }

    /// Asserts that exactly one breach is found, in `line`, whose message contains `part`.
    #[track_caller]
    fn one(path: &str, text: &str, line: usize, part: &str) {
        let found = report(path, text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{line}: ")) && found[0].contains(part), "{found:?}");
    }

    #[track_caller]
    fn none(path: &str, text: &str) {
        assert_eq!(report(path, text), Vec::<String>::new());
    }

    #[test]
    fn a_file_without_a_header_is_reported() {
        one("src/a.rs", "use std::fmt;\n", 1, "//!");
        one("src/a.rs", "", 1, "//!");
        none("src/a.rs", "//! A.\n");
        none("src/a.sql", "SELECT 1");
    }

    #[test]
    fn a_file_over_500_lines_is_reported_unless_it_is_a_test() {
        let text = |lines: usize| "//! A.\n".repeat(lines);
        one("src/a.rs", &text(501), 1, "501 lines");
        none("src/a.rs", &text(500));
        none("crates/a/tests/a.rs", &text(501));
        none("crates/a/benches/a.rs", &text(501));
        none("fuzz/a.rs", &text(501));
    }

    #[test]
    fn a_function_over_80_lines_is_reported() {
        let text =
            |lines: usize| format!("//! A.\nfn small() {{}}\nfn big() {{{}}}\n", "\n".repeat(lines - 1));
        one("src/a.rs", &text(81), 3, "`big` has 81 lines");
        none("src/a.rs", &text(80));
    }

    #[test]
    fn braces_in_literals_do_not_lengthen_a_function() {
        none("src/a.rs", &format!("//! A.\nfn a() {{ \"{{\"; '{{'; }}\n{}}}\n", "\n".repeat(90)));
    }

    #[test]
    fn an_unwrap_is_reported_outside_tests_only() {
        one("src/a.rs", "//! A.\nfn a() {\n    b().unwrap();\n}\n", 3, "expect");
        one("src/a.rs", "//! A.\n#[cfg(test)]\nmod tests {}\nfn a() { b().unwrap() }\n", 4, "expect");
        none("src/a.rs", "//! A.\n#[cfg(test)]\nmod tests { fn a() { b().unwrap() } }\n");
        none("src/a.rs", "//! A.\n// `.unwrap()` is \".unwrap()\"\n");
        none("tests/a.rs", "//! A.\nfn a() { b().unwrap() }\n");
        none("src/a/tests.rs", "//! A.\nfn a() { b().unwrap() }\n");
    }

    #[test]
    fn unfinished_work_is_reported_in_programs_and_not_in_prose() {
        for word in UNFINISHED {
            one("src/a.rs", &format!("//! A.\n// {word}: later\n"), 2, word);
            one("a.sh", &format!("# {word}\n"), 1, word);
            none("a.md", word);
            none("src/a.rs", &format!("//! A.\n// {word}X\n"));
        }
    }

    #[test]
    fn placeholders_are_reported_in_tests_too() {
        for text in PLACEHOLDERS {
            one("src/a.rs", &format!("//! A.\nfn a() {{ {text}() }}\n"), 2, text);
            one("tests/a.rs", &format!("//! A.\nfn a() {{ {text}() }}\n"), 2, text);
            none("src/a.rs", &format!("//! A.\n// {text}()\n"));
        }
    }

    #[test]
    fn an_ignored_test_is_reported() {
        one("tests/a.rs", "//! A.\n#[test]\n#[ignore = \"slow\"]\nfn a() {}\n", 3, "ignored test");
        one("tests/a.rs", "//! A.\n#[test]\n#[ignore]\nfn a() {}\n", 3, "ignored test");
    }

    #[test]
    fn a_path_of_a_machine_is_reported_in_every_file() {
        for folder in MACHINE_FOLDERS {
            one("a.md", &format!("see\n`{folder}somebody/file`"), 2, "one machine only");
            none("a.md", &format!("https://example.com{folder}page, some{folder}page, {folder}$USER"));
        }
    }
}
