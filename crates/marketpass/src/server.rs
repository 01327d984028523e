//! A server from its sockets to its end: what `serve` and `demo` have in common.
//!
//! Owns the order of starting and stopping. Must never answer a request: mp-http does.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use mp_domain::time::Clock;
use mp_gateway::{Patience, UpstreamParts};
use mp_http::{Addresses, EdgeParts, Gatekeeper, Server, Timeouts, Tls, Upstream};
use mp_service::{Node, NodeError, NodeOptions, PepperSource, Stage};
use mp_store::Store;
use mp_web::WebParts;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{Config, ListenAddress};
use crate::failure::Failure;
use crate::gateway_secret;
use crate::opening;
use crate::secrets::SecretsFile;
use crate::system::{SystemClock, SystemEntropy};

/// A server whose sockets are bound and whose keys are in memory, and which answers nobody yet.
pub(crate) struct ReadyServer {
    server: Server,
    parts: EdgeParts,
}

/// The threads that requests are answered on.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(format!(
            "the server's threads could not be started: {error}; look at the limits with `ulimit -a`"
        ))
    })
}

/// What a server stands in.
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    /// Who answers behind the gate, if anybody does.
    pub(crate) upstream: Option<Upstream>,
}

impl ReadyServer {
    /// Binds the sockets, makes ready the database with its secrets and reads every key. `public_url` is asked where
    /// people reach the addresses that were bound. Blocks, and must not be called by a task.
    pub(crate) fn start(
        config: &Config,
        runtime: &Runtime,
        public_url: impl FnOnce(Addresses) -> String,
    ) -> Result<Self, Failure> {
        let surroundings = Surroundings { clock: Arc::new(SystemClock), upstream: upstream(config)? };
        let begin = async |options| Ok((Node::start(options).await?, ()));
        Self::prepare(config, runtime, surroundings, public_url, begin).map(|(server, ())| server)
    }

    /// The same for a demonstration, in surroundings of its own.
    pub(crate) fn start_on_stage(
        config: &Config,
        runtime: &Runtime,
        surroundings: Surroundings,
        public_url: impl FnOnce(Addresses) -> String,
    ) -> Result<(Self, Stage), Failure> {
        Self::prepare(config, runtime, surroundings, public_url, Node::start_on_stage)
    }

    fn prepare<T>(
        config: &Config,
        runtime: &Runtime,
        Surroundings { clock, upstream }: Surroundings,
        public_url: impl FnOnce(Addresses) -> String,
        begin: impl AsyncFnOnce(NodeOptions) -> Result<(Node, T), NodeError>,
    ) -> Result<(Self, T), Failure> {
        // The certificates and the sockets first: what is wrong with them is known before anything is made or migrated.
        let (http, api, gateway) = (&config.http, &config.api, &config.gateway);
        let ext_authz_tls = tls(&gateway.extauthz_tls_certificate, &gateway.extauthz_tls_key)?;
        let (tls, api_tls) =
            (tls(&http.tls_certificate, &http.tls_key)?, tls(&api.tls_certificate, &api.tls_key)?);
        let server = runtime.block_on(Server::bind(addresses(config)))?;
        let store = opening::store(config)?;
        opening::peppers(config, &store)?;
        let options = node_options(config, store, Arc::clone(&clock), public_url(server.addresses()))?;
        let (node, rest) = runtime.block_on(begin(options))?;
        let pages = mp_web::pages(WebParts {
            service: node.service().clone(),
            clock: Arc::clone(&clock),
            entropy: Arc::new(SystemEntropy),
        });
        let parts = EdgeParts {
            node: Arc::new(node),
            clock,
            entropy: Arc::new(SystemEntropy),
            trusted_proxies: http.trusted_proxies.iter().map(|proxy| proxy.network()).collect(),
            trusted_gateways: gateway.trusted.iter().map(|peer| peer.network()).collect(),
            timeouts: Timeouts::default(),
            pages: Some(pages),
            upstream,
            ext_authz: Some(Box::new(ext_authz)),
            gateway_secret: Some(gateway_secret::read_or_create(&config.data.dir, &SystemEntropy)?),
            tls,
            api_tls,
            ext_authz_tls,
        };
        Ok((Self { server, parts }, rest))
    }

