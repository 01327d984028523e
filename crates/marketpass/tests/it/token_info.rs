//! `POST /v2/auth/token`: every statement of the method's documentation, each as a test (market-api §2, §4, §5; where
//! product.md §3 rules differently, the ruling).

use std::time::Duration;

use serde_json::{Value, json};

use crate::cabinet::Cabinet;
use crate::served::{Served, both_ways, plain, token, with_body};
use crate::wire::{Caller, Reply};

/// "Access to methods using the Api Key token": what is chosen, and what is answered, in the documentation's order.
const ACCESSES: [(&str, &str); 14] = [
    ("all-methods", "ALL_METHODS"),
    ("all-methods:read-only", "ALL_METHODS_READ_ONLY"),
    ("inventory-and-order-processing", "INVENTORY_AND_ORDER_PROCESSING"),
    ("inventory-and-order-processing:read-only", "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY"),
    ("pricing", "PRICING"),
    ("pricing:read-only", "PRICING_READ_ONLY"),
    ("offers-and-cards-management", "OFFERS_AND_CARDS_MANAGEMENT"),
    ("offers-and-cards-management:read-only", "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY"),
    ("promotion", "PROMOTION"),
    ("promotion:read-only", "PROMOTION_READ_ONLY"),
    ("finance-and-accounting", "FINANCE_AND_ACCOUNTING"),
    ("communication", "COMMUNICATION"),
    ("settings-management", "SETTINGS_MANAGEMENT"),
    ("supplies-management:read-only", "SUPPLIES_MANAGEMENT_READ_ONLY"),
];

/// Well-formed, and issued by nobody here (market-api §1.2).
const STRANGER: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

const ERP: &str = r#"{"status":"OK","result":{"apiKey":{"name":"ERP","authScopes":["PRICING"]}}}"#;

/// The largest body that is read.
const LARGEST: usize = 512 * 1024;

const RATE_HEADERS: [&str; 3] =
    ["x-ratelimit-resource-limit", "x-ratelimit-resource-until", "x-ratelimit-resource-remaining"];

fn create(cabinet: &Cabinet, name: &str, rest: &[&str]) -> String {
    token(&cabinet.run(&["key", "create"], &[&["--name", name], rest].concat()).json())
}

#[track_caller]
fn has_rate_headers(reply: &Reply) {
    for name in RATE_HEADERS {
        assert!(reply.header(name).is_some(), "{name} is missing: {reply:?}");
    }
}

#[track_caller]
fn has_no_rate_headers(reply: &Reply) {
    for name in RATE_HEADERS {
        assert_eq!(reply.header(name), None, "{reply:?}");
    }
}

// "Returns information about the transmitted authorization token."

#[test]
fn each_of_the_fourteen_accesses_alone_opens_the_method_and_is_told_in_its_wire_spelling() {
    let cabinet = Cabinet::new();
    let tokens = ACCESSES.map(|(written, _)| create(&cabinet, written, &["--scope", written]));
    let served = Served::on(cabinet, &[]);
    for ((written, wire), token) in ACCESSES.iter().zip(&tokens) {
        for request in both_ways(token) {
            let reply = served.ask(request);
            let expected = format!(
                r#"{{"status":"OK","result":{{"apiKey":{{"name":"{written}","authScopes":["{wire}"]}}}}}}"#
            );
            assert_eq!((reply.status, reply.reason.as_str(), reply.body), (200, "OK", expected));
        }
    }
}

#[test]
fn accesses_are_unique_items_in_the_documented_order_however_they_were_given() {
    let cabinet = Cabinet::new();
    let chosen: Vec<&str> = ACCESSES
        .iter()
        .rev()
        .chain(&ACCESSES)
        .flat_map(|(written, wire)| ["--scope", *written, "--scope", *wire])
        .collect();
    let everything = create(&cabinet, "everything", &chosen);
    let served = Served::on(cabinet, &[]);
    let body: Value = serde_json::from_str(&served.ask(plain(&everything)).body).unwrap();
    assert_eq!(body["result"]["apiKey"]["authScopes"], json!(ACCESSES.map(|(_, wire)| wire)));
}

