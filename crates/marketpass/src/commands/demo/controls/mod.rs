//! What moves a demonstration: its clock, its limits, its stores, forced answers, ends of keys and tokens.
//!
//! Owns the paths below `/demo` of the operations listener, and the way from a body to an answer; what each does is in
//! `actions`. Must never be part of a server: what it works with exists in a demonstration alone.

mod actions;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::time::Clock;
use mp_service::{Enforcer, Service, Stage};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Value, json};

use super::clock::DemoClock;
use super::stub::Forced;

/// What the controls work with.
pub(super) struct Controls {
    pub(super) clock: Arc<DemoClock>,
    pub(super) forced: Arc<Forced>,
    pub(super) stage: Stage,
    pub(super) enforcer: Arc<Enforcer>,
    pub(super) service: Service,
    pub(super) business: BusinessId,
    pub(super) campaigns: Vec<CampaignId>,
}

/// The list of controls, below the address of the operations listener.
pub(super) const PATH: &str = "/demo";

/// What each control does, with a body that works.
const LIST: [(&str, &str, &str); 8] = [
    (
        "/demo/clock",
        r#"{"advance":"1h"}"#,
        "moves the clock forwards; keys, tokens, sessions and windows of limits follow",
    ),
    ("/demo/clock", r#"{"set":"2027-01-01T00:00:00Z"}"#, "moves the clock to a moment"),
    (
        "/demo/limit",
        r#"{"operation":"getPrices","remaining":0}"#,
        "leaves so much of a limit in its present window, for the first store or the cabinet; \
         \"entity\":{\"campaign\":ID}, {\"business\":ID} or {\"account\":LOGIN} names another",
    ),
    (
        "/demo/campaign",
        r#"{"availability":"MANUALLY_DISABLED"}"#,
        "switches the API of a store off, or on again with AVAILABLE; \"campaign\":ID names another than the first",
    ),
    (
        "/demo/business",
        r#"{"subscription":"medium","kind":"seller"}"#,
        "gives the cabinet another subscription (none, light, medium) or kind (seller, market-yandex-go, urbanads)",
    ),
    (
        "/demo/force",
        r#"{"operation":"updatePrices","status":420,"times":3}"#,
        "answers the next calls of an operation with 420, as if its limit were used up, or with an error of the upstream",
    ),
    ("/demo/revoke", r#"{"token":"…"}"#, "ends a key or an OAuth token"),
    ("/demo/reset", "{}", "goes back to the beginning"),
];

/// Why a control did nothing.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    sentence: String,
}

impl Refused {
    fn new(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, sentence: sentence.into() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.sentence}))).into_response()
    }
}

impl Controls {
    /// The routes.
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route(PATH, get(list))
            .route("/demo/clock", post(actions::clock))
            .route("/demo/limit", post(actions::limit))
            .route("/demo/campaign", post(actions::campaign))
            .route("/demo/business", post(actions::business))
            .route("/demo/force", post(actions::force))
            .route("/demo/revoke", post(actions::revoke))
            .route("/demo/reset", post(actions::reset))
            .route("/demo/{*other}", any(async || unknown(StatusCode::NOT_FOUND)))
            .method_not_allowed_fallback(async || unknown(StatusCode::METHOD_NOT_ALLOWED))
            .layer(from_fn(refuse_browsers))
            .with_state(Arc::new(self))
    }
}

async fn list(State(controls): State<Arc<Controls>>) -> Json<Value> {
    let controls_of =
        LIST.map(|(path, body, does)| json!({"method": "POST", "path": path, "body": body, "does": does}));
    Json(json!({"now": controls.clock.now(), "controls": controls_of}))
}

fn unknown(status: StatusCode) -> Refused {
    Refused {
        status,
        sentence: "this is no control: GET /demo lists them all, with a body for each".to_owned(),
    }
}

/// A page of another site could send forms here without reading the answers. It cannot leave `Origin` out.
async fn refuse_browsers(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        let sentence = "controls are for programs of this machine, not for pages: use curl".to_owned();
        return Refused { status: StatusCode::FORBIDDEN, sentence }.into_response();
    }
    next.run(request).await
}

/// Reads the body of a control, whatever type it says it has: curl says that it is a form.
fn read<T: DeserializeOwned>(control: &str, body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| {
        let problem = match error.classify() {
            Category::Data => "has a field too many or too few, or a value of another kind than is expected",
            Category::Syntax | Category::Eof | Category::Io => "is no JSON",
        };
        let here = LIST.iter().filter(|(path, ..)| path.strip_prefix("/demo/") == Some(control));
        let bodies: Vec<_> = here.map(|(_, body, _)| *body).collect();
        let bodies = bodies.join(" or ");
        Refused::new(format!(
            "the body {problem}: send one like {bodies}; GET /demo says what each control takes"
        ))
    })
}
