//! Documents in, facts, findings and differences out.

#![expect(clippy::unwrap_used, reason = "helpers of tests: what is missing fails the test")]

mod bad_input;
mod check;
mod difference;
mod extensions;
mod market;
mod names;
mod schema;
mod shapes;

use mp_catalog::Import;
use mp_domain::operation::Operation;

/// A document with these paths, as YAML; the paths are indented by two spaces.
fn document(paths: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths:\n{paths}\n")
}

/// An operation `GET /x` of the id `x` that any key opens, with more lines at its own indent.
fn with(lines: &str) -> String {
    let lines: Vec<_> = lines.lines().map(|line| format!("      {line}")).collect();
    let head = "  /x:\n    post:\n      operationId: x\n      x-marketpass-accesses: [pricing]\n      \
        x-marketpass-limit: {amount: 9, period: 1m}\n";
    document(&format!("{head}{}", lines.join("\n")))
}

#[track_caller]
fn read(text: &str) -> Import {
    Import::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The only operation of a document without errors.
#[track_caller]
fn only(text: &str) -> Operation {
    let import = read(text);
    let [operation] = import.operations[..] else { panic!("{:?}", import.findings()) };
    operation
}

/// The errors of a document, printed.
#[track_caller]
fn errors(text: &str) -> Vec<String> {
    let findings = read(text).findings();
    findings.iter().map(ToString::to_string).filter(|told| told.starts_with("error: ")).collect()
}

/// The only error of a document.
#[track_caller]
fn error(text: &str) -> String {
    let errors = errors(text);
    assert_eq!(errors.len(), 1, "{errors:?}\n{text}");
    errors[0].clone()
}
