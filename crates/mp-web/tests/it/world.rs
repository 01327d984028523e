//! A server's pages without its sockets, and browsers that keep cookies.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use mp_domain::event::Actor;
use mp_domain::ids::AccountId;
use mp_domain::key_token::TokenFormat;
use mp_domain::secret::{Pepper, Peppers, PlainSecret};
use mp_domain::time::Timestamp;
use mp_service::accounts::NewAccount;
use mp_service::{CallerAddress, Letter, Mailer, Sending, Service, ServiceParts, SignUp};
use mp_store::{DatabaseUrl, Store};
use mp_testkit::{ManualClock, PATIENCE, SeededEntropy};
use mp_web::WebParts;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::ServiceExt as _;

/// Noon of 2026-11-21.
const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);
pub(crate) const PASSWORD: &str = "a long password";
pub(crate) const ORIGIN: &str = "https://pass.example.org";

/// Pages on a database with one person, `olga`.
pub(crate) struct World {
    _folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) service: Service,
    pages: Router,
    letters: UnboundedReceiver<Letter>,
}

/// A way of sending that hands letters to the test.
struct Post(UnboundedSender<Letter>);

impl Mailer for Post {
    fn send(&self, letter: Letter) -> Sending<'_> {
        self.0.send(letter).expect("the test still listens");
        Box::pin(async { Ok(()) })
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(SignUp::Closed).await
    }

    pub(crate) async fn with(sign_up: SignUp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(&folder.path().join("marketpass.db"));
        Store::migrate(&url).unwrap();
        let (clock, entropy) = (Arc::new(ManualClock::at(NOON)), Arc::new(SeededEntropy::new(1)));
        let (sender, letters) = unbounded_channel();
        let service = Service::new(ServiceParts {
            store: Store::open(&url).unwrap(),
            peppers: Peppers::new(Pepper::from_material(1, [1; 32]), Vec::new()),
            format: TokenFormat::default(),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
            mailer: Some(Arc::new(Post(sender))),
            public_url: ORIGIN.to_owned(),
            sign_up,
        });
        service.register_peppers(Actor::System).await.unwrap();
        let parts = WebParts { service: service.clone(), clock: Arc::clone(&clock) as _, entropy };
        let world = Self { _folder: folder, clock, service, pages: mp_web::pages(parts), letters };
        world.account("olga").await;
        world
    }

    pub(crate) async fn account(&self, login: &str) -> AccountId {
        let new = NewAccount {
            login: login.parse().unwrap(),
            email: format!("{login}@example.org").parse().unwrap(),
            name: None,
            password: PlainSecret::new(PASSWORD.to_owned()),
        };
        self.service.create_account(Actor::Operator, new).await.unwrap().id
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser { pages: self.pages.clone(), cookies: BTreeMap::new(), language: "en" }
    }

    /// A browser in which `login` is signed in.
    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.post("/login", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(page.location(), Some("/"), "{}", page.text);
        browser
    }

    /// The link in the next letter that has one, without the origin.
    pub(crate) async fn link_of_next_letter(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.letters.recv());
            let letter = next.await.expect("no letter with a link came").unwrap();
            if let Some((_, rest)) = letter.text.split_once(ORIGIN) {
                return rest.split_whitespace().next().unwrap().to_owned();
            }
        }
    }
}

/// A browser: keeps cookies, and says of each form that a page of ours sent it.
#[derive(Clone)]
pub(crate) struct Browser {
    pages: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What is below the top that all pages share.
    pub(crate) fn main(&self) -> &str {
        self.text.split_once("<main").expect("it is a page").1
    }

    /// The form token, which is the same in every form of the page.
    pub(crate) fn form_token(&self) -> &str {
        let (_, rest) = self.text.split_once("name=\"csrf\" value=\"").expect("the page has a form");
        rest.split('"').next().unwrap()
    }

    /// The value of the first field of that name, below the top.
    pub(crate) fn field(&self, name: &str) -> &str {
        let (_, rest) =
            self.main().split_once(&format!("name=\"{name}\" value=\"")).expect("the page has the field");
        rest.split('"').next().unwrap()
    }
}

impl Browser {
    /// The same person's browser at other pages on the same database.
    pub(crate) fn elsewhere(self, pages: Router) -> Self {
        Self { pages, ..self }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends a form as a page of ours would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, &[("sec-fetch-site", "same-origin")], fields).await
    }

    /// Sends a form with headers of the test's choice.
    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.ask(Method::POST, path, &headers, Body::from(form.finish())).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", cookies.join("; "))
            .header("accept-language", self.language)
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
            .extension(CallerAddress(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.pages.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep(&parts.headers);
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, headers: parts.headers, text }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
