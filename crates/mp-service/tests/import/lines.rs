//! Lines as such: blank, long, not text.

use serde_json::json;

use crate::on_both_databases;
use crate::platform::{Platform, account, business, foundation, text};

on_both_databases!(
    blank_lines_and_a_missing_end_of_line_do_no_harm,
    a_bad_line_is_named_by_its_number_and_stops_only_itself,
    an_empty_file_imports_nothing,
);

fn blank_lines_and_a_missing_end_of_line_do_no_harm(platform: &Platform) {
    let text = format!("\n  \r\n{}\r\n\n{}", account("olga"), business(1));
    let said = platform.import_text(text.into_bytes());
    assert_eq!(said.lines, 5);
    let counts = said.imported();
    assert_eq!((counts.accounts, counts.businesses), (1, 1));
}

fn a_bad_line_is_named_by_its_number_and_stops_only_itself(platform: &Platform) {
    let mut bytes = text(&foundation()).into_bytes();
    let endless = format!("{{\"business\": {{\"name\": \"{}\"}}}}\n", "x".repeat(3 << 20));
    bytes.extend(endless.bytes());
    bytes.extend(b"{\"account\": {\"login\": \"\xff\"}}\n");
    bytes.extend(b"not JSON\n");
    bytes.extend(format!("{}\n", json!({"acount": {}})).bytes());
    bytes.extend(format!("{}\n", business(3)).bytes());
    let said = platform.import_text(bytes);
    assert_eq!(
        said.refused,
        [
            "line 6: the line is longer than 1048576 bytes: is a line break missing?",
            "line 7: the line is not UTF-8: convert the file",
            "line 8: expected value (column 1)",
            "line 9: unknown variant `acount`, expected one of `account`, `business`, `campaign`, `member`, `key` \
             (column 9)",
        ]
    );
    let counts = said.result.unwrap();
    assert_eq!((counts.businesses, counts.refused, platform.businesses()), (3, 4, 3));
}

fn an_empty_file_imports_nothing(platform: &Platform) {
    assert_eq!(platform.import(&[]).imported(), mp_service::import::Imported::default());
}
