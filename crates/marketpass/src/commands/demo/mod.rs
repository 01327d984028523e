//! `demo`: a server with everything in it, in a fresh folder, for this machine alone.
//!
//! Owns what a demonstration is; how it is shown is in `tour`. Must never listen for other machines or touch a real database.

mod cabinet;
mod clock;
mod controls;
mod stub;
mod tour;

use std::fs::Permissions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Clock;
use mp_http::Upstream;
use serde::Serialize;
use tokio::runtime::Runtime;

use self::cabinet::DemoCabinet;
use self::clock::DemoClock;
use self::controls::Controls;
use self::stub::Forced;
use crate::config::{Config, Flags, ListenAddress};
use crate::failure::Failure;
use crate::output::Output;
use crate::server::{ReadyServer, StopSignals, Surroundings, runtime};
use crate::system::SystemEntropy;

/// `demo [--listen A]`
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where people are answered, on this machine [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", value_parser = loopback_address)]
    listen: Option<ListenAddress>,
}

/// The folder of a demonstration's letters, in its own.
const LETTERS: &str = "letters";

fn loopback_address(text: &str) -> Result<ListenAddress, String> {
    let address: ListenAddress = text.parse().map_err(|invalid| format!("{invalid}"))?;
    if address.socket_address().ip().is_loopback() {
        return Ok(address);
    }
    Err("a demonstration is for this machine alone: choose an address such as 127.0.0.1:8080, or run `marketpass serve`"
        .to_owned())
}

/// The folder of a demonstration, removed with everything in it when it ends.
struct DemoFolder(tempfile::TempDir);

impl DemoFolder {
    /// A new one, for its owner alone.
    fn create() -> Result<Self, Failure> {
        let private = Permissions::from_mode(0o700);
        let made = tempfile::Builder::new().prefix("marketpass-demo-").permissions(private).tempdir();
        // It is shown before there is a letter.
        let made = made.and_then(|folder| std::fs::create_dir(folder.path().join(LETTERS)).map(|()| folder));
        made.map(Self).map_err(|error| {
            Failure::new(format!("no temporary folder could be made: {error}; name a writable one in TMPDIR"))
        })
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remove(self) -> Result<(), Failure> {
        let path = self.0.path().to_owned();
        self.0.close().map_err(|error| {
            Failure::new(format!("{} could not be removed: {error}; remove it yourself", path.display()))
        })
    }
}

impl DemoArguments {
    /// What a demonstration insists on, for the configuration.
    fn flags(&self, folder: &Path) -> Flags {
        const DEMO: &str = "demo";
        let any_port = ListenAddress::loopback(0);
        let database = folder.join("marketpass.db");
        vec![
            ("--listen", "http.listen", self.listen.unwrap_or(any_port).to_string()),
            (DEMO, "api.listen", any_port.to_string()),
            (DEMO, "ops.listen", any_port.to_string()),
            (DEMO, "data.dir", folder.display().to_string()),
            (DEMO, "database.url", format!("sqlite:{}", database.display())),
            (DEMO, "mail.folder", folder.join(LETTERS).display().to_string()),
        ]
    }
}

/// Where everything is and what opens it.
#[derive(Serialize)]
struct Demonstration {
    base_url: String,
    api_url: String,
    ops_url: String,
    /// The list of what moves the demonstration.
    controls_url: String,
    #[serde(flatten)]
    cabinet: DemoCabinet,
    /// A token that no key has.
    #[serde(skip)]
    unknown: PlainSecret,
}

/// Shows everything, then serves until the process is asked to stop. `load` makes the configuration of the flags.
pub(crate) fn run(
    arguments: &DemoArguments,
    load: impl FnOnce(Flags) -> Result<Config, Failure>,
    output: Output,
) -> Result<(), Failure> {
    let runtime = runtime()?;
    // Before there is a folder that a signal could leave behind.
    let stop = StopSignals::listen(&runtime)?;
    let folder = DemoFolder::create()?;
    let mut config = load(arguments.flags(folder.path()))?;
    // No flag says "nowhere".
    config.gateway.extauthz_listen = None;
    let served = serve(&config, &folder, &runtime, stop, output);
    // Whatever still reads the database ends before its folder goes.
    drop(runtime);
    folder.remove()?;
    served
}

fn serve(
    config: &Config,
    folder: &DemoFolder,
    runtime: &Runtime,
    stop: StopSignals,
    output: Output,
) -> Result<(), Failure> {
    if config.gateway.upstream.is_some() {
        return Err(Failure::new(
            "a demonstration answers the seller API itself: take [gateway] upstream out of the file of --config, or run `marketpass serve`",
        ));
    }
    let (clock, forced) = (Arc::<DemoClock>::default(), Arc::<Forced>::default());
    let upstream = Some(Upstream::Local(stub::upstream(Arc::clone(&forced), Arc::clone(&clock))));
    let surroundings = Surroundings { clock: Arc::clone(&clock) as _, upstream };
    let (server, stage) =
        ReadyServer::start_on_stage(config, runtime, surroundings, |addresses| base_url(addresses.listen))?;
    runtime.block_on(async {
        let node = server.node();
        let cabinet = DemoCabinet::create(node.service(), clock.now()).await?;
        let (enforcer, service) = (Arc::clone(node.enforcer()), node.service().clone());
        let (business, campaigns) = (cabinet.business_id, cabinet.campaign_ids.clone());
        let controls = Controls { clock, forced, stage, enforcer, service, business, campaigns };
        let server = server.with_controls(controls.routes());
        let unknown = config.keys.prefix.token_format().generate(&SystemEntropy);
        let demonstration = Demonstration::new(&server, cabinet, unknown);
        output.show(&demonstration, |demonstration| demonstration.tour(folder.path()))?;
        drop(demonstration);
        server.serve(stop).await;
        Ok(())
    })
}

/// Where people reach it: by name where there is one, because passkeys belong to names.
fn base_url(listen: SocketAddr) -> String {
    if listen.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

impl Demonstration {
    fn new(server: &ReadyServer, cabinet: DemoCabinet, unknown: PlainSecret) -> Self {
        let addresses = server.addresses();
        let url = |address: SocketAddr| format!("http://{address}");
        Self {
            base_url: base_url(addresses.listen),
            api_url: url(addresses.api_listen.unwrap_or(addresses.listen)),
            ops_url: url(addresses.ops_listen),
            controls_url: url(addresses.ops_listen) + controls::PATH,
            cabinet,
            unknown,
        }
    }
}
