//! What a decision costs a service that decides for itself, for credentials that it remembers.
//!
//! Owns the histogram. A decision is everything but HTTP: routing, names, the digest, the rules, a slot, a point. Those few
//! for which points have to be borrowed first are counted apart.

use std::fs;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::process::Command;
use std::task::Poll;
use std::time::Instant;

use http::{HeaderMap, HeaderValue};
use marketpass_tower::{Asked, Gate, GateOptions};

use crate::keys::{Keys, WIDTH};
use crate::report::{Report, quantile};

const REMEMBERED: usize = 1000;
const DECISIONS: usize = 1_000_000;

/// Measures against the server at this address.
pub(crate) fn measure(
    marketpass: &Path,
    server: &str,
    keys: &Keys,
    report: &mut Report,
) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let printed = Command::new(marketpass)
        .args(["gateway", "secret"])
        .env("MARKETPASS__DATA__DIR", &keys.data_dir)
        .output()
        .map_err(failed)?;
    let secret = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let options = GateOptions::new(&format!("http://{server}"), secret).map_err(|error| error.to_string())?;
    let tokens = fs::read(&keys.tokens).map_err(failed)?;
    let headers: Vec<HeaderMap> = tokens.chunks(WIDTH).take(REMEMBERED).filter_map(head).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let (mut nanos, borrowed) = runtime.map_err(failed)?.block_on(decide(options, &headers))?;
    nanos.sort_unstable();
    for (name, share) in [("p50", 500), ("p99", 990), ("p999", 999)] {
        report.add(format!("tower_decision_{name}"), quantile(&nanos, share), "ns");
    }
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    report.add("tower_borrowed_share", borrowed as f64 / DECISIONS as f64, "");
    Ok(())
}

fn head(token: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert("api-key", HeaderValue::from_bytes(token).ok()?);
    headers.insert("accept", HeaderValue::from_static("application/json"));
    headers.insert("user-agent", HeaderValue::from_static("bench"));
    Some(headers)
}

async fn decide(options: GateOptions, headers: &[HeaderMap]) -> Result<(Vec<u32>, usize), String> {
    let gate = Gate::connect(options);
    gate.ready().await;
    let asked = |headers| Asked {
        verb: "GET",
        path: "/v2/delivery/services",
        query: None,
        headers,
        from: Some(std::net::Ipv4Addr::LOCALHOST.into()),
    };
    for headers in headers {
        let admitted = gate.admit(&asked(headers), b"").await;
        admitted.map_err(|refusal| format!("a decision was {}", refusal.status()))?;
    }
    let (mut nanos, mut borrowed) = (Vec::with_capacity(DECISIONS), 0);
    for number in 0..DECISIONS {
        // Far enough from one to the next that no cache is flattered.
        let asked = asked(&headers[number * 7919 % headers.len()]);
        let began = Instant::now();
        let mut decision = pin!(gate.admit(&asked, b""));
        let at_once = poll_fn(|cx| Poll::Ready(decision.as_mut().poll(cx))).await;
        let took = began.elapsed();
        let admitted = match at_once {
            Poll::Ready(admitted) => {
                nanos.push(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
                admitted
            }
            Poll::Pending => {
                borrowed += 1;
                decision.await
            }
        };
        admitted.map_err(|refusal| format!("a decision was {}", refusal.status()))?;
        if number % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok((nanos, borrowed))
}
