//! `bench gate`: what the gate costs. Forward-auth with the full catalogue against a bare axum handler that says yes to
//! everything, and the built-in proxy with every check against nginx that passes on without any, before the same upstream.
//! Envoy's door and the tower layer by themselves.
//!
//! The server that is measured has a core of its own; the load and the upstream share the other.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::add;
use crate::keys::{Keys, prepare};
use crate::load::{Question, Round, grpc_round, round};
use crate::processes::{LOAD_CORE, SERVER_CORE, Server};
use crate::report::{Report, median};
use crate::tower;

const OURS: &str = "127.0.0.1:18080";
const GATE: &str = "127.0.0.1:18083";
const OPS: &str = "127.0.0.1:18081";
const BARE: &str = "127.0.0.1:18082";
const NGINX: &str = "127.0.0.1:18084";
const EXTAUTHZ: &str = "127.0.0.1:18086";
const UPSTREAM: &str = "127.0.0.1:18085";
const SECONDS: u32 = 5;
const ROUNDS: usize = 5;

/// What nginx asks before it lets a request through.
const MAY_IT_PASS: Question = Question {
    line: "GET /forward-auth/original",
    headers: "X-Original-Method: GET|X-Original-URI: /v2/delivery/services",
};

/// An operation that marketpass does not answer itself and every access opens.
const PASS: Question = Question { line: "GET /v2/delivery/services", headers: "Accept: application/json" };

/// Measures both doors with so many keys.
pub(crate) fn run(count: usize) -> Result<Report, String> {
    let (this, marketpass, keys) = prepared(count)?;
    let mut report = Report::default();
    let upstream = nginx(LOAD_CORE, &upstream_file())?;
    let mut ours = serve(&marketpass, &keys)?;
    ours.wait_for(OPS, "/readyz")?;
    forward_auth(&this, &ours, &keys, &mut report)?;
    proxy(&ours, &keys, &mut report)?;
    ext_authz(&this, &ours, &keys, &mut report)?;
    tower::measure(&marketpass, OURS, &keys, &mut report)?;
    ours.stop();
    drop(upstream);
    Ok(report)
}

/// Measures the tower layer alone.
pub(crate) fn run_tower(count: usize) -> Result<Report, String> {
    let (_, marketpass, keys) = prepared(count)?;
    let mut report = Report::default();
    let mut ours = serve(&marketpass, &keys)?;
    ours.wait_for(OPS, "/readyz")?;
    tower::measure(&marketpass, OURS, &keys, &mut report)?;
    ours.stop();
    Ok(report)
}

/// This program, marketpass, and so many keys.
fn prepared(count: usize) -> Result<(PathBuf, PathBuf, Keys), String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let programs = this.parent().ok_or("the benchmark lies in no folder")?;
    let marketpass = programs.join("marketpass");
    let keys = prepare(&marketpass, &programs.parent().unwrap_or(programs).join("bench"), count)?;
    Ok((this, marketpass, keys))
}

fn forward_auth(this: &Path, ours: &Server, keys: &Keys, report: &mut Report) -> Result<(), String> {
    let mut bare = Server::start(SERVER_CORE, &this.to_string_lossy(), &["bare-http", BARE], &[])?;
    bare.wait_for(BARE, "/readyz")?;
    let reference = (&bare, BARE);
    compare("forward_auth", "bare", (MAY_IT_PASS, keys), reference, (ours, OURS), report)
}

fn proxy(ours: &Server, keys: &Keys, report: &mut Report) -> Result<(), String> {
    let reference = nginx(SERVER_CORE, &proxy_file())?;
    compare("proxy", "nginx", (PASS, keys), (&reference.server, NGINX), (ours, GATE), report)
}

