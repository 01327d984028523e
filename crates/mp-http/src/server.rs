//! The server: its sockets, its start and its end.
//!
//! Owns the order of both. Must never read a setting or a signal: the binary hands in what they come to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::connections::Connections;
use crate::edge::{Edge, EdgeParts};
use crate::gatekeeper::Gatekeeper;
use crate::listener::Reception;
use crate::metrics::CheckMetrics;
use crate::ops::{self, Operations};
use crate::routes::Routes;
use crate::timeouts::Timeouts;
use crate::tls::{LOOK_EVERY, Tls};

/// Where the server listens. Port 0 stands for any free port, until the sockets are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// People, and the methods marketpass answers itself (`http.listen`).
    pub listen: SocketAddr,
    /// The seller API on an origin of its own (`api.listen`).
    pub api_listen: Option<SocketAddr>,
    /// Health and metrics (`ops.listen`).
    pub ops_listen: SocketAddr,
    /// Envoy's questions (`gateway.extauthz_listen`).
    pub extauthz_listen: Option<SocketAddr>,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({setting}): {source}; {advice}", advice = advice(source))]
pub struct BindError {
    setting: &'static str,
    address: SocketAddr,
    source: io::Error,
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "stop the program that uses it or choose another port",
        io::ErrorKind::AddrNotAvailable => "choose an address that this machine has",
        io::ErrorKind::PermissionDenied => "choose a port above 1023 or run with the right to use it",
        _ => "choose another address",
    }
}

/// A server whose sockets are bound and which answers nobody yet.
#[derive(Debug)]
pub struct Server {
    listen: TcpListener,
    api_listen: Option<TcpListener>,
    ops_listen: TcpListener,
    extauthz_listen: Option<TcpListener>,
    /// What else is answered on `ops_listen`.
    controls: Option<Router>,
    addresses: Addresses,
}

impl Server {
    /// Binds every socket, so that a taken port is an error before anything starts.
    pub async fn bind(wanted: Addresses) -> Result<Self, BindError> {
        let (listen, listen_address) = bind("http.listen", wanted.listen).await?;
        let (api_listen, api_address) = bind_if_wanted("api.listen", wanted.api_listen).await?;
        let (ops_listen, ops_address) = bind("ops.listen", wanted.ops_listen).await?;
        let (extauthz_listen, extauthz_address) =
            bind_if_wanted("gateway.extauthz_listen", wanted.extauthz_listen).await?;
        let addresses = Addresses {
            listen: listen_address,
            api_listen: api_address,
            ops_listen: ops_address,
            extauthz_listen: extauthz_address,
        };
        Ok(Self { listen, api_listen, ops_listen, extauthz_listen, controls: None, addresses })
    }

    /// Where it listens, with the ports it was given.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Answers more on the operations listener, for whoever demonstrates or tests.
    #[must_use]
    pub fn with_controls(self, controls: Router) -> Self {
        Self { controls: Some(controls), ..self }
    }

    /// Answers until `shutdown` is done; then accepts nobody, finishes what is in flight within `timeouts.drain`, and
    /// returns. Health and metrics are answered to the end.
    pub async fn serve(self, parts: EdgeParts, shutdown: impl Future<Output = ()>) {
        let metrics = Arc::<CheckMetrics>::default();
        let edge = Arc::new(Edge::new(&parts, Arc::clone(&metrics)));
        let connections = Arc::<Connections>::default();
        let (stop, stopped) = watch::channel(());
        let reception = |routes, tls: &Option<Arc<Tls>>| Reception {
            edge: Arc::clone(&edge),
            routes,
            connections: Arc::clone(&connections),
            tls: tls.clone(),
        };
        let [tls, api_tls, ext_authz_tls] =
            [parts.tls, parts.api_tls, parts.ext_authz_tls].map(|tls| tls.map(Arc::new));
        let mut listeners = JoinSet::new();
        let people = Routes::people(Arc::clone(&edge), parts.pages);
        listeners.spawn(reception(people, &tls).receive(self.listen, stopped.clone()));
        if let Some(listener) = self.api_listen {
            let seller_api = Routes::seller_api(Arc::clone(&edge));
            listeners.spawn(reception(seller_api, &api_tls).receive(listener, stopped.clone()));
        }
        let operations = Arc::new(Operations::new(parts.node, metrics));
        if let Some((listener, make_routes)) = self.extauthz_listen.zip(parts.ext_authz) {
            let gatekeeper = Gatekeeper::new(Arc::clone(&edge), Arc::clone(&operations));
            let routes = Routes::ext_authz(Arc::clone(&edge), make_routes(gatekeeper));
            listeners.spawn(reception(routes, &ext_authz_tls).receive(listener, stopped));
        }
        let mut background = JoinSet::new();
        background.spawn(serve_operations(self.ops_listen, Arc::clone(&operations), self.controls));
        let outposts = Arc::clone(&edge.outposts);
        background.spawn(supervise(edge, Arc::clone(&connections)));
        background.spawn(renew([tls, api_tls, ext_authz_tls].into_iter().flatten().collect()));

        shutdown.await;
        operations.begin_draining();
        outposts.close();
        drop(stop);
        connections.drain();
        let finished =
            timeout(parts.timeouts.drain, async { while listeners.join_next().await.is_some() {} });
        if finished.await.is_err() {
            tracing::warn!("requests were still in flight when the time for stopping was over");
        }
        // Dropping the sets ends whatever is left in them.
    }
}

async fn bind(setting: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let bound = async {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    bound.await.map_err(|source| BindError { setting, address, source })
}

async fn bind_if_wanted(
    setting: &'static str,
    address: Option<SocketAddr>,
) -> Result<(Option<TcpListener>, Option<SocketAddr>), BindError> {
    let Some(address) = address else { return Ok((None, None)) };
    bind(setting, address).await.map(|(socket, address)| (Some(socket), Some(address)))
}

async fn serve_operations(listener: TcpListener, operations: Arc<Operations>, controls: Option<Router>) {
    let routes = ops::routes(operations).merge(controls.unwrap_or_default());
    if let Err(error) = axum::serve(listener, routes).await {
        tracing::error!(%error, "the operations listener stopped");
    }
}

/// Keeps the second of the day and the patience with slow callers.
async fn supervise(edge: Arc<Edge>, connections: Arc<Connections>) {
    let mut ticks = interval(tick(&edge.timeouts));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        edge.look_at_the_clock();
        connections.sweep(Instant::now(), &edge.timeouts);
    }
}

/// Takes new certificates into use.
async fn renew(pairs: Vec<Arc<Tls>>) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !pairs.is_empty() {
        looks.tick().await;
        let pairs = pairs.clone();
        // One look that breaks is no reason never to look again.
        let _ = spawn_blocking(move || pairs.iter().for_each(|pair| pair.look())).await;
    }
}

/// Often enough that no timeout is missed by more than a tenth of it, a tenth of a second for `Date` at least.
fn tick(timeouts: &Timeouts) -> Duration {
    let shortest = timeouts.head.min(timeouts.idle);
    (shortest / 10).clamp(Duration::from_millis(10), Duration::from_millis(500))
}
