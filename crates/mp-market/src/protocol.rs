//! Errors of the request itself, whoever sends it (market-api §4.1, §4.4).
//!
//! Owns their texts. Must never be used for a refusal of the decision: those are in `denial`.

use http::StatusCode;
use mp_domain::catalog::Unrouted;

use crate::api_error::ApiError;
use crate::request_body::MAX_BODY_BYTES;
use crate::scan::Flaw;

/// 404: no operation has this path.
#[must_use]
pub fn resource_not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Resource not found")
}

/// 405: the path exists, with another verb.
#[must_use]
pub fn method_not_allowed(method: &str) -> ApiError {
    let message = format!("Request method '{method}' not supported");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// What is told of a request that means no operation.
#[must_use]
pub fn describe_unrouted(unrouted: Unrouted, method: &str) -> ApiError {
    match unrouted {
        Unrouted::NoSuchPath => resource_not_found(),
        Unrouted::WrongVerb { .. } => method_not_allowed(method),
    }
}

/// 415: the body is not JSON by its type.
#[must_use]
pub fn unsupported_media_type(content_type: &[u8]) -> ApiError {
    let message = format!("Content type '{}' not supported", String::from_utf8_lossy(content_type));
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
}

/// 400: the body is not JSON.
#[must_use]
pub fn unreadable_json(problem: &str) -> ApiError {
    bad_request(format!("JSON: {problem}"))
}

/// 400: the body is not the JSON that was expected, or more than is looked through.
#[must_use]
pub fn flawed_json(flaw: &Flaw) -> ApiError {
    unreadable_json(&flaw.to_string())
}

/// 400: a number was expected in the path, the query or the body, and this stands there.
#[must_use]
pub fn type_mismatch(given: &str) -> ApiError {
    bad_request(format!("Type mismatch: '{given}'"))
}

/// 400: a number of the query is smaller than allowed.
#[must_use]
pub fn too_small(name: &str, least: u32, given: i64) -> ApiError {
    bad_request(format!("'{name}' must be greater than or equal to {least} (rejected value: {given})"))
}

/// 400: a number of the query is larger than allowed.
#[must_use]
pub fn too_large(name: &str, most: u32, given: i64) -> ApiError {
    bad_request(format!("'{name}' must be less than or equal to {most} (rejected value: {given})"))
}

/// 400: a page token that was never given out.
#[must_use]
pub fn bad_page_token() -> ApiError {
    bad_request("Bad page token".to_owned())
}

/// 400: the `X-Business-Id` header names no cabinet.
#[must_use]
pub fn incorrect_business_header(given: &[u8]) -> ApiError {
    bad_request(format!("Incorrect X-Business-Id header value: '{}'", String::from_utf8_lossy(given)))
}

/// 400: the body is larger than allowed. `bytes` is its size as far as it is known.
#[must_use]
pub fn request_too_big(bytes: u64) -> ApiError {
    // Hundredths in whole numbers: 524 289 bytes are 0.50 MB, and no float is needed to say so.
    let hundredths = bytes.saturating_mul(100) / (1024 * 1024);
    bad_request(format!(
        "The request is too big: Maximum allowed request size must be less than '{}' KB, but passed '{}.{:02}' MB",
        MAX_BODY_BYTES / 1024,
        hundredths / 100,
        hundredths % 100
    ))
}

/// 400: the body stopped before its announced end, or took too long.
#[must_use]
pub fn unexpected_end_of_content() -> ApiError {
    bad_request("Unexpected end of content".to_owned())
}

/// 400: what came is not HTTP/1.1, or its head is too large. `problem` is a whole sentence without its full stop.
#[must_use]
pub fn malformed_request(problem: &str) -> ApiError {
    bad_request(problem.to_owned())
}

/// 500: our fault (product.md §3.12).
#[must_use]
pub fn internal_server_error() -> ApiError {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    ApiError::new(status, "INTERNAL_SERVER_ERROR", "Internal server error. Please, try again later")
}

/// 503: the service behind marketpass did not answer (market-api §4.1).
#[must_use]
pub fn service_unavailable() -> ApiError {
    let message = "Service temporarily unavailable. Please, try again later";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
}

/// 403: whoever asks about others is not among those who may (product.md §4).
#[must_use]
pub fn forbidden_peer() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Access denied")
}

/// 401: whoever wants to decide for itself does not come with the secret of gateways.
#[must_use]
pub fn foreign_secret() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "The gateway secret is missing or foreign")
}

/// 400: a gateway does not say, or says twice, which request it asks about (product.md §4).
#[must_use]
pub fn unclear_description(header: &'static str, problem: &'static str) -> ApiError {
    bad_request(format!("The gateway's description of the request is unclear: {header} {problem}"))
}

/// 415: the body is packed, and nobody can see what it names.
#[must_use]
pub fn unsupported_encoding(given: &[u8]) -> ApiError {
    let message = format!("Content encoding '{}' not supported", String::from_utf8_lossy(given));
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
}

pub(crate) fn bad_request(message: String) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &ApiError, status: u16, code: &str, message: &str) {
        assert_eq!((error.status.as_u16(), error.code, &*error.message), (status, code, message));
    }

    #[test]
    fn the_texts_are_the_published_ones() {
        check(&resource_not_found(), 404, "NOT_FOUND", "Resource not found");
        let wrong_verb = method_not_allowed("GET");
        check(&wrong_verb, 405, "METHOD_NOT_ALLOWED", "Request method 'GET' not supported");
        let text = unsupported_media_type(b"text/plain");
        check(&text, 415, "UNSUPPORTED_MEDIA_TYPE", "Content type 'text/plain' not supported");
        check(&unexpected_end_of_content(), 400, "BAD_REQUEST", "Unexpected end of content");
        let text = "Service temporarily unavailable. Please, try again later";
        check(&service_unavailable(), 503, "SERVICE_UNAVAILABLE", text);
    }

    #[test]
    fn the_size_is_told_in_megabytes() {
        let message = "The request is too big: Maximum allowed request size must be less than '512' KB, \
                       but passed '1.50' MB";
        check(&request_too_big(3 * 512 * 1024), 400, "BAD_REQUEST", message);
        assert!(request_too_big(u64::MAX).message.ends_with("MB"), "no overflow");
    }

    #[test]
    fn a_content_type_that_is_no_text_is_still_named() {
        assert_eq!(unsupported_media_type(b"\xff").message, "Content type '\u{fffd}' not supported");
    }
}
