//! What moves a demonstration, and that nothing of it is in a server.

use mp_testkit::eventually;
use serde_json::{Value, json};

use crate::cabinet::Cabinet;
use crate::served::{Served, plain};
use crate::staged::Staged;
use crate::wire::{Caller, Reply};

const CONTROLS: [&str; 7] = ["clock", "limit", "campaign", "business", "force", "revoke", "reset"];

/// What makes two answers the same to a caller: all but the moment and the trace.
fn told(reply: &Reply) -> (u16, String, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| !["date", "traceparent"].contains(&name.as_str()));
    (reply.status, reply.reason.clone(), headers.cloned().collect(), reply.body.clone())
}

#[test]
fn every_control_is_listed_with_a_body_that_works() {
    let staged = Staged::new();
    let listed = Caller::connect(staged.address("controls_url")).ask("GET /demo HTTP/1.1\r\nHost: x\r\n\r\n");
    let listed: Value = serde_json::from_str(&listed.body).unwrap();
    let controls = listed["controls"].as_array().unwrap();
    for control in controls {
        let body = control["body"].as_str().unwrap().replace('…', staged.key("Read only"));
        staged.control(control["path"].as_str().unwrap().strip_prefix("/demo/").unwrap(), &body);
    }
    let paths: Vec<_> = controls.iter().map(|control| control["path"].as_str().unwrap()).collect();
    for control in CONTROLS {
        assert!(paths.contains(&format!("/demo/{control}").as_str()), "{control}");
    }
}

