//! `/account/security/backup-codes`: codes on paper for the day the telephone is gone.

use askama::Template;
use axum::extract::State;
use mp_service::factors::BackupCodes;

use crate::components::{Notice, Problems, Secret, Tone};
use crate::pages::account::Question;
use crate::pages::account::totp::unexpected;
use crate::pages::{Answer, show};
use crate::session::FreshSession;
use crate::texts::Text;
use crate::visit::Visit;
use crate::web::Web;

#[derive(Template)]
#[template(path = "account/backup-codes.html")]
struct CodesPage<'a> {
    visit: &'a Visit,
    notice: Notice,
    codes: Secret,
}

/// The codes, this once, below the sentence about what was done.
pub(super) fn show_codes(visit: &Visit, codes: &BackupCodes, done: Text<'_>) -> Answer {
    let notice = Notice::new(Tone::Done, done);
    let codes = Secret::new(visit, visit.t("backup-codes"), &codes.0, "marketpass-backup-codes.txt");
    show(&CodesPage { visit, notice, codes })
}

/// `GET /account/security/backup-codes`
pub(crate) async fn form(session: FreshSession) -> Answer {
    let visit = &session.visit;
    show(&Question {
        visit,
        problems: Problems::default(),
        title: visit.t("backup-codes-renew-title"),
        consequences: vec![visit.t("backup-codes-renew-why")],
        button: visit.t("backup-codes-renew"),
        is_dangerous: false,
        back: "/account/security",
    })
}

/// `POST /account/security/backup-codes`
pub(crate) async fn renew(session: FreshSession, State(web): State<Web>) -> Answer {
    let FreshSession { visit, who } = &session;
    match web.service.renew_backup_codes(who).await {
        Ok(codes) => show_codes(visit, &codes, visit.t("done-backup-codes")),
        Err(error) => Err(unexpected(visit, error)),
    }
}
