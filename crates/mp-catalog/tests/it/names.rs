//! Where requests name cabinets and stores.

use crate::{document, error, only, with};

/// The names found in a body of this schema, beside these others.
fn with_body(schema: &str, schemas: &str) -> String {
    let body = format!("requestBody:\n  content:\n    application/json:\n      schema: {schema}");
    format!("{}components:\n  schemas: {schemas}\n", with(&body))
}

#[track_caller]
fn found(schema: &str, schemas: &str) -> Vec<String> {
    only(&with_body(schema, schemas)).fields.iter().map(ToString::to_string).collect()
}

#[test]
fn they_are_found_at_any_place_of_a_body() {
    let id = "{type: integer}";
    assert_eq!(found(&format!("{{properties: {{businessId: {id}}}}}"), "{}"), ["body.businessId business"]);
    assert_eq!(
        found(
            "{$ref: '#/components/schemas/A'}",
            "{A: {allOf: [{$ref: '#/components/schemas/B'}, {properties: {campaignIds: {items: {}}}}]}, \
             B: {properties: {parameters: {type: array, items: {properties: {campaignId: {}}}}}}}"
        ),
        ["body.campaignIds campaign", "body.parameters.campaignId campaign"]
    );
    assert_eq!(found("{properties: {shopId: {}, campaignID: {}}}", "{}"), [""; 0]);
}

#[test]
fn they_are_found_in_the_query_of_the_path_and_of_the_operation() {
    let text = with("parameters:\n- {in: query, name: campaignId}\n- {$ref: '#/components/parameters/B'}\n- {in: path, name: businessId}")
        .replace("    post:", "    parameters: [{in: query, name: campaignId}]\n    post:");
    let text = format!("{text}components: {{parameters: {{B: {{in: query, name: businessId}}}}}}\n");
    let found: Vec<_> = only(&text).fields.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["query.campaignId campaign", "query.businessId business"]);
}

#[test]
fn a_schema_within_itself_is_no_matter_unless_it_names_something() {
    let tree = |own: &str| {
        format!(
            "{{Node: {{properties: {{{own}children: {{items: {{$ref: '#/components/schemas/Node'}}}}}}}}}}"
        )
    };
    let schema = "{$ref: '#/components/schemas/Node'}";
    assert_eq!(found(schema, &tree("")), [""; 0]);
    let told = error(&with_body(schema, &tree("campaignId: {}, ")));
    assert!(told.contains("at any depth: list in `x-marketpass-names`"), "{told}");
}

#[test]
fn references_in_a_circle_are_told() {
    for schemas in [
        "{A: {$ref: '#/components/schemas/A'}}",
        "{A: {$ref: '#/components/schemas/B'}, B: {allOf: [{$ref: '#/components/schemas/A'}]}}",
    ] {
        let told = error(&with_body("{$ref: '#/components/schemas/A'}", schemas));
        assert!(told.contains("its references lead in a circle, break it"), "{told}");
    }
    let text = document("  /x: {$ref: '#/paths/~1y'}\n  /y: {$ref: '#/paths/~1x'}");
    let told = crate::errors(&text);
    assert!(told[0].contains("leads back to itself"), "{told:?}");
}

#[test]
fn references_to_nothing_or_elsewhere_are_told() {
    for (reference, why) in [
        ("'#/components/schemas/Gone'", "leads to nothing"),
        ("'#components'", "leads to nothing"),
        ("'other.yaml#/A'", "leads out of the document"),
        ("'https://example.org/a.yaml'", "leads out of the document"),
        ("7", "where the text of a reference is expected"),
    ] {
        let told = error(&with_body(&format!("{{$ref: {reference}}}"), "{}"));
        assert!(told.contains(why), "{told}");
    }
    assert!(error(&with("requestBody: {$ref: '#/gone'}")).contains("leads to nothing"));
    assert!(error(&with("parameters: [{$ref: '#/gone'}]")).contains("leads to nothing"));
}

