//! A served cabinet, a clock that stands still, and services with the layer.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use marketpass_tower::{ClientAddress, Gate, GateOptions, GateService};
use mp_domain::api_key::KeyGrant;
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::client::{ClientKind, ClientProfile};
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::key_token::TokenFormat;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::scope::AccessScope;
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_http::{Addresses, EdgeParts, Gatekeeper, Server, Timeouts, Upstream};
use mp_service::accounts::NewAccount;
use mp_service::api_keys::IssuedKey;
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::{Node, NodeOptions, SignUp};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::{ManualClock, PATIENCE, SeededEntropy};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::util::{BoxCloneService, ServiceExt};
use tower::{Layer, service_fn};

use crate::relay::Relay;

/// Half past noon of 2026-11-21.
const NOW: Timestamp = Timestamp::from_seconds(1_795_264_200);

pub(crate) const GATEWAY_SECRET: &str = "a-secret-of-gateways";

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) business: BusinessId,
    pub(crate) relay: Relay,
    running: Option<Running>,
    folder: TempDir,
}

struct Running {
    addresses: Addresses,
    /// What answers Envoy, without the protocol in front of it.
    gatekeeper: Arc<OnceLock<Gatekeeper>>,
    node: Arc<Node>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of<B>(response: Response<B>) -> Self
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: std::fmt::Debug,
    {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub(crate) fn left(&self) -> Option<u32> {
        self.headers.get("x-ratelimit-resource-remaining")?.to_str().ok()?.parse().ok()
    }
}

/// A service of somebody's, behind the layer.
pub(crate) type Shop = GateService<BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, Infallible>>;

pub(crate) type Inner = BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, Infallible>;

/// A service that answers everything alike.
pub(crate) fn answering(status: u16, body: &'static str) -> Inner {
    BoxCloneService::new(service_fn(move |_| async move {
        Ok(Response::builder().status(status).body(Full::from(body)).unwrap())
    }))
}

/// Puts a request to a service.
pub(crate) fn ask(shop: &Shop, request: Request<Full<Bytes>>) -> impl Future<Output = Answer> + Send + use<> {
    let shop = shop.clone();
    async move {
        let Ok(response) = shop.oneshot(request).await;
        Answer::of(response).await
    }
}

/// A request of somebody on this machine.
pub(crate) fn request(verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let request = Request::builder().method(verb).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Full::from(body.to_owned())).unwrap();
    request.extensions_mut().insert(ClientAddress(IpAddr::from([127, 0, 0, 1])));
    request
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::before(None).await
    }

    /// With an upstream behind the server's own gate.
    pub(crate) async fn before(upstream: Option<Router>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let running = Running::start(folder.path(), &clock, upstream).await;
        let business = business(&running.node).await;
        let relay = Relay::to(running.addresses.listen).await;
        Self { clock, business, relay, running: Some(running), folder }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.running.as_ref().unwrap().node
    }

    pub(crate) fn listen(&self) -> SocketAddr {
        self.running.as_ref().unwrap().addresses.listen
    }

    /// What decides for Envoy, once the server answers anybody.
    pub(crate) fn gatekeeper(&self) -> &Gatekeeper {
        self.running.as_ref().unwrap().gatekeeper.get().unwrap()
    }

    pub(crate) fn api_listen(&self) -> SocketAddr {
        self.running.as_ref().unwrap().addresses.api_listen.unwrap()
    }

    /// Stops the server.
    pub(crate) async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        drop(running.stop);
        running.serving.await.unwrap();
        running.node.stop().await;
    }

    /// Starts it again, somewhere else.
    pub(crate) async fn start(&mut self) {
        let running = Running::start(self.folder.path(), &self.clock, None).await;
        self.relay.lead_to(running.addresses.listen);
        self.running = Some(running);
    }

    pub(crate) fn options(&self, secret: &str) -> GateOptions {
        let server = format!("http://{}", self.relay.address);
        GateOptions::new(&server, secret).unwrap().entropy(Arc::new(SeededEntropy::new(3)))
    }

    /// A gate that is ready.
    pub(crate) async fn gate(&self) -> Gate {
        let gate = Gate::connect(self.options(GATEWAY_SECRET));
        gate.ready().await;
        gate
    }

    /// A service with a layer of its own, which is ready.
    pub(crate) async fn shop(&self, inner: Inner) -> Shop {
        self.gate().await.layer().layer(inner)
    }

    pub(crate) async fn key(&self, scope: AccessScope) -> IssuedKey {
        self.key_with(grant(scope)).await
    }

    pub(crate) async fn key_with(&self, grant: KeyGrant) -> IssuedKey {
        self.node().service().create_api_key(Actor::Operator, self.business, grant).await.unwrap()
    }

    pub(crate) async fn store(&self, name: &str) -> CampaignId {
        let (business_id, name) = (self.business, Name::new(name).unwrap());
        let new = NewCampaign { id: None, business_id, name, placement: Placement::Fbs };
        self.node().service().create_campaign(Actor::Operator, new).await.unwrap().id
    }

    /// The owner's token for an application of theirs.
    pub(crate) async fn token(&self) -> PlainSecret {
        let (service, login) = (self.node().service(), "owner".parse().unwrap());
        let owner = service.list_accounts().await.unwrap()[0].id;
        let own = service.verification_code_uri();
        let profile = ClientProfile {
            name: Name::new("Courier").unwrap(),
            email: "courier@example.org".parse().unwrap(),
            grant_types: service.default_grant_types(std::slice::from_ref(&own)),
            redirect_uris: vec![own],
            scopes: [OAuthScope::MarketPartnerApi].into_iter().collect(),
            ignores_redirect_query: false,
        };
        let made = service.register_client(Actor::Operator, owner, ClientKind::Id, profile, None, true);
        let client = made.await.unwrap().0.id;
        service.issue_token(Actor::Operator, client, &login, None, None).await.unwrap().token
    }
}

