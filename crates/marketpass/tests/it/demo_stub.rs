//! The stub behind the gate of a demonstration: every operation, and what may be asked of it.

use std::time::Instant;

use mp_catalog::{Answer, Shapes, Wish};
use mp_domain::catalog::Catalog;
use mp_domain::operation::{ANSWERED_HERE, Cost, Operation, Verb};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use serde_json::Value;

use crate::schema::Schemas;
use crate::staged::Staged;
use crate::wire::Caller;

/// A call that an operation lets pass: what the path names is the demonstration's, all else is number 77.
fn call(staged: &Staged, operation: &Operation) -> (String, String) {
    let business = staged.business.to_string();
    let campaign = staged.campaigns[0].to_string();
    let path = operation.template.replace("{businessId}", &business).replace("{campaignId}", &campaign);
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "77" } else { part }).collect();
    let request = format!("{} {}", operation.verb.as_str(), parts.join("/"));
    let body = match operation.verb {
        Verb::Post | Verb::Put => "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        _ => "\r\n",
    };
    (request, body.to_owned())
}

/// A value without what it says: names and kinds.
fn outline(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), outline(value))).collect(),
        Value::Array(items) => items.iter().map(outline).collect(),
        Value::String(_) => "".into(),
        Value::Number(_) => 0.into(),
        Value::Bool(_) => false.into(),
        Value::Null => Value::Null,
    }
}

#[test]
fn every_operation_answers_with_its_documented_shape() {
    let (staged, official) = (Staged::new(), Schemas::official());
    let mut operations: Vec<_> = Catalog::market().operations().iter().collect();
    assert_eq!(operations.len(), 160);
    operations.sort_by_key(|operation| !operation.sellers.contains(SellerKind::Seller));
    for operation in operations {
        let id = operation.id;
        if !operation.sellers.contains(SellerKind::Seller) {
            staged.control("business", r#"{"kind":"urbanads"}"#);
        }
        let (request, body) = call(&staged, operation);
        let (status, media, bytes) = staged.bytes(&request, &body);
        assert_eq!(status, 200, "{id}: {}", String::from_utf8_lossy(&bytes));
        match Shapes::market().answer(id).unwrap() {
            Answer::Json(shape) => {
                assert_eq!(media, "application/json", "{id}");
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                if let Some(official) = &official {
                    assert_eq!(official.problems(official.answer(id)[0].1, &body), [""; 0], "{id}: {body}");
                }
                if ANSWERED_HERE.iter().all(|own| own.id != id) {
                    let wish = Wish { now: Timestamp::from_seconds(0), items: 1, echoed: &[] };
                    let example = serde_json::from_slice(&Shapes::market().example(shape, &wish)).unwrap();
                    assert_eq!(outline(&body), outline(&example), "{id}");
                }
            }
            Answer::File(types) => {
                assert!(types.iter().any(|known| **known == *media), "{id}: {media}");
                let begins = [&b"%PDF-"[..], b"\x89PNG", b"<?xml"];
                assert!(begins.iter().any(|begin| bytes.starts_with(begin)), "{id}");
            }
            Answer::Nothing => assert!(bytes.is_empty(), "{id}"),
        }
    }
}

#[test]
fn its_answers_are_what_they_say_they_are() {
    let staged = Staged::new();
    for more in ["", "X-Stub-Status: 503\r\n", "X-Stub-Nothing: 1\r\n"] {
        let answer = staged.prices(more);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
    }
}

#[test]
fn ids_of_the_path_come_back() {
    let staged = Staged::new();
    for suffix in ["", ".json"] {
        let request = format!("GET /v2/campaigns/{}/orders/8123{suffix}", staged.campaigns[1]);
        let reply = staged.ask(&request, &staged.credential("Full access"));
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body["order"]["id"], 8123, "{body}");
    }
}

#[test]
fn answers_of_the_wished_size_cost_so_many_points() {
    let staged = Staged::new();
    let fifty = staged.prices("X-Stub-Items: 50\r\n");
    let body: Value = serde_json::from_str(&fifty.body).unwrap();
    assert_eq!(body["result"]["offers"].as_array().unwrap().len(), 50);
    assert_eq!(staged.prices("").remaining(), Some(149_950));
    staged.control("limit", r#"{"operation":"getPrices","remaining":10}"#);
    assert_eq!(staged.prices("X-Stub-Items: 50\r\n").status, 200, "let through while anything is left");
    assert_eq!(staged.prices("").status, 420);
}

#[test]
fn every_limit_on_items_of_an_answer_counts_them() {
    let staged = Staged::new();
    let operations = Catalog::market().operations().iter();
    let counted = operations.filter(|operation| {
        let cost = operation.limit.map(|limit| limit.cost);
        matches!(cost, Some(Cost::ResponseItems(_)))
    });
    let mut operations = 0;
    for operation in counted {
        operations += 1;
        let (request, body) = call(&staged, operation);
        let ask = |more: &str| {
            let credential = staged.credential("Full access");
            let head = format!("{request} HTTP/1.1\r\nHost: x\r\n{credential}{more}{body}");
            Caller::connect(staged.address("api_url")).ask(head).remaining().unwrap()
        };
        let (full, after) = (ask("X-Stub-Items: 7\r\n"), ask("X-Stub-Items: 1\r\n"));
        assert_eq!(full - after, 7, "{}", operation.id);
    }
    assert_eq!(operations, 9);
}

#[test]
fn an_error_of_the_upstream_may_be_asked_for_and_costs_nothing() {
    let staged = Staged::new();
    let reply = staged.prices("X-Stub-Status: 503\r\n");
    reply.is_error(503, "SERVICE_UNAVAILABLE", "The stub was asked for 503 Service Unavailable");
    assert_eq!(staged.prices("X-Stub-Status: 420\r\n").status, 400, "the gate's");
    let unknown = staged.prices("X-Stub-Itens: 5\r\n");
    unknown.is_error(
        400,
        "BAD_REQUEST",
        "The header 'x-stub-itens: 5' is none of X-Stub-Items, X-Stub-Status and X-Stub-Delay",
    );
    assert_eq!(staged.prices("").remaining(), Some(150_000));
}

#[test]
fn slow_answers_take_the_slots_of_a_store() {
    let staged = Staged::new();
    let ask = |seconds: u64| {
        let request = format!(
            "GET /v2/campaigns/{}/offer-prices HTTP/1.1\r\nHost: x\r\n{}X-Stub-Delay: {seconds}s\r\n\r\n",
            staged.campaigns[0],
            staged.credential("Full access"),
        );
        let began = Instant::now();
        let mut callers: Vec<_> = (0..5).map(|_| Caller::connect(staged.address("api_url"))).collect();
        for caller in &mut callers {
            caller.send(&request);
        }
        let mut replies: Vec<_> = callers.iter_mut().map(|caller| caller.answer().unwrap()).collect();
        assert!(began.elapsed().as_secs() >= seconds);
        replies.sort_by_key(|reply| reply.status);
        replies
    };
    // Where the first was answered before the last one asked, slower answers are asked for.
    let replies = [1, 10, 60].into_iter().map(ask).find(|replies| replies[4].status != 200).unwrap();
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 420]);
    let message = format!("Hit rate limit of 4 parallel requests for campaignId {}", staged.campaigns[0]);
    replies[4].is_error(420, "METHOD_FAILURE", &message);
}
