//! The way from here to the application.
//!
//! Owns how a browser is sent on. Must never be given an address that was not registered.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::IntoResponse;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use mp_domain::redirect_uri::RedirectUri;

use crate::errors::PageError;
use crate::headers::untold;
use crate::pages::{Answer, show};
use crate::visit::Visit;

/// How a browser is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By a redirect.
    Redirect,
    /// By a page, where a redirect to elsewhere would be refused: a form of ours brought the browser here (signing in,
    /// most likely), and that form may lead nowhere but to us (CSP level 3 §6.4.2, `form-action`).
    Page,
}

impl<S: Sync> FromRequestParts<S> for Way {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        Ok(if site == Some(b"same-origin") { Self::Page } else { Self::Redirect })
    }
}

#[derive(Template)]
#[template(path = "authorize/onward.html")]
struct OnwardPage<'a> {
    visit: &'a Visit,
    location: &'a str,
    host: String,
}

impl Way {
    /// To `location`, which is `to` with an answer behind it.
    pub(super) fn go(self, visit: &Visit, to: &RedirectUri, location: &str) -> Answer {
        let is_ours = *to == visit.web.service.verification_code_uri();
        if self == Self::Page && !is_ours {
            return show(&OnwardPage { visit, location, host: destination(to) }).map(untold);
        }
        let mut location = HeaderValue::try_from(location).map_err(PageError::internal)?;
        location.set_sensitive(true);
        Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }
}

/// What a person recognises of an address: its host, or the scheme of an app.
pub(super) fn destination(uri: &RedirectUri) -> String {
    let parsed = url::Url::parse(uri.as_str()).ok();
    let host = parsed.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
    host.filter(|_| uri.as_str().starts_with("http")).unwrap_or_else(|| scheme(uri))
}

/// What the form of the consent page may lead to besides us: an origin, or a scheme with its colon. Nothing where that
/// would say more in a policy than one place (CSP level 3 §2.3.1), whenever it was registered.
pub(super) fn form_target(uri: &RedirectUri) -> Option<String> {
    let origin = url::Url::parse(uri.as_str()).ok()?.origin();
    let target = match origin {
        // A policy cannot name an address of IPv6: then the scheme has to do.
        origin if origin.is_tuple() && !uri.as_str().contains('[') => origin.ascii_serialization(),
        _ => scheme(uri),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+:/".contains(&byte);
    target.bytes().all(is_plain).then_some(target)
}

fn scheme(uri: &RedirectUri) -> String {
    uri.as_str().split(':').next().map(|scheme| format!("{scheme}:")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_origin_or_the_scheme_of_the_application_and_no_further() {
        for (uri, target, shown) in [
            ("https://shop.example/callback?x=1", "https://shop.example", "shop.example"),
            ("http://localhost:8081/x", "http://localhost:8081", "localhost"),
            ("http://[::1]:8081/x", "http:", "[::1]"),
            ("myapp://token", "myapp:", "myapp:"),
            ("com.example.app:/oauth", "com.example.app:", "com.example.app:"),
        ] {
            let uri: RedirectUri = uri.parse().unwrap();
            assert_eq!(form_target(&uri).as_deref(), Some(target), "{uri}");
            assert_eq!(destination(&uri), shown, "{uri}");
        }
    }

    #[test]
    fn a_form_leads_nowhere_else_where_the_application_would_write_the_policy() {
        for uri in
            ["https://*;sandbox;script-src-elem/", "https://*.example/", "https://ok.example;x/", "a;b"]
        {
            let uri = RedirectUri::registered(uri.to_owned());
            assert_eq!(form_target(&uri), None, "{uri}");
        }
    }
}
