//! What counts as an item, and what as an id.
//!
//! Owns one sentence per rule. Must never depend on how a text is torn apart: every check tries all sizes.

use super::{path, scan};
use crate::scan::Sought;

/// Checks how many items stand at `field`, whatever the chunks.
fn check_count(field: &str, text: &str, expected: u64) {
    for size in 1..=text.len() {
        let found = scan(Sought::counting(path(field)), text.as_bytes(), size);
        assert_eq!(found.map(|found| found.counted), Ok(expected), "{field} in {text} by {size}");
    }
}

/// Checks which ids stand at `field`, or which value is none, whatever the chunks.
fn check_ids(field: &str, text: &str, expected: Result<&[i64], &str>) {
    for size in 1..=text.len() {
        let found = scan(Sought::new(None, [path(field)]).unwrap(), text.as_bytes(), size).unwrap();
        let ids = found.named.into_iter().next().unwrap().ids;
        let ids = ids.as_ref().map(Vec::as_slice).map_err(|wrong| wrong.given.as_str());
        assert_eq!(ids, expected, "{field} in {text} by {size}");
    }
}

#[test]
fn the_elements_of_an_array_count() {
    check_count("offerIds", r#"{"offerIds":["a","b",null,{},[1,2]]}"#, 5);
    check_count("offerIds", r#"{"offerIds":[]}"#, 0);
}

#[test]
fn arrays_on_the_way_are_gone_through() {
    let text = r#"{"result":{"warehouses":[{"offers":[{"offerId":"a"},{"offerId":"b","x":[1]}]},
        {"id":1},{"offers":[]},{"offers":[[{"offerId":"c"}]]}]}}"#;
    check_count("result.warehouses.offers.offerId", text, 3);
    check_count("result.warehouses.offers", text, 3);
    check_count("result.warehouses", text, 4);
    check_count("regions.children", r#"{"regions":[{"children":[1,2]},{"children":[3]},{}]}"#, 3);
    check_count("a", r#"[{"a":[1,2]},[{"a":3}],4]"#, 3);
}

#[test]
fn one_value_is_one_item_and_null_is_none() {
    for one in ["1", "0", "false", "\"\"", "{}", "{\"a\":[1,2]}"] {
        check_count("a", &format!("{{\"a\":{one}}}"), 1);
    }
    for none in [r#"{"a":null}"#, "{}", "null", "[]", r#"{"b":{"a":1}}"#, r#"{"aa":1,"":2}"#] {
        check_count("a", none, 0);
    }
    check_count("a.b", r#"{"a":[[1],2,{"b":null},{"b":{"b":1}}]}"#, 1);
}

#[test]
fn a_key_is_found_by_whoever_overlooks_its_case() {
    check_count("a", r#"{"a":1,"A":2}"#, 2);
    check_count("skus", r#"{"SKUS":[1,2]}"#, 2);
    check_count("skus", r#"{"s\u212aus":[1,2],"\u017fku\u017f":3,"sKus":4}"#, 4);
    check_count("skus", r#"{"sku":[1,2],"skuss":3}"#, 0);
}

#[test]
fn every_occurrence_of_a_doubled_key_counts() {
    check_count("a.b", r#"{"a":{"b":[1],"b":[2,3]},"a":[{"b":4}],"a":null}"#, 4);
    check_ids("id", r#"{"id":1,"id":[2],"id":null}"#, Ok(&[1, 2]));
    check_ids("id", r#"{"id":1,"id":"2"}"#, Err("2"));
}

#[test]
fn keys_are_compared_after_unescaping() {
    check_count("ab", r#"{"\u0061b":1,"a\u0062":2,"\u0061\u0062":3,"ab\u0000":4,"a":5}"#, 3);
    check_count("д🔑/", r#"{"д🔑/":1,"\u0434\uD83D\uDD11\/":2,"\u0434":3}"#, 2);
    check_count("campaignId", r#"{"CampaignId":1,"campaignid":2,"campaignId ":3,"campaign_id":4}"#, 2);
}

#[test]
fn ids_are_whole_positive_numbers_in_their_one_spelling() {
    check_ids("id", r#"{"id":12345}"#, Ok(&[12345]));
    check_ids("id", r#"{"id":[3,1,3,9223372036854775807]}"#, Ok(&[1, 3, i64::MAX]));
    check_ids("a.id", r#"{"a":[{"id":1},{"id":[2]},[{"id":3}]]}"#, Ok(&[1, 2, 3]));
    for bad in ["0", "-1", "-0", "1.0", "1e3", "9223372036854775808", "12345678901234567890", "true", "false"]
    {
        check_ids("id", &format!("{{\"id\":{bad}}}"), Err(bad));
        check_ids("id", &format!("{{\"id\":[7,{bad},true]}}"), Err(bad));
    }
    check_ids("id", r#"{"id":"\u0034 2"}"#, Err("4 2"));
    check_ids("id", r#"{"id":""}"#, Err(""));
    check_ids("id", r#"{"id":{"id":5}}"#, Err("{…}"));
    check_ids("id", r#"{"id":[[5]]}"#, Err("[…]"));
}

#[test]
fn null_names_nothing() {
    for nothing in [r#"{"id":null}"#, r#"{"id":[null]}"#, "{}", "5", r#"{"x":{"id":5}}"#] {
        check_ids("id", nothing, Ok(&[]));
    }
}

#[test]
fn several_fields_are_watched_at_once() {
    let fields = ["a", "a.b", "a.b.c", "x.b", "a"].map(path);
    let sought = Sought::new(Some(path("a.b.c")), fields).unwrap();
    let text = r#"{"x":{"b":9},"a":{"b":{"c":[1,2]}},"a":[5,{"b":6}],"a":7}"#;
    for size in 1..=text.len() {
        let found = scan(sought, text.as_bytes(), size).unwrap();
        let ids = |index: usize| found.named[index].ids.clone().map_err(|wrong| wrong.given);
        assert_eq!(found.counted, 2);
        assert_eq!(found.named.iter().map(|named| named.path).collect::<Vec<_>>(), fields);
        assert_eq!((ids(0), ids(1)), (Err("{…}".to_owned()), Err("{…}".to_owned())));
        assert_eq!((ids(2), ids(3), ids(4)), (Ok(vec![1, 2]), Ok(vec![9]), ids(0)));
    }
}
