//! Passkeys on any page: a form that a script fills in, because only a script may ask the browser for one.
//!
//! Owns the form and the hand-over of challenges. Must never read an answer: it is passed on as it is.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use mp_service::factors::{FactorError, Factors};

use crate::components::Field;
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::visit::{FormField, Visit};

/// A button that asks the browser for a passkey and sends its answer as the field `answer`.
#[derive(Template)]
#[template(path = "components/passkey.html")]
pub(crate) struct PasskeyForm {
    form_field: FormField,
    /// Where the answer goes; the challenge comes from `<action>/begin`.
    action: &'static str,
    /// `get` to prove oneself, `create` to add one.
    ceremony: &'static str,
    next: Option<NextPath>,
    /// Sent along both times.
    name: Option<Field>,
    label: String,
    failed: String,
    needs_script: String,
}

impl HtmlSafe for PasskeyForm {}

/// The form for proving oneself, if the person has a passkey that works here.
pub(crate) fn answering(
    visit: &Visit,
    factors: &Factors,
    action: &'static str,
    next: Option<NextPath>,
) -> Option<PasskeyForm> {
    let is_possible = !factors.passkeys.is_empty() && visit.web.service.passkeys_available().is_ok();
    is_possible.then(|| PasskeyForm {
        form_field: visit.form_field(),
        action,
        ceremony: "get",
        next,
        name: None,
        label: visit.t("passkey-use").to_string(),
        failed: visit.t("passkey-failed").to_string(),
        needs_script: visit.t("passkey-needs-script").to_string(),
    })
}

/// The form for adding one, which asks for its name first.
pub(crate) fn adding(visit: &Visit, action: &'static str, name: Field) -> PasskeyForm {
    PasskeyForm {
        form_field: visit.form_field(),
        action,
        ceremony: "create",
        next: None,
        name: Some(name),
        label: visit.t("passkey-add").to_string(),
        failed: visit.t("passkey-failed").to_string(),
        needs_script: visit.t("passkey-needs-script").to_string(),
    }
}

/// A challenge for the script. Where there is none it loads its page anew, which then says why.
pub(crate) fn options(begun: Result<serde_json::Value, FactorError>) -> Result<Response, PageError> {
    match begun {
        Ok(options) => Ok(Json(options).into_response()),
        Err(FactorError::Store(error)) => Err(error.into()),
        Err(_) => Ok((StatusCode::CONFLICT, Json(serde_json::Value::Null)).into_response()),
    }
}
