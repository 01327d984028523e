//! What extensions say, in both dialects.

use mp_domain::catalog::table;
use mp_domain::operation::Parallel;

use crate::{document, error, errors, only, read, with};

fn printed(text: &str) -> String {
    table::print(&[only(text)]).split_once("\n\n").expect("a heading stands before it").1.to_owned()
}

#[test]
fn every_neutral_extension_is_read() {
    let text = document(
        "  /v3/shops/{shop}/offers:\n    put:\n      operationId: putOffers\n      deprecated: true\n      \
         x-marketpass-accesses: [pricing, OFFERS_AND_CARDS_MANAGEMENT]\n      x-marketpass-sellers: [urbanads]\n      \
         x-marketpass-limit: {cost: req.offers, amount: 100, period: 1h, medium: {amount: 50, period: 10m}}\n      \
         x-marketpass-parallel: 3\n      x-marketpass-number: 77\n      x-marketpass-unversioned: true\n      \
         x-marketpass-oauth: false\n      \
         x-marketpass-deprecation: {since: 2027-01-18, sunset: '2027-04-05T12:00:00+03:00', replacement: putAll}\n      \
         x-marketpass-names:\n        - {in: path, field: shop, names: campaign}\n        \
         - {in: query, field: cabinet, names: business}\n        - {in: body, field: offers.shop, names: campaign}\n      \
         requestBody:\n        content:\n          application/json:\n            \
         schema: {type: object, properties: {offers: {type: array, items: {type: string}}}}",
    );
    assert_eq!(
        printed(&text),
        "PUT /v3/shops/{campaignId}/offers putOffers 77 unversioned keys-only\n  accesses pricing offers-and-cards-management\n  \
         sellers urbanads\n  limit 100/1h medium 50/10m of req.offers\n  parallel 3\n  names query.cabinet business\n  \
         names body.offers.shop campaign\n  deprecated since 2027-01-18T00:00:00Z sunset 2027-04-05T09:00:00Z for putAll\n"
    );
}

#[test]
fn the_words_of_the_market_are_read_and_the_neutral_ones_stand_before_them() {
    let lines = "  /v2/x:\n    get:\n      operationId: x\n      x-resource-id: 7\n      x-auth-scopes: [pricing]\n      \
        x-allowed: [seller]\n      x-resource-limit-config:\n        path: resp\n        parallel-limit-value: 6\n        \
        none: {amount: 1, period: minutes, period-duration: 2}\n        medium: {amount: 5, period: hours}\n      \
        x-deprecation-config: {degradation-start-date: 2027-01-18}\n";
    assert_eq!(
        printed(&document(lines)),
        "GET /v2/x x 7 unversioned\n  accesses pricing\n  sellers seller\n  limit 1/2m medium 5/1h\n  parallel 6\n  \
         deprecated since 2027-01-18T00:00:00Z\n"
    );
    let both = format!("{lines}      x-marketpass-parallel: 2\n      x-marketpass-unversioned: false\n");
    let read = only(&document(&both));
    assert_eq!((read.parallel, read.is_unversioned), (Parallel::Own(2), false));
}

#[test]
fn what_is_not_said_is_as_open_as_it_is_safe() {
    assert_eq!(printed(&with("")), "POST /x x 44427\n  accesses pricing\n  sellers *\n  limit 9/1m\n");
    assert_eq!(
        error(&document("  /x:\n    get: {operationId: x}")),
        "error: GET /x (x): no access opens it: list those that do in `x-marketpass-accesses`"
    );
}

#[test]
fn an_unversioned_form_that_is_another_operation_stays_the_others() {
    let get = |path: &str, id: &str| {
        format!("  {path}:\n    get: {{operationId: {id}, x-auth-scopes: [pricing], x-allowed: [seller]}}\n")
    };
    let import = read(&document(&format!("{}{}", get("/v2/x", "new"), get("/x", "old"))));
    assert!(import.operations.iter().all(|operation| !operation.is_unversioned));
}

#[test]
fn the_path_of_the_server_stands_before_every_path() {
    let at = |url: &str| with("").replace("paths:", &format!("servers: [{{url: '{url}'}}]\npaths:"));
    assert_eq!(only(&at("https://example.org/api/v3/")).template, "/api/v3/x");
    assert_eq!(only(&at("/api")).template, "/api/x");
    assert_eq!(only(&at("https://example.org")).template, "/x");
    assert_eq!(only(&at("https://example.org/?stage=1")).template, "/x");
    for url in ["https://example.org/{stage}", "https://example.org/%2e%2e/api", "https://h\\..\\api", "api"]
    {
        assert!(error(&at(url)).contains("is not fixed"), "{url}");
    }
    for url in
        ["http://h/../api", "http://h/a/./b", "http://h//api", "http://h/api//", "//", "/api/..", "/./api"]
    {
        let told = error(&at(url));
        assert!(told.contains("has an empty segment or one of dots"), "{url}: {told}");
    }
}