#[test]
fn the_answer_has_the_documented_members_and_no_other() {
    let cabinet = Cabinet::new();
    let store = cabinet.campaigns[0].clone();
    let limits = ["--expires-in", "90d", "--allow-ip", "127.0.0.0/8", "--campaign", &store];
    let token = create(&cabinet, "rare", &[&["--scope", "communication"][..], &limits].concat());
    let served = Served::on(cabinet, &[]);
    let reply = served.ask(plain(&token));
    assert_eq!(
        reply.body,
        r#"{"status":"OK","result":{"apiKey":{"name":"rare","authScopes":["COMMUNICATION"]}}}"#
    );
    reply.has_the_usual_headers();
    assert_eq!(reply.header("cache-control"), Some("no-store"), "it speaks about a secret");
}

#[test]
fn the_name_has_one_to_one_hundred_characters_of_any_alphabet_and_is_told_byte_for_byte() {
    let cabinet = Cabinet::new();
    let longest = "ж".repeat(99) + "🔑";
    let names =
        ["ш", "Выгрузка остатков", "🔑🎄👩‍🚀", r#"say "hi""#, r"C:\keys\new", "</script>&amp;'", &longest];
    let tokens = names.map(|name| create(&cabinet, name, &["--scope", "pricing"]));
    let served = Served::on(cabinet, &[]);
    for (name, token) in names.iter().zip(&tokens) {
        for request in both_ways(token) {
            let body = served.ask(request).body;
            let quoted = serde_json::to_string(name).unwrap();
            assert_eq!(
                body,
                format!(
                    r#"{{"status":"OK","result":{{"apiKey":{{"name":{quoted},"authScopes":["PRICING"]}}}}}}"#
                )
            );
        }
    }
    for name in ["", &"ж".repeat(101), "\u{7f}"] {
        let refused = served.cabinet.run(&["key", "create"], &["--name", name, "--scope", "pricing"]);
        assert!(refused.usage_error().contains("the name "), "{name:?}");
    }
}

// "The method is available for all models."

#[test]
fn the_method_is_available_to_every_model_of_placement_and_to_a_cabinet_without_stores() {
    let served = Served::on(Cabinet::new(), &[]);
    let machine = &served.cabinet.machine;
    for placement in ["FBS", "FBY", "DBS", "LAAS", "none"] {
        let create = ["--json", "business", "create", "--name", placement, "--owner", "owner"];
        let business = machine.run(&create).json()["id"].to_string();
        if placement != "none" {
            let create = ["campaign", "create", "--business", &business, "--name", "shop", "--placement"];
            machine.run(&[&create[..], &[placement]].concat()).text();
        }
        let create =
            ["--json", "key", "create", "--business", &business, "--name", "x", "--scope", "pricing"];
        let token = token(&machine.run(&create).json());
        mp_testkit::promptly(placement, Duration::from_secs(1), || served.ask(plain(&token)).status == 200);
    }
}

// "The method is only available for the Api Key token."

#[test]
fn an_oauth_token_alone_is_told_that_an_api_key_is_required() {
    let served = Served::new();
    for value in [
        "Bearer y0_BfRRRRRV2L8sWWvNkSNNNN",
        "OAuth oauth_token=\"x\"",
        "Basic eDp5",
        "",
        "nonsense",
        STRANGER,
    ] {
        let reply = served.ask_with(format!("Authorization: {value}\r\n"));
        reply.is_error(401, "UNAUTHORIZED", "Api-Key token is not specified");
        has_no_rate_headers(&reply);
    }
}

#[test]
fn where_both_headers_stand_the_api_key_decides() {
    let served = Served::new();
    let token = &served.token;
    for authorization in ["Bearer y0_x", "Basic eDp5", ""] {
        let good = served.ask_with(format!("Authorization: {authorization}\r\nApi-Key: {token}\r\n"));
        assert_eq!((good.status, good.body.as_str()), (200, ERP));
        let broken = served.ask_with(format!("Api-Key: ACMA:x\r\nAuthorization: {authorization}\r\n"));
        broken.is_error(401, "UNAUTHORIZED", "Api-Key token length invalid");
        let empty = served.ask_with(format!("Api-Key: \r\nAuthorization: {authorization}\r\n"));
        empty.is_error(401, "UNAUTHORIZED", "Api-Key token is not specified");
    }
}

// "401 Unauthorized: the authorization data is not specified in the request."

#[test]
fn a_request_without_credentials_is_401() {
    let served = Served::new();
    let reply = served.ask_with("");
    reply.is_error(401, "UNAUTHORIZED", "Credentials are not specified");
    assert_eq!(reply.reason, "Unauthorized");
    has_no_rate_headers(&reply);
}

#[test]
fn each_way_in_which_a_key_is_malformed_has_its_own_message() {
    let served = Served::new();
    let long = "a".repeat(20_000);
    for (token, message) in [
        (format!("Bearer {STRANGER}"), "Api-Key token prefix invalid"),
        (format!("Bearer {}", served.token), "Api-Key token prefix invalid"),
        (STRANGER.to_lowercase(), "Api-Key token prefix invalid"),
        (STRANGER.replace("ACMA", "ACMB"), "Api-Key token prefix invalid"),
        (long.clone(), "Api-Key token prefix invalid"),
        ("ключ".to_owned(), "Api-Key token prefix invalid"),
        ("\u{a0}\u{ff}".to_owned(), "Api-Key token prefix invalid"),
        ("a\tb".to_owned(), "Api-Key token prefix invalid"),
        ("ACMA:".to_owned(), "Api-Key token length invalid"),
        (format!("ACMA:{long}"), "Api-Key token length invalid"),
        (format!("{STRANGER}a"), "Api-Key token length invalid"),
        (STRANGER[..53].to_owned(), "Api-Key token length invalid"),
        (format!("{STRANGER}, {STRANGER}"), "Api-Key token length invalid"),
        (STRANGER.replace("I4c4", "I4c5"), "Api-Key token format invalid"),
        (STRANGER.replace("I4c4", "I-c4"), "Api-Key token format invalid"),
        (STRANGER.replace("I4c4", "Ии"), "Api-Key token format invalid"),
        (STRANGER.replace("151c0664", "151C0664"), "Api-Key token format invalid"),
        (STRANGER.replace(":151c", "x151c"), "Api-Key token format invalid"),
        (STRANGER.to_owned(), "Api-Key token is invalid"),
    ] {
        let reply = served.ask_with(format!("Api-Key: {token}\r\n"));
        reply.is_error(401, "UNAUTHORIZED", message);
        has_no_rate_headers(&reply);
    }
}

#[test]
fn a_doubled_or_empty_header_is_401_even_if_every_value_is_good() {
    let served = Served::new();
    let line = format!("Api-Key: {}\r\n", served.token);
    for doubled in
        [line.repeat(2), line.repeat(50), format!("{line}API-KEY:\r\n"), format!("api-key: x\r\n{line}")]
    {
        served.ask_with(doubled).is_error(401, "UNAUTHORIZED", "Api-Key token format invalid");
    }
    for empty in ["Api-Key:\r\n", "Api-Key: \t  \r\n"] {
        served.ask_with(empty).is_error(401, "UNAUTHORIZED", "Api-Key token is not specified");
    }
    let spaced = served.ask_with(format!("aPI-kEY:  \t{}  \r\n", served.token));
    assert_eq!(spaced.status, 200, "space around a value is no part of it");
}

#[test]
fn control_characters_and_endless_headers_are_400_in_the_envelope() {
    let served = Served::new();
    for (header, message) in [
        (b"Api-Key: a\x01b\r\n".to_vec(), "The request has a header with an invalid value"),
        (b"Api-Key: a\0\r\n".to_vec(), "The request has a header with an invalid value"),
        (b"Api-Key: \x7f\r\n".to_vec(), "The request has a header with an invalid value"),
        (b"Api-Key : a\r\n".to_vec(), "The request has a header with an invalid name"),
        (b"Api-K\xffy: a\r\n".to_vec(), "The request has a header with an invalid name"),
        (
            format!("Api-Key: {}\r\n", "a".repeat(70_000)).into_bytes(),
            "The request head is too large: at most 64 KB are accepted",
        ),
        (b"a: b\r\n".repeat(101), "The request has too many headers: at most 100 are accepted"),
    ] {
        served.ask_with(header).is_error(400, "BAD_REQUEST", message);
    }
    assert_eq!(served.ask(plain(&served.token)).status, 200, "it goes on answering");
}

#[test]
fn deleted_and_expired_keys_are_401_paused_and_displaced_ones_403() {
    let cabinet = Cabinet::new();
    let create = |name: &str, rest: &[&str]| {
        let key = [&["--name", name, "--scope", "pricing"], rest].concat();
        let key = cabinet.run(&["key", "create"], &key).json();
        (key["id"].as_str().unwrap().to_owned(), token(&key))
    };
    let (deleted, paused) = (create("deleted", &[]), create("paused", &[]));
    let (_, expired) = create("expired", &["--expires-in", "1s"]);
    let (_, displaced) =
        create("displaced", &["--allow-ip", "203.0.113.0/24", "--allow-ip", "2001:db8::/32"]);
    for (command, (id, _)) in [("delete", &deleted), ("pause", &paused)] {
        cabinet.machine.run(&["key", command, "--key", id]).text();
    }
    let served = Served::on(cabinet, &[]);
    let words = |token: &str| served.ask(plain(token)).body;
    mp_testkit::eventually("the expiry", || words(&expired).contains("is expired"));
    for (token, status, code, message) in [
        (&deleted.1, 401, "UNAUTHORIZED", "Api-Key token is revoked"),
        (&expired, 401, "UNAUTHORIZED", "Api-Key token is expired"),
        (&paused.1, 403, "FORBIDDEN", "Api-Key token is paused"),
        (&displaced, 403, "FORBIDDEN", "Access denied"),
    ] {
        for request in both_ways(token) {
            let reply = served.ask(request);
            reply.is_error(status, code, message);
            has_no_rate_headers(&reply);
        }
    }
}

// "403 Forbidden: access to the resource is prohibited."

#[test]
fn a_cabinet_whose_stores_are_all_switched_off_is_403_and_named() {
    let cabinet = Cabinet::new();
    for (store, value) in cabinet.campaigns.iter().zip(["MANUALLY_DISABLED", "DISABLED_BY_INACTIVITY"]) {
        cabinet.machine.run(&["campaign", "set-availability", "--campaign", store, value]).text();
    }
    let served = Served::on(cabinet, &[]);
    let message = format!(
        "API for business {} disabled because it has only disabled partners.",
        served.cabinet.business
    );
    for request in both_ways(&served.token) {
        let reply = served.ask(request);
        reply.is_error(403, "API_DISABLED", &message);
        assert_eq!(reply.reason, "Forbidden");
        has_rate_headers(&reply);
        assert_eq!(reply.remaining(), Some(100), "a refusal costs nothing");
    }
}

// "Limit: 100 requests per hour." "420 Method Failure: the resource access limit has been exceeded."

#[test]
fn one_hundred_pass_and_the_next_is_420_over_every_spelling_key_and_listener() {
    let cabinet = Cabinet::new();
    let other = token(&cabinet.key("other"));
    let served = Served::on(cabinet, &["--api-listen", "127.0.0.1:0"]).in_one_hour();
    let said = |listener: &str| Caller::connect(served.server.said[listener].as_str().unwrap());
    let mut callers = [said("listen"), said("api_listen")];
    let spellings = ["/v2/auth/token", "/v2/auth/token.json", "/auth/token", "/auth/token.json"];
    let tokens = [&served.token, &other];
    let request = |number: usize| {
        let request = &both_ways(tokens[number % 2])[usize::from(number.is_multiple_of(9))];
        request.replace("/v2/auth/token", spellings[number % 4])
    };
    for used in 1..=100 {
        let reply = callers[used % 2].ask(request(used));
        assert_eq!((reply.status, reply.remaining()), (200, Some(100 - u32::try_from(used).unwrap())));
        assert_eq!(reply.header("x-ratelimit-resource-limit"), Some("100"));
    }
    let business = &served.cabinet.business;
    let message = format!(
        "Hit rate limit of 100 requests per 1 hour for resource /auth/token.json for businessId {business}"
    );
    for number in 0..18 {
        let reply = callers[number % 2].ask(request(number));
        reply.is_error(420, "METHOD_FAILURE", &message);
        assert_eq!(reply.reason, "Method Failure");
        assert_eq!((reply.header("x-ratelimit-resource-limit"), reply.remaining()), (Some("100"), Some(0)));
        assert_eq!(reply.header("retry-after"), None, "the seller API sends none");
    }
}

#[test]
fn sixty_four_racing_clients_pass_exactly_one_hundred_times() {
    let served = Served::new().in_one_hour();
    let start = std::sync::Barrier::new(64);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..64)
            .map(|number: usize| {
                let request = &both_ways(&served.token)[number % 2];
                let (mut caller, start, request) = (served.caller(), &start, request.clone());
                scope.spawn(move || {
                    start.wait();
                    [(); 4].map(|()| caller.ask(&request).status)
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|given| **given == status).count();
    assert_eq!((count(200), count(420)), (100, 156));
}

#[test]
fn every_cabinet_has_a_limit_of_its_own() {
    let cabinet = Cabinet::new();
    let machine = &cabinet.machine;
    let create = ["--json", "business", "create", "--name", "Other", "--owner", "owner"];
    let business = machine.run(&create).json()["id"].to_string();
    let create = ["--json", "key", "create", "--business", &business, "--name", "x", "--scope", "pricing"];
    let neighbour = token(&machine.run(&create).json());
    let served = Served::on(cabinet, &[]).in_one_hour();
    let mut caller = served.caller();
    for _ in 0..101 {
        caller.ask(plain(&served.token));
    }
    assert_eq!(caller.ask(plain(&served.token)).status, 420);
    assert_eq!(caller.ask(plain(&neighbour)).remaining(), Some(99));
}

#[test]
fn refusals_cost_nothing_and_broken_requests_of_a_good_key_cost_one() {
    let cabinet = Cabinet::new();
    let displaced = create(&cabinet, "displaced", &["--scope", "pricing", "--allow-ip", "203.0.113.0/24"]);
    let served = Served::on(cabinet, &[]).in_one_hour();
    let (mut caller, token) = (served.caller(), &served.token);
    assert_eq!(caller.ask(plain(token)).remaining(), Some(99));
    for (request, status) in [
        (plain(STRANGER), 401),
        (plain("ACMA:"), 401),
        (plain(&displaced), 403),
        (plain(token).replace("POST", "GET"), 405),
        (plain(token).replace("/v2/", "/v3/"), 404),
    ] {
        let reply = caller.ask(request);
        assert_eq!(reply.status, status);
        has_no_rate_headers(&reply);
    }
    let broken = caller.ask(with_body(token, "Content-Type: application/json\r\n", "{"));
    assert_eq!((broken.status, broken.remaining()), (400, Some(98)));
    let foreign = caller.ask(with_body(token, "Content-Type: text/plain\r\n", "x"));
    assert_eq!((foreign.status, foreign.remaining()), (415, Some(97)));
    has_rate_headers(&broken);
    has_rate_headers(&foreign);
    assert_eq!(caller.ask(plain(token)).remaining(), Some(96));
}

#[test]
fn the_window_ends_with_the_hour_and_is_told_as_an_rfc_1123_date() {
    let served = Served::new().in_one_hour();
    for request in both_ways(&served.token) {
        let reply = served.ask(request);
        let (date, until) =
            (reply.header("date").unwrap(), reply.header("x-ratelimit-resource-until").unwrap());
        // `Sat, 21 Nov 2026 13:00:00 GMT`
        assert_eq!((until.len(), &until[19..]), (29, ":00:00 GMT"), "{until}");
        let hour = |text: &str| text[17..19].parse::<u32>().unwrap();
        assert_eq!(hour(until), (hour(date) + 1) % 24, "{date} is before {until}");
        if hour(until) != 0 {
            assert_eq!(until[..17], date[..17], "{date} is before {until}");
        }
    }
}

// Bodies (product.md §3.9).

#[test]
fn no_body_is_needed_and_any_json_is_welcome() {
    let served = Served::new();
    let (json, largest) = ("Content-Type: application/json\r\n", format!("[{}]", " ".repeat(LARGEST - 2)));
    for (headers, body) in [
        ("", ""),
        (json, ""),
        ("Content-Type: text/plain\r\n", ""),
        ("Content-Type: \r\n", ""),
        (json, "\"\""),
        (json, "[]"),
        (json, "{}"),
        ("", "{}"),
        (json, r#"{"любые": ["данные", 1, null]}"#),
        (json, "null"),
        ("Content-Type: application/JSON; charset=utf-8\r\n", "{}"),
        ("Content-Type: application/merge-patch+json\r\n", "{}"),
        (json, &largest),
    ] {
        let reply = served.ask(with_body(&served.token, headers, body));
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, ERP),
            "{headers}{}",
            &body[..body.len().min(40)]
        );
    }
    let bare = format!(
        "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {}\r\nContent-Type: a/b\r\n\r\n",
        served.token
    );
    assert_eq!(served.ask(bare).body, ERP);
}

#[test]
fn a_body_of_another_type_is_415_and_unreadable_json_400() {
    let served = Served::new();
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]
    {
        let reply = served.ask(with_body(&served.token, &format!("Content-Type: {content_type}\r\n"), "{}"));
        let message = format!("Content type '{content_type}' not supported");
        reply.is_error(415, "UNSUPPORTED_MEDIA_TYPE", &message);
    }
    for (body, problem) in [
        ("{\"a\":}", "expected value at line 1 column 6"),
        ("{", "EOF while parsing an object at line 1 column 1"),
        ("{} {}", "trailing characters at line 1 column 4"),
        (" ", "EOF while parsing a value at line 1 column 1"),
    ] {
        for headers in ["", "Content-Type: application/json\r\n"] {
            let reply = served.ask(with_body(&served.token, headers, body));
            reply.is_error(400, "BAD_REQUEST", &format!("JSON: {problem}"));
        }
    }
}

#[test]
fn more_than_512_kilobytes_are_400_announced_or_not() {
    let served = Served::new();
    let too_big = |size: &str| {
        format!(
            "The request is too big: Maximum allowed request size must be less than '512' KB, but passed '{size}' MB"
        )
    };
    let body = " ".repeat(LARGEST + 1);
    let announced = served.ask(with_body(&served.token, "Content-Type: application/json\r\n", &body));
    announced.is_error(400, "BAD_REQUEST", &too_big("0.50"));
    has_rate_headers(&announced);
    let head = format!("POST /auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {}\r\n", served.token);
    let endless = served.ask(format!("{head}Content-Length: 99999999999\r\n\r\n{{"));
    endless.is_error(400, "BAD_REQUEST", &too_big("95367.43"));
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let chunked =
        served.ask(format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(10)));
    assert_eq!(chunked.status, 400);
    assert!(chunked.body.contains("The request is too big"), "{}", chunked.body);
    let fits = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}2\r\n[]\r\n0\r\n\r\n", chunk.repeat(7));
    assert_eq!(served.ask(fits).status, 200);
}

