//! `demo`: a server with everything in it, in a fresh folder, for this machine alone.
//!
//! Owns what a demonstration is and how it is shown. Must never listen for other machines or touch a real database.

mod cabinet;

use std::fs::Permissions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Args;
use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::ids::ClientId;
use mp_domain::secret::PlainSecret;
use mp_oauth::authorization_request;
use serde::Serialize;
use tokio::runtime::Runtime;

use self::cabinet::{DemoAccount, DemoCabinet, DemoKey};
use crate::config::{Config, Flags, ListenAddress};
use crate::failure::Failure;
use crate::output::{Column, Output, joined, table};
use crate::server::{ReadyServer, StopSignals, runtime};
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
        let folder = tempfile::Builder::new().prefix("marketpass-demo-").permissions(private).tempdir();
        folder.map(Self).map_err(|error| {
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
    let server = ReadyServer::start(config, runtime, |addresses| base_url(addresses.listen))?;
    runtime.block_on(async {
        let cabinet = DemoCabinet::create(server.node().service()).await?;
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

/// What an application asks for that wants a token at once.
fn question(client: ClientId) -> AuthorizationParameters {
    let asking = AuthorizationParameters::default().with(Parameter::ResponseType, "token");
    asking.with(Parameter::ClientId, &client.to_string())
}

impl Demonstration {
    fn new(server: &ReadyServer, cabinet: DemoCabinet, unknown: PlainSecret) -> Self {
        let addresses = server.addresses();
        let url = |address: SocketAddr| format!("http://{address}");
        Self {
            base_url: base_url(addresses.listen),
            api_url: url(addresses.api_listen.unwrap_or(addresses.listen)),
            ops_url: url(addresses.ops_listen),
            cabinet,
            unknown,
        }
    }

    /// What a newcomer reads.
    fn tour(&self, folder: &Path) -> String {
        let cabinet = &self.cabinet;
        let accounts = [
            Column("LOGIN", |account: &DemoAccount| account.login.to_string()),
            Column("PASSWORD", |account| account.password.expose().to_owned()),
            Column("ROLE", |account| account.role.to_string()),
        ];
        let keys = [
            Column("KEY", |key: &DemoKey| key.name.to_string()),
            Column("ACCESSES", |key| joined(key.scopes.iter())),
            Column("TOKEN", |key| key.token.expose().to_owned()),
        ];
        format!(
            "marketpass demonstration in {folder}, for this machine alone, gone when you stop it.\n\n\
             Pages       {base}\nSeller API  {api} (also on {base})\nOperations  {ops}\nLetters     {letters}\n\n\
             Business {business} with the campaigns {campaigns}\n\n{accounts}\n{keys}\n\
             Application {client}\nIts token of the owner: {token}\nThe same one, in a browser:\n  {base}/authorize?{question}\n\n\
             {commands}\nStop with Ctrl-C.\n",
            folder = folder.display(),
            letters = folder.join(LETTERS).display(),
            api = self.api_url,
            base = self.base_url,
            ops = self.ops_url,
            business = cabinet.business_id,
            campaigns = joined(&cabinet.campaign_ids),
            accounts = table(&cabinet.accounts, &accounts),
            keys = table(&cabinet.keys, &keys),
            client = cabinet.client_id,
            token = cabinet.oauth_token.expose(),
            question = authorization_request::print(&question(cabinet.client_id)),
            commands = self.commands(),
        )
    }

    /// Lines to paste into another terminal.
    fn commands(&self) -> String {
        let (api, ops) = (&self.api_url, &self.ops_url);
        let token = self.cabinet.keys.first().map_or("", |key| key.token.expose());
        format!(
            "What is this key?\n  curl -i -X POST -H 'Api-Key: {token}' {api}/v2/auth/token\n\
             And one that nobody knows?\n  curl -i -X POST -H 'Api-Key: {unknown}' {api}/v2/auth/token\n\
             What does the OAuth token reach?\n  curl -i -H 'Authorization: Bearer {oauth_token}' {api}/v2/campaigns\n\
             How is the server?\n  curl {ops}/readyz\n  curl {ops}/metrics\n",
            unknown = self.unknown.expose(),
            oauth_token = self.cabinet.oauth_token.expose(),
        )
    }
}