pub(crate) fn grant(scope: AccessScope) -> KeyGrant {
    KeyGrant {
        name: Name::new(&format!("{scope:?}")).unwrap(),
        scopes: [scope].into_iter().collect(),
        campaigns: Vec::new(),
        networks: Networks::default(),
        expires_at: None,
    }
}

impl Running {
    async fn start(folder: &Path, clock: &Arc<ManualClock>, upstream: Option<Router>) -> Self {
        let url = DatabaseUrl::sqlite(&folder.join("marketpass.db"));
        Store::migrate(&url).unwrap();
        let options = NodeOptions {
            store: Store::open(&url).unwrap(),
            folder: folder.to_owned(),
            peppers: Arc::new(|| Ok(Peppers::new(Pepper::from_material(1, [1; 32]), Vec::new()))),
            format: TokenFormat::default(),
            limits_scale: 1.0,
            standard_headers: true,
            clock: Arc::clone(clock) as _,
            entropy: Arc::new(SeededEntropy::new(1)),
            mailer: None,
            public_url: "http://localhost:8080".to_owned(),
            sign_up: SignUp::Closed,
        };
        let node = Arc::new(Node::start(options).await.unwrap());
        let any = "127.0.0.1:0".parse().unwrap();
        let wanted =
            Addresses { listen: any, api_listen: Some(any), ops_listen: any, extauthz_listen: Some(any) };
        let gatekeeper = Arc::<OnceLock<_>>::default();
        let kept = Arc::clone(&gatekeeper);
        let keep = move |made| {
            assert!(kept.set(made).is_ok(), "a server makes one");
            Router::new()
        };
        let server = Server::bind(wanted).await.unwrap();
        let addresses = server.addresses();
        let parts = EdgeParts {
            node: Arc::clone(&node),
            clock: Arc::clone(clock) as _,
            entropy: Arc::new(SeededEntropy::new(2)),
            trusted_proxies: Vec::new(),
            trusted_gateways: vec!["127.0.0.0/8".parse().unwrap()],
            timeouts: Timeouts { drain: PATIENCE, ..Timeouts::default() },
            upstream: upstream.map(Upstream::from),
            pages: None,
            ext_authz: Some(Box::new(keep)),
            gateway_secret: Some(PlainSecret::new(GATEWAY_SECRET.to_owned())),
            tls: None,
            api_tls: None,
            ext_authz_tls: None,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(parts, async { drop(stopped.await) }));
        Self { addresses, gatekeeper, node, stop, serving }
    }
}

async fn business(node: &Node) -> BusinessId {
    let (login, email) = ("owner".parse().unwrap(), "owner@example.org".parse().unwrap());
    let password = PlainSecret::new("a long password".to_owned());
    let account = NewAccount { login, email, name: None, password };
    let owner = node.service().create_account(Actor::Operator, account).await.unwrap().login;
    let new = NewBusiness {
        id: None,
        name: Name::new("Shop").unwrap(),
        owner,
        subscription: Subscription::None,
        kind: SellerKind::Seller,
    };
    node.service().create_business(Actor::Operator, new).await.unwrap().id
}

/// An upstream behind the server's own gate that answers everything alike.
pub(crate) fn upstream(status: u16, body: &'static str) -> Router {
    Router::new()
        .fallback(move || async move { Response::builder().status(status).body(Body::from(body)).unwrap() })
}
