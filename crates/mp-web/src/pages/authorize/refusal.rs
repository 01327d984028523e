//! Requests that are answered by a page, because nobody knows a safe address to answer to (yandex-oauth §3.5).

use askama::Template;
use axum::response::{Html, IntoResponse};
use http::StatusCode;
use mp_domain::authorization::AuthorizationFault;
use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::client::Client;
use mp_oauth::authorization_response::description;
use mp_service::authorization::AuthorizationRefusal;

use crate::pages::Answer;
use crate::visit::Visit;

/// The longest part of a foreign text that is shown.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "authorize/refused.html")]
struct RefusedPage<'a> {
    visit: &'a Visit,
    /// The sentence people search for.
    message: String,
    explanation: String,
    /// Where a redirect was asked for that is not registered.
    foreign: Option<Foreign<'a>>,
}

struct Foreign<'a> {
    client: &'a Client,
    requested: String,
    is_own: bool,
}

/// The page, with status 400.
pub(super) fn page(
    visit: &Visit,
    parameters: &AuthorizationParameters,
    refusal: &AuthorizationRefusal,
) -> Answer {
    let client_id = shortened(parameters.value(Parameter::ClientId).unwrap_or_default());
    let (message, explanation) = match refusal {
        AuthorizationRefusal::Store(error) => return Err(error.clone().into()),
        AuthorizationRefusal::InvalidRequest { parameter: Parameter::ClientId, defect: None } => {
            (visit.t("authorize-unknown-client"), visit.t("authorize-unknown-client-missing"))
        }
        AuthorizationRefusal::UnknownClient => (
            visit.t("authorize-unknown-client"),
            visit.t("authorize-unknown-client-text").with("client", client_id),
        ),
        AuthorizationRefusal::ForeignRedirect { client, .. } => (
            visit.t("authorize-foreign-redirect"),
            visit.t("authorize-foreign-redirect-text").with("name", client.profile.name.as_str()),
        ),
        AuthorizationRefusal::InvalidRequest { parameter, defect } => {
            let problem = defect.map_or_else(
                || format!("{parameter} is missing"),
                |defect| description(AuthorizationFault::Defective(*parameter, defect)),
            );
            (
                visit.t("authorize-invalid-request"),
                visit.t("authorize-invalid-request-text").with("problem", problem),
            )
        }
        // The application hears these.
        AuthorizationRefusal::Redirectable { .. } => {
            (visit.t("authorize-invalid-request"), visit.t("authorize-unknown-client-missing"))
        }
    };
    let (message, explanation) = (message.to_string(), explanation.to_string());
    let page = RefusedPage { visit, message, explanation, foreign: foreign(visit, refusal) };
    Ok((StatusCode::BAD_REQUEST, Html(page.render()?)).into_response())
}

fn foreign<'a>(visit: &Visit, refusal: &'a AuthorizationRefusal) -> Option<Foreign<'a>> {
    let AuthorizationRefusal::ForeignRedirect { client, requested } = refusal else { return None };
    let is_own = visit.person().is_some_and(|who| who.account.id == client.owner);
    Some(Foreign { client, requested: shortened(requested), is_own })
}

/// Somebody else's text for a page: as long as anybody reads, and without what is drawn as nothing or turns the
/// direction of what is drawn.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(printable).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

fn printable(character: char) -> Vec<char> {
    let is_plain = character.is_ascii_graphic() || character == ' ' || character.is_alphanumeric();
    if is_plain { vec![character] } else { format!("\\u{{{:x}}}", u32::from(character)).chars().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out_and_what_is_endless_is_cut() {
        assert_eq!(shortened("a\u{202e}b\u{0}"), "a\\u{202e}b\\u{0}");
        assert_eq!(shortened("https://пример.рф/?x=1"), "https://пример.рф/?x=1");
        assert_eq!(shortened(&"x".repeat(10_000)).chars().count(), SHOWN + 1);
    }
}
