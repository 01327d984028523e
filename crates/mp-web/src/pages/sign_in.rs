//! `/login`: the door.
//!
//! Owns the form of login and password. Must never say which of the two is wrong.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use mp_domain::secret::PlainSecret;
use mp_service::SignUp;
use mp_service::sign_in::{SignInError, SignInOutcome};
use serde::Deserialize;

use crate::components::{Field, Notice, Problems, Tone};
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::pages::{Answer, go_to, keeping, refusal, show, show_again_after};
use crate::visit::Visit;
use crate::web::Web;

/// The page's parameters.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    next: String,
    /// Why the person is here: `signed-out`, `recovered`.
    after: String,
}

/// The form's fields.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Credentials {
    login: String,
    password: String,
    next: String,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'a> {
    visit: &'a Visit,
    notice: Option<Notice>,
    problems: Problems,
    login: Field,
    password: Field,
    next: Option<NextPath>,
    can_recover: bool,
    can_sign_up: bool,
}

impl<'a> SignInPage<'a> {
    fn new(visit: &'a Visit, login: &str, next: &str, problems: Problems) -> Self {
        let service = &visit.web.service;
        let login_field =
            Field::text("login", visit.t("sign-in-login")).autocomplete("username").value(login);
        let password = Field::password("password", visit.t("sign-in-password"), "current-password");
        // Whoever typed a login is asked for the password next.
        let (login_field, password) = if login.is_empty() {
            (login_field.focused(), password)
        } else {
            (login_field, password.focused())
        };
        Self {
            visit,
            notice: None,
            login: login_field.judged(&problems),
            password: password.judged(&problems),
            problems,
            next: NextPath::read(next),
            can_recover: service.can_send_mail(),
            can_sign_up: service.sign_up_policy() == SignUp::Open,
        }
    }
}

/// `GET /login`
pub(crate) async fn form(visit: Visit, Query(arrival): Query<Arrival>) -> Answer {
    if visit.person().is_some() {
        return go_to(NextPath::read(&arrival.next).as_ref().map_or("/", NextPath::as_str));
    }
    let notice = match arrival.after.as_str() {
        "signed-out" => Some(Notice::new(Tone::Done, visit.t("sign-in-after-sign-out"))),
        "everywhere" => Some(Notice::new(Tone::Done, visit.t("sign-in-after-everywhere"))),
        "recovered" => Some(Notice::new(Tone::Done, visit.t("sign-in-after-recovery"))),
        _ => None,
    };
    let page = SignInPage::new(&visit, "", &arrival.next, Problems::default());
    show(&SignInPage { notice, ..page })
}

/// `POST /login`
pub(crate) async fn sign_in(
    visit: Visit,
    State(web): State<Web>,
    Form(Credentials { login, password, next }): Form<Credentials>,
) -> Answer {
    let mut problems = missing(&visit, &login, &password);
    if problems.is_empty() {
        let outcome = web.service.sign_in(&visit.browser(), login.trim(), PlainSecret::new(password)).await;
        let next = NextPath::read(&next);
        match outcome {
            Ok(SignInOutcome::SignedIn(cookies)) => {
                let path = next.as_ref().map_or("/", NextPath::as_str);
                return Ok(keeping(&web, &cookies, go_to(path)?));
            }
            Ok(SignInOutcome::SecondFactorNeeded(cookies)) => {
                let path =
                    next.map_or("/login/otp".into(), |next| NextPath::after("/login/otp", next.as_str()));
                return Ok(keeping(&web, &cookies, go_to(&path)?));
            }
            Err(error) => explain(&visit, &mut problems, error)?,
        }
    }
    let page = SignInPage::new(&visit, &login, &next, problems);
    show_again_after(&page, page.problems.wait())
}

fn missing(visit: &Visit, login: &str, password: &str) -> Problems {
    let mut problems = Problems::none(visit.t("error-summary"));
    if login.trim().is_empty() {
        problems.add("login", visit.t("problem-login-missing"));
    }
    if password.is_empty() {
        problems.add("password", visit.t("problem-password-missing"));
    }
    problems
}

/// Why nobody was signed in, in words.
pub(crate) fn explain(visit: &Visit, problems: &mut Problems, error: SignInError) -> Result<(), PageError> {
    match error {
        SignInError::WrongCredentials => problems.add("", visit.t("problem-wrong-credentials")),
        SignInError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        SignInError::Busy => problems.add("", refusal::busy(visit)),
        SignInError::Disabled => problems.add("", visit.t("problem-disabled")),
        SignInError::Store(error) => return Err(error.into()),
    }
    Ok(())
}
