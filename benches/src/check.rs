//! `bench check`: token-info with everything switched on, against a bare axum handler that returns the same bytes.

use std::env;
use std::path::{Path, PathBuf};

use crate::keys::{Keys, prepare};
use crate::load::{Round, TOKEN_INFO, round};
use crate::processes::{ALL_CORES, SERVER_CORE, Server};
use crate::report::{Report, median};

const OURS: &str = "127.0.0.1:18080";
const OPS: &str = "127.0.0.1:18081";
const BARE: &str = "127.0.0.1:18082";
const SECONDS: u32 = 8;
const ROUNDS: usize = 3;

/// Measures with each number of keys.
pub(crate) fn run(counts: &[usize]) -> Result<Report, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let programs = this.parent().ok_or("the benchmark lies in no folder")?;
    let marketpass = programs.join("marketpass");
    let folder = programs.parent().unwrap_or(programs).join("bench");
    let mut report = Report::default();
    idle_memory(&marketpass, &mut report)?;
    let mut ratios = Vec::new();
    for count in counts {
        let keys = prepare(&marketpass, &folder, *count)?;
        ratios.push(measure(&this, &marketpass, &keys, &mut report)?);
    }
    if let ([first, .., last], [few, .., many]) = (ratios.as_slice(), counts) {
        report.add(format!("ratio_{many}_over_{few}"), last / first, "");
    }
    Ok(report)
}

/// The memory of a server that has nothing to remember.
fn idle_memory(marketpass: &Path, report: &mut Report) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut server = serve(SERVER_CORE, marketpass, folder.path())?;
    server.wait_for(OPS, "/readyz")?;
    report.add("idle_memory", server.memory()? / 1e6, "MB");
    server.stop();
    Ok(())
}

fn measure(this: &Path, marketpass: &Path, keys: &Keys, report: &mut Report) -> Result<f64, String> {
    let count = keys.count;
    eprintln!("measuring with {count} keys …");
    if let Some(seconds) = keys.import_seconds {
        report.add(format!("{count}_import"), seconds, "s");
    }
    let mut starting = serve(ALL_CORES, marketpass, &keys.data_dir)?;
    report.add(format!("{count}_cold_start"), starting.wait_for(OPS, "/readyz")?.as_secs_f64(), "s");
    starting.stop();
    let mut ours = serve(SERVER_CORE, marketpass, &keys.data_dir)?;
    ours.wait_for(OPS, "/readyz")?;
    let mut bare = Server::start(SERVER_CORE, &this.to_string_lossy(), &["bare-http", BARE], &[])?;
    bare.wait_for(BARE, "/readyz")?;
    let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_bare.push(round(&bare, BARE, TOKEN_INFO, keys, SECONDS)?);
        of_ours.push(round(&ours, OURS, TOKEN_INFO, keys, SECONDS)?);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are fewer keys than 2^52")]
    report.add(format!("{count}_memory_per_key"), ours.memory()? / count as f64, "bytes");
    let ratio = middle(&of_ours, |round| round.per_second) / middle(&of_bare, |round| round.per_second);
    add(report, &format!("{count}_bare"), &of_bare);
    add(report, &format!("{count}_marketpass"), &of_ours);
    report.add(format!("{count}_ratio"), ratio, "");
    ours.stop();
    Ok(middle(&of_ours, |round| round.per_second) / middle(&of_bare, |round| round.per_second))
}

fn serve(cores: &str, marketpass: &Path, data_dir: &Path) -> Result<Server, String> {
    let arguments =
        ["serve", "--listen", OURS, "--ops-listen", OPS, "--data-dir", &data_dir.to_string_lossy()];
    let settings = [("MARKETPASS__LIMITS__SCALE", "1000000"), ("MARKETPASS__LOG__LEVEL", "error")];
    Server::start(cores, &PathBuf::from(marketpass).to_string_lossy(), &arguments, &settings)
}

/// Adds the medians of some rounds.
pub(crate) fn add(report: &mut Report, name: &str, rounds: &[Round]) {
    report.add(format!("{name}_requests_per_second"), middle(rounds, |round| round.per_second), "");
    report.add(format!("{name}_p50"), middle(rounds, |round| round.p50_us), "us");
    report.add(format!("{name}_p99"), middle(rounds, |round| round.p99_us), "us");
    report.add(format!("{name}_cpu_per_request"), middle(rounds, |round| round.cpu_us), "us");
}

/// The median of one figure of some rounds.
pub(crate) fn middle(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    median(rounds.iter().map(of))
}
