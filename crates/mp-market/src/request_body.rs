//! What a request to a method without parameters may carry (product.md §3.9): nothing, or any JSON.
//!
//! Owns the rules for a body. Must never use what is in it: such a method takes no parameters.

use serde::de::IgnoredAny;

use crate::api_error::ApiError;
use crate::protocol::{unreadable_json, unsupported_encoding, unsupported_media_type};

/// The largest body that is read, in bytes: 512 KB (market-api §4.4).
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// Whether `body` may accompany a request to such a method. Its size is not looked at: whoever reads it stops at
/// [`MAX_BODY_BYTES`].
///
/// A body without a type is taken for JSON (market-api §6: a missing Content-Type is detected).
pub fn check_ignored_body(content_type: Option<&[u8]>, body: &[u8]) -> Result<(), ApiError> {
    if body.is_empty() {
        return Ok(());
    }
    if let Some(given) = content_type.filter(|given| !is_json(given)) {
        return Err(unsupported_media_type(given));
    }
    let text = std::str::from_utf8(body).map_err(|error| unreadable_json(&error.to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| unreadable_json(&error.to_string()))
}

/// Whether what stands in `body` can be seen, by every line of its type and encoding: it is JSON, and not packed. A body
/// without a type is taken for JSON.
pub fn check_read_body<'a>(
    content_types: impl Iterator<Item = &'a [u8]>,
    mut encodings: impl Iterator<Item = &'a [u8]>,
    body: &[u8],
) -> Result<(), ApiError> {
    if body.is_empty() {
        return Ok(());
    }
    for given in content_types {
        if !is_json(given) || !is_utf8(given) {
            return Err(unsupported_media_type(given));
        }
    }
    let packed = encodings.find(|given| !given.trim_ascii().eq_ignore_ascii_case(b"identity"));
    packed.map_or(Ok(()), |given| Err(unsupported_encoding(given)))
}

/// `application/json` or a type built on it (RFC 6839 §3.1), whatever its parameters.
fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let Some((tree, subtype)) = essence.split_at_checked("application/".len()) else { return false };
    tree.eq_ignore_ascii_case(b"application/")
        && (subtype.eq_ignore_ascii_case(b"json") || ends_with_ignore_case(subtype, b"+json"))
}

/// Whether no other charset is named than that of JSON (RFC 8259 §8.1): a service that believed one would read another text.
fn is_utf8(content_type: &[u8]) -> bool {
    let parameters = content_type.split(|byte| *byte == b';').skip(1);
    let charsets = parameters.filter_map(|parameter| {
        let at = parameter.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (parameter[..at].trim_ascii(), parameter[at + 1..].trim_ascii());
        name.eq_ignore_ascii_case(b"charset").then_some(value)
    });
    let known = [&b"utf-8"[..], b"utf8", b"us-ascii", b"\"utf-8\"", b"\"utf8\"", b"\"us-ascii\""];
    charsets.into_iter().all(|value| known.iter().any(|known| value.eq_ignore_ascii_case(known)))
}

fn ends_with_ignore_case(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: Option<&str>, body: &[u8]) -> Result<(), (u16, String)> {
        check_ignored_body(content_type.map(str::as_bytes), body)
            .map_err(|error| (error.status.as_u16(), error.message.into_owned()))
    }

    #[test]
    fn no_body_is_welcome_with_any_type() {
        for content_type in [None, Some("application/json"), Some("text/plain"), Some("")] {
            assert_eq!(check(content_type, b""), Ok(()));
        }
    }

    #[test]
    fn what_real_clients_send_is_welcome() {
        // market-api §2: the bodies that published clients send.
        for body in ["{}", "[]", "\"\"", "null", " {\"any\": [1, \"\\u0434\"]}\n"] {
            assert_eq!(check(Some("application/json"), body.as_bytes()), Ok(()), "{body}");
            assert_eq!(check(None, body.as_bytes()), Ok(()), "{body}");
        }
    }

    #[test]
    fn the_type_decides_whether_a_body_is_json() {
        for json in ["application/json;charset=UTF-8", "Application/JSON", "application/merge-patch+json"] {
            assert_eq!(check(Some(json), b"{}"), Ok(()), "{json}");
        }
        for other in ["text/plain", "application/x-www-form-urlencoded", "json", "", "application/jsonx"] {
            assert_eq!(
                check(Some(other), b"{}"),
                Err((415, format!("Content type '{other}' not supported")))
            );
        }
    }

    #[test]
    fn what_is_read_must_be_json_and_not_packed() {
        let check = |types: &[&'static str], encodings: &[&'static str], body| {
            let lines = |lines: &[&'static str]| lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>();
            check_read_body(lines(types).into_iter(), lines(encodings).into_iter(), body)
                .map_err(|error| error.message.into_owned())
        };
        assert_eq!(check(&[], &[], b"{}"), Ok(()));
        assert_eq!(check(&["application/json"], &["identity"], b"{}"), Ok(()));
        assert_eq!(check(&["text/plain"], &["gzip"], b""), Ok(()), "nothing is nothing");
        assert_eq!(check(&["application/json; Charset=\"UTF-8\""], &[], b"{}"), Ok(()));
        for other in ["application/json; charset=utf-7", "application/json;a=b;charset=utf-16"] {
            assert_eq!(check(&[other], &[], b"{}"), Err(format!("Content type '{other}' not supported")));
        }
        let refused = |message: &str| Err(message.to_owned());
        assert_eq!(check(&["text/plain"], &[], b"{}"), refused("Content type 'text/plain' not supported"));
        let two = ["application/json", "application/x-www-form-urlencoded"];
        assert!(check(&two, &[], b"{}").is_err(), "any of them may be believed behind the gate");
        assert_eq!(check(&[], &["gzip"], b"{}"), refused("Content encoding 'gzip' not supported"));
    }

    #[test]
    fn unreadable_json_is_told_where_it_breaks() {
        let refused = |body: &[u8]| check(Some("application/json"), body).unwrap_err();
        let (status, message) = refused(b"{\"a\":}");
        assert_eq!((status, message.as_str()), (400, "JSON: expected value at line 1 column 6"));
        for bad in [&b"{"[..], b"  ", b"{} {}", b"\"\xff\"", b"nul", b"\xef\xbb\xbf{}"] {
            let (status, message) = refused(bad);
            assert_eq!(status, 400);
            assert!(message.starts_with("JSON: "), "{message}");
        }
    }

    #[test]
    fn deep_nesting_exhausts_nothing() {
        let deep = "[".repeat(MAX_BODY_BYTES);
        assert_eq!(check(None, deep.as_bytes()).unwrap_err().0, 400);
    }
}
