//! A database with a cabinet in it, and nodes on it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::api_key::KeyGrant;
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::client::{ClientKind, ClientProfile};
use mp_domain::credential::OAuthCredential;
use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::ids::{AccountId, BusinessId, CampaignId, ClientId};
use mp_domain::key_token::TokenFormat;
use mp_domain::member::Role;
use mp_domain::name::Name;
use mp_domain::network::Networks;
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::operation::{GET_AUTH_TOKEN_INFO, Operation};
use mp_domain::reach::{Named, Reach, Target};
use mp_domain::scope::{AccessScope, ScopeSet};
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_domain::window::Budget;
use mp_service::accounts::NewAccount;
use mp_service::api_keys::IssuedKey;
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::staff::NewMember;
use mp_service::stores::OwnedReach;
use mp_service::{
    Admitted, Node, NodeOptions, PepperSource, Presented, Request, Service, ServiceParts, SignUp,
};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::{ManualClock, RunningTime, SeededEntropy};
use tempfile::TempDir;

/// Noon of 2026-11-21.
pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);
pub(crate) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How people reach the server.
pub(crate) const PUBLIC_URL: &str = "http://localhost:8080";

/// A cabinet with an owner, on SQLite, and a clock that stands still.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) business: BusinessId,
    pub(crate) url: DatabaseUrl,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(&folder.path().join("marketpass.db"));
        Store::migrate(&url).unwrap();
        let clock = Arc::new(ManualClock::at(NOON));
        let mut world = Self { folder, clock, business: BusinessId::new(1).unwrap(), url };
        let service = world.service(1);
        service.register_peppers(Actor::System).await.unwrap();
        world.account(&service, "owner").await;
        world.business = new_business(&service, "owner").await;
        world
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Use cases as a command of another process has them: on connections of their own, with no check beside them.
    pub(crate) fn service(&self, seed: u64) -> Service {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::new(SeededEntropy::new(seed)));
        let store = Store::open(&self.url).unwrap();
        Service::new(ServiceParts {
            store,
            peppers: peppers(&[1]),
            format: TokenFormat::default(),
            clock,
            entropy,
            mailer: None,
            public_url: PUBLIC_URL.to_owned(),
            sign_up: SignUp::Closed,
        })
    }

    pub(crate) async fn node(&self, seed: u64) -> Node {
        self.node_with(seed, Arc::new(|| Ok(peppers(&[1])))).await
    }

    pub(crate) async fn node_with(&self, seed: u64, source: PepperSource) -> Node {
        Node::start(self.options(seed, source)).await.unwrap()
    }

    pub(crate) fn options(&self, seed: u64, peppers: PepperSource) -> NodeOptions {
        let folder = self.folder().join(format!("node{seed}"));
        std::fs::create_dir_all(&folder).unwrap();
        NodeOptions {
            store: Store::open(&self.url).unwrap(),
            folder,
            peppers,
            format: TokenFormat::default(),
            limits_scale: 1.0,
            standard_headers: false,
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::new(SeededEntropy::new(seed)),
            mailer: None,
            public_url: PUBLIC_URL.to_owned(),
            sign_up: SignUp::Closed,
        }
    }

    pub(crate) async fn account(&self, service: &Service, login: &str) -> AccountId {
        let (login, email) = (login.parse().unwrap(), format!("{login}@example.org").parse().unwrap());
        let password = PlainSecret::new("a long password".to_owned());
        let made = service.create_account(Actor::Operator, NewAccount { login, email, name: None, password });
        made.await.unwrap().id
    }

    pub(crate) async fn member(&self, service: &Service, login: &str, role: Role) -> AccountId {
        let id = self.account(service, login).await;
        let new = NewMember {
            business_id: self.business,
            login: login.parse().unwrap(),
            role,
            campaigns: Vec::new(),
        };
        service.add_member(Actor::Operator, new).await.unwrap();
        id
    }

    pub(crate) async fn key(&self, service: &Service, name: &str) -> IssuedKey {
        service.create_api_key(Actor::Operator, self.business, grant(name)).await.unwrap()
    }
}

pub(crate) async fn new_business(service: &Service, owner: &str) -> BusinessId {
    let owner: Login = owner.parse().unwrap();
    let new = NewBusiness {
        id: None,
        name: name("Shop"),
        owner,
        subscription: Subscription::None,
        kind: SellerKind::Seller,
    };
    service.create_business(Actor::Operator, new).await.unwrap().id
}

