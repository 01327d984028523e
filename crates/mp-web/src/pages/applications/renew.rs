//! A new secret for an application.
//!
//! Owns the guard against a form that is sent twice: it names the secret it was opened with, by a checksum of its sealed
//! form. Must never show a secret that was shown before.

use std::time::Duration;

use mp_domain::client::Client;
use mp_service::applications::ClientError;

use super::edit::SecretPage;
use crate::components::{Choice, Choices, Problems};
use crate::errors::PageError;
use crate::fields::Fields;
use crate::owners::{ClientOwner, FreshOwner};
use crate::pages::renewal::{OVERLAPS, RenewalPage, overlap_days};
use crate::pages::{Answer, show, show_again};
use crate::visit::Visit;

/// `GET /client/{client_id}/secret`
pub(crate) async fn ask(FreshOwner(owner): FreshOwner) -> Answer {
    let problems = owner.visit.no_problems();
    show(&page(&owner.visit, &owner.client, problems)?)
}

fn page(visit: &Visit, client: &Client, problems: Problems) -> Result<RenewalPage, PageError> {
    let id = client.id;
    let choice = |days: u64| Choice {
        value: days.to_string(),
        label: match days {
            0 => visit.t("application-renew-overlap-0").to_string(),
            _ => visit.t("application-renew-overlap-days").with("days", days).to_string(),
        },
        hint: (days == 0).then(|| visit.t("application-renew-overlap-0-hint").to_string()),
        is_chosen: days == 0,
    };
    Ok(RenewalPage {
        title: visit.t("application-renew-title").with("name", client.profile.name.as_str()).to_string(),
        lead: visit.t("application-renew-lead").to_string(),
        action: format!("/client/{id}/secret"),
        cancel: format!("/client/{id}"),
        submit: visit.t("application-renew").to_string(),
        seen: seen(client).ok_or(PageError::NotFound)?,
        overlap: Choices {
            name: "overlap",
            legend: visit.t("application-renew-overlap").to_string(),
            hint: None,
            error: None,
            kind: "radio",
            choices: OVERLAPS.into_iter().map(choice).collect(),
        },
        problems,
        visit: visit.clone(),
    })
}

/// `POST /client/{client_id}/secret`
pub(crate) async fn renew(FreshOwner(owner): FreshOwner, fields: Fields) -> Answer {
    let ClientOwner { visit, client } = &owner;
    if seen(client).as_deref() != Some(fields.one("seen")) {
        return show_again(&page(visit, client, replayed(visit))?);
    }
    let overlap = Duration::from_secs(overlap_days(fields.one("overlap")) * 86_400);
    let (service, known) = (&visit.web.service, client.secret.clone());
    let secret = match service.renew_client_secret(owner.actor(), client.id, overlap, known).await {
        Ok(secret) => secret,
        Err(ClientError::RenewedMeanwhile(_)) => return show_again(&page(visit, client, replayed(visit))?),
        Err(ClientError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(PageError::NotFound),
    };
    show(&SecretPage::renewed(visit, client, &secret, overlap))
}

fn replayed(visit: &Visit) -> Problems {
    let mut problems = visit.no_problems();
    problems.add("", visit.t("application-renew-replayed"));
    problems
}

/// What tells this secret from the one after it.
fn seen(client: &Client) -> Option<String> {
    client.secret.as_ref().map(|sealed| crate::pages::renewal::fingerprint(sealed.as_bytes()))
}