/// What Envoy asks over gRPC. There is nothing bare to compare it with that would not be gRPC itself.
fn ext_authz(this: &Path, ours: &Server, keys: &Keys, report: &mut Report) -> Result<(), String> {
    eprintln!("measuring ext_authz with {} keys …", keys.count);
    let rounds: Result<Vec<Round>, String> =
        (0..ROUNDS).map(|_| grpc_round(this, ours, EXTAUTHZ, keys, SECONDS)).collect();
    add(report, "ext_authz_marketpass", &rounds?);
    Ok(())
}

/// Asks both in turn, several times, and adds the figures of both and the middle of the ratios: each of two rounds side by
/// side, so that a machine that is slow for a while is slow for both.
fn compare(
    door: &str,
    reference: &str,
    (question, keys): (Question, &Keys),
    (theirs, their_address): (&Server, &str),
    (ours, our_address): (&Server, &str),
    report: &mut Report,
) -> Result<(), String> {
    eprintln!("measuring {door} with {} keys …", keys.count);
    let (mut of_theirs, mut of_ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_theirs.push(round(theirs, their_address, question, keys, SECONDS)?);
        of_ours.push(round(ours, our_address, question, keys, SECONDS)?);
    }
    add(report, &format!("{door}_{reference}"), &of_theirs);
    add(report, &format!("{door}_marketpass"), &of_ours);
    let pairs = of_ours.iter().zip(&of_theirs);
    report.add(
        format!("{door}_ratio"),
        median(pairs.map(|(ours, theirs)| ours.per_second / theirs.per_second)),
        "",
    );
    Ok(())
}

fn serve(marketpass: &Path, keys: &Keys) -> Result<Server, String> {
    let upstream = format!("http://{UPSTREAM}");
    let folder = keys.data_dir.to_string_lossy();
    let arguments = [
        "serve",
        "--listen",
        OURS,
        "--api-listen",
        GATE,
        "--ops-listen",
        OPS,
        "--extauthz-listen",
        EXTAUTHZ,
        "--upstream",
        &upstream,
        "--data-dir",
        &folder,
    ];
    let settings = [("MARKETPASS__LIMITS__SCALE", "1000000"), ("MARKETPASS__LOG__LEVEL", "error")];
    Server::start(SERVER_CORE, &marketpass.to_string_lossy(), &arguments, &settings)
}

/// A running nginx, and the folder it works in.
struct Nginx {
    server: Server,
    _folder: tempfile::TempDir,
}

/// Starts nginx with these `http` directives, as one process.
fn nginx(core: &str, http: &str) -> Result<Nginx, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("nginx.conf");
    let home = folder.path().display();
    let text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {home}/pid;\nerror_log stderr error;\n\
         events {{ worker_connections 1024; }}\nhttp {{ access_log off; client_body_temp_path {home}/body; \
         proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi; uwsgi_temp_path {home}/uwsgi; \
         scgi_temp_path {home}/scgi; keepalive_requests 1000000000; {http} }}\n"
    );
    fs::write(&file, text).map_err(|error| error.to_string())?;
    let arguments = ["-p", &home.to_string(), "-c", &file.to_string_lossy()].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut server = Server::start(core, "nginx", &arguments, &[])?;
    let address = if http.contains("proxy_pass") { NGINX } else { UPSTREAM };
    server.wait_for(address, "/readyz")?;
    Ok(Nginx { server, _folder: folder })
}

/// The service behind both: it answers everything with the same small JSON.
fn upstream_file() -> String {
    let body = r#"{"status":"OK","result":{"deliveryService":[{"name":"Post","id":1}]}}"#;
    format!(
        "server {{ listen {UPSTREAM}; default_type application/json; location / {{ return 200 '{body}'; }} }}"
    )
}

/// What everybody writes who wants nginx to pass requests on and nothing else.
fn proxy_file() -> String {
    format!(
        "upstream service {{ server {UPSTREAM}; keepalive 64; keepalive_requests 1000000000; }} \
         server {{ listen {NGINX}; location / {{ proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_pass http://service; }} }}"
    )
}
