//! A served cabinet: database, node, listeners, and a clock that stands still.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use mp_domain::api_key::KeyGrant;
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::client::{ClientKind, ClientProfile};
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId, ClientId};
use mp_domain::key_token::TokenFormat;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::scope::AccessScope;
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_gateway::{Patience, UpstreamParts, upstream};
use mp_http::{Addresses, EdgeParts, Gatekeeper, Server, Timeouts};
use mp_service::accounts::NewAccount;
use mp_service::api_keys::IssuedKey;
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::{Node, NodeOptions, SignUp};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::{ManualClock, SeededEntropy};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::envoy::Envoy;
use crate::wire::{Answer, Caller};

/// Half past noon of 2026-11-21.
const NOW: Timestamp = Timestamp::from_seconds(1_795_264_200);

/// What services that decide for themselves come with.
pub(crate) const GATEWAY_SECRET: &str = "a-secret-of-gateways";

pub(crate) struct World {
    pub(crate) addresses: Addresses,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) node: Arc<Node>,
    business: BusinessId,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

/// So little patience that a test can wait for its end, and so much that whoever asks at once is in time.
pub(crate) fn impatient() -> Timeouts {
    let short = Duration::from_secs(2);
    Timeouts { head: short, idle: short, body: short, ..Timeouts::default() }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server that no peer may ask about others.
    pub(crate) async fn unknown_to_gateways() -> Self {
        Self::with(|parts| parts.trusted_gateways.clear()).await
    }

    /// A server with an upstream behind its gate.
    pub(crate) async fn before(upstream: impl Behind) -> Self {
        let upstream = way_to(upstream.address().await);
        Self::with(|parts| parts.upstream = Some(upstream.into())).await
    }

    /// A server that has its upstream within itself.
    pub(crate) async fn around(upstream: Router) -> Self {
        Self::with(|parts| parts.upstream = Some(upstream.into())).await
    }

    pub(crate) async fn impatient() -> Self {
        Self::with(|parts| parts.timeouts = impatient()).await
    }

    /// A server that stops whether everybody is answered or not.
    pub(crate) async fn hasty() -> Self {
        Self::with(|parts| parts.timeouts.drain = Duration::from_millis(100)).await
    }

    pub(crate) async fn behind(trusted_proxies: &[&str]) -> Self {
        let trusted = trusted_proxies.iter().map(|network| network.parse().unwrap()).collect();
        Self::with(|parts| parts.trusted_proxies = trusted).await
    }

    /// A server that also has these pages.
    pub(crate) async fn with_pages(timeouts: Timeouts, pages: Router) -> Self {
        Self::with(|parts| {
            parts.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
            (parts.timeouts, parts.pages) = (timeouts, Some(pages));
        })
        .await
    }

    /// A server that tells limits in seconds, too, with an upstream behind its gate.
    pub(crate) async fn telling_seconds(upstream: Router) -> Self {
        let upstream = way_to(upstream.address().await);
        Self::made(|options| options.standard_headers = true, |parts| parts.upstream = Some(upstream.into()))
            .await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut EdgeParts)) -> Self {
        Self::made(|_| {}, change).await
    }

    async fn made(change_node: impl FnOnce(&mut NodeOptions), change: impl FnOnce(&mut EdgeParts)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let node = node(&folder, &clock, change_node).await;
        let business = business(&node).await;
        let any = "127.0.0.1:0".parse().unwrap();
        let wanted =
            Addresses { listen: any, api_listen: Some(any), ops_listen: any, extauthz_listen: Some(any) };
        let server = Server::bind(wanted).await.unwrap();
        let addresses = server.addresses();
        let mut parts = EdgeParts {
            node: Arc::clone(&node),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(2)),
            trusted_proxies: Vec::new(),
            trusted_gateways: vec!["127.0.0.0/8".parse().unwrap()],
            timeouts: Timeouts::default(),
            upstream: None,
            pages: None,
            ext_authz: Some(Box::new(ext_authz)),
            gateway_secret: Some(PlainSecret::new(GATEWAY_SECRET.to_owned())),
            tls: None,
            api_tls: None,
            ext_authz_tls: None,
        };
        change(&mut parts);
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(parts, async { drop(stopped.await) }));
        Self { addresses, clock, node, business, stop: Some(stop), serving, _folder: folder }
    }

    pub(crate) async fn caller(&self) -> Caller {
        Caller::connect(self.addresses.listen).await
    }

    /// The answer to one request on a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        self.caller().await.ask(request).await
    }

    pub(crate) async fn key(&self, name: &str) -> IssuedKey {
        self.key_with(grant(name)).await
    }

    pub(crate) async fn key_with(&self, grant: KeyGrant) -> IssuedKey {
        self.node.service().create_api_key(Actor::Operator, self.business, grant).await.unwrap()
    }

    /// One more store of the cabinet.
    pub(crate) async fn store(&self, name: &str) -> CampaignId {
        let (business_id, name) = (self.business, Name::new(name).unwrap());
        let new = NewCampaign { id: None, business_id, name, placement: Placement::Fbs };
        self.node.service().create_campaign(Actor::Operator, new).await.unwrap().id
    }

    /// An application, and the owner's token for it.
    pub(crate) async fn token(&self) -> (ClientId, PlainSecret) {
        let (service, login) = (self.node.service(), "owner".parse().unwrap());
        let owner = service.list_accounts().await.unwrap()[0].id;
        let own = service.verification_code_uri();
        // An owner's applications differ by name.
        let others = service.clients_of(owner).await.unwrap().len();
        let profile = ClientProfile {
            name: Name::new(&format!("Courier {others}")).unwrap(),
            email: "courier@example.org".parse().unwrap(),
            grant_types: service.default_grant_types(std::slice::from_ref(&own)),
            redirect_uris: vec![own],
            scopes: [OAuthScope::MarketPartnerApi].into_iter().collect(),
            ignores_redirect_query: false,
        };
        let made = service.register_client(Actor::Operator, owner, ClientKind::Id, profile, None, true);
        let client = made.await.unwrap().0.id;
        let issued = service.issue_token(Actor::Operator, client, &login, None, None).await.unwrap();
        (client, issued.token)
    }

    pub(crate) fn business(&self) -> BusinessId {
        self.business
    }

    /// Asks the server to stop.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has.
    pub(crate) async fn stopped(self) {
        self.serving.await.unwrap();
    }

    /// The answer of the seller API's own origin to one request.
    pub(crate) async fn ask_api(&self, request: impl AsRef<[u8]>) -> Answer {
        Caller::connect(self.addresses.api_listen.unwrap()).await.ask(request).await
    }

    pub(crate) fn listen(&self) -> SocketAddr {
        self.addresses.listen
    }

    /// Envoy, as it is connected to the server.
    pub(crate) async fn envoy(&self) -> Envoy {
        Envoy::connect(self.ext_authz_listen()).await
    }

    pub(crate) fn ext_authz_listen(&self) -> SocketAddr {
        self.addresses.extauthz_listen.unwrap()
    }

    pub(crate) fn api_listen(&self) -> SocketAddr {
        self.addresses.api_listen.unwrap()
    }
}

