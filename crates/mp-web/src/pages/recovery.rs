//! `/account/recover`: back in without the password.
//!
//! Owns the two forms: asking for a link, and choosing a new password behind it. Must never tell whether an account
//! exists, nor use a link up because something fetched it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use mp_domain::secret::PlainSecret;
use mp_service::recovery::RecoveryError;
use serde::Deserialize;

use crate::components::{Field, Notice, Problems, Tone};
use crate::errors::PageError;
use crate::pages::{Answer, go_to, refusal, show, show_again, show_again_after};
use crate::visit::Visit;
use crate::web::Web;

/// The field of the first form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Request {
    login: String,
}

/// The field of the second form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct NewPassword {
    password: String,
}

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoverPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    login: Field,
    can_recover: bool,
    /// What says that letters cannot be sent.
    no_mail: Notice,
}

impl<'a> RecoverPage<'a> {
    fn new(visit: &'a Visit, login: &str, problems: Problems) -> Self {
        let field = Field::text("login", visit.t("sign-in-login")).autocomplete("username").value(login);
        Self {
            visit,
            login: field.focused().judged(&problems),
            problems,
            can_recover: visit.web.service.can_send_mail(),
            no_mail: Notice::new(Tone::Attention, visit.t("recover-no-mail")),
        }
    }
}

#[derive(Template)]
#[template(path = "recover-sent.html")]
struct LetterSentPage<'a> {
    visit: &'a Visit,
}

#[derive(Template)]
#[template(path = "recover-password.html")]
struct NewPasswordPage<'a> {
    visit: &'a Visit,
    login: &'a str,
    problems: Problems,
    password: Field,
}

#[derive(Template)]
#[template(path = "link-over.html")]
struct LinkOverPage<'a> {
    visit: &'a Visit,
}

/// `GET /account/recover`
pub(crate) async fn form(visit: Visit) -> Answer {
    show(&RecoverPage::new(&visit, "", Problems::default()))
}

/// `POST /account/recover`
pub(crate) async fn begin(
    visit: Visit,
    State(web): State<Web>,
    Form(Request { login }): Form<Request>,
) -> Answer {
    let mut problems = Problems::none(visit.t("error-summary"));
    if login.trim().is_empty() {
        problems.add("login", visit.t("problem-login-missing"));
    } else {
        match web.service.begin_recovery(&visit.browser(), login.trim()).await {
            Ok(()) => return show(&LetterSentPage { visit: &visit }),
            Err(error) => explain(&visit, &mut problems, error)?,
        }
    }
    let page = RecoverPage::new(&visit, &login, problems);
    show_again_after(&page, page.problems.wait())
}

/// `GET /account/recover/{token}`
pub(crate) async fn password_form(visit: Visit, State(web): State<Web>, Path(token): Path<String>) -> Answer {
    password_page(&visit, &web, &token, Problems::default()).await
}

/// `POST /account/recover/{token}`
pub(crate) async fn recover(
    visit: Visit,
    State(web): State<Web>,
    Path(token): Path<String>,
    Form(NewPassword { password }): Form<NewPassword>,
) -> Answer {
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.recover(&token, PlainSecret::new(password)).await {
        Ok(()) => return go_to("/login?after=recovered"),
        Err(error) => explain(&visit, &mut problems, error)?,
    }
    password_page(&visit, &web, &token, problems).await
}

async fn password_page(visit: &Visit, web: &Web, token: &str, problems: Problems) -> Answer {
    let Some(login) = web.service.recovery_target(token).await? else {
        return show_again(&LinkOverPage { visit });
    };
    let password = Field::password("password", visit.t("password-new"), "new-password");
    let password = password.hint(visit.t("password-hint")).focused().judged(&problems);
    let is_first = problems.is_empty();
    let page = NewPasswordPage { visit, login: login.as_str(), problems, password };
    if is_first { show(&page) } else { show_again_after(&page, page.problems.wait()) }
}

fn explain(visit: &Visit, problems: &mut Problems, error: RecoveryError) -> Result<(), PageError> {
    match error {
        // The page itself says so.
        RecoveryError::NoMail | RecoveryError::LinkOver => {}
        RecoveryError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        RecoveryError::Busy => problems.add("", refusal::busy(visit)),
        RecoveryError::Password(why) => problems.add("password", refusal::password(visit, why)),
        RecoveryError::Store(error) => return Err(error.into()),
    }
    Ok(())
}
