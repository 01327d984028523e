//! Tokens generated for keys that come without one.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Cursor, Write};

use mp_domain::secret::Pepper;
use mp_service::import::ImportError;
use serde::Deserialize;

use crate::on_both_databases;
use crate::platform::{Platform, foundation, key, key_without_token, text};

on_both_databases!(
    every_key_without_a_token_gets_one_and_it_is_written_down,
    importing_again_writes_no_further_token,
    no_token_is_written_for_a_refused_key,
    no_key_is_made_when_its_token_cannot_be_written,
    half_a_line_left_by_a_crash_does_not_swallow_the_next,
);

#[derive(Deserialize)]
struct TokenLine {
    business_id: i64,
    id: String,
    name: String,
    token: String,
}

fn written(platform: &Platform) -> Vec<TokenLine> {
    let text = std::fs::read_to_string(platform.path("tokens.jsonl")).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What the database has of each key: where, which, called how, and the digest of its token.
fn digests(platform: &Platform) -> HashSet<(i64, String, String, [u8; 16])> {
    let keys = [1, 2].map(|business| platform.keys(business)).concat();
    let digests = keys.into_iter().map(|key| {
        let (business, name) = (key.business_id.number(), key.grant.name.to_string());
        (business, key.id.to_string(), name, *key.secret.digest.as_bytes())
    });
    digests.collect()
}

fn digests_written(platform: &Platform) -> HashSet<(i64, String, String, [u8; 16])> {
    let pepper = Pepper::from_material(1, [1; 32]);
    let digests = written(platform).into_iter().map(|line| {
        let digest = pepper.digest(line.token.as_bytes());
        (line.business_id, line.id, line.name, *digest.as_bytes())
    });
    digests.collect()
}

fn lines() -> Vec<serde_json::Value> {
    let mut lines = foundation();
    lines.extend((0..25).map(|number| key_without_token(1, &format!("Key {number}"))));
    lines.extend((0..25).map(|number| key_without_token(2, &format!("Key {number}"))));
    lines
}

fn import(platform: &Platform, seed: u64, lines: &[serde_json::Value]) -> crate::platform::Said {
    platform.import_with(&platform.service(seed), Cursor::new(text(lines)), Some(platform.tokens_out()))
}

fn every_key_without_a_token_gets_one_and_it_is_written_down(platform: &Platform) {
    assert_eq!(import(platform, 1, &lines()).imported().keys, 50);
    assert_eq!(written(platform).len(), 50);
    assert_eq!(digests_written(platform), digests(platform));
}

fn importing_again_writes_no_further_token(platform: &Platform) {
    import(platform, 1, &lines()).imported();
    let mut more = lines();
    more.push(key_without_token(1, "One more"));
    assert_eq!(import(platform, 2, &more).imported().keys, 51);
    assert_eq!(written(platform).len(), 51);
    assert_eq!(digests_written(platform), digests(platform));
}

fn no_token_is_written_for_a_refused_key(platform: &Platform) {
    let mut lines = foundation();
    lines.extend((0..30).map(|number| key(1, &format!("Key {number}"), number)));
    lines.extend([key_without_token(1, "Too many"), key_without_token(404, "Nowhere")]);
    lines.extend([key_without_token(2, "ERP"), key_without_token(2, "ERP")]);
    let said = import(platform, 1, &lines);
    assert_eq!(said.refused.len(), 2);
    let names: Vec<_> = written(platform).into_iter().map(|line| line.name).collect();
    assert_eq!(names, ["ERP"]);
}

fn no_key_is_made_when_its_token_cannot_be_written(platform: &Platform) {
    std::fs::write(platform.path("tokens.jsonl"), "").unwrap();
    let read_only = File::open(platform.path("tokens.jsonl")).unwrap();
    let said = platform.import_with(&platform.service(1), Cursor::new(text(&lines())), Some(read_only));
    let error = said.result.unwrap_err();
    assert!(matches!(error, ImportError::Tokens { line: 1, .. }), "{error}");
    assert_eq!(platform.events(), 0, "the whole batch waits for its tokens");
}

fn half_a_line_left_by_a_crash_does_not_swallow_the_next(platform: &Platform) {
    platform.tokens_out().write_all(b"{\"business_id\": 1, \"id\": \"0").unwrap();
    import(platform, 1, &lines()).imported();
    assert_eq!(written(platform).len(), 50);
}
