//! What Envoy asks over gRPC, over and over: calls of `envoy.service.auth.v3.Authorization/Check` with keys drawn uniformly.
//!
//! Owns the load and what it finds. It is started as a process of its own, so that it has a core of its own.

use std::fs;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use http::{Request, StatusCode};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::keys::WIDTH;
use crate::report::{Report, quantile};

/// As many calls under way as wrk has connections, over as many connections as a few workers of Envoy hold.
const CONNECTIONS: u64 = 4;
const AT_ONCE: u64 = 16;
const METHOD: &str = "/envoy.service.auth.v3.Authorization/Check";
/// No answer is longer.
const MOST: usize = 64 * 1024;

/// Asks this address for so many seconds with keys from this file, and prints one JSON object.
pub(crate) fn run(address: &str, tokens: &str, seconds: &str) -> Result<Report, String> {
    let tokens: Bytes = fs::read(tokens).map_err(|error| error.to_string())?.into();
    let seconds = seconds.parse().map_err(|_| format!("'{seconds}' is no number of seconds"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let began = Instant::now();
    let mut micros = runtime.block_on(ask(address, &tokens, Duration::from_secs(seconds)))?;
    let took = began.elapsed();
    micros.sort_unstable();
    let found = json!({
        "requests": micros.len(),
        "microseconds": took.as_micros(),
        "refused": 0,
        "broken": 0,
        "p50_us": quantile(&micros, 500),
        "p99_us": quantile(&micros, 990),
    });
    println!("JSON {found}");
    Ok(Report::default())
}

async fn ask(address: &str, tokens: &Bytes, for_so_long: Duration) -> Result<Vec<u32>, String> {
    let until = Instant::now() + for_so_long;
    let mut callers = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let shaken = handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, driven) = shaken.map_err(|error| error.to_string())?;
        tokio::spawn(driven);
        for caller in 0..AT_ONCE {
            let seed = 1 + connection * AT_ONCE + caller;
            callers.spawn(keep_asking(sender.clone(), address.to_owned(), tokens.clone(), seed, until));
        }
    }
    let mut micros = Vec::new();
    while let Some(asked) = callers.join_next().await {
        micros.extend(asked.map_err(|error| error.to_string())??);
    }
    Ok(micros)
}

async fn keep_asking(
    mut sender: SendRequest<Body>,
    address: String,
    tokens: Bytes,
    seed: u64,
    until: Instant,
) -> Result<Vec<u32>, String> {
    let uri = format!("http://{address}{METHOD}");
    let (mut micros, mut state) = (Vec::new(), seed.wrapping_mul(88_172_645_463_325_252));
    let count = (tokens.len() / WIDTH) as u64;
    while Instant::now() < until {
        for (left, right) in [(13, 0), (0, 7), (17, 0)] {
            state ^= if left > 0 { state << left } else { state >> right };
        }
        let place = usize::try_from(state % count).expect("it is below the number of tokens") * WIDTH;
        let message = check_request(&tokens[place..place + WIDTH]);
        let request = Request::post(&uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(message.into())
            .map_err(|error| error.to_string())?;
        let asked_at = Instant::now();
        sender.ready().await.map_err(|error| error.to_string())?;
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), MOST).await.map_err(|error| error.to_string())?;
        micros.push(u32::try_from(asked_at.elapsed().as_micros()).unwrap_or(u32::MAX));
        if status != StatusCode::OK || !lets_pass(&body) {
            return Err(format!("a call was not let pass: {status} {body:?}"));
        }
    }
    Ok(micros)
}

/// The message in its frame, as Envoy fills it in for a call with this key.
fn check_request(key: &[u8]) -> Vec<u8> {
    let source = field(1, &field(1, &field(1, &field(2, b"127.0.0.1"))));
    let header = |name: &[u8], value: &[u8]| field(3, &[field(1, name), field(2, value)].concat());
    let http = [
        field(2, b"GET"),
        header(b":authority", b"localhost"),
        header(b":method", b"GET"),
        header(b":path", b"/v2/delivery/services"),
        header(b"accept", b"application/json"),
        header(b"api-key", key),
        field(4, b"/v2/delivery/services"),
    ];
    let attributes = [source, field(4, &field(2, &http.concat()))].concat();
    let message = field(1, &attributes);
    let length = u32::try_from(message.len()).expect("it is short").to_be_bytes();
    [&[0][..], &length[..], &message[..]].concat()
}

/// A field of so many bytes (Protocol Buffers, "Encoding": length-delimited).
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut written = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        written.push(u8::try_from(length & 0x7f).expect("it is below 128") | 0x80);
        length >>= 7;
    }
    written.push(u8::try_from(length).expect("it is below 128"));
    written.extend_from_slice(content);
    written
}

/// Whether the answer holds `ok_response` (field 3) after its status (field 1).
fn lets_pass(frame: &[u8]) -> bool {
    let mut message = frame.get(5..).unwrap_or_default();
    if let [0x0a, length, rest @ ..] = message {
        message = rest.get(usize::from(*length)..).unwrap_or_default();
    }
    message.first() == Some(&0x1a)
}
