//! What all connections share.
//!
//! Owns the way from the parts the binary brings to what a request needs. Must never change after the start, the
//! second of the day excepted.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use axum::extract::Request;
use axum::response::Response;
use ipnet::IpNet;
use mp_domain::catalog::Catalog;
use mp_domain::entropy::Entropy;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Clock;
use mp_market::trace_parent::TraceIds;
use mp_service::{Enforcer, Node, Service};
use tower::ServiceExt;

use crate::client_address::TrustedProxies;
use crate::gatekeeper::Gatekeeper;
use crate::metrics::CheckMetrics;
use crate::outposts::{OutpostParts, Outposts};
use crate::timeouts::Timeouts;
use crate::tls::Tls;

/// Whoever answers behind the gate. Finds a [`mp_market::passport::Passport`] and a [`mp_market::forwarded::Forwarded`] among
/// a request's extensions.
#[derive(Clone)]
pub enum Upstream {
    /// A service elsewhere, reached over HTTP.
    Remote(mp_gateway::Upstream),
    /// A part of this program, which always answers.
    Local(axum::Router),
}

impl From<mp_gateway::Upstream> for Upstream {
    fn from(upstream: mp_gateway::Upstream) -> Self {
        Self::Remote(upstream)
    }
}

impl From<axum::Router> for Upstream {
    fn from(upstream: axum::Router) -> Self {
        Self::Local(upstream)
    }
}

impl Upstream {
    /// The answer to a request that was let in.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let Ok(response) = match self {
            Self::Remote(upstream) => upstream.clone().oneshot(request).await,
            Self::Local(upstream) => upstream.clone().oneshot(request).await,
        };
        response
    }
}

/// How another crate makes routes of the decision.
pub type MakeRoutes = Box<dyn FnOnce(Gatekeeper) -> axum::Router + Send>;

/// What the binary brings.
pub struct EdgeParts {
    /// The check, its health and its numbers.
    pub node: Arc<Node>,
    /// For the `Date` header.
    pub clock: Arc<dyn Clock>,
    /// For the seed of trace ids.
    pub entropy: Arc<dyn Entropy>,
    /// Peers whose forwarding headers are believed (product.md §1).
    pub trusted_proxies: Vec<IpNet>,
    /// Peers that may ask whether requests of others may pass (product.md §1, `[gateway] trusted`).
    pub trusted_gateways: Vec<IpNet>,
    /// Patience.
    pub timeouts: Timeouts,
    /// The pages for people, on `listen` only: asked for whatever the seller API does not name. They find a
    /// [`mp_service::CallerAddress`] among the request's extensions.
    pub pages: Option<axum::Router>,
    /// The service behind marketpass, on `api_listen` only.
    pub upstream: Option<Upstream>,
    /// Makes the routes of `extauthz_listen` from what decides there. They find the gateway's address in a
    /// [`ConnectInfo<IpAddr>`](axum::extract::ConnectInfo) among the request's extensions.
    pub ext_authz: Option<MakeRoutes>,
    /// What services that decide for themselves come with; `None` for a server that has none of those.
    pub gateway_secret: Option<PlainSecret>,
    /// TLS on `listen`.
    pub tls: Option<Tls>,
    /// TLS on `api_listen`.
    pub api_tls: Option<Tls>,
    /// TLS on `extauthz_listen`.
    pub ext_authz_tls: Option<Tls>,
}

pub(crate) struct Edge {
    pub(crate) enforcer: Arc<Enforcer>,
    /// For what an answer tells beyond the check.
    pub(crate) service: Service,
    /// What is answered on the origin of people, too.
    pub(crate) own: &'static Catalog,
    pub(crate) upstream: Option<Upstream>,
    pub(crate) outposts: Arc<Outposts>,
    pub(crate) proxies: TrustedProxies,
    gateways: TrustedProxies,
    pub(crate) metrics: Arc<CheckMetrics>,
    pub(crate) timeouts: Timeouts,
    clock: Arc<dyn Clock>,
    /// The present second: `Date` needs no better, and reading a clock costs more than reading a number.
    now: AtomicU32,
    trace_seed: [u64; 2],
    streams: AtomicU64,
}

impl Edge {
    /// Takes what requests need out of `parts`.
    pub(crate) fn new(parts: &EdgeParts, metrics: Arc<CheckMetrics>) -> Self {
        let mut seed = [[0; 8]; 2];
        for half in &mut seed {
            parts.entropy.fill(half);
        }
        let outposts = OutpostParts {
            enforcer: Arc::clone(parts.node.enforcer()),
            changes: parts.node.changes(),
            clock: Arc::clone(&parts.clock),
        };
        let outposts = Outposts::new(outposts, parts.gateway_secret.as_ref(), &*parts.entropy);
        let edge = Self {
            outposts: Arc::new(outposts),
            enforcer: Arc::clone(parts.node.enforcer()),
            service: parts.node.service().clone(),
            own: Catalog::own(),
            upstream: parts.upstream.clone(),
            proxies: TrustedProxies::new(parts.trusted_proxies.clone()),
            gateways: TrustedProxies::new(parts.trusted_gateways.clone()),
            metrics,
            timeouts: parts.timeouts,
            clock: Arc::clone(&parts.clock),
            now: AtomicU32::new(0),
            trace_seed: seed.map(u64::from_le_bytes),
            streams: AtomicU64::new(0),
        };
        edge.look_at_the_clock();
        edge
    }

    /// The second for the `Date` header.
    pub(crate) fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn look_at_the_clock(&self) {
        let seconds = u32::try_from(self.clock.now().seconds().max(0)).unwrap_or(u32::MAX);
        self.now.store(seconds, Ordering::Relaxed);
    }

    /// A generator of trace ids for one connection.
    pub(crate) fn trace_ids(&self) -> TraceIds {
        TraceIds::new(self.trace_seed, self.streams.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn origin(&self, peer: IpAddr, is_encrypted: bool) -> Origin {
        let peer = peer.to_canonical();
        Origin {
            peer,
            is_proxy: self.proxies.trust(peer),
            is_gateway: self.gateways.trust(peer),
            is_encrypted,
        }
    }
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) peer: IpAddr,
    /// Whether the peer is a trusted proxy that speaks for others.
    pub(crate) is_proxy: bool,
    /// Whether the peer may ask about requests of others.
    pub(crate) is_gateway: bool,
    /// Whether nobody could read along.
    pub(crate) is_encrypted: bool,
}