#[test]
fn what_is_misspelled_is_an_error_with_what_to_do() {
    for (line, told) in [
        ("x-marketpass-acesses: [pricing]", "'x-marketpass-acesses' is no extension that is known"),
        ("x-marketpass-sellers: [buyer]", "`x-marketpass-sellers`: 'buyer' is no kind of seller"),
        ("x-marketpass-sellers: []", "`x-marketpass-sellers` is empty, so nobody could call it"),
        ("x-marketpass-sellers: seller", "`x-marketpass-sellers` is 'seller': a list is expected"),
        ("x-marketpass-parallel: 0", "`x-marketpass-parallel` is 0, so nobody could call it"),
        ("x-marketpass-parallel: many", "`x-marketpass-parallel` is 'many': a whole number"),
        ("x-marketpass-number: 70000", "`x-marketpass-number` is '70000': a whole number in bounds"),
        ("x-marketpass-number: -1", "`x-marketpass-number` is '-1': a whole number"),
        ("x-marketpass-oauth: no", "`x-marketpass-oauth` is 'no': true or false"),
        ("x-marketpass-deprecation: {since: soon}", "`since` is 'soon': a date is expected"),
        (
            "x-marketpass-deprecation: {from: 2027-01-01}",
            "`x-marketpass-deprecation` has 'from', which is not known",
        ),
        ("x-marketpass-names: [{in: body, field: a}]", "`x-marketpass-names` has an item without `names`"),
        (
            "x-marketpass-names: [{in: body, field: a..b, names: business}]",
            "the field 'a..b' cannot be checked",
        ),
        (
            "x-marketpass-names: [{in: body, field: a, names: shop}]",
            "`names` is 'shop': business or campaign",
        ),
        (
            "x-marketpass-names: [{in: cookie, field: a, names: business}]",
            "`in` is 'cookie': body, query or path",
        ),
        ("x-marketpass-names: [{in: path, field: a, names: business}]", "the path has no parameter '{a}'"),
    ] {
        let message = error(&with(line));
        assert!(message.starts_with(&format!("error: POST /x (x): {told}")), "{line}: {message}");
    }
}

#[test]
fn a_limit_that_says_too_little_is_no_limit_at_all() {
    for (limit, told) in [
        ("{amount: 1}", "has no period: say how long"),
        ("{period: 1h}", "has no amount: say how much"),
        ("{amount: 0, period: 1h}", "allows nothing"),
        ("{amount: 1, period: 0s}", "0 seconds are no period"),
        ("{amount: 1, period: 1 hour}", "'1 hour' is no duration"),
        ("{amount: 1, period: 1h, medium: {amount: 1}}", "has no period"),
        ("{amount: 1, period: 1h, cost: offers}", "'offers' is no cost"),
        (
            "{amount: 1, period: 1h, cost: req.offers}",
            "counts req.offers, which no request has by its schema",
        ),
        ("{amount: 1, period: 1h, cost: resp.a.b}", "counts resp.a.b, which no answer has by its schema"),
        ("{amount: 1, period: 1h, unit: items}", "has 'unit', which is not known"),
    ] {
        let text = with("").replace("{amount: 9, period: 1m}", limit);
        assert!(error(&text).contains(told), "{limit}: {:?}", errors(&text));
    }
}

#[test]
fn all_errors_of_a_document_are_told_at_once() {
    let text = with("x-marketpass-parallel: 0\nx-marketpass-number: a\nx-marketpass-oauth: 1");
    assert_eq!(errors(&text).len(), 3);
    assert!(read(&text).operations.is_empty(), "half an operation is none");
    let refused = read(&text).catalog().unwrap_err().to_string();
    assert!(
        refused.ends_with("; and 2 more errors, which `marketpass catalog check FILE` shows"),
        "{refused}"
    );
}

#[test]
fn a_field_listed_for_cabinets_and_for_stores_is_an_error() {
    let listed = |names: &str| format!("{{in: body, field: shop.id, names: {names}}}");
    let both = format!("x-marketpass-names: [{}, {}]", listed("campaign"), listed("business"));
    let told = "error: the document: x names both a cabinet and a store in the field shop.id of its body: \
                say which of them it is, and leave the other out";
    assert_eq!(error(&with(&both)), told);
    let twice = format!("x-marketpass-names: [{0}, {0}]", listed("campaign"));
    assert_eq!(only(&with(&twice)).fields.len(), 2);
}