#[test]
fn what_cannot_be_checked_asks_for_a_list() {
    for (schema, why) in [
        ("{additionalProperties: {properties: {campaignId: {}}}}", "under names that change"),
        ("{patternProperties: {'^a': {properties: {campaignId: {}}}}}", "under names that change"),
        ("{unevaluatedProperties: {properties: {campaignId: {}}}}", "under names that change"),
        ("{$dynamicRef: '#node'}", "a `$dynamicRef` leads where nobody can tell"),
        ("{properties: {'a.b': {properties: {campaignId: {}}}}}", "has a dot in its name"),
        (
            "{properties: {a: {properties: {b: {properties: {c: {properties: {d: {properties: {e: {properties: {f: {properties: \
          {g: {properties: {h: {properties: {campaignId: {}}}}}}}}}}}}}}}}}}}",
            "cannot be checked: the path has more than 8",
        ),
    ] {
        let told = error(&with_body(schema, "{}"));
        assert!(told.contains(why), "{told}");
        let listed = with_body(schema, "{}")
            .replace("      requestBody", "      x-marketpass-names: []\n      requestBody");
        assert_eq!(only(&listed).fields, []);
    }
    for (parameter, why) in [
        (
            "{in: header, name: campaignId}",
            "the header 'campaignId' names cabinets or stores and is not looked at",
        ),
        (
            "{in: cookie, name: businessId}",
            "the cookie 'businessId' names cabinets or stores and is not looked at",
        ),
        (
            "{in: query, name: filter, schema: {properties: {campaignId: {}}}}",
            "a part of the parameter 'filter' names",
        ),
        (
            "{in: query, name: f, content: {application/json: {schema: {properties: {businessId: {}}}}}}",
            "a part of the parameter 'f'",
        ),
    ] {
        let told = error(&with(&format!("parameters: [{parameter}]")));
        assert!(told.contains(why), "{told}");
    }
    let form =
        with_body("{properties: {campaignId: {}}}", "{}").replace("application/json", "multipart/form-data");
    assert!(error(&form).contains("and only JSON is read"));
}

/// Sixty schemas of two properties each, both of the next schema: 2^60 paths.
fn wide(own: &str) -> String {
    let next = |n: u32| format!("{{$ref: '#/components/schemas/S{n}'}}");
    let schema = |n: u32| format!("S{n}: {{properties: {{a: {0}, b: {0}}}}}", next(n + 1));
    let all: Vec<_> = (0..60).map(schema).collect();
    with_body(&next(0), &format!("{{{}, S60: {{properties: {{{own}}}}}}}", all.join(", ")))
}

#[test]
fn a_schema_of_endless_paths_costs_no_endless_work() {
    assert_eq!(only(&wide("x: {}")).fields, []);
    let told = error(&wide("campaignId: {}"));
    assert!(told.contains("in more than 8 fields: list in `x-marketpass-names`"), "{told}");
    let told = error(&wide("x: {$ref: '#/components/schemas/S0'}"));
    assert!(told.contains("branch without end: list in `x-marketpass-names`"), "{told}");
}

#[test]
fn a_chain_of_references_is_followed_without_exhausting_the_stack() {
    let next = |n: u32| format!("S{n}: {{$ref: '#/components/schemas/S{}'}}", n + 1);
    let chain: Vec<_> = (0..20_000).map(next).collect();
    let schemas = format!("{{{}, S20000: {{properties: {{offers: {{}}}}}}}}", chain.join(", "));
    let text = with_body("{$ref: '#/components/schemas/S0'}", &schemas);
    assert!(error(&text).contains("nests without end"));
    let counted = text
        .replace("{amount: 9, period: 1m}", "{amount: 9, period: 1m, cost: req.offers}")
        .replace("      requestBody", "      x-marketpass-names: []\n      requestBody");
    assert_eq!(only(&counted).fields, []);
}