    /// Answers more on the operations listener.
    pub(crate) fn with_controls(self, controls: Router) -> Self {
        Self { server: self.server.with_controls(controls), ..self }
    }

    /// The check and the use cases.
    pub(crate) fn node(&self) -> &Node {
        &self.parts.node
    }

    /// Where it listens, with the ports it was given.
    pub(crate) fn addresses(&self) -> Addresses {
        self.server.addresses()
    }

    /// Answers until the process is asked to stop, finishes what is in flight and writes down what is only in memory.
    pub(crate) async fn serve(self, stop: StopSignals) {
        let node = Arc::clone(&self.parts.node);
        self.server.serve(self.parts, stop.received()).await;
        node.stop().await;
    }
}

fn addresses(config: &Config) -> Addresses {
    Addresses {
        listen: config.http.listen.socket_address(),
        api_listen: config.api.listen.map(ListenAddress::socket_address),
        ops_listen: config.ops.listen.socket_address(),
        extauthz_listen: config.gateway.extauthz_listen.map(ListenAddress::socket_address),
    }
}

/// What a listener encrypts with, if it does. Blocks.
#[expect(clippy::ref_option, reason = "they stand like that in the configuration")]
pub(crate) fn tls(certificate: &Option<PathBuf>, key: &Option<PathBuf>) -> Result<Option<Tls>, Failure> {
    // Loading sees to it that there are both or neither.
    let pair = certificate.clone().zip(key.clone());
    Ok(pair.map(|(certificate, key)| Tls::read(certificate, key)).transpose()?)
}

/// The way to whoever answers behind the gate, if anybody does. Blocks.
pub(crate) fn upstream(config: &Config) -> Result<Option<Upstream>, Failure> {
    let gateway = &config.gateway;
    let parts = gateway.upstream.as_ref().map(|upstream| UpstreamParts {
        url: upstream.url().clone(),
        authorities: gateway.upstream_authorities.clone(),
        preserve_host: gateway.preserve_host,
        patience: Patience::default(),
    });
    Ok(parts.map(mp_gateway::upstream).transpose()?.map(Upstream::from))
}

/// Envoy's door to what decides.
fn ext_authz(gatekeeper: Gatekeeper) -> Router {
    let health = gatekeeper.clone();
    mp_gateway::ext_authz(
        move |gateway, described| gatekeeper.judge(gateway, described),
        move || health.is_ready(),
    )
}

fn node_options(
    config: &Config,
    store: Store,
    clock: Arc<dyn Clock>,
    public_url: String,
) -> Result<NodeOptions, Failure> {
    let secrets = SecretsFile::of(&config.data.dir);
    let peppers: PepperSource = Arc::new(move || secrets.read().map_err(|error| error.to_string()));
    Ok(NodeOptions {
        store,
        folder: config.data.dir.clone(),
        peppers,
        format: config.keys.prefix.token_format().clone(),
        limits_scale: config.limits.scale.factor(),
        standard_headers: config.limits.standard_headers,
        mailer: opening::mailer(config, Arc::clone(&clock))?,
        clock,
        entropy: Arc::new(SystemEntropy),
        public_url,
        sign_up: config.accounts.sign_up.into(),
    })
}

/// The ways in which a process is asked to stop: Ctrl-C, the end of its service, the closing of its terminal.
pub(crate) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl StopSignals {
    /// Begins to listen: from here on a signal does not end the process by itself any more.
    pub(crate) fn listen(runtime: &Runtime) -> Result<Self, Failure> {
        let _context = runtime.enter();
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(format!("signals cannot be received: {error}; start it again")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
        tracing::info!("stopping: no new requests, those in flight are finished");
    }
}
