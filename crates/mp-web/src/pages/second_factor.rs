//! `/login/otp`: the second factor.
//!
//! Owns the form of the code and the passkey's button. Must never show anything of the account: the password alone
//! opens nothing.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use mp_service::factors::{FactorError, Factors};
use serde::Deserialize;

use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::pages::passkey::{self, PasskeyForm};
use crate::pages::{Answer, go_to, keeping, refusal, show, show_again_after};
use crate::session::HalfwaySession;
use crate::visit::Visit;
use crate::web::Web;

/// The page's parameters.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    next: String,
}

/// The form's fields, and those of the passkey's form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Proof {
    code: String,
    answer: String,
    next: String,
}

#[derive(Template)]
#[template(path = "second-factor.html")]
struct SecondFactorPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    code: Field,
    next: Option<NextPath>,
    passkey: Option<PasskeyForm>,
}

impl<'a> SecondFactorPage<'a> {
    fn new(visit: &'a Visit, factors: &Factors, next: &str, problems: Problems) -> Self {
        let has_codes = factors.totp.is_some();
        let label = if has_codes { visit.t("second-factor-code") } else { visit.t("second-factor-backup") };
        let hint =
            if has_codes { visit.t("second-factor-code-hint") } else { visit.t("second-factor-backup-hint") };
        let code = Field::code("code", label).hint(hint).max_length(32);
        let code = if has_codes { code.focused() } else { code }.judged(&problems);
        let next = NextPath::read(next);
        let passkey = passkey::answering(visit, factors, "/login/otp/passkey", next.clone());
        Self { visit, problems, code, next, passkey }
    }
}

/// `GET /login/otp`
pub(crate) async fn form(session: HalfwaySession, Query(arrival): Query<Arrival>) -> Answer {
    let HalfwaySession { visit, who } = session;
    let factors = visit.web.service.second_factors(&who).await?;
    show(&SecondFactorPage::new(&visit, &factors, &arrival.next, Problems::default()))
}

/// `POST /login/otp`
pub(crate) async fn answer(
    session: HalfwaySession,
    State(web): State<Web>,
    Form(proof): Form<Proof>,
) -> Answer {
    let HalfwaySession { visit, who } = &session;
    match web.service.answer_code(who, &visit.browser(), &proof.code).await {
        Ok(cookies) => Ok(keeping(&web, &cookies, go_on(&proof.next)?)),
        Err(error) => again(&session, &proof, error).await,
    }
}

/// `POST /login/otp/passkey/begin`
pub(crate) async fn begin_passkey(
    session: HalfwaySession,
    State(web): State<Web>,
) -> Result<Response, PageError> {
    passkey::options(web.service.begin_passkey_answer(&session.who).await)
}

/// `POST /login/otp/passkey`
pub(crate) async fn answer_passkey(
    session: HalfwaySession,
    State(web): State<Web>,
    Form(proof): Form<Proof>,
) -> Answer {
    let HalfwaySession { visit, who } = &session;
    match web.service.finish_passkey_answer(who, &visit.browser(), &proof.answer).await {
        Ok(cookies) => Ok(keeping(&web, &cookies, go_on(&proof.next)?)),
        Err(error) => again(&session, &proof, error).await,
    }
}

fn go_on(next: &str) -> Answer {
    go_to(NextPath::read(next).as_ref().map_or("/", NextPath::as_str))
}

async fn again(session: &HalfwaySession, proof: &Proof, error: FactorError) -> Answer {
    let HalfwaySession { visit, who } = session;
    if error == FactorError::SessionOver {
        return go_to("/login");
    }
    let mut problems = Problems::none(visit.t("error-summary"));
    explain(visit, &mut problems, error)?;
    let factors = visit.web.service.second_factors(who).await?;
    let page = SecondFactorPage::new(visit, &factors, &proof.next, problems);
    show_again_after(&page, page.problems.wait())
}

/// Why a factor was not accepted, in words.
pub(crate) fn explain(visit: &Visit, problems: &mut Problems, error: FactorError) -> Result<(), PageError> {
    match error {
        FactorError::WrongCode => problems.add("code", visit.t("problem-wrong-code")),
        FactorError::WrongPasskey => problems.add("", visit.t("problem-wrong-passkey")),
        FactorError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        FactorError::NotBegun => problems.add("", visit.t("problem-not-begun")),
        FactorError::TooManyPasskeys(most) => {
            problems.add("", visit.t("problem-too-many-passkeys").with("most", most));
        }
        FactorError::Unavailable(_) => problems.add("", visit.t("passkeys-unavailable")),
        FactorError::SessionOver => return Err(PageError::Elsewhere(visit.login_path())),
        FactorError::NotFresh => {
            return Err(PageError::Elsewhere(NextPath::after("/account/confirm", visit.path())));
        }
        // The page was out of date: the security page tells what is on.
        FactorError::AlreadyOn | FactorError::NotOn => {
            return Err(PageError::Elsewhere("/account/security".to_owned()));
        }
        FactorError::Store(error) => return Err(error.into()),
    }
    Ok(())
}
