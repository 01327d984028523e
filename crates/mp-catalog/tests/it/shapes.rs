//! Shapes of answers: out of documents, and bodies of them.

use mp_catalog::{Answer, Shapes, Wish};
use mp_domain::catalog::Catalog;
use mp_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::schema::Schemas;

/// 2026-11-21, noon.
const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);

fn wish(items: usize) -> Wish<'static> {
    Wish { now: NOON, items, echoed: &[] }
}

/// A document whose only operation, `x`, answers with the schema `Answer`; schemas as YAML, indented by four spaces.
fn with_schemas(schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\npaths:\n  /x:\n    get:\n      operationId: x\n      responses:\n        '200':\n          \
         content: {{application/json: {{schema: {{$ref: '#/components/schemas/Answer'}}}}}}\n\
         components:\n  schemas:\n{schemas}\n"
    )
}

#[track_caller]
fn example(schemas: &str, wish: &Wish<'_>) -> Value {
    let shapes = Shapes::extract(with_schemas(schemas).as_bytes()).unwrap();
    let Some(Answer::Json(shape)) = shapes.answer("x") else { panic!("{shapes}") };
    serde_json::from_slice(&shapes.example(shape, wish)).unwrap()
}

#[test]
fn every_operation_of_the_market_has_an_answer() {
    let mut ids: Vec<_> = Catalog::market().operations().iter().map(|operation| operation.id).collect();
    ids.sort_unstable();
    assert_eq!(Shapes::market().answers().map(|(id, _)| id).collect::<Vec<_>>(), ids);
}

#[test]
fn an_example_is_the_same_whenever_it_is_asked_for() {
    let shapes = Shapes::market();
    for (id, answer) in shapes.answers() {
        if let Answer::Json(shape) = answer {
            let one = shapes.example(shape, &wish(2));
            assert_eq!(one, shapes.example(shape, &wish(2)));
            assert!(serde_json::from_slice::<Value>(&one).unwrap().is_object(), "{id}");
        }
    }
}

#[test]
fn every_example_is_what_the_official_document_says() {
    let Some(schemas) = Schemas::official() else { return };
    let shapes = Shapes::market();
    for (id, answer) in shapes.answers() {
        let said = schemas.answer(id);
        match answer {
            Answer::Json(shape) => {
                for items in [1, 7] {
                    let body = serde_json::from_slice(&shapes.example(shape, &wish(items))).unwrap();
                    assert_eq!(schemas.problems(said[0].1, &body), [""; 0], "{id}: {body}");
                }
            }
            Answer::File(types) => {
                assert_eq!(
                    said.iter().map(|(media, _)| *media).collect::<Vec<_>>(),
                    types.iter().map(|media| &**media).collect::<Vec<_>>()
                );
            }
            Answer::Nothing => assert!(said.is_empty(), "{id}"),
        }
    }
}

