//! `/account/security/passkeys/…`: passkeys, added and removed.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::name::Name;
use mp_service::factors::Passkey;
use serde::Deserialize;

use crate::components::{Field, Notice, Problems, Tone};
use crate::errors::PageError;
use crate::pages::account::Question;
use crate::pages::account::backup_codes::show_codes;
use crate::pages::account::totp::unexpected;
use crate::pages::passkey::{self, PasskeyForm};
use crate::pages::{Answer, go_to, second_factor, show, show_again};
use crate::session::{AccountSession, FreshSession};
use crate::visit::Visit;
use crate::web::Web;

const ADD: &str = "/account/security/passkeys/new";

/// The form's fields.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Addition {
    name: String,
    answer: String,
}

#[derive(Template)]
#[template(path = "account/passkey.html")]
struct AddPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    form: Option<PasskeyForm>,
    unavailable: Notice,
}

impl<'a> AddPage<'a> {
    fn new(visit: &'a Visit, name: &str, problems: Problems) -> Self {
        let field = Field::text("name", visit.t("passkey-name")).hint(visit.t("passkey-name-hint"));
        let field = field.value(name).max_length(100).focused().judged(&problems);
        let is_possible = visit.web.service.passkeys_available().is_ok();
        Self {
            visit,
            problems,
            form: is_possible.then(|| passkey::adding(visit, ADD, field)),
            unavailable: Notice::new(Tone::Attention, visit.t("passkeys-unavailable")),
        }
    }
}

/// `GET /account/security/passkeys/new`
pub(crate) async fn form(session: FreshSession) -> Answer {
    let name = session.visit.t("passkey-name-default").to_string();
    show(&AddPage::new(&session.visit, &name, Problems::default()))
}

/// `POST /account/security/passkeys/new/begin`. A session that is not fresh any more is told so by the use case, because
/// a script cannot be sent to another page.
pub(crate) async fn begin(
    session: AccountSession,
    State(web): State<Web>,
    Form(addition): Form<Addition>,
) -> Result<Response, PageError> {
    // A name that will not do is told when the answer comes, where people see it.
    let name = Name::new(&addition.name)
        .or_else(|_| Name::new(&session.visit.t("passkey-name-default").to_string()))?;
    passkey::options(web.service.begin_passkey(&session.who, &name).await)
}

/// `POST /account/security/passkeys/new`
pub(crate) async fn add(
    session: FreshSession,
    State(web): State<Web>,
    Form(addition): Form<Addition>,
) -> Answer {
    let FreshSession { visit, who } = &session;
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.finish_passkey(who, &addition.answer).await {
        Ok(Some(codes)) => return show_codes(visit, &codes, visit.t("done-passkey")),
        Ok(None) => return go_to("/account/security?done=passkey"),
        Err(error) => second_factor::explain(visit, &mut problems, error)?,
    }
    show_again(&AddPage::new(visit, &addition.name, problems))
}

/// `GET /account/security/passkeys/{id}`
pub(crate) async fn removal_form(session: FreshSession, Path(id): Path<String>) -> Answer {
    let FreshSession { visit, who } = &session;
    let factors = visit.web.service.second_factors(who).await?;
    let passkey = the_one(&factors.passkeys, &id)?;
    show(&Question {
        visit,
        problems: Problems::default(),
        title: visit.t("passkey-remove-title").with("name", passkey.name.to_string()),
        consequences: vec![visit.t("passkey-remove-why"), visit.t("ends-tokens-and-sessions")],
        button: visit.t("passkey-remove"),
        is_dangerous: true,
        back: "/account/security",
    })
}

/// `POST /account/security/passkeys/{id}`
pub(crate) async fn remove(session: FreshSession, State(web): State<Web>, Path(id): Path<String>) -> Answer {
    let FreshSession { visit, who } = &session;
    let credential_id = URL_SAFE_NO_PAD.decode(id).map_err(|_| PageError::NotFound)?;
    match web.service.remove_passkey(who, &credential_id).await {
        Ok(()) => go_to("/account/security?done=passkey-removed"),
        Err(error) => Err(unexpected(visit, error)),
    }
}

fn the_one<'a>(passkeys: &'a [Passkey], id: &str) -> Result<&'a Passkey, PageError> {
    let id = URL_SAFE_NO_PAD.decode(id).map_err(|_| PageError::NotFound)?;
    passkeys.iter().find(|passkey| passkey.credential_id == id).ok_or(PageError::NotFound)
}
