//! Random texts, torn apart at random: the scanner against a reader that holds everything in memory.
//!
//! Owns what is random. Must never say what is right: `tree` does.

use mp_domain::field_path::FieldPath;
use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::path;
use super::tree::{Tree, reference};
use crate::scan::{Findings, Flaw, Problem, Scanner, Sought};

/// What a scan says of `text`, torn apart behind each of `lengths` in turn.
fn scan_torn(sought: Sought, mut text: &[u8], lengths: &[usize]) -> Result<Findings, Flaw> {
    let mut scanner = Scanner::new(sought);
    for length in lengths.iter().cycle() {
        let (chunk, rest) = text.split_at(text.len().min(*length));
        scanner.feed(chunk)?;
        if rest.is_empty() {
            break;
        }
        text = rest;
    }
    scanner.finish()
}

/// Checks that both say the same.
fn compare(text: &[u8], paths: &[FieldPath], lengths: &[usize]) -> Result<(), TestCaseError> {
    let sought = Sought::new(paths.first().copied(), paths.iter().copied()).unwrap();
    let found = scan_torn(sought, text, lengths);
    let shown = text.escape_ascii();
    match (reference(text), found) {
        (Some(Ok(tree)), Ok(found)) => {
            prop_assert_eq!(Some(found.counted), paths.first().map(|path| tree.count(*path)), "{}", shown);
            let ids: Vec<_> = found.named.into_iter().map(|named| named.ids.ok()).collect();
            let expected: Vec<_> = paths.iter().map(|path| tree.ids(*path)).collect();
            prop_assert_eq!(ids, expected, "{}", shown);
        }
        (Some(Err(())), Err(_)) | (None, _) => {}
        (Some(reference), found) => {
            prop_assert!(false, "{shown}: serde_json says {reference:?}, the scanner {found:?}");
        }
    }
    Ok(())
}

/// White space, mostly none.
fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t ")]
}

/// A key that may be one of a path, in one of its spellings.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &["a", "b", "\\u0061", "ж", "\\u0436", "ab", "\\u0061b", "A", "", "\\uD83D\\uDD11"][..],
    )
}

fn single() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (1_i64..20).prop_map(|number| number.to_string()),
        2 => Just("null".to_owned()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_filter_map("no number", |number| number.is_finite().then(|| format!("{number:e}"))),
        1 => prop::sample::select(&["true", "false", "0", "-0", "1.0", "9223372036854775808", "1E2"][..])
            .prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        1 => key().prop_map(|text| format!("\"{text}\"")),
    ]
}

/// JSON of any shape.
fn json() -> impl Strategy<Value = String> {
    single().prop_recursive(6, 60, 5, |inner| {
        let element = (gap(), inner.clone(), gap())
            .prop_map(|(before, value, after)| before.to_owned() + &value + after)
            .boxed();
        let field = (gap(), key(), gap(), element.clone())
            .prop_map(|(before, key, after, value)| format!("{before}\"{key}\"{after}:{value}"));
        prop_oneof![
            prop::collection::vec(element, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::vec(field, 0..5).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

fn paths() -> impl Strategy<Value = Vec<FieldPath>> {
    let all = ["a", "b", "a.a", "a.b", "b.a", "a.b.a", "ж", "ж.a", "a.ж", "ab", "🔑", "a.a.a.a", "b.b.b"];
    prop::sample::subsequence(all.map(path).to_vec(), 1..=4)
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![usize::MAX]), prop::collection::vec(1_usize..9, 1..6)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_json_is_counted_as_a_walk_over_its_tree_would(text in json(), paths in paths(), lengths in lengths()) {
        prop_assert!(reference(text.as_bytes()).is_none_or(|tree| tree.is_ok()), "{}", text);
        compare(text.as_bytes(), &paths, &lengths)?;
    }

    #[test]
    fn a_changed_byte_is_judged_alike(
        text in json(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        paths in paths(), lengths in lengths(),
    ) {
        let mut text = text.into_bytes();
        let place = place.index(text.len());
        text[place] = byte;
        if cut {
            text.truncate(place);
        }
        compare(&text, &paths, &lengths)?;
    }

    #[test]
    fn any_words_of_json_are_judged_alike(
        words in prop::collection::vec(
            prop::sample::select(&[
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "0", ".", "e", "+", "true", "nul", "null", "\"",
                "\\", "\\u", "d83d", "\\udd11", "ж", " ", "\n", "\0",
            ][..]),
            0..14,
        ),
        paths in paths(), lengths in lengths(),
    ) {
        compare(words.concat().as_bytes(), &paths, &lengths)?;
    }

    #[test]
    fn any_bytes_are_judged_alike(bytes in prop::collection::vec(any::<u8>(), 0..40), paths in paths(), lengths in lengths()) {
        compare(&bytes, &paths, &lengths)?;
        compare(&[b"\"", &bytes[..], b"\""].concat(), &paths, &lengths)?;
    }
}

#[test]
fn a_number_too_large_for_others_is_still_json() {
    let text = b"{\"a\":1e999}";
    assert!(
        serde_json::from_slice::<Tree>(text).is_err() && serde_json::from_slice::<IgnoredAny>(text).is_ok()
    );
    assert_eq!(scan_torn(Sought::counting(path("a")), text, &[1]).unwrap().counted, 1);
    let truncated = scan_torn(Sought::counting(path("a")), b"{\"a\":1e", &[1]).unwrap_err();
    assert_eq!(truncated.problem, Problem::Unfinished);
}
