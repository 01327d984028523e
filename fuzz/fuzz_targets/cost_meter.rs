//! Any bytes as the body of a request: the scanner against a reader that holds the whole text in memory.
//!
//! The first two bytes choose the fields and the size of the chunks, the rest is the body. Must never say what is right:
//! `tree` does, as in the tests of `mp-market`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mp_domain::field_path::FieldPath;
use mp_market::scan::{Findings, Flaw, Problem, Scanner, Sought};

#[path = "../../crates/mp-market/src/scan/tests/tree.rs"]
mod tree;

/// Fields that overlap, begin alike and need escapes.
const PATHS: [FieldPath; 8] = [
    FieldPath::new(&["a"]),
    FieldPath::new(&["a", "b"]),
    FieldPath::new(&["a", "b", "a"]),
    FieldPath::new(&["ab"]),
    FieldPath::new(&["b", "a"]),
    FieldPath::new(&["ж"]),
    FieldPath::new(&["🔑", "ж"]),
    FieldPath::new(&["a", "a", "a", "a", "a", "a", "a", "a"]),
];

fuzz_target!(|input: &[u8]| {
    if let [chosen, size, body @ ..] = input {
        compare(*chosen, usize::from(*size).max(1), body);
    }
});

/// Panics where the two do not agree.
fn compare(chosen: u8, size: usize, body: &[u8]) {
    let paths: Vec<FieldPath> = PATHS
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| chosen >> bit & 1 == 1)
        .map(|(_, path)| path)
        .collect();
    let counted = paths.last().copied();
    let sought = Sought::new(counted, paths.iter().copied()).expect("as many as are allowed");
    let found = scan(sought, body, size);
    assert_eq!(found, scan(sought, body, body.len().max(1)), "it matters how the text is torn apart");
    match (tree::reference(body), found) {
        (Some(Ok(tree)), Ok(found)) => {
            assert_eq!(found.counted, counted.map_or(0, |path| tree.count(path)));
            for named in found.named {
                assert_eq!(named.ids.ok(), tree.ids(named.path), "{}", named.path);
            }
        }
        (Some(Err(())), Err(_)) | (None, _) => {}
        (_, Err(Flaw { problem: Problem::TooManyIds(_) | Problem::TooDeep, .. })) => {}
        (Some(reference), found) => panic!("serde_json says {reference:?}, the scanner {found:?}"),
    }
}

fn scan(sought: Sought, body: &[u8], size: usize) -> Result<Findings, Flaw> {
    let mut scanner = Scanner::new(sought);
    body.chunks(size).try_for_each(|chunk| scanner.feed(chunk))?;
    scanner.finish()
}
