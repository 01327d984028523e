//! `/account/email`: another address.

use askama::Template;
use axum::Form;
use axum::extract::State;
use mp_domain::account::Email;
use mp_service::email::EmailError;
use serde::Deserialize;

use crate::components::{Field, Notice, Problems, Tone};
use crate::errors::PageError;
use crate::next_path::NextPath;
use crate::pages::{Answer, refusal, show, show_again_after};
use crate::session::FreshSession;
use crate::visit::Visit;
use crate::web::Web;

/// The form's field.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wish {
    email: String,
}

#[derive(Template)]
#[template(path = "account/email.html")]
struct EmailPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    present: &'a Email,
    email: Field,
    no_mail: Option<Notice>,
}

#[derive(Template)]
#[template(path = "account/email-sent.html")]
struct LetterSentPage<'a> {
    visit: &'a Visit,
    email: &'a Email,
}

impl<'a> EmailPage<'a> {
    fn new(session: &'a FreshSession, email: &str, problems: Problems) -> Self {
        let FreshSession { visit, who } = session;
        let has_mail = visit.web.service.can_send_mail();
        let field = Field::email("email", visit.t("email-new")).value(email);
        Self {
            visit,
            present: &who.account.email,
            email: field.focused().judged(&problems),
            problems,
            no_mail: (!has_mail).then(|| Notice::new(Tone::Attention, visit.t("email-no-mail"))),
        }
    }
}

/// `GET /account/email`
pub(crate) async fn form(session: FreshSession) -> Answer {
    show(&EmailPage::new(&session, "", Problems::default()))
}

/// `POST /account/email`
pub(crate) async fn begin(session: FreshSession, State(web): State<Web>, Form(wish): Form<Wish>) -> Answer {
    let FreshSession { visit, who } = &session;
    let mut problems = Problems::none(visit.t("error-summary"));
    match wish.email.trim().parse::<Email>() {
        Err(_) => problems.add("email", visit.t("problem-email")),
        Ok(email) => match web.service.begin_email_change(who, &visit.browser(), email.clone()).await {
            Ok(()) => return show(&LetterSentPage { visit, email: &email }),
            Err(error) => explain(visit, &mut problems, error)?,
        },
    }
    let page = EmailPage::new(&session, &wish.email, problems);
    show_again_after(&page, page.problems.wait())
}

fn explain(visit: &Visit, problems: &mut Problems, error: EmailError) -> Result<(), PageError> {
    match error {
        EmailError::NoMail => problems.add("", visit.t("email-no-mail")),
        EmailError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        EmailError::NotFresh => {
            return Err(PageError::Elsewhere(NextPath::after("/account/confirm", visit.path())));
        }
        EmailError::LinkOver | EmailError::Store(_) => return Err(PageError::internal(error)),
    }
    Ok(())
}
