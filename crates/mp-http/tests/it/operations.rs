//! The operations listener (product.md §2).

use mp_http::{Addresses, Server};

use crate::wire::{Answer, Caller};
use crate::world::{World, bearer, plain, request};

async fn fetch(world: &World, path: &str) -> Answer {
    let mut caller = Caller::connect(world.addresses.ops_listen).await;
    caller.ask(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_says_so() {
    let world = World::new().await;
    let alive = fetch(&world, "/healthz").await;
    assert_eq!((alive.status, alive.body.as_str()), (200, "ok"));
    let ready = fetch(&world, "/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, r#"{"ready":true,"reasons":[]}"#));
    assert_eq!(fetch(&world, "/v2/auth/token").await.status, 404, "the API is elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_tell_what_was_decided() {
    let world = World::new().await;
    let token = world.key("ERP").await.token;
    assert_eq!(world.ask(plain(token.expose())).await.status, 200);
    assert_eq!(world.ask(plain("ACMA:")).await.status, 401);
    let (_, token) = world.token().await;
    assert_eq!(world.ask(request("GET", "/v2/campaigns", &bearer(&token))).await.status, 200);
    assert_eq!(
        world.ask(request("GET", "/v2/campaigns", "Authorization: Bearer y0_x\r\n")).await.status,
        403
    );
    let metrics = fetch(&world, "/metrics").await;
    for line in [
        r#"marketpass_decisions_total{operation="getAuthTokenInfo",reason="allowed"} 1"#,
        r#"marketpass_decisions_total{operation="getAuthTokenInfo",reason="length_invalid"} 1"#,
        r#"marketpass_decisions_total{operation="getCampaigns",reason="allowed"} 1"#,
        r#"marketpass_oauth_decisions_total{reason="allowed"} 1"#,
        r#"marketpass_oauth_decisions_total{reason="oauth_token_unknown"} 1"#,
        r#"marketpass_oauth_decisions_total{reason="oauth_logged_out"} 0"#,
        r#"marketpass_key_lookups_total{result="known"} 1"#,
        r#"marketpass_key_lookups_total{result="unknown"} 0"#,
        "marketpass_check_duration_seconds_count 4",
        r#"marketpass_check_duration_seconds_bucket{le="+Inf"} 4"#,
        "marketpass_secrets 1",
        "marketpass_oauth_tokens 1",
        "marketpass_limit_counters 2",
        "marketpass_limits_scale 1.0",
        r#"marketpass_store_transactions_total{transaction="create_api_key"} 1"#,
        r#"marketpass_store_transactions_failed_total{transaction="create_api_key"} 0"#,
        concat!("marketpass_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "# EOF",
    ] {
        assert!(metrics.body.lines().any(|shown| shown == line), "{line} in\n{}", metrics.body);
    }
    assert!(!metrics.body.contains(token.expose()), "no secret");
    let time = r#"marketpass_store_transaction_seconds_total{transaction="create_api_key"} 0."#;
    assert!(metrics.body.contains(time), "{}", metrics.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_an_error_that_names_the_setting() {
    let world = World::new().await;
    let any = "127.0.0.1:0".parse().unwrap();
    let taken = world.addresses.ops_listen;
    let wanted = Addresses { listen: any, api_listen: None, ops_listen: taken, extauthz_listen: None };
    let message = Server::bind(wanted).await.unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "cannot listen on {taken} (ops.listen): Address already in use (os error 98); \
             stop the program that uses it or choose another port"
        )
    );
}