#[test]
fn a_refused_key_is_answered_before_its_body_is_read() {
    let served = Served::new();
    let head = format!(
        "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {STRANGER}\r\nContent-Length: 400000\r\n\r\n"
    );
    served.ask(head).is_error(401, "UNAUTHORIZED", "Api-Key token is invalid");
}

// "Request: POST https://…/auth/token"

#[test]
fn other_verbs_are_405_and_name_the_one_that_is_allowed() {
    let served = Served::new();
    for verb in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "BREW"] {
        for path in ["/v2/auth/token", "/auth/token.json"] {
            let reply =
                served.ask(format!("{verb} {path} HTTP/1.1\r\nHost: x\r\nApi-Key: {}\r\n\r\n", served.token));
            reply.is_error(405, "METHOD_NOT_ALLOWED", &format!("Request method '{verb}' not supported"));
            assert_eq!(reply.header("allow"), Some("POST"));
            has_no_rate_headers(&reply);
        }
    }
    let mut caller = served.caller();
    caller.send("HEAD /v2/auth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let reply = caller.head().unwrap();
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    reply.has_the_usual_headers();
    assert!(caller.is_closed(), "an answer to HEAD has no body");
}

#[test]
fn wrong_and_ambiguous_paths_are_404_whatever_key_is_shown() {
    let served = Served::on(Cabinet::new(), &["--api-listen", "127.0.0.1:0"]);
    for path in [
        "/v2",
        "/auth",
        "/v1/auth/token",
        "/v3/auth/token",
        "/V2/auth/token",
        "/v2/AUTH/token",
        "/v2/auth/token/",
        "/v2/auth/token.xml",
        "/v2/auth/token.json.json",
        "/v2//auth/token",
        "//v2/auth/token",
        "/v2/./auth/token",
        "/v2/x/../auth/token",
        "/v2/auth%2Ftoken",
        "/v2/auth/%74oken",
        "/v2/auth/token%00",
        "/v2/auth/token%20",
        "/v2/auth/token;a=b",
        "/v2/auth/token%252F",
        "/v2\\auth\\token",
        "/healthz",
        "/metrics",
    ] {
        for listener in ["listen", "api_listen"] {
            let mut caller = Caller::connect(served.server.said[listener].as_str().unwrap());
            let reply = caller.ask(plain(&served.token).replace("/v2/auth/token", path));
            reply.is_error(404, "NOT_FOUND", "Resource not found");
            has_no_rate_headers(&reply);
        }
    }
    let with_query = served.ask(plain(&served.token).replace("/v2/auth/token", "/v2/auth/token?a=b//c"));
    assert_eq!(with_query.status, 200, "a query names nothing here");
}

