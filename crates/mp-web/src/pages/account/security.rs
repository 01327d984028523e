//! `/account/security`: what protects the account, at a glance.

use askama::Template;
use axum::extract::Query;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::name::Name;
use mp_service::factors::Factors;

use crate::components::{Notice, Status, Time, Tone};
use crate::pages::account::Arrival;
use crate::pages::{Answer, show};
use crate::session::AccountSession;
use crate::visit::Visit;

/// A passkey in the list.
struct PasskeyRow {
    /// For its address.
    id: String,
    name: Name,
    since: Time,
    last_used: Option<Time>,
}

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage<'a> {
    visit: &'a Visit,
    notice: Option<Notice>,
    totp: Status,
    totp_since: Option<Time>,
    passkeys: Vec<PasskeyRow>,
    can_add_passkey: bool,
    /// How many are left, where there is a second factor at all.
    backup_codes: Option<u32>,
    few_codes: Option<Notice>,
}

/// Fewer backup codes than this are worth a word.
const FEW: u32 = 3;

impl<'a> SecurityPage<'a> {
    fn new(visit: &'a Visit, factors: Factors, notice: Option<Notice>) -> Self {
        let backup_codes = factors.is_on().then_some(factors.backup_codes_left);
        let is_scarce = backup_codes.is_some_and(|left| left < FEW);
        let totp = match factors.totp {
            Some(_) => Status::new(Tone::Done, visit.t("factor-on")),
            None => Status::new(Tone::Quiet, visit.t("factor-off")),
        };
        Self {
            visit,
            notice,
            totp,
            totp_since: factors.totp.map(|at| Time::day(visit, at)),
            passkeys: factors
                .passkeys
                .into_iter()
                .map(|passkey| PasskeyRow {
                    id: URL_SAFE_NO_PAD.encode(passkey.credential_id),
                    name: passkey.name,
                    since: Time::day(visit, passkey.created_at),
                    last_used: passkey.last_used_at.map(|at| Time::relative(visit, at)),
                })
                .collect(),
            can_add_passkey: visit.web.service.passkeys_available().is_ok(),
            backup_codes,
            few_codes: is_scarce.then(|| Notice::new(Tone::Attention, visit.t("backup-codes-few"))),
        }
    }
}

/// `GET /account/security`
pub(crate) async fn page(session: AccountSession, Query(arrival): Query<Arrival>) -> Answer {
    let AccountSession { visit, who } = session;
    let factors = visit.web.service.second_factors(&who).await?;
    let notice = arrival.notice(&visit);
    show(&SecurityPage::new(&visit, factors, notice))
}
