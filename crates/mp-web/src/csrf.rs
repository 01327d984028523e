//! The defence against forms of other sites (cross-site request forgery).
//!
//! Owns who may send a form here, for every request that is not a reading one, signing in included. Must never let a
//! request through because a header it expects is absent.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata); older ones at least in `Origin`
//! (RFC 6454 §7). A browser that says neither proves itself by the form token: an HMAC under the secret of its own
//! cookie, which no other site can read.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use sha2::Sha256;

use crate::errors::PageError;
use crate::public_origin::PublicOrigin;

/// The largest form there is: one with an icon of a megabyte.
const MAX_FORM: usize = 2 * 1024 * 1024;

/// The form field that carries the token.
pub(crate) const FIELD: &str = "csrf";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the headers of a request say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It changes nothing, or comes from a page of ours.
    Pass,
    /// It comes from elsewhere.
    Refuse,
    /// The headers do not say: the form token decides.
    AskForm,
}

/// Judges a request by its headers.
pub(crate) fn judge(method: &Method, headers: &HeaderMap, origin: &PublicOrigin) -> Verdict {
    if method.is_safe() {
        return Verdict::Pass;
    }
    let ours = match (only(headers, SEC_FETCH_SITE), only(headers, header::ORIGIN)) {
        // `none`: the person did it, not a page; a reload of a form's answer, for example.
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(from)) => from == origin.as_str(),
        (None, None) => return Verdict::AskForm,
    };
    if ours { Verdict::Pass } else { Verdict::Refuse }
}

/// The header's value; one that stands there twice or is unreadable says nothing that could be trusted.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    Some(if lines.next().is_some() { "" } else { first.to_str().unwrap_or("") })
}

/// The form token of the browser whose cookie is `secret`.
pub(crate) fn form_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(secret).finalize().into_bytes())
}

/// Whether `token` is the form token of that browser; takes the same time for every wrong one.
pub(crate) fn is_form_token(secret: &str, token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| mac(secret).verify_slice(&bytes).is_ok())
}

/// The request again, if the form in it carries the token of the browser whose cookie is `secret`.
pub(crate) async fn with_token(request: Request, secret: &str) -> Result<Request, PageError> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MAX_FORM).await.map_err(|_| PageError::Unreadable)?;
    let content_type = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let token = if content_type.starts_with(b"multipart/form-data") {
        token_among_parts(Request::from_parts(parts.clone(), Body::from(bytes.clone()))).await
    } else {
        let mut fields = form_urlencoded::parse(&bytes);
        fields.find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned())
    };
    let fits = token.is_some_and(|token| is_form_token(secret, &token));
    if fits { Ok(Request::from_parts(parts, Body::from(bytes))) } else { Err(PageError::FormOver) }
}

async fn token_among_parts(request: Request) -> Option<String> {
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    while let Some(field) = parts.next_field().await.ok()? {
        if field.name() == Some(FIELD) {
            return field.text().await.ok();
        }
    }
    None
}

fn mac(secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"marketpass form token");
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(lines: &[(HeaderName, &'static str)]) -> Verdict {
        let lines = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        judge(&Method::POST, &headers, &PublicOrigin::of("https://pass.example.org"))
    }

    #[test]
    fn fetch_metadata_decides_before_the_origin() {
        let (ours, foreign) = ("https://pass.example.org", "https://evil.example");
        assert_eq!(verdict(&[(SEC_FETCH_SITE, "same-origin"), (header::ORIGIN, foreign)]), Verdict::Pass);
        assert_eq!(verdict(&[(SEC_FETCH_SITE, "none")]), Verdict::Pass);
        for site in ["same-site", "cross-site", "", "Same-Origin"] {
            assert_eq!(verdict(&[(SEC_FETCH_SITE, site), (header::ORIGIN, ours)]), Verdict::Refuse, "{site}");
        }
    }

    #[test]
    fn without_fetch_metadata_the_origin_is_compared_whole() {
        assert_eq!(verdict(&[(header::ORIGIN, "https://pass.example.org")]), Verdict::Pass);
        for from in ["null", "http://pass.example.org", "https://pass.example.org.evil.example", ""] {
            assert_eq!(verdict(&[(header::ORIGIN, from)]), Verdict::Refuse, "{from}");
        }
        assert_eq!(verdict(&[]), Verdict::AskForm);
    }

    #[test]
    fn a_header_said_twice_is_not_believed() {
        assert_eq!(
            verdict(&[(SEC_FETCH_SITE, "same-origin"), (SEC_FETCH_SITE, "same-origin")]),
            Verdict::Refuse
        );
    }

    #[test]
    fn a_form_token_belongs_to_one_cookie() {
        let token = form_token("one");
        assert!(is_form_token("one", &token));
        assert!(!is_form_token("two", &token));
        assert!(!is_form_token("one", ""));
    }
}
