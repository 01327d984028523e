//! What the upstream sees of a request.

use axum::Router;
use axum::extract::Request;
use mp_gateway::UpstreamParts;

use crate::wire::Answer;
use crate::world::{Gate, RawUpstream, gate, gate_before, get, parts, request, serve};

/// An upstream that answers with the head it got, a line for each field.
fn mirror() -> Router {
    Router::new().fallback(|request: Request| async move {
        let mut lines: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        lines.sort();
        format!("{} {} {:?}\n{}", request.method(), request.uri(), request.version(), lines.join("\n"))
    })
}

async fn seen(gate: &Gate, request: impl AsRef<[u8]>) -> Vec<String> {
    let answer = gate.ask(request).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    answer.text().lines().map(str::to_owned).collect()
}

/// What is set on every request.
const SET: [&str; 10] = [
    "forwarded: for=192.0.2.7;proto=https;host=\"api.example.org\"",
    "x-auth-business: 12345",
    "x-auth-campaigns: *",
    "x-auth-operation: getPrices",
    "x-auth-scope: pricing",
    "x-auth-subject: key:7",
    "x-forwarded-for: 192.0.2.7",
    "x-forwarded-host: api.example.org",
    "x-forwarded-proto: https",
    "host",
];

/// What the upstream sees beyond what is always set.
async fn passed(gate: &Gate, headers: &str) -> Vec<String> {
    let lines = seen(gate, request("GET", "/", headers)).await;
    let is_set = |line: &&String| SET[..9].contains(&line.as_str()) || line.starts_with("host: ");
    let (set, passed): (Vec<_>, Vec<_>) = lines[1..].iter().partition(is_set);
    assert_eq!(set.len(), SET.len(), "{lines:?}");
    passed.into_iter().cloned().collect()
}

#[tokio::test]
async fn a_request_arrives_as_it_was_asked_and_says_whose_it_is() {
    let address = serve(mirror()).await;
    let gate = gate(parts(&format!("http://{address}"))).await;
    let asked = request("GET", "/v2/x?a=b%20c&d", "Accept: a\r\nAccept: b\r\nX-Business-Id: 5\r\n");
    let lines = seen(&gate, asked).await;
    assert_eq!(lines[0], "GET /v2/x?a=b%20c&d HTTP/1.1");
    let host = format!("host: {address}");
    let mut expected: Vec<_> =
        SET[..9].iter().copied().chain(["accept: a", "accept: b", "x-business-id: 5", &host]).collect();
    expected.sort_unstable();
    assert_eq!(lines[1..], expected);
}

#[tokio::test]
async fn every_verb_passes_and_every_version_becomes_one() {
    let gate = gate_before(mirror()).await;
    for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        let lines = seen(&gate, request(verb, "/x", "Content-Length: 0\r\n")).await;
        assert_eq!(lines[0], format!("{verb} /x HTTP/1.1"));
        let is_announced = lines.contains(&"content-length: 0".to_owned());
        assert_eq!(is_announced, ["POST", "PUT", "PATCH"].contains(&verb), "{lines:?}");
    }
    let old = seen(&gate, "GET /x HTTP/1.0\r\nHost: api.example.org\r\n\r\n").await;
    assert_eq!(old[0], "GET /x HTTP/1.1");
    let absolute =
        seen(&gate, "GET http://api.example.org/x HTTP/1.1\r\nHost: api.example.org\r\n\r\n").await;
    assert_eq!(absolute[0], "GET /x HTTP/1.1");
}

#[tokio::test]
async fn an_upstream_is_told_a_host_even_where_the_caller_names_none() {
    let url = format!("http://{}", serve(mirror()).await);
    for preserve_host in [false, true] {
        let gate = gate(UpstreamParts { preserve_host, ..parts(&url) }).await;
        let lines = seen(&gate, "GET /x HTTP/1.0\r\n\r\n").await;
        let host = url.replace("http://", "host: ");
        assert!(lines.contains(&host), "{lines:?}");
    }
}

#[tokio::test]
async fn what_is_no_path_goes_nowhere() {
    let gate = gate_before(mirror()).await;
    for asked in ["OPTIONS * HTTP/1.1", "CONNECT elsewhere:443 HTTP/1.1"] {
        let answer = gate.ask(format!("{asked}\r\nHost: api.example.org\r\n\r\n")).await;
        answer.is_error(404, "NOT_FOUND", "Resource not found");
    }
}