#[test]
fn keys_and_tokens_expire_with_the_clock_and_live_again_after_a_reset() {
    let staged = Staged::new();
    let (month, token) = (staged.credential("For 30 days"), staged.bearer());
    assert_eq!(staged.campaigns(&month).status, 200);
    staged.control("clock", r#"{"advance":"31d"}"#);
    staged.campaigns(&month).is_error(401, "UNAUTHORIZED", "Api-Key token is expired");
    assert_eq!(staged.campaigns(&token).status, 200);
    staged.control("clock", r#"{"advance":"365d"}"#);
    staged.campaigns(&token).is_error(403, "FORBIDDEN", "OAuth token is invalid");
    assert_eq!(staged.campaigns(&staged.credential("Full access")).status, 200);
    staged.control("reset", "");
    assert_eq!([month, token].map(|credential| staged.campaigns(&credential).status), [200, 200]);
}

#[test]
fn everything_tells_the_time_that_was_set() {
    let staged = Staged::new();
    let said = staged.control("clock", r#"{"set":"2031-05-01T12:00:05+03:00"}"#);
    assert_eq!(said["now"], "2031-05-01T09:00:05Z");
    let reply = staged.campaigns(&staged.credential("Full access"));
    assert_eq!(reply.header("x-ratelimit-resource-until"), Some("Thu, 01 May 2031 10:00:00 GMT"));
    let body: Value = serde_json::from_str(&staged.prices("").body).unwrap();
    assert!(
        body["result"]["offers"][0]["updatedAt"].as_str().unwrap().starts_with("2031-05-01T09:"),
        "{body}"
    );
    assert_eq!(staged.demo.ask("ops_url", "GET", "/readyz", &[]).status, 200, "no change was missed");
    let full = plain(staged.key("Full access"));
    eventually("the header Date", || {
        let info = Caller::connect(staged.address("api_url")).ask(&full);
        info.header("date").unwrap().starts_with("Thu, 01 May 2031 09:")
    });
}

#[test]
fn a_sign_in_ends_with_the_clock() {
    let staged = Staged::new();
    let (owner, base) = (&staged.demo.said["accounts"][0], staged.address("base_url"));
    let form = format!("login=owner&password={}", owner["password"].as_str().unwrap());
    let length = form.len();
    let reply = Caller::connect(base).ask(format!(
        "POST /login HTTP/1.1\r\nHost: {base}\r\nSec-Fetch-Site: same-origin\r\nOrigin: http://{base}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    ));
    assert_eq!(reply.status, 303, "{reply:?}");
    let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies = cookies.map(|(_, value)| value.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let visit = || {
        let request = format!("GET /account/security HTTP/1.1\r\nHost: {base}\r\nCookie: {cookies}\r\n\r\n");
        Caller::connect(base).ask(request).status
    };
    assert_eq!(visit(), 200);
    staged.control("clock", r#"{"advance":"400d"}"#);
    assert_eq!(visit(), 303, "to the form again");
}

#[test]
fn a_limit_is_filled_and_full_again_in_the_next_window() {
    let staged = Staged::new();
    let key = staged.credential("Full access");
    let said = staged.control("limit", r#"{"operation":"getCampaigns","remaining":2}"#);
    assert_eq!((&said["limit"], &said["remaining"]), (&json!(1000), &json!(2)));
    assert_eq!([(); 2].map(|()| staged.campaigns(&key).remaining()), [Some(1), Some(0)]);
    let business = staged.business;
    let message = format!(
        "Hit rate limit of 1000 requests per 1 hour for resource /campaigns.json for businessId {business}"
    );
    let refused = staged.campaigns(&key);
    refused.is_error(420, "METHOD_FAILURE", &message);
    assert_eq!(refused.remaining(), Some(0));
    assert_eq!(staged.campaigns(&staged.bearer()).status, 200, "of a person a limit of their own");
    staged.control("clock", r#"{"advance":"1h"}"#);
    assert_eq!(staged.campaigns(&key).remaining(), Some(999));
}

#[test]
fn a_limit_is_filled_for_whom_it_is_counted() {
    let staged = Staged::new();
    let [north, south] = staged.campaigns;
    staged.control("limit", r#"{"operation":"getCampaigns","entity":{"account":"owner"}}"#);
    assert_eq!(staged.campaigns(&staged.bearer()).status, 420);
    assert_eq!(staged.campaigns(&staged.credential("Full access")).status, 200);
    let of_store = json!({"operation": "getPrices", "entity": {"campaign": south}}).to_string();
    staged.control("limit", &of_store);
    let prices = |store: i64| {
        staged.ask(&format!("GET /v2/campaigns/{store}/offer-prices"), &staged.credential("Full access"))
    };
    assert_eq!([north, south].map(|store| prices(store).status), [200, 420]);
    let of_cabinet =
        json!({"operation": "getBusinessSettings", "entity": {"business": staged.business}}).to_string();
    staged.control("limit", &of_cabinet);
    let settings = format!("POST /v2/businesses/{}/settings", staged.business);
    assert_eq!(staged.ask(&settings, &staged.credential("Full access")).status, 420);
}

#[test]
fn a_store_is_switched_off_and_on() {
    let staged = Staged::new();
    let [north, south] = staged.campaigns;
    staged.control("campaign", r#"{"availability":"MANUALLY_DISABLED"}"#);
    staged.prices("").is_error(403, "API_DISABLED", &format!("API for campaign {north} manually disabled."));
    let other = json!({"campaign": south, "availability": "DISABLED_BY_INACTIVITY"}).to_string();
    staged.control("campaign", &other);
    let key = staged.key("Full access");
    let info = staged.demo.token_info("api_url", key);
    assert!(info.status == 403 && info.body.contains("it has only disabled partners"), "{}", info.body);
    staged.control("campaign", r#"{"availability":"AVAILABLE"}"#);
    assert_eq!((staged.prices("").status, staged.demo.token_info("base_url", key).status), (200, 200));
}

#[test]
fn a_forced_420_looks_exactly_like_a_real_one_and_costs_nothing() {
    let staged = Staged::new();
    let ask = |operation: &str| match operation {
        "getPrices" => staged.prices(""),
        "getCampaigns" => staged.campaigns(&staged.credential("Full access")),
        _ => staged.ask("POST /v2/auth/token", &staged.credential("Full access")),
    };
    for operation in ["getPrices", "getCampaigns", "getAuthTokenInfo"] {
        let ask = || ask(operation);
        let before = ask().remaining().unwrap();
        staged.control("limit", &json!({"operation": operation, "remaining": 0}).to_string());
        let real = told(&ask());
        assert_eq!(real.0, 420);
        staged.control("limit", &json!({"operation": operation, "remaining": before}).to_string());
        staged.control("force", &json!({"operation": operation, "status": 420, "times": 3}).to_string());
        for _ in 0..3 {
            assert_eq!(told(&ask()), real, "{operation}");
        }
        let after = ask();
        assert_eq!(after.status, 200, "{operation}");
        assert!(
            after.remaining().unwrap() + 1 >= before,
            "{operation}: {} of {before}",
            after.remaining().unwrap()
        );
    }
}

#[test]
fn a_forced_error_comes_from_the_upstream_and_costs_nothing() {
    let staged = Staged::new();
    staged.control("force", r#"{"operation":"getPrices","status":500,"times":2}"#);
    let first = staged.prices("");
    first.is_error(500, "INTERNAL_SERVER_ERROR", "The stub was asked for 500 Internal Server Error");
    assert_eq!([(); 2].map(|()| staged.prices("").status), [500, 200]);
    assert_eq!(staged.prices("").remaining(), Some(149_999), "one price was paid for");
    staged.control("force", r#"{"operation":"getPrices","status":404}"#);
    assert_eq!([(); 2].map(|()| staged.prices("").status), [404, 200]);
    staged.control("force", r#"{"operation":"getPrices","status":503,"times":9}"#);
    staged.control("force", r#"{"operation":"getPrices","status":503,"times":0}"#);
    assert_eq!(staged.prices("").status, 200, "undone");
}

#[test]
fn a_key_and_a_token_end_as_if_deleted_and_live_again_after_a_reset() {
    let staged = Staged::new();
    let (full, token) = (staged.credential("Full access"), staged.bearer());
    let key = json!({"token": staged.key("Full access")}).to_string();
    assert_eq!(staged.control("revoke", &key), json!({"ended": "key"}));
    staged.campaigns(&full).is_error(401, "UNAUTHORIZED", "Api-Key token is revoked");
    for listener in ["base_url", "api_url"] {
        assert_eq!(staged.demo.token_info(listener, staged.key("Full access")).status, 401);
    }
    assert_eq!(staged.campaigns(&staged.credential("Read only")).status, 200);
    let bearer = json!({"token": staged.demo.said["oauth_token"]}).to_string();
    assert_eq!(staged.control("revoke", &bearer), json!({"ended": "token"}));
    staged.campaigns(&token).is_error(403, "FORBIDDEN", "OAuth token is invalid");
    staged.control("reset", "");
    assert_eq!([full, token].map(|credential| staged.campaigns(&credential).status), [200, 200]);
}

#[test]
fn the_cabinet_has_another_subscription_and_is_of_another_kind() {
    let staged = Staged::new();
    let key = staged.credential("Full access");
    let ask = || {
        let body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        let head = format!(
            "POST /v2/campaigns/{}/offer-prices HTTP/1.1\r\nHost: x\r\n{key}{body}",
            staged.campaigns[0]
        );
        Caller::connect(staged.address("api_url")).ask(head)
    };
    let limit = |reply: &Reply| reply.header("x-ratelimit-resource-limit").map(str::to_owned);
    assert_eq!(limit(&ask()).as_deref(), Some("10000"));
    staged.control("business", r#"{"subscription":"medium"}"#);
    assert_eq!(limit(&ask()).as_deref(), Some("100000"));
    let said = staged.control("business", r#"{"kind":"urbanads"}"#);
    assert_eq!((&said["subscription"], &said["kind"]), (&json!("medium"), &json!("urbanads")));
    assert_eq!(ask().status, 403);
    staged.control("reset", "");
    assert_eq!(limit(&ask()).as_deref(), Some("10000"));
}

#[test]
fn a_reset_goes_back_to_the_beginning() {
    let staged = Staged::new();
    staged.control("reset", "");
    let key = staged.credential("Full access");
    let now = || {
        serde_json::from_str::<Value>(&staged.demo.ask("ops_url", "GET", "/demo", &[]).body).unwrap()["now"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let beginning = now();
    staged.control("clock", r#"{"advance":"400d"}"#);
    staged.control("limit", r#"{"operation":"getCampaigns"}"#);
    staged.control("force", r#"{"operation":"getPrices","status":500,"times":100}"#);
    staged.control("force", r#"{"operation":"getAuthTokenInfo","status":420,"times":100}"#);
    for id in staged.campaigns {
        staged.control("campaign", &json!({"campaign": id, "availability": "MANUALLY_DISABLED"}).to_string());
    }
    staged.control("reset", "{}");
    assert_eq!(now()[..10], beginning[..10], "but for a test at midnight");
    assert_eq!(staged.campaigns(&key).remaining(), Some(999));
    assert_eq!(staged.prices("").status, 200);
    for key in staged.demo.said["keys"].as_array().unwrap() {
        assert_eq!(staged.demo.token_info("api_url", key["token"].as_str().unwrap()).status, 200, "{key}");
    }
}

#[test]
fn what_a_control_cannot_do_is_said_in_a_sentence() {
    let staged = Staged::new();
    for (control, body, status, told) in [
        (
            "clock",
            "",
            400,
            r#"the body is no JSON: send one like {"advance":"1h"} or {"set":"2027-01-01T00:00:00Z"}; GET /demo says"#,
        ),
        ("clock", "advance=1h", 400, "the body is no JSON: send one like"),
        (
            "clock",
            r#"{"forward":"1h"}"#,
            400,
            r#"the body has a field too many or too few, or a value of another kind than is expected: send one like {"advance":"1h"}"#,
        ),
        ("clock", r#"{"advance":"soon"}"#, 400, "'soon' is no duration"),
        ("clock", r#"{"set":"tomorrow"}"#, 400, "'tomorrow' is no moment"),
        (
            "clock",
            r#"{"advance":"1h","set":"2027-01-01T00:00:00Z"}"#,
            400,
            "neither or both of advance and set",
        ),
        (
            "clock",
            r#"{"set":"1999-01-01T00:00:00Z"}"#,
            400,
            "the clock goes from 2000-01-01T00:00:00Z to 2100",
        ),
        ("clock", r#"{"advance":"36500d"}"#, 400, "the clock goes from"),
        ("limit", r#"{"operation":"getNothing"}"#, 404, "there is no operation getNothing"),
        (
            "limit",
            r#"{"operation":"getPrices","remaining":-1}"#,
            400,
            r#"send one like {"operation":"getPrices","remaining":0};"#,
        ),
        (
            "limit",
            r#"{"operation":"getPrices","entity":{"business":1}}"#,
            400,
            "getPrices is counted for a store",
        ),
        ("limit", r#"{"operation":"getPrices","entity":{"campaign":1}}"#, 400, "there is no campaign 1"),
        ("limit", r#"{"operation":"getCampaigns","entity":{"business":1}}"#, 400, "there is no business 1"),
        ("limit", r#"{"operation":"getCampaigns","entity":{"account":"nobody"}}"#, 400, "nobody"),
        ("campaign", r#"{"availability":"OFF"}"#, 400, "'OFF' is no"),
        ("campaign", r#"{"campaign":1,"availability":"AVAILABLE"}"#, 400, "there is no campaign 1"),
        ("business", r#"{"subscription":"large"}"#, 400, "'large' is no subscription"),
        (
            "force",
            r#"{"operation":"getPrices"}"#,
            400,
            r#"send one like {"operation":"updatePrices","status":420,"times":3};"#,
        ),
        ("force", r#"{"operation":"getPrices","status":200}"#, 400, "status is 200"),
        ("force", r#"{"operation":"getCampaigns","status":500}"#, 400, "answered by marketpass itself"),
        ("force", r#"{"operation":"getPrices","status":500,"times":2000000}"#, 400, "at most 1000000"),
        ("revoke", r#"{"token":"y0_nobodys"}"#, 404, "no key and no OAuth token is that"),
        ("everything", "{}", 404, "this is no control"),
    ] {
        let (given, said) = staged.press(control, body);
        let sentence = said["error"].as_str().unwrap();
        assert!(given == status && sentence.contains(told), "{control} {body}: {given} {sentence}");
    }
    let wrong_verb = staged.demo.ask("ops_url", "GET", "/demo/clock", &[]);
    assert!(
        wrong_verb.status == 405 && wrong_verb.body.contains("this is no control"),
        "{}",
        wrong_verb.body
    );
}

#[test]
fn pages_of_other_sites_move_nothing() {
    let staged = Staged::new();
    for origin in ["https://example.org", "null"] {
        let request = format!(
            "POST /demo/revoke HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let reply = Caller::connect(staged.address("controls_url")).ask(request);
        assert!(reply.status == 403 && reply.body.contains("not for pages"), "{reply:?}");
    }
}

#[test]
fn controls_are_on_the_operations_listener_of_a_demonstration_and_nowhere_else() {
    let staged = Staged::new();
    let served = Served::on(Cabinet::new(), &["--api-listen", "127.0.0.1:0"]);
    let of_server =
        ["listen", "api_listen", "ops_listen"].map(|name| served.server.said[name].as_str().unwrap());
    let of_demo = ["base_url", "api_url"].map(|name| staged.address(name));
    for address in of_server.into_iter().chain(of_demo) {
        for path in CONTROLS.iter().map(|control| format!("/demo/{control}")).chain(["/demo".to_owned()]) {
            for verb in ["GET", "POST"] {
                let request = format!("{verb} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
                assert_eq!(Caller::connect(address).ask(request).status, 404, "{verb} {address}{path}");
            }
        }
    }
    let stubbed = format!(
        "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nX-Stub-Status: 500\r\nApi-Key: {}\r\n\r\n",
        served.token
    );
    assert_eq!(served.ask(stubbed).status, 200, "nor is there a stub");
}
