//! Texts that are no documents, and documents that were made to do harm.

use mp_catalog::{Import, MOST_BYTES};
use proptest::prelude::*;

use crate::{document, error, errors, only, with};

#[track_caller]
fn unreadable(bytes: &[u8]) -> String {
    Import::read(bytes).expect_err("it is no document").to_string()
}

#[test]
fn what_is_no_document_is_refused_with_a_sentence() {
    for (bytes, told) in [
        (&b""[..], "the document cannot be read as YAML: it is empty"),
        (b"\xff", "the document is no UTF-8 from byte 0 on"),
        (b"{", "the document cannot be read as JSON: EOF while parsing"),
        (b"{} {}", "the document cannot be read as JSON: trailing characters at line 1 column 4"),
        (
            b"{\"a\":1,\"a\":2}",
            "the document cannot be read as JSON: 'a' stands twice in one object at line 1",
        ),
        (
            b"a: 1\na: 2\n",
            "the document cannot be read as YAML: 'a' stands twice in one object at line 2 column 1",
        ),
        (b"a: [", "the document cannot be read as YAML: "),
        (b"a: *b", "the document cannot be read as YAML: "),
        (b"&a [*a]", "the document cannot be read as YAML: an alias stands within the value it names"),
        (b"[a]: 1", "the document cannot be read as YAML: a name is no text"),
        (b"<<: {a: 1}", "the document cannot be read as YAML: '<<' is no part of YAML 1.2"),
        (b"--- a\n--- b\n", "the document cannot be read as YAML: a second document begins"),
        (b"[]", "the document is no OpenAPI 3.0 or 3.1: it has no `openapi: 3.…` at its top"),
        (b"swagger: '2.0'", "the document is no OpenAPI 3.0 or 3.1: it has no `openapi: 3.…`"),
        (b"openapi: 4.0.0", "the document is no OpenAPI 3.0 or 3.1: it says that it is '4.0.0'"),
        (b"openapi: 3.0.0", "the document is no OpenAPI 3.0 or 3.1: it has no `paths`"),
    ] {
        let instead = unreadable(bytes);
        assert!(instead.starts_with(told), "{:?}: {instead}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(
        error("openapi: 3.1\npaths: {}"),
        "error: the document: it has no operation: there is nothing to import"
    );
}

#[test]
fn nothing_is_left_out_of_a_path_without_a_word() {
    let pets = "{get: {operationId: pets, x-auth-scopes: [pricing]}}";
    let found = |path: &str| errors(&document(&format!("  /pets: {pets}\n  /y: {path}")));
    for (path, told) in [
        ("[]", "error: /y: a path holds verbs with their operations, and this one is a list"),
        ("", "error: /y: a path holds verbs with their operations, and this one is nothing"),
        ("{GET: {operationId: y}}", "error: /y: 'GET' is read by nobody: write verbs in small letters"),
    ] {
        assert_eq!(found(path), [told], "{path}");
    }
    let known = "{summary: y, description: y, servers: [], parameters: [], x-y: 1}";
    assert!(found(known).is_empty());
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let told = unreadable(&vec![b' '; 100 * 1024 * 1024]);
    assert_eq!(told, "the document has more than 32 MiB: bundle only the operations, without examples");
    let many = format!("{{\"a\":[{}0]}}", "0,".repeat(3_000_000));
    assert!(many.len() < MOST_BYTES && unreadable(many.as_bytes()).contains("more than 2000000 values"));
    let operations: Vec<_> = (0..10_001)
        .map(|n| format!("  /x{n}: {{get: {{operationId: x{n}, x-auth-scopes: [pricing]}}}}"))
        .collect();
    assert!(unreadable(document(&operations.join("\n")).as_bytes()).contains("more than 10000 operations"));
}

#[test]
fn what_is_too_deep_is_refused_in_either_form() {
    for depth in [1_000, 1_000_000] {
        assert!(unreadable(format!("{{\"a\":{}", "[".repeat(depth)).as_bytes()).contains("recursion limit"));
        let told = unreadable(format!("a: {}", "[".repeat(depth)).as_bytes());
        assert!(told.contains("recursion limit"), "{told}");
    }
    let stairs: Vec<_> = (0..500).map(|n| format!("{}a:", " ".repeat(n))).collect();
    assert!(unreadable(stairs.join("\n").as_bytes()).contains("lie within each other"));
}

#[test]
fn a_bomb_of_aliases_stays_as_small_as_it_is_written() {
    let line = |n: u32| format!("x-{n}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1);
    let bomb = format!("x-a: &a0 [lol, lol]\n{}", (0..30).map(line).collect::<Vec<_>>().concat());
    let text = format!("{bomb}{}", with("x-bomb: *a30"));
    assert_eq!(only(&text).id, "x", "nobody has to look at it");
    let deep: Vec<_> = (0..100).map(|n| format!("x-{n}: &a{} [*a{n}]", n + 1)).collect();
    let told = unreadable(format!("x-a: &a0 []\n{}\n{}", deep.join("\n"), with("")).as_bytes());
    assert!(told.contains("lie within each other"), "{told}");
}

#[test]
fn yaml_and_json_say_the_same() {
    let yaml = with("deprecated: true\nparameters:\n- {in: query, name: campaignId, required: false}");
    let json = r#"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/x":{"post":{"operationId":"x","deprecated":true,
        "x-marketpass-accesses":["pricing"],"x-marketpass-limit":{"amount":9,"period":"1m"},
        "parameters":[{"in":"query","name":"campaignId","required":false}]}}}}"#;
    assert_eq!(only(&yaml), only(json));
    assert_eq!(only(&format!("\u{feff}{yaml}")), only(&format!("\u{feff}{json}")));
}

