//! `/account`: who one is here.

use askama::Template;
use axum::extract::{Query, State};
use mp_domain::account::Account;
use mp_service::email::EmailError;

use crate::components::{Notice, Status, Time, Tone};
use crate::errors::PageError;
use crate::pages::account::Arrival;
use crate::pages::{Answer, go_to, refusal, show, show_again_after};
use crate::session::AccountSession;
use crate::visit::Visit;
use crate::web::Web;

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage<'a> {
    visit: &'a Visit,
    notice: Option<Notice>,
    account: &'a Account,
    email_state: Status,
    /// Whether a letter can be asked for that proves the address.
    can_verify: bool,
    since: Time,
}

impl<'a> ProfilePage<'a> {
    fn new(session: &'a AccountSession, notice: Option<Notice>) -> Self {
        let (visit, account) = (&session.visit, &session.who.account);
        let is_verified = account.email_verified_at.is_some();
        let email_state = if is_verified {
            Status::new(Tone::Done, visit.t("email-verified"))
        } else {
            Status::new(Tone::Attention, visit.t("email-unverified"))
        };
        let can_verify = !is_verified && visit.web.service.can_send_mail();
        Self { visit, notice, account, email_state, can_verify, since: Time::day(visit, account.created_at) }
    }
}

/// `GET /account`
pub(crate) async fn page(session: AccountSession, Query(arrival): Query<Arrival>) -> Answer {
    show(&ProfilePage::new(&session, arrival.notice(&session.visit)))
}

/// `POST /account/verification`: sends the letter that proves the address.
pub(crate) async fn send_verification(session: AccountSession, State(web): State<Web>) -> Answer {
    let AccountSession { visit, who } = &session;
    let (problem, wait) = match web.service.send_verification(who, &visit.browser()).await {
        Ok(()) => return go_to("/account?done=letter"),
        Err(EmailError::TooManyAttempts { retry_after }) => {
            (refusal::too_many(visit, retry_after), Some(retry_after))
        }
        Err(EmailError::NoMail) => (visit.t("email-no-mail"), None),
        Err(error) => return Err(PageError::internal(error)),
    };
    show_again_after(&ProfilePage::new(&session, Some(Notice::new(Tone::Attention, problem))), wait)
}