// The unique number of a request (market-api §6).

#[test]
fn every_answer_continues_the_callers_trace_with_a_number_of_its_own() {
    let served = Served::new();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let requests = [
        plain(&served.token),
        with_body(&served.token, "", "{}"),
        with_body(&served.token, "", "{"),
        plain("ACMA:"),
        plain(&served.token).replace("POST", "GET"),
        plain(&served.token).replace("/v2/", "/v9/"),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for request in &requests {
        let traced = request.replace("Host: x", &format!("Host: x\r\ntraceparent: {trace}"));
        for (request, is_traced) in [(traced.as_str(), true), (request.as_str(), false)] {
            let reply = served.ask(request);
            reply.has_the_usual_headers();
            let answered = reply.header("traceparent").unwrap().to_owned();
            assert_eq!(answered.starts_with(&trace[..36]), is_traced, "{answered}");
            assert_ne!(answered[36..52], trace[36..52], "the caller's own number");
            assert!(seen.insert(answered), "given twice");
        }
    }
    for nonsense in ["00-0-0-00", "x", "", &format!("{trace}-more"), &trace.replace("4bf9", "4BF9")] {
        let reply = served
            .ask(plain(&served.token).replace("Host: x", &format!("Host: x\r\ntraceparent: {nonsense}")));
        reply.has_the_usual_headers();
        assert!(!reply.header("traceparent").unwrap().contains("92f3577b34da6a3"), "a new trace begins");
    }
}

// Whose address it is (product.md §1, `trusted_proxies`).

#[test]
fn the_address_is_the_right_most_hop_that_is_no_trusted_proxy() {
    let cabinet = Cabinet::new();
    let office = create(&cabinet, "office", &["--scope", "pricing", "--allow-ip", "203.0.113.0/24"]);
    cabinet.machine.write("marketpass.toml", "[http]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n");
    let served = Served::on(cabinet, &[]);
    for (headers, status) in [
        ("X-Forwarded-For: 203.0.113.9", 200),
        ("X-Forwarded-For: 203.0.113.9, 10.1.1.1", 200),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.1.1.1", 200),
        ("Forwarded: for=203.0.113.9;proto=https", 200),
        ("Forwarded: for=\"203.0.113.9:4711\", for=10.1.1.1", 200),
        ("Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 203.0.113.9", 200),
        ("X-Other: 1", 403),
        ("X-Forwarded-For: 203.0.113.9, 198.51.100.1", 403),
        ("X-Forwarded-For: 198.51.100.1, 10.1.1.1", 403),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.1", 403),
        ("X-Forwarded-For: 203.0.113.9, nonsense", 403),
        ("Forwarded: for=203.0.113.9, for=198.51.100.1", 403),
        ("Forwarded: for=\"203.0.113.9, for=198.51.100.1", 403),
        ("Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 198.51.100.1", 403),
        ("X-Real-IP: 203.0.113.9", 403),
    ] {
        for request in both_ways(&office) {
            let reply = served.ask(request.replace("Host: x", &format!("Host: x\r\n{headers}")));
            assert_eq!(reply.status, status, "{headers}");
        }
    }
}

#[test]
fn nobody_but_a_trusted_proxy_is_believed_about_an_address() {
    let cabinet = Cabinet::new();
    let office = create(&cabinet, "office", &["--scope", "pricing", "--allow-ip", "203.0.113.0/24"]);
    let home = create(&cabinet, "home", &["--scope", "pricing", "--allow-ip", "127.0.0.0/8"]);
    let served = Served::on(cabinet, &[]);
    for header in ["X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9"] {
        for (requests, status) in [(both_ways(&office), 403), (both_ways(&home), 200)] {
            for request in requests {
                assert_eq!(
                    served.ask(request.replace("Host: x", &format!("Host: x\r\n{header}"))).status,
                    status,
                    "{header}"
                );
            }
        }
    }
}

// Connections.

#[test]
fn one_connection_answers_every_kind_of_request_in_its_order() {
    let served = Served::new();
    let [plain, routed] = both_ways(&served.token);
    let mut caller = served.caller();
    let unknown = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
    caller.send([plain.as_str(), &routed, unknown, &plain, &routed, &plain].concat());
    for status in [200, 200, 404, 200, 200, 200] {
        assert_eq!(caller.answer().unwrap().status, status);
    }
}

#[test]
fn nonsense_is_told_so_in_the_envelope_wherever_it_stands_in_a_conversation() {
    let served = Served::new();
    let [plain, routed] = both_ways(&served.token);
    let with_header = |header: &str| format!("POST /v2/auth/token HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
    for nonsense in [
        "nonsense\r\n\r\n".to_owned(),
        "POST /v2/auth/token HTTP/3.0\r\n\r\n".to_owned(),
        "POST v2/auth/token HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "POST /v2/auth/<token> HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "POST /v2/auth/token HTTP/1.1\r\n\r\n".to_owned(),
        with_header("Host: x"),
        with_header("Api-Key: a\u{1}b"),
        with_header("Content-Length: abc"),
        with_header("Content-Length: -1"),
        with_header("Content-Length: 1\r\nContent-Length: 2"),
        with_header("Transfer-Encoding: identity"),
    ] {
        for before in ["", &plain, &routed] {
            let mut caller = served.caller();
            if !before.is_empty() {
                assert_eq!(caller.ask(before).status, 200);
            }
            let reply = caller.ask(&nonsense);
            assert_eq!(reply.status, 400, "{nonsense}");
            let body: Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(
                (&body["status"], &body["errors"][0]["code"]),
                (&json!("ERROR"), &json!("BAD_REQUEST"))
            );
            assert!(body["errors"][0]["message"].as_str().unwrap().starts_with("The request "), "{body}");
            reply.has_the_usual_headers();
            assert!(caller.is_closed(), "what follows {nonsense} cannot be told apart");
        }
    }
}
