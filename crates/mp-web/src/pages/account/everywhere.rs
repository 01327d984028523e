//! `/account/sign-out-everywhere`: everything ends at once.

use axum::extract::State;

use crate::components::Problems;
use crate::pages::account::Question;
use crate::pages::sign_out::leave;
use crate::pages::{Answer, show};
use crate::session::AccountSession;
use crate::web::Web;

/// `GET /account/sign-out-everywhere`: what will end, counted.
pub(crate) async fn form(session: AccountSession, State(web): State<Web>) -> Answer {
    let AccountSession { visit, who } = &session;
    let sessions = web.service.list_sessions(who.account.id).await?.len();
    let applications = web.service.connected_applications(who.account.id).await?.len();
    show(&Question {
        visit,
        problems: Problems::default(),
        title: visit.t("everywhere-title"),
        consequences: vec![
            visit.t("everywhere-sessions").with("count", sessions),
            visit.t("everywhere-applications").with("count", applications),
            visit.t("everywhere-keys"),
        ],
        button: visit.t("everywhere"),
        is_dangerous: true,
        back: "/account/security",
    })
}

/// `POST /account/sign-out-everywhere`
pub(crate) async fn sign_out(session: AccountSession, State(web): State<Web>) -> Answer {
    web.service.log_out_everywhere_by(&session.who).await?;
    leave(&web, "/login?after=everywhere")
}
