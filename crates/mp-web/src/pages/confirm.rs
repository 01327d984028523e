//! `/account/confirm`: a person who is signed in proves again who they are, before something that matters.
//!
//! Owns the form. Must never lead anywhere but to a page of ours.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use mp_domain::secret::PlainSecret;
use mp_service::factors::Factors;
use mp_service::sign_in::SignInError;
use serde::Deserialize;

use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::pages::passkey::{self, PasskeyForm};
use crate::pages::{Answer, go_to, keeping, second_factor, show, show_again_after, sign_in};
use crate::session::AccountSession;
use crate::visit::Visit;
use crate::web::Web;

/// The page's parameters.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    next: String,
}

/// The fields of both forms.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Proof {
    password: String,
    answer: String,
    next: String,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    visit: &'a Visit,
    login: &'a str,
    problems: Problems,
    password: Field,
    next: Option<NextPath>,
    passkey: Option<PasskeyForm>,
}

impl<'a> ConfirmPage<'a> {
    fn new(session: &'a AccountSession, factors: &Factors, next: &str, problems: Problems) -> Self {
        let AccountSession { visit, who } = session;
        let password = Field::password("password", visit.t("sign-in-password"), "current-password");
        let next = NextPath::read(next);
        Self {
            visit,
            login: who.account.login.as_str(),
            password: password.focused().judged(&problems),
            problems,
            passkey: passkey::answering(visit, factors, "/account/confirm/passkey", next.clone()),
            next,
        }
    }
}

/// `GET /account/confirm`
pub(crate) async fn form(session: AccountSession, Query(arrival): Query<Arrival>) -> Answer {
    let factors = session.visit.web.service.second_factors(&session.who).await?;
    show(&ConfirmPage::new(&session, &factors, &arrival.next, Problems::default()))
}

/// `POST /account/confirm`
pub(crate) async fn confirm(
    session: AccountSession,
    State(web): State<Web>,
    Form(proof): Form<Proof>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let password = PlainSecret::new(proof.password);
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.confirm_password(who, &visit.browser(), password).await {
        Ok(cookies) => return Ok(keeping(&web, &cookies, go_on(&proof.next)?)),
        Err(SignInError::WrongCredentials) => problems.add("password", visit.t("problem-wrong-password")),
        Err(error) => sign_in::explain(visit, &mut problems, error)?,
    }
    again(&session, &proof.next, problems).await
}

/// `POST /account/confirm/passkey/begin`
pub(crate) async fn begin_passkey(
    session: AccountSession,
    State(web): State<Web>,
) -> Result<Response, PageError> {
    passkey::options(web.service.begin_passkey_answer(&session.who).await)
}

/// `POST /account/confirm/passkey`
pub(crate) async fn confirm_by_passkey(
    session: AccountSession,
    State(web): State<Web>,
    Form(proof): Form<Proof>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.finish_passkey_answer(who, &visit.browser(), &proof.answer).await {
        Ok(cookies) => return Ok(keeping(&web, &cookies, go_on(&proof.next)?)),
        Err(error) => second_factor::explain(visit, &mut problems, error)?,
    }
    again(&session, &proof.next, problems).await
}

fn go_on(next: &str) -> Answer {
    go_to(NextPath::read(next).as_ref().map_or("/account", NextPath::as_str))
}

async fn again(session: &AccountSession, next: &str, problems: Problems) -> Answer {
    let factors = session.visit.web.service.second_factors(&session.who).await?;
    let page = ConfirmPage::new(session, &factors, next, problems);
    show_again_after(&page, page.problems.wait())
}
