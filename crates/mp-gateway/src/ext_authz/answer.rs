//! What Envoy is told to do.
//!
//! Owns what is set, removed and sent back. Must never leave a header of the caller's where marketpass has something to say,
//! and never append to one.

use http::{HeaderMap, HeaderName, Response};
use mp_market::described::Ruling;
use mp_market::passport::Passport;

use super::messages::{
    CheckResponse, DeniedHttpResponse, HeaderAppendAction, HeaderValue, HeaderValueOption, HttpResponse,
    HttpStatus, OkHttpResponse, RpcStatus,
};
use crate::request::{CREDENTIALS, is_deceptive};

/// `google.rpc.Code`
const OK: i32 = 0;
const PERMISSION_DENIED: i32 = 7;

/// The answer to a question about a request with these headers.
pub(super) fn to(ruling: Ruling, headers: &[(&str, &[u8])]) -> CheckResponse {
    match ruling {
        Ruling::Admitted { passport, facts } => admitted(&passport, &facts, headers),
        Ruling::Refused(response) => refused(response),
    }
}

fn admitted(passport: &Passport, facts: &HeaderMap, headers: &[(&str, &[u8])]) -> CheckResponse {
    let identity = passport.headers();
    let headers_to_remove = unwanted(headers, |name| identity.iter().any(|(ours, _)| ours == name));
    let ok = OkHttpResponse {
        headers: identity.iter().map(|(name, value)| overwrite(name, value)).collect(),
        headers_to_remove,
        response_headers_to_add: facts.iter().map(|(name, value)| overwrite(name, value)).collect(),
    };
    CheckResponse { status: Some(RpcStatus { code: OK }), http_response: Some(HttpResponse::Ok(ok)) }
}

/// The names of the headers that stay with the gateway. Credentials are always among them: Envoy may have been told not to
/// mention them.
fn unwanted(headers: &[(&str, &[u8])], is_ours: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names = CREDENTIALS.map(str::to_owned).to_vec();
    for (name, _) in headers {
        let name = name.to_ascii_lowercase();
        if is_deceptive(&name) && !is_ours(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn refused(response: Response<Vec<u8>>) -> CheckResponse {
    let (head, body) = response.into_parts();
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: known(head.status.as_u16()).into() }),
        headers: head.headers.iter().map(|(name, value)| overwrite(name, value)).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let status = Some(RpcStatus { code: PERMISSION_DENIED });
    CheckResponse { status, http_response: Some(HttpResponse::Denied(denied)) }
}

/// A status that Envoy has a word for: it takes no 420. `X-Auth-Status` tells the true one.
fn known(status: u16) -> u16 {
    if status == 420 { 429 } else { status }
}

fn overwrite(name: &HeaderName, value: &http::HeaderValue) -> HeaderValueOption {
    let header = HeaderValue {
        key: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        raw_value: Vec::new(),
    };
    HeaderValueOption {
        header: Some(header),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        keep_empty_value: true,
    }
}
