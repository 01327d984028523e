//! `/account/security/totp`: codes of an authenticator application, switched on and off.

use askama::Template;
use axum::Form;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mp_service::factors::{FactorError, TotpEnrolment};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use crate::components::{Copyable, Field, Problems};
use crate::errors::PageError;
use crate::pages::account::Question;
use crate::pages::account::backup_codes::show_codes;
use crate::pages::{Answer, go_to, second_factor, show, show_again};
use crate::session::FreshSession;
use crate::visit::Visit;
use crate::web::Web;

/// The form's field.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Proof {
    code: String,
}

#[derive(Template)]
#[template(path = "account/totp.html")]
struct EnrolmentPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    /// A `data:` address of an SVG.
    picture: String,
    secret: Copyable,
    code: Field,
}

impl<'a> EnrolmentPage<'a> {
    fn new(visit: &'a Visit, enrolment: &TotpEnrolment, problems: Problems) -> Result<Self, PageError> {
        let code = Field::code("code", visit.t("totp-code")).inputmode("numeric").max_length(16);
        Ok(Self {
            visit,
            picture: picture(&enrolment.otpauth_url)?,
            secret: Copyable::new(visit, visit.t("totp-secret"), in_groups(&enrolment.secret_base32)),
            code: code.judged(&problems),
            problems,
        })
    }
}

/// In groups of four, as people type it; applications do not mind the spaces.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

fn picture(text: &str) -> Result<String, PageError> {
    let code = QrCode::new(text)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(196, 196).quiet_zone(false).build();
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

/// `GET /account/security/totp`
pub(crate) async fn form(session: FreshSession, State(web): State<Web>) -> Answer {
    let FreshSession { visit, who } = &session;
    match web.service.begin_totp(who).await {
        Ok(enrolment) => show(&EnrolmentPage::new(visit, &enrolment, Problems::default())?),
        Err(error) => Err(unexpected(visit, error)),
    }
}

/// `POST /account/security/totp`
pub(crate) async fn confirm(
    session: FreshSession,
    State(web): State<Web>,
    Form(proof): Form<Proof>,
) -> Answer {
    let FreshSession { visit, who } = &session;
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.confirm_totp(who, &proof.code).await {
        Ok(codes) => return show_codes(visit, &codes, visit.t("done-totp-on")),
        Err(error) => second_factor::explain(visit, &mut problems, error)?,
    }
    match web.service.begin_totp(who).await {
        Ok(enrolment) => show_again(&EnrolmentPage::new(visit, &enrolment, problems)?),
        Err(error) => Err(unexpected(visit, error)),
    }
}

/// `GET /account/security/totp/off`
pub(crate) async fn off_form(session: FreshSession) -> Answer {
    show(&question(&session.visit, Problems::default()))
}

/// `POST /account/security/totp/off`
pub(crate) async fn switch_off(session: FreshSession, State(web): State<Web>) -> Answer {
    let FreshSession { visit, who } = &session;
    match web.service.disable_totp(who).await {
        Ok(()) => go_to("/account/security?done=totp-off"),
        Err(error) => Err(unexpected(visit, error)),
    }
}

fn question(visit: &Visit, problems: Problems) -> Question<'_> {
    Question {
        visit,
        problems,
        title: visit.t("totp-off-title"),
        consequences: vec![visit.t("totp-off-why"), visit.t("ends-tokens-and-sessions")],
        button: visit.t("totp-off"),
        is_dangerous: true,
        back: "/account/security",
    }
}

/// An error that belongs to no field: another page, or our fault.
pub(super) fn unexpected(visit: &Visit, error: FactorError) -> PageError {
    let mut problems = Problems::default();
    match second_factor::explain(visit, &mut problems, error.clone()) {
        Err(elsewhere) => elsewhere,
        Ok(()) => PageError::internal(error),
    }
}
