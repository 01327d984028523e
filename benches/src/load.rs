//! The load: wrk with one thread and 64 connections on a core of its own.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::keys::Keys;
use crate::processes::{LOAD_CORE, Server};

/// What one round of load found.
pub(crate) struct Round {
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) cpu_us: f64,
}

/// What is asked, with a key for each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// Verb and target.
    pub(crate) line: &'static str,
    /// The header lines but `Host` and `Api-Key`, with `|` between them; one at least.
    pub(crate) headers: &'static str,
}

/// Asks token-info.
pub(crate) const TOKEN_INFO: Question =
    Question { line: "POST /v2/auth/token", headers: "Content-Length: 0" };

/// Asks for some seconds. Any answer but 200, and any broken connection, fails the run.
pub(crate) fn round(
    server: &Server,
    address: &str,
    question: Question,
    keys: &Keys,
    seconds: u32,
) -> Result<Round, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wrk/keyed.lua");
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", LOAD_CORE, "wrk", "-t1", "-c64", &format!("-d{seconds}s"), "-s"])
        .arg(script)
        .arg(format!("http://{address}"))
        .arg("--")
        .arg(&keys.tokens)
        .arg(keys.count.to_string())
        .args([question.line, question.headers]);
    measured(server, wrk)
}

/// Asks as Envoy does over gRPC, likewise.
pub(crate) fn grpc_round(
    this: &Path,
    server: &Server,
    address: &str,
    keys: &Keys,
    seconds: u32,
) -> Result<Round, String> {
    let mut load = Command::new("taskset");
    load.args(["-c", LOAD_CORE])
        .arg(this)
        .args(["grpc-load", address])
        .arg(&keys.tokens)
        .arg(seconds.to_string());
    measured(server, load)
}

/// Runs a load to its end, and reads what it prints of itself.
fn measured(server: &Server, mut load: Command) -> Result<Round, String> {
    let cpu_before = server.cpu_seconds()?;
    let output = load
        .output()
        .map_err(|error| format!("the load could not be started ({error}): install Debian's package wrk"))?;
    let cpu = server.cpu_seconds()? - cpu_before;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| serde_json::from_str::<Value>(line.strip_prefix("JSON ")?).ok());
    let found = found.ok_or_else(|| {
        format!("the load did not finish: {text}{}", String::from_utf8_lossy(&output.stderr))
    })?;
    let figure = |name: &str| found[name].as_f64().unwrap_or(f64::NAN);
    if figure("refused") != 0.0 || figure("broken") != 0.0 {
        return Err(format!("not every answer was 200: {found}"));
    }
    let requests = figure("requests");
    Ok(Round {
        per_second: requests / figure("microseconds") * 1e6,
        p50_us: figure("p50_us"),
        p99_us: figure("p99_us"),
        cpu_us: cpu * 1e6 / requests,
    })
}