pub(crate) fn grant(name: &str) -> KeyGrant {
    KeyGrant {
        name: Name::new(name).unwrap(),
        scopes: [AccessScope::Pricing, AccessScope::Communication].into_iter().collect(),
        campaigns: Vec::new(),
        networks: Networks::default(),
        expires_at: None,
    }
}

/// A plain token-info request.
pub(crate) fn plain(token: &str) -> String {
    format!("POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {token}\r\n\r\n")
}

/// A token-info request that takes the way through the router.
pub(crate) fn routed(token: &str) -> String {
    with_body(token, "Content-Type: application/json\r\n", "{}")
}

pub(crate) fn with_body(token: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v2/auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: {token}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A request with these header lines, each ending in a line break.
pub(crate) fn request(verb: &str, path: &str, headers: &str) -> String {
    format!("{verb} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

/// The header line of an API key.
pub(crate) fn api_key(token: &PlainSecret) -> String {
    format!("Api-Key: {}\r\n", token.expose())
}

/// The header line of an OAuth token.
pub(crate) fn bearer(token: &PlainSecret) -> String {
    format!("Authorization: Bearer {}\r\n", token.expose())
}

fn ext_authz(gatekeeper: Gatekeeper) -> Router {
    let health = gatekeeper.clone();
    mp_gateway::ext_authz(
        move |gateway, described| gatekeeper.judge(gateway, described),
        move || health.is_ready(),
    )
}

async fn node(
    folder: &TempDir,
    clock: &Arc<ManualClock>,
    change: impl FnOnce(&mut NodeOptions),
) -> Arc<Node> {
    let url = DatabaseUrl::sqlite(&folder.path().join("marketpass.db"));
    Store::migrate(&url).unwrap();
    let mut options = NodeOptions {
        store: Store::open(&url).unwrap(),
        folder: folder.path().to_owned(),
        peppers: Arc::new(|| Ok(Peppers::new(Pepper::from_material(1, [1; 32]), Vec::new()))),
        format: TokenFormat::default(),
        limits_scale: 1.0,
        standard_headers: false,
        clock: Arc::clone(clock) as _,
        entropy: Arc::new(SeededEntropy::new(1)),
        mailer: None,
        public_url: "http://localhost:8080".to_owned(),
        sign_up: SignUp::Closed,
    };
    change(&mut options);
    Arc::new(Node::start(options).await.unwrap())
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

/// The way to a service at an address, as it is in front of real ones.
pub(crate) fn way_to(address: SocketAddr) -> mp_gateway::Upstream {
    let url = format!("http://{address}").parse().unwrap();
    let patience = Patience::default();
    let parts = UpstreamParts { url, authorities: None, preserve_host: false, patience };
    upstream(parts).unwrap()
}

/// What can stand behind a gate, at an address.
pub(crate) trait Behind {
    async fn address(self) -> SocketAddr;
}

impl Behind for SocketAddr {
    async fn address(self) -> SocketAddr {
        self
    }
}

impl Behind for Router {
    async fn address(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, self).await.unwrap() });
        address
    }
}
