//! Texts made to exhaust whoever reads them.
//!
//! Owns the limits that are ours and not the RFC's.

use std::iter;

use super::{path, scan};
use crate::scan::{MAX_DEPTH, MAX_IDS, Problem, Scanner, Sought};

const CHUNK: usize = 1 << 14;

#[test]
fn depth_has_a_limit_for_arrays_and_objects_alike() {
    let most = usize::from(MAX_DEPTH);
    let nest = |open: &str, close: &str, depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = most / open.matches(['[', '{']).count();
        assert!(scan(Sought::NOTHING, nest(open, close, levels).as_bytes(), CHUNK).is_ok());
        let flaw = scan(Sought::NOTHING, nest(open, close, levels + 1).as_bytes(), CHUNK).unwrap_err();
        assert_eq!(flaw.problem, Problem::TooDeep);
        assert_eq!(
            flaw.to_string(),
            format!("more than 128 arrays and objects in each other at byte {}", flaw.at)
        );
    }
}

#[test]
fn endless_nesting_exhausts_nothing() {
    for open in ["[", "{\"a\":"] {
        let mut scanner = Scanner::new(Sought::counting(path("a.a.a")));
        let block = open.repeat(1_000);
        let first = (0..1_000).find_map(|_| scanner.feed(block.as_bytes()).err()).unwrap();
        assert_eq!(first.problem, Problem::TooDeep);
        assert_eq!(scanner.feed(b"]"), Err(first), "a flaw stays");
        assert_eq!(scanner.finish(), Err(first));
    }
}

#[test]
fn fields_are_found_at_the_greatest_depth() {
    let arrays = usize::from(MAX_DEPTH) - 2;
    let text = format!("{{\"a\":{}{{\"b\":[1,2]}}{}}}", "[".repeat(arrays - 1), "]".repeat(arrays - 1));
    assert_eq!(scan(Sought::counting(path("a.b")), text.as_bytes(), 7).unwrap().counted, 2);
    let eight = r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":[1,{"a":{"a":2}}]}}}}}}}}"#;
    assert_eq!(scan(Sought::counting(path("a.a.a.a.a.a.a.a")), eight.as_bytes(), 7).unwrap().counted, 2);
}

#[test]
fn a_million_elements_are_counted() {
    let elements: String = iter::repeat_n("{},", 999_999).chain(["{\"id\":1}"]).collect();
    let text = format!("{{\"offers\":[{elements}]}}");
    assert_eq!(scan(Sought::counting(path("offers")), text.as_bytes(), CHUNK).unwrap().counted, 1_000_000);
    assert_eq!(scan(Sought::counting(path("offers.id")), text.as_bytes(), CHUNK).unwrap().counted, 1);
}

#[test]
fn ids_have_a_limit() {
    let sought = Sought::new(None, [path("x"), path("campaignIds")]).unwrap();
    let list = |ids: usize| {
        let numbers: Vec<String> = (1..=ids).chain(1..=ids).map(|id| id.to_string()).collect();
        format!("{{\"campaignIds\":[{}]}}", numbers.join(","))
    };
    let found = scan(sought, list(MAX_IDS).as_bytes(), CHUNK).unwrap();
    assert_eq!(found.named[1].ids.as_ref().unwrap().len(), MAX_IDS, "repeated ones are no more");
    let flaw = scan(sought, list(MAX_IDS + 1).as_bytes(), CHUNK).unwrap_err();
    assert_eq!(flaw.problem, Problem::TooManyIds(path("campaignIds")));
    let expected = format!("more than 1000 different values of 'campaignIds' at byte {}", flaw.at);
    assert_eq!(flaw.to_string(), expected);
}

#[test]
fn long_texts_within_a_text_are_not_kept() {
    let long = "я".repeat(1 << 18);
    let text = format!("{{\"{long}\":\"{long}\",\"id\":\"{long}\",\"n\":{}}}", "9".repeat(1 << 18));
    let found = scan(Sought::new(None, [path("id"), path("n")]).unwrap(), text.as_bytes(), CHUNK).unwrap();
    let given = |index: usize| found.named[index].ids.clone().unwrap_err().given;
    assert_eq!((given(0), given(1)), ("я".repeat(32) + "…", "9".repeat(64) + "…"));
}
