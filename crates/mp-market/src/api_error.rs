//! The error envelope: `{"status":"ERROR","errors":[{"code":…,"message":…}]}` (market-api §4, product.md §3.12).
//!
//! Owns its shape. Must never choose a message: `denial` and `protocol` do.

use std::borrow::Cow;

use http::StatusCode;

use crate::json_text::write_json_string;

/// An error as the caller sees it. A request's body may break off with one, if what is read of it has to be refused:
/// whoever reads the body then answers with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// What programs match on.
    pub code: &'static str,
    /// What people read.
    pub message: Cow<'static, str>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// Appends the envelope to `out`.
    pub fn write_body(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"status":"ERROR","errors":[{"code":"#);
        write_json_string(out, self.code);
        out.extend_from_slice(br#","message":"#);
        write_json_string(out, &self.message);
        out.extend_from_slice(b"}]}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_the_documented_one() {
        let mut body = Vec::new();
        ApiError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "JSON: a \"quote\"").write_body(&mut body);
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"status":"ERROR","errors":[{"code":"BAD_REQUEST","message":"JSON: a \"quote\""}]}"#
        );
    }
}
