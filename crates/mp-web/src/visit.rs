//! A request as the pages see it: who asks, in which language, and what goes back to every browser.
//!
//! Owns the way of every request: learn who is there, refuse forms of other sites, answer, dress the answer. Must never
//! decide who may see a page.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use http::{HeaderMap, header};
use mp_domain::session::Stage;
use mp_domain::time::Timestamp;
use mp_service::{Browser, CallerAddress, SignedIn};

use crate::assets;
use crate::components::Problems;
use crate::cookies::{Cookie, CookieNames};
use crate::csrf::{self, Verdict};
use crate::errors::{self, PageError};
use crate::headers;
use crate::next_path::NextPath;
use crate::texts::{Language, Moment, Text};
use crate::web::Web;

/// The hidden field that carries the form token.
#[derive(Template)]
#[template(
    source = "<input type=\"hidden\" name=\"{{ csrf::FIELD }}\" value=\"{{ self.0 }}\">",
    ext = "html"
)]
pub(crate) struct FormField(String);

impl HtmlSafe for FormField {}

/// A request and what every page needs of it. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Visited>);

/// What [`Visit`] shares between its clones.
pub(crate) struct Visited {
    pub(crate) web: Web,
    language: Language,
    /// Path and query, for coming back here.
    path: String,
    /// The secret that the form token is made of.
    form_secret: String,
    who: Option<SignedIn>,
    address: IpAddr,
    user_agent: String,
    known: Option<String>,
}

impl Deref for Visit {
    type Target = Visited;

    fn deref(&self) -> &Visited {
        &self.0
    }
}

impl Visit {
    async fn begin(web: Web, parts: &Parts, form_secret: String) -> (Self, Result<(), PageError>) {
        let mut visited = Visited {
            language: language(&web, &parts.headers),
            path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            form_secret,
            who: None,
            address: address(parts),
            user_agent: text(&parts.headers, header::USER_AGENT),
            known: web.cookies.read(&parts.headers, Cookie::Known).map(str::to_owned),
            web,
        };
        let found = visited.recognise(&parts.headers).await;
        (Self(Arc::new(visited)), found)
    }
}

impl Visited {
    async fn recognise(&mut self, headers: &HeaderMap) -> Result<(), PageError> {
        if let Some(cookie) = self.web.cookies.read(headers, Cookie::Session) {
            self.who = self.web.service.session(cookie, &self.browser()).await?;
        }
        Ok(())
    }

    /// The message called `key`, in the language of the page.
    pub(crate) fn t<'a>(&self, key: &'static str) -> Text<'a> {
        Text::new(self.language, key)
    }

    /// A form with which nothing is wrong so far.
    pub(crate) fn no_problems(&self) -> Problems {
        Problems::none(self.t("error-summary"))
    }

    /// A number as the language writes it.
    pub(crate) fn number(&self, number: i64) -> String {
        self.t("number").with("number", number).to_string()
    }

    /// The language of the page.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The languages to choose from.
    #[expect(clippy::unused_self, reason = "templates call methods of the visit")]
    pub(crate) fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.web.now()
    }

    /// A moment, in words.
    pub(crate) fn moment(&self, at: Timestamp) -> Moment {
        Moment::new(self.language, at, self.now())
    }

    /// Path and query of this page.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether this page is the one at `path`.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.here() == path
    }

    fn here(&self) -> &str {
        self.path.split('?').next().unwrap_or("")
    }

    /// Whether this page is the one at `path`, or below it.
    pub(crate) fn is_below(&self, path: &str) -> bool {
        self.here().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether this page belongs to that section of a cabinet.
    pub(crate) fn is_in_section(&self, section: &str) -> bool {
        self.here().split('/').nth(3) == Some(section)
    }

    /// What every form of ours begins with.
    pub(crate) fn form_field(&self) -> FormField {
        FormField(csrf::form_token(&self.form_secret))
    }

    /// Where the stylesheet or script of that name is.
    #[expect(clippy::unused_self, reason = "templates call methods of the visit")]
    pub(crate) fn asset(&self, name: &'static str) -> &'static str {
        assets::path(name)
    }

    /// The person of a live session, at whatever stage it is.
    pub(crate) fn session(&self) -> Option<&SignedIn> {
        self.who.as_ref()
    }

    /// The person, if signed in.
    pub(crate) fn person(&self) -> Option<&SignedIn> {
        self.who.as_ref().filter(|who| who.session.stage == Stage::SignedIn)
    }

    /// As the person is called at the top of the page.
    pub(crate) fn person_name(&self) -> Option<&str> {
        let account = &self.person()?.account;
        Some(account.name.as_ref().map_or(account.login.as_str(), |name| name.as_str()))
    }

    /// The browser, for the use cases.
    pub(crate) fn browser(&self) -> Browser<'_> {
        let language = match self.language {
            Language::English => mp_service::Language::English,
            Language::Russian => mp_service::Language::Russian,
        };
        Browser {
            address: self.address,
            user_agent: &self.user_agent,
            known: self.known.as_deref(),
            language,
        }
    }

    /// The login page that leads back here.
    pub(crate) fn login_path(&self) -> String {
        NextPath::after("/login", &self.path)
    }
}

fn language(web: &Web, headers: &HeaderMap) -> Language {
    let chosen = web.cookies.read(headers, Cookie::Language).and_then(Language::tagged);
    chosen.unwrap_or_else(|| Language::accepted(headers))
}

/// Whoever passes requests on says whose they are; without that all callers share one budget of attempts.
fn address(parts: &Parts) -> IpAddr {
    let caller = parts.extensions.get::<CallerAddress>();
    caller.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |caller| caller.0)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// The way of every request for a page.
pub(crate) async fn attend(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let cookies = web.cookies;
    let brought = brought_secret(cookies, &parts.headers);
    let form_secret = brought.clone().unwrap_or_else(|| fresh_secret(&web));
    let (visit, found) = Visit::begin(web, &parts, form_secret).await;
    parts.extensions.insert(visit.clone());
    let answer = match found {
        Ok(()) => answer(Request::from_parts(parts, body), next).await,
        Err(error) => error.into_response(),
    };
    let mut response = errors::dress(&visit, answer);
    if brought.is_none() {
        response.headers_mut().append(header::SET_COOKIE, cookies.set(Cookie::Form, &visit.form_secret));
    }
    headers::protect(&mut response, visit.web.origin.is_https());
    response
}

/// The cookie that ties forms to this browser: its session, or that of a browser without one.
fn brought_secret(cookies: CookieNames, headers: &HeaderMap) -> Option<String> {
    let secret = cookies.read(headers, Cookie::Session).or_else(|| cookies.read(headers, Cookie::Form));
    secret.map(str::to_owned)
}

fn fresh_secret(web: &Web) -> String {
    let mut bytes = [0; 32];
    web.entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn answer(request: Request<Body>, next: Next) -> Response {
    // A task of its own: a panic ends the task and not the connection, and a use case is not torn off in its middle when
    // the browser goes away.
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(failed) => PageError::internal(failed).into_response(),
    }
}

/// Lets nothing but forms of ours reach a page; what is no page is asked for nothing.
pub(crate) async fn refuse_foreign_forms(visit: Visit, request: Request, next: Next) -> Response {
    match csrf::judge(request.method(), request.headers(), &visit.web.origin) {
        Verdict::Pass => next.run(request).await,
        Verdict::Refuse => PageError::ForeignForm.into_response(),
        Verdict::AskForm => match csrf::with_token(request, &visit.form_secret).await {
            Ok(request) => next.run(request).await,
            Err(error) => error.into_response(),
        },
    }
}
