//! `/verification_code`: shows a token or a code for copying (yandex-oauth §3.6).
//!
//! Owns the words around them. The token stands behind the `#` of the address, which no browser sends: the server never
//! sees it, and the page's script makes no request.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;

use crate::components::Copyable;
use crate::headers::untold;
use crate::pages::{Answer, show};
use crate::visit::Visit;

/// Longer than any code there is.
const LONGEST_CODE: usize = 512;

/// What the address brings that the server sees.
#[derive(Deserialize)]
pub(crate) struct Brought {
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "authorize/verification_code.html")]
struct CodePage {
    code: Option<Copyable>,
    curl: String,
    visit: Visit,
}

/// `GET /verification_code`
pub(crate) async fn page(visit: Visit, brought: Result<Query<Brought>, QueryRejection>) -> Answer {
    let code = brought.ok().and_then(|Query(brought)| brought.code).filter(|code| is_code(code));
    let base = visit.web.service.public_url().trim_end_matches('/');
    let page = show(&CodePage {
        code: code.map(|code| Copyable::new(&visit, visit.t("code-code-label"), code)),
        curl: format!("curl -H 'Authorization: Bearer TOKEN' {base}/v2/campaigns"),
        visit,
    });
    page.map(untold)
}

/// Anybody can write anything into a link; a code has no spaces to write a message with.
fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(fits)
}