pub(crate) fn peppers(numbers: &[u8]) -> Peppers {
    let mut all: Vec<_> = numbers.iter().map(|n| Pepper::from_material(u32::from(*n), [*n; 32])).collect();
    let current = all.remove(0);
    Peppers::new(current, all)
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn grant(text: &str) -> KeyGrant {
    KeyGrant {
        name: name(text),
        scopes: scopes(&[AccessScope::Pricing]),
        campaigns: Vec::new(),
        networks: Networks::default(),
        expires_at: None,
    }
}

pub(crate) fn scopes(scopes: &[AccessScope]) -> ScopeSet {
    scopes.iter().copied().collect()
}

/// What the check says to a token: the name of the key and the budget left, or the reason of the refusal.
pub(crate) fn check(node: &Node, token: &str) -> Result<(String, Budget), Denial> {
    check_from(node, token, HOME)
}

pub(crate) fn check_from(node: &Node, token: &str, from: IpAddr) -> Result<(String, Budget), Denial> {
    let presented = Presented::ApiKey(token.as_bytes());
    let answer = node
        .enforcer()
        .enforce(presented, &GET_AUTH_TOKEN_INFO, from, |key, budget| (key.name.to_owned(), budget.unwrap()));
    answer.map_err(|refusal| refusal.denial)
}

/// Waits until another process's change has reached the node, for at most the second that is promised.
pub(crate) async fn within_a_second(mut condition: impl FnMut() -> bool) {
    let mut time = RunningTime::start();
    while !condition() {
        assert!(time.look() < Duration::from_secs(1), "not in force within one second");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// An application of the owner that asks for the seller API.
pub(crate) async fn application(service: &Service, owner: AccountId) -> ClientId {
    let mut profile = profile(service, &[OAuthScope::MarketPartnerApi]);
    let others = service.clients_of(owner).await.unwrap().len();
    if others > 0 {
        profile.name = name(&format!("Courier {others}"));
    }
    let made = service.register_client(Actor::Operator, owner, ClientKind::Id, profile, None, true);
    made.await.unwrap().0.id
}

pub(crate) fn profile(service: &Service, scopes: &[OAuthScope]) -> ClientProfile {
    let own = service.verification_code_uri();
    ClientProfile {
        name: name("Courier"),
        email: "courier@example.org".parse().unwrap(),
        grant_types: service.default_grant_types(std::slice::from_ref(&own)),
        redirect_uris: vec![own],
        scopes: scopes.iter().copied().collect(),
        ignores_redirect_query: false,
    }
}

/// A token of a person for an application, as the operator issues it.
pub(crate) async fn token(service: &Service, client: ClientId, login: &str) -> PlainSecret {
    let login = login.parse().unwrap();
    service.issue_token(Actor::Operator, client, &login, None, None).await.unwrap().token
}

pub(crate) async fn store(service: &Service, business_id: BusinessId, called: &str) -> CampaignId {
    let new = NewCampaign { id: None, business_id, name: name(called), placement: Placement::Fbs };
    service.create_campaign(Actor::Operator, new).await.unwrap().id
}

/// What the check says to a bearer of a token: what is in reach and what is left, or the reason of the refusal.
pub(crate) fn bear(
    node: &Node,
    token: &str,
    operation: &'static Operation,
    target: Target,
) -> Result<(Vec<OwnedReach>, Budget), Denial> {
    let credential = OAuthCredential { token: token.as_bytes(), client_id: None };
    ask(node, Presented::OAuth(credential), operation, target)
}

pub(crate) fn ask(
    node: &Node,
    presented: Presented<'_>,
    operation: &'static Operation,
    target: Target,
) -> Result<(Vec<OwnedReach>, Budget), Denial> {
    let request = Request::of(operation, Named::in_path(target));
    let take = |admitted: Admitted<'_>| (admitted.reaches(), admitted.charge().unwrap().budget());
    node.enforcer().admit(presented, &request, HOME, take).map_err(|refusal| refusal.denial)
}

/// A cabinet as a whole.
pub(crate) fn all_of(business_id: BusinessId) -> OwnedReach {
    Reach { business_id, campaigns: None }.into()
}
