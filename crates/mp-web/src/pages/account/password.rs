//! `/account/security/password`: another password.

use askama::Template;
use axum::Form;
use axum::extract::State;
use mp_domain::secret::PlainSecret;
use mp_service::password_change::PasswordChangeError;
use serde::Deserialize;

use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::pages::{Answer, go_to, keeping, refusal, show, show_again_after};
use crate::session::AccountSession;
use crate::visit::Visit;
use crate::web::Web;

/// The form's fields.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Change {
    current: String,
    new: String,
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage<'a> {
    visit: &'a Visit,
    login: &'a str,
    problems: Problems,
    current: Field,
    new: Field,
}

impl<'a> PasswordPage<'a> {
    fn new(session: &'a AccountSession, problems: Problems) -> Self {
        let visit = &session.visit;
        let current = Field::password("current", visit.t("password-current"), "current-password");
        let new =
            Field::password("new", visit.t("password-new"), "new-password").hint(visit.t("password-hint"));
        Self {
            visit,
            login: session.who.account.login.as_str(),
            current: current.focused().judged(&problems),
            new: new.judged(&problems),
            problems,
        }
    }
}

/// `GET /account/security/password`
pub(crate) async fn form(session: AccountSession) -> Answer {
    show(&PasswordPage::new(&session, Problems::default()))
}

/// `POST /account/security/password`
pub(crate) async fn change(
    session: AccountSession,
    State(web): State<Web>,
    Form(change): Form<Change>,
) -> Answer {
    let AccountSession { visit, who } = &session;
    let (current, new) = (PlainSecret::new(change.current), PlainSecret::new(change.new));
    let mut problems = Problems::none(visit.t("error-summary"));
    match web.service.change_password(who, &visit.browser(), current, new).await {
        Ok(cookies) => return Ok(keeping(&web, &cookies, go_to("/account/security?done=password")?)),
        Err(error) => explain(visit, &mut problems, error)?,
    }
    let page = PasswordPage::new(&session, problems);
    show_again_after(&page, page.problems.wait())
}

fn explain(visit: &Visit, problems: &mut Problems, error: PasswordChangeError) -> Result<(), PageError> {
    match error {
        PasswordChangeError::WrongPassword => problems.add("current", visit.t("problem-wrong-password")),
        PasswordChangeError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        PasswordChangeError::Busy => problems.add("", refusal::busy(visit)),
        PasswordChangeError::Unacceptable(why) => problems.add("new", refusal::password(visit, why)),
        PasswordChangeError::SessionOver => return Err(PageError::Elsewhere(visit.login_path())),
        PasswordChangeError::Store(error) => return Err(error.into()),
    }
    Ok(())
}
