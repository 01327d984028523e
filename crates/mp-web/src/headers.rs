//! The headers that every answer carries.
//!
//! Owns what a browser may load, where its forms may go and what it may remember. Must never be loosened by a page
//! except through [`FormTarget`].

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// Put into an answer's extensions by a page whose form is answered by a redirect to somewhere else: browsers apply
/// `form-action` to the redirect too (CSP level 3 §6.4.2). An origin or a scheme with its colon.
#[derive(Debug, Clone)]
pub(crate) struct FormTarget(pub(crate) String);

const CACHE_NEVER: HeaderValue = HeaderValue::from_static("no-store");

/// Adds the headers; `no-store` unless the answer says how it may be kept.
pub(crate) fn protect(response: &mut Response, is_https: bool) {
    let policy = content_policy(response.extensions_mut().remove::<FormTarget>());
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(CACHE_NEVER);
    // Not `no-referrer`: under it browsers send `Origin: null` with our own forms, and those without fetch metadata would
    // be taken for foreign.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// An answer whose address or text holds a secret: not even we are told where its requests come from.
pub(crate) fn untold(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), \
         publickey-credentials-get=(self)",
    ),
];

fn content_policy(target: Option<FormTarget>) -> HeaderValue {
    let target = target.map(|target| format!(" {}", target.0)).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'none'; form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'"
    );
    // A target that no header can hold is left out: the browser then refuses the redirect, which is the safe side.
    HeaderValue::try_from(policy).unwrap_or_else(|_| content_policy(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_one_place_its_page_names() {
        let policy = content_policy(Some(FormTarget("https://shop.example".into())));
        assert!(
            policy.to_str().unwrap().contains("form-action 'self' https://shop.example; frame-ancestors")
        );
        let broken = content_policy(Some(FormTarget("https://shop.example\n".into())));
        assert!(broken.to_str().unwrap().contains("form-action 'self'; "));
    }
}