#[test]
fn the_shipped_shapes_are_what_the_official_document_says() {
    let Some(path) = std::env::var_os("MARKETPASS_OPENAPI") else { return };
    let extracted = Shapes::extract(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(&extracted, Shapes::market(), "`cargo xtask gen market-shapes --from PATH`");
}

#[test]
fn the_outermost_lists_have_as_many_items_as_are_wished_for() {
    let schemas = "    Answer: {properties: {total: {type: integer}, stores: {type: array, items: {$ref: '#/components/schemas/Store'}}}}\n    \
        Store: {properties: {offerId: {type: string}, marks: {type: array, items: {type: integer}}}}";
    let store = |number: u32| json!({"marks": [number], "offerId": format!("offerId-{number}")});
    assert_eq!(example(schemas, &wish(1)), json!({"total": 1, "stores": [store(1)]}));
    assert_eq!(example(schemas, &wish(3)), json!({"total": 3, "stores": [store(1), store(2), store(3)]}));
    assert_eq!(example(schemas, &wish(0)), json!({"total": 0, "stores": []}));
}

#[test]
fn bounds_enumerations_and_formats_are_kept() {
    let schemas = "    Answer:\n      required: [errors, unsaid]\n      properties:\n        \
        few: {type: array, maxItems: 2, items: {type: string, maxLength: 3}}\n        \
        kinds: {type: array, uniqueItems: true, items: {$ref: '#/components/schemas/Kind'}}\n        \
        weekdays: {type: array, uniqueItems: true, items: {type: integer, minimum: 6, maximum: 7}}\n        \
        days: {type: array, uniqueItems: true, items: {type: string, format: date}}\n        \
        kind: {allOf: [{$ref: '#/components/schemas/Kind'}, {description: what it is}]}\n        \
        least: {type: integer, minimum: 5, exclusiveMinimum: true}\n        most: {type: number, maximum: 0}\n        \
        on: {type: string, format: date}\n        at: {type: string, format: date-time}\n        \
        day: {type: string, format: date-dd-MM-yyyy-HH-mm-ss}\n        is: {type: boolean}\n        \
        warnings: {type: array, items: {type: string}}\n        errors: {type: array, items: {type: string}}\n    \
        Kind: {type: string, enum: [BIG, SMALL]}";
    let expected = json!({
        "few": ["w-1", "w-2"], "kinds": ["BIG", "SMALL"], "weekdays": [6, 7], "days": ["2026-11-21"], "kind": "BIG", "least": 6, "most": 0, "on": "2026-11-21",
        "at": "2026-11-21T12:00:00Z", "day": "21-11-2026 12:00:00", "is": false,
        "unsaid": {}, "errors": ["errors-1", "errors-2", "errors-3"],
    });
    assert_eq!(example(schemas, &wish(3)), expected);
}

#[test]
fn ids_are_those_of_the_path() {
    let schemas = "    Answer:\n      properties:\n        order: {$ref: '#/components/schemas/Order'}\n        \
        orders: {type: array, items: {$ref: '#/components/schemas/Order'}}\n        orderId: {type: string}\n        \
        small: {properties: {id: {type: integer, format: int32}}}\n    Order: {properties: {id: {type: integer}, orderId: {type: integer}}}";
    let echoed = [("orderId", "8000000000"), ("smallId", "8000000000")];
    let body = example(schemas, &Wish { echoed: &echoed, ..wish(2) });
    let id: i64 = 8_000_000_000;
    let expected = json!({
        "order": {"id": id, "orderId": id}, "orderId": "8000000000", "small": {"id": 1},
        "orders": [{"id": 1, "orderId": id}, {"id": 2, "orderId": 2}],
    });
    assert_eq!(body, expected);
}

#[test]
fn what_is_made_of_itself_comes_to_an_end() {
    let schemas = "    Answer: {properties: {region: {$ref: '#/components/schemas/Region'}}}\n    Region:\n      \
        properties:\n        id: {type: integer}\n        parent: {$ref: '#/components/schemas/Region'}\n        \
        children: {type: array, items: {$ref: '#/components/schemas/Region'}}";
    assert_eq!(example(schemas, &wish(1)), json!({"region": {"id": 1}}));
    let endless = "    Answer: {required: [self], properties: {self: {$ref: '#/components/schemas/Answer'}}}";
    assert_eq!(example(endless, &wish(1)), json!({}));
}

#[test]
fn parts_are_one_object_and_an_inner_object_needs_no_name() {
    let schemas = "    Answer:\n      allOf:\n        - {$ref: '#/components/schemas/Status'}\n        \
        - {required: [result], properties: {result: {properties: {count: {type: integer}}}}}\n    \
        Status: {properties: {status: {type: string, enum: [OK, ERROR]}}}";
    assert_eq!(example(schemas, &wish(1)), json!({"status": "OK", "result": {"count": 1}}));
}

#[test]
fn a_document_that_cannot_be_followed_is_refused_in_words() {
    let refusal = |schemas: &str| Shapes::extract(with_schemas(schemas).as_bytes()).unwrap_err().to_string();
    for (schemas, told) in [
        ("    Other: {}", "the reference '#/components/schemas/Answer' leads to nothing"),
        ("    Answer: {properties: {a: {$ref: 'other.yaml'}}}", "leads out of the document"),
        ("    Answer: {properties: {'a b': {type: string}}}", "'a b' is no name of letters"),
        ("    Answer: {type: string, enum: ['a b']}", "'a b' is no name of letters"),
        ("    Answer: {$ref: '#/components/schemas/Answer'}", "branch without end"),
        (
            "    Answer: {properties: {}, allOf: [{$ref: '#/components/schemas/Answer'}]}",
            "its parts nest without end",
        ),
    ] {
        let said = refusal(schemas);
        assert!(said.starts_with("what 'x' answers cannot be told: ") && said.contains(told), "{said}");
    }
    assert!(Shapes::extract(b"{}").unwrap_err().to_string().contains("no OpenAPI"));
}