#[test]
fn operations_that_cannot_be_told_apart_are_refused() {
    let get = |path: &str, id: &str| {
        format!("  {path}:\n    get: {{operationId: {id}, x-auth-scopes: [pricing]}}\n")
    };
    for (paths, told) in [
        (get("/x", "a") + &get("/y", "a"), "two operations are called a"),
        (get("/x/{a}", "a") + &get("/x/{b}", "b"), "GET /x/{a} is both a and b"),
        (get("/v2/campaigns/{id}", "a"), "GET /v2/campaigns/{campaignId} is both"),
        (get("/campaigns", "a"), "is both"),
        (get("/x", "getCampaigns"), "getCampaigns is answered by marketpass itself at GET /v2/campaigns"),
        (get("/x", "'a b'"), "'a b' is no operationId"),
        (get("/x/", "a"), "the path /x/ of a cannot be routed"),
        (get("/x/{a}.pdf", "a"), "the path /x/{a}.pdf of a cannot be routed: each segment must be fixed"),
        (get("/b/{businessId}/c/{campaignId}", "a"), "at most one of its parameters"),
        (get("x", "a"), "a path begins with a slash"),
        ("  /x:\n    get: {x-auth-scopes: [pricing]}".to_owned(), "it has no operationId"),
        (
            "  /x:\n    trace: {operationId: a, x-auth-scopes: [pricing]}".to_owned(),
            "TRACE would show credentials",
        ),
    ] {
        let told_instead = errors(&document(&paths)).join("\n");
        assert!(told_instead.contains(told), "{paths}: {told_instead}");
    }
}

const ALPHABET: &[&str] = &[
    "openapi: 3.0.3\n",
    "paths:\n",
    "  /x:\n",
    "    get:\n",
    "      operationId: x\n",
    "      x-auth-scopes: [pricing]\n",
    "      requestBody: &a\n",
    "        content: {application/json: {schema: *a}}\n",
    "      $ref: '#/paths/~1x'\n",
    "components: ",
    "{$ref: '#/components'}",
    "&a ",
    "*a ",
    "- ",
    "? ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "  ",
    "'",
    "\"",
    "|\n",
    ">\n",
    "!!str ",
    "%TAG ! a\n",
    "---\n",
    "...\n",
    "\t",
    "#",
    ",",
    "x-marketpass-names: ",
    "[{in: body, field: a, names: business}]",
    "\u{85}",
    "\u{feff}",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_panics_and_what_is_accepted_makes_a_catalogue(parts in prop::collection::vec(prop::sample::select(ALPHABET), 0..40)) {
        if let Ok(import) = Import::read(parts.concat().as_bytes()) {
            let is_clean = !import.findings().iter().any(|finding| finding.to_string().starts_with("error"));
            prop_assert_eq!(import.catalog().is_ok(), is_clean);
        }
    }

    #[test]
    fn whatever_is_cut_out_of_a_document_or_put_in_is_told(at in any::<prop::sample::Index>(), cut in 0_usize..9, put in "[ -~\n]{0,4}") {
        let mut text = with("x-marketpass-parallel: 3\nrequestBody: {content: {application/json: {schema: {type: object}}}}");
        let first = at.index(text.len());
        text.replace_range(first..(first + cut).min(text.len()), &put);
        if let Ok(import) = Import::read(text.as_bytes()) {
            let _ = import.catalog();
        }
    }
}
