//! A database with an owner of applications and a person, and a clock that stands still.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::client::{Client, ClientKind, ClientProfile, GrantType};
use mp_domain::event::Actor;
use mp_domain::ids::AccountId;
use mp_domain::key_token::TokenFormat;
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::time::Timestamp;
use mp_service::accounts::NewAccount;
use mp_service::authorization::Examined;
use mp_service::grants::IssuedAccessToken;
use mp_service::sign_in::SignInOutcome;
use mp_service::{Browser, Language, Service, ServiceParts, SignUp, SignedIn};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::{ManualClock, Postgres, SeededEntropy};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Noon of 2026-11-21.
pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);
pub(crate) const PUBLIC_URL: &str = "http://localhost:8080";
pub(crate) const OWN_PAGE: &str = "http://localhost:8080/verification_code";
/// Where the application of most tests lives.
pub(crate) const CALLBACK: &str = "https://example.org/callback";
pub(crate) const BROWSER: Browser<'static> = Browser {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    user_agent: "A browser",
    known: None,
    language: Language::English,
};
const PASSWORD: &str = "a long password";

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) service: Service,
    pub(crate) owner: AccountId,
    url: DatabaseUrl,
    runtime: Runtime,
    _folder: TempDir,
}

impl World {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(DatabaseUrl::sqlite(&folder.path().join("marketpass.db")), folder)
    }

    pub(crate) fn on_postgres() -> Self {
        Self::on(Postgres::shared().create_database().parse().unwrap(), tempfile::tempdir().unwrap())
    }

    fn on(url: DatabaseUrl, folder: TempDir) -> Self {
        Store::migrate(&url).unwrap();
        let clock = Arc::new(ManualClock::at(NOON));
        let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        let service = service(&url, &clock, 1, &[1]);
        runtime.block_on(service.register_peppers(Actor::System)).unwrap();
        let owner = AccountId::from_bytes([0; 16]);
        let mut world = Self { clock, service, owner, url, runtime, _folder: folder };
        world.owner = world.person("owner");
        world.person("olga");
        world
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Use cases of another process, with these peppers, of which the first is the current one.
    pub(crate) fn another_service(&self, peppers: &[u8]) -> Service {
        service(&self.url, &self.clock, u64::from(peppers[0]) + 100, peppers)
    }

    pub(crate) fn person(&self, login: &str) -> AccountId {
        let (login, email) = (login.parse().unwrap(), format!("{login}@example.org").parse().unwrap());
        let password = PlainSecret::new(PASSWORD.to_owned());
        let new = NewAccount { login, email, name: None, password };
        self.wait(self.service.create_account(Actor::Operator, new)).unwrap().id
    }

    /// A browser in which the person signs in now.
    pub(crate) fn sign_in(&self, login: &str) -> SignedIn {
        self.wait(async {
            let password = PlainSecret::new(PASSWORD.to_owned());
            let outcome = self.service.sign_in(&BROWSER, login, password).await;
            let Ok(SignInOutcome::SignedIn(cookies)) = outcome else { panic!("{login} is not signed in") };
            self.service.session(cookies.session.expose(), &BROWSER).await.unwrap().unwrap()
        })
    }

    /// An application of the owner for the market and the person's names, with the token in the redirect.
    pub(crate) fn application(&self) -> Client {
        self.register(ClientKind::Id, profile(&[CALLBACK]))
    }

    /// The second one of the owner has another name than the first.
    pub(crate) fn register(&self, kind: ClientKind, mut profile: ClientProfile) -> Client {
        let others = self.wait(self.service.clients_of(self.owner)).unwrap().len();
        if others > 0 {
            profile.name = Name::new(&format!("Выгрузка {others}")).unwrap();
        }
        let by = Actor::Account(self.owner);
        self.wait(self.service.register_client(by, self.owner, kind, profile, None, false)).unwrap().0
    }

    /// Gives the application another profile.
    pub(crate) fn edit(&self, client: &Client, change: impl Fn(&mut ClientProfile)) -> Client {
        let mut profile = self.wait(self.service.client(client.id)).unwrap().unwrap().profile;
        change(&mut profile);
        let keep = mp_service::applications::IconChange::Keep;
        self.wait(self.service.edit_client(Actor::Operator, client.id, profile, keep)).unwrap()
    }

    /// The request of an application for everything it may ask for.
    pub(crate) fn examined(&self, client: &Client) -> Examined {
        self.examine(&asking(client))
    }

    pub(crate) fn examine(&self, parameters: &AuthorizationParameters) -> Examined {
        self.wait(self.service.examine_authorization(parameters)).unwrap()
    }

    /// The token that the person gets by allowing a request.
    pub(crate) fn allowed(&self, who: &SignedIn, examined: &Examined) -> IssuedAccessToken {
        use mp_service::authorization::Outcome;
        let consent = self.wait(self.service.begin_consent(who, examined)).unwrap();
        let decided = self.wait(self.service.decide_consent(who, consent.ticket.expose(), true)).unwrap();
        match decided.outcome {
            Outcome::Allowed(issued) => issued,
            Outcome::Denied => panic!("it was allowed"),
        }
    }

    /// The token that the person has already for a request.
    pub(crate) fn existing(&self, who: &SignedIn, examined: &Examined) -> Option<IssuedAccessToken> {
        self.wait(self.service.existing_token(who, examined)).unwrap()
    }
}

fn service(url: &DatabaseUrl, clock: &Arc<ManualClock>, seed: u64, numbers: &[u8]) -> Service {
    Service::new(ServiceParts {
        store: Store::open(url).unwrap(),
        peppers: peppers(numbers),
        format: TokenFormat::default(),
        clock: Arc::clone(clock) as _,
        entropy: Arc::new(SeededEntropy::new(seed)),
        mailer: None,
        public_url: PUBLIC_URL.to_owned(),
        sign_up: SignUp::Closed,
    })
}

fn peppers(numbers: &[u8]) -> Peppers {
    let mut all: Vec<_> = numbers.iter().map(|n| Pepper::from_material(u32::from(*n), [*n; 32])).collect();
    let current = all.remove(0);
    Peppers::new(current, all)
}

pub(crate) fn market() -> OAuthScopes {
    OAuthScopes::from_iter([OAuthScope::MarketPartnerApi])
}

pub(crate) fn profile(redirect_uris: &[&str]) -> ClientProfile {
    ClientProfile {
        name: Name::new("Выгрузка").unwrap(),
        email: "dev@example.org".parse().unwrap(),
        redirect_uris: redirect_uris.iter().map(|uri| uri.parse().unwrap()).collect(),
        scopes: OAuthScopes::from_iter([OAuthScope::MarketPartnerApi, OAuthScope::LoginInfo]),
        grant_types: vec![GrantType::Implicit],
        ignores_redirect_query: false,
    }
}

/// `response_type=token&client_id=…`
pub(crate) fn asking(client: &Client) -> AuthorizationParameters {
    let id = client.id.to_string();
    AuthorizationParameters::default().with(Parameter::ResponseType, "token").with(Parameter::ClientId, &id)
}

/// The same for a device.
pub(crate) fn asking_on(client: &Client, device: &str) -> AuthorizationParameters {
    asking(client).with(Parameter::DeviceId, device)
}
