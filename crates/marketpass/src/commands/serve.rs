//! `serve`: the server.
//!
//! Owns its flags and what its log says first. Must never print to standard output.

use clap::Args;

use crate::config::{
    Config, Flags, ListenAddress, Problems, PublicUrl, Source, Upstream, misspelt_variables,
};
use crate::failure::Failure;
use crate::server::{ReadyServer, StopSignals, runtime};

const DATABASES: &str = "sqlite:PATH or postgres://USER@HOST/DATABASE [default: SQLite in the data folder]";

const UPSTREAM: &str = "--upstream";

/// `serve [--listen A] …`
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where people are answered, and the methods marketpass answers itself [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<ListenAddress>,
    /// Where the seller API is answered on an origin of its own [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    api_listen: Option<ListenAddress>,
    /// Where health and metrics are answered [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDRESS")]
    ops_listen: Option<ListenAddress>,
    /// Where Envoy asks over gRPC whether requests may pass [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    extauthz_listen: Option<ListenAddress>,
    /// How people reach the server
    #[arg(long, value_name = "URL", help = "How people reach the server [default: http://localhost:8080]")]
    public_url: Option<PublicUrl>,
    /// The folder for database, secrets and limit counters [default: ./marketpass-data]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The service behind marketpass, for every operation it does not answer itself; needs --api-listen
    #[arg(long, value_name = "URL")]
    upstream: Option<Upstream>,
    /// Which database
    #[arg(long, value_name = "URL", help = DATABASES)]
    database_url: Option<String>,
}

impl ServeArguments {
    /// What the flags say, for the configuration.
    pub(crate) fn flags(self) -> Flags {
        let said = [
            ("--listen", "http.listen", self.listen.map(|address| address.to_string())),
            ("--api-listen", "api.listen", self.api_listen.map(|address| address.to_string())),
            ("--ops-listen", "ops.listen", self.ops_listen.map(|address| address.to_string())),
            (
                "--extauthz-listen",
                "gateway.extauthz_listen",
                self.extauthz_listen.map(|address| address.to_string()),
            ),
            ("--public-url", "http.public_url", self.public_url.map(|url| url.to_string())),
            (UPSTREAM, "gateway.upstream", self.upstream.map(|upstream| upstream.to_string())),
            ("--data-dir", "data.dir", self.data_dir),
            ("--database-url", "database.url", self.database_url),
        ];
        said.into_iter().filter_map(|(flag, name, value)| Some((flag, name, value?))).collect()
    }
}

/// What is wrong with the flags themselves and could not be seen before the configuration was read: one that needs
/// another, if that is all there is.
pub(crate) fn wrong_usage(problems: &Problems) -> Option<&str> {
    let [problem] = problems.0.as_slice() else { return None };
    // The address itself was read with the command line.
    (problem.at == Some(Source::Flag(UPSTREAM))).then_some(&problem.message)
}

/// Serves until the process is asked to stop.
pub(crate) fn run(config: &Config) -> Result<(), Failure> {
    warn_of_oddities(config);
    let runtime = runtime()?;
    let server = ReadyServer::start(config, &runtime, |_| config.http.public_url.to_string())?;
    // Before anybody hears that it answers, and may ask it to stop.
    let stop = StopSignals::listen(&runtime)?;
    let addresses = server.addresses();
    tracing::info!(
        listen = %addresses.listen,
        api_listen = addresses.api_listen.map(tracing::field::display),
        ops_listen = %addresses.ops_listen,
        extauthz_listen = addresses.extauthz_listen.map(tracing::field::display),
        upstream = config.gateway.upstream.as_ref().map(tracing::field::display),
        public_url = %config.http.public_url,
        database = %config.database_url(),
        secrets = server.node().gauges().secrets,
        "marketpass answers"
    );
    runtime.block_on(server.serve(stop));
    Ok(())
}

fn warn_of_oddities(config: &Config) {
    for variable in misspelt_variables(std::env::vars_os()) {
        tracing::warn!(
            variable,
            "this variable is no setting: settings begin with MARKETPASS__, two underscores"
        );
    }
    if config.limits.scale.is_unusual() {
        let scale = config.limits.scale.factor();
        tracing::warn!(scale, "every limit is multiplied: remove [limits] scale unless this is a load test");
    }
    if config.http.public_url.is_unprotected() {
        tracing::warn!(
            public_url = %config.http.public_url,
            "keys travel readable over the network: put a proxy that speaks TLS in front and set [http] public_url"
        );
    }
}