#[tokio::test]
async fn a_request_nobody_admitted_goes_nowhere() {
    let gate = gate_before(mirror()).await;
    let answer = gate.ask(request("GET", "/", "X-Test-Unadmitted: 1\r\nX-Auth-Subject: key:1\r\n")).await;
    let message = "Internal server error. Please, try again later";
    answer.is_error(500, "INTERNAL_SERVER_ERROR", message);
}

#[tokio::test]
async fn nobody_poses_as_marketpass() {
    let gate = gate_before(mirror()).await;
    for lie in [
        "X-Auth-Subject: key:1\r\nX-Auth-Subject: key:2",
        "x-auth-scope: all-methods",
        "X_Auth_Subject: key:1",
        "X-Auth_Subject: key:1",
        "X_AUTH-SUBJECT: key:1",
        "X.Auth.Subject: key:1",
        "X-Auth-Anything: 1",
        "Connection: X-Auth-Subject, x-auth-business, Host, X-Forwarded-For",
    ] {
        assert_eq!(passed(&gate, &format!("{lie}\r\n")).await, [""; 0], "{lie}");
    }
}

#[tokio::test]
async fn credentials_stay_here() {
    let gate = gate_before(mirror()).await;
    let secrets =
        "Api-Key: a\r\nAuthorization: Bearer y0_a\r\nCookie: s=a\r\nProxy-Authorization: Basic a\r\n";
    assert_eq!(passed(&gate, secrets).await, [""; 0]);
    assert_eq!(passed(&gate, "API-KEY: a\r\napi-key: b\r\nApi_Key: a\r\n").await, [""; 0]);
}

#[tokio::test]
async fn where_a_request_comes_from_is_said_by_marketpass() {
    let gate = gate_before(mirror()).await;
    for lie in [
        "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Prefix: /evil",
        "Forwarded: for=10.0.0.1",
        "X-Real-IP: 10.0.0.1",
        "X_Forwarded_For: 10.0.0.1",
    ] {
        assert_eq!(passed(&gate, &format!("{lie}\r\n")).await, [""; 0], "{lie}");
    }
}

#[tokio::test]
async fn nothing_names_another_verb_or_path_than_was_judged() {
    let gate = gate_before(mirror()).await;
    for name in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Original-URL",
        "X-Original-Method",
        "X-Rewrite-URL",
    ] {
        assert_eq!(passed(&gate, &format!("{name}: DELETE\r\n")).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn what_belongs_to_the_connection_ends_with_it() {
    let gate = gate_before(mirror()).await;
    let own = "Connection: close, X-Own\r\nX-Own: 1\r\nX-Else: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n\
               Proxy-Connection: keep-alive\r\nUpgrade: websocket\r\nHTTP2-Settings: AAMAAABk\r\nTrailer: X-Sum\r\n";
    assert_eq!(passed(&gate, own).await, ["x-else: 1"]);
}

#[tokio::test]
async fn the_callers_trace_goes_on() {
    let gate = gate_before(mirror()).await;
    let line = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(passed(&gate, &format!("{line}\r\n")).await, [line]);
}

#[tokio::test]
async fn a_prefix_and_the_callers_host_are_settings() {
    let address = serve(mirror()).await;
    let own = parts(&format!("http://{address}/market/"));
    let lines = seen(&gate(own.clone()).await, get("/v2/x?y")).await;
    assert_eq!(lines[0], "GET /market/v2/x?y HTTP/1.1");
    assert!(lines.contains(&format!("host: {address}")));
    let preserving = gate(UpstreamParts { preserve_host: true, ..own }).await;
    assert!(seen(&preserving, get("/")).await.contains(&"host: api.example.org".to_owned()));
}

#[tokio::test]
async fn a_smuggled_request_stays_in_its_body() {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    let smuggled = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
    let body = format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
    let asked = request("POST", "/v2/x", "Transfer-Encoding: chunked\r\n") + &body;
    let answered = async {
        let mut connection = upstream.accept().await;
        let head: Answer = connection.head().await;
        assert_eq!(head.header("content-length"), Some(smuggled.len().to_string().as_str()));
        assert_eq!(connection.bytes(smuggled.len()).await, smuggled.as_bytes());
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        assert!(connection.unread.is_empty(), "one request came, and not a byte more");
    };
    let (answer, ()) = tokio::join!(gate.ask(asked), answered);
    assert_eq!(answer.status(), 200);
}
