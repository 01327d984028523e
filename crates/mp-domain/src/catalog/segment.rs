//! What may stand in one segment of a request's path (product.md §3.14).
//!
//! Owns which spellings are free of doubt: whatever a server behind the gate might read as something else (as a slash, as
//! a parent, as another of its own paths) names nothing. Must never change a byte.
//!
//! An id of a store or a cabinet is letters, digits, `-` and `_`. Any other parameter may also have `.~!$&'()*+,=:@`,
//! and encoded: characters that cannot be written otherwise, of which none may be a control, `/`, `\`, `;`, `%`, `?`
//! or `#`, and which together must be UTF-8. What needs no encoding must not be encoded: `%63ountries` is `countries`
//! to many servers, and that may be another operation.

/// No longer value is expected (`reportId` has at most 255 characters).
const MOST_BYTES: usize = 1024;

/// Whether the segment can stand for the id of a store or a cabinet, be it a good one or not.
pub(super) fn is_plain_id(segment: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !segment.is_empty() && segment.bytes().all(is_plain)
}

/// Whether the segment can stand for anything else.
pub(super) fn is_value(segment: &str) -> bool {
    if segment.is_empty() || segment.len() > MOST_BYTES || is_dots(segment) {
        return false;
    }
    segment.bytes().all(is_plain) || is_decodable(segment.as_bytes())
}

/// Whether the segment needs no encoding at all.
pub(super) fn is_plain_text(segment: &str) -> bool {
    !segment.is_empty() && !is_dots(segment) && segment.bytes().all(is_plain)
}

fn is_dots(segment: &str) -> bool {
    segment.bytes().all(|byte| byte == b'.')
}

/// What may stand in a path as it is (RFC 3986 §3.3), without the semicolon.
const fn is_plain(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@')
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_decodable(mut rest: &[u8]) -> bool {
    let (mut decoded, mut length) = ([0; MOST_BYTES], 0);
    while let [first, after @ ..] = rest {
        let byte;
        (byte, rest) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) if may_be_encoded(high << 4 | low) => (high << 4 | low, after),
                _ => return false,
            },
            (plain, after) if is_plain(*plain) => (*plain, after),
            _ => return false,
        };
        decoded[length] = byte;
        length += 1;
    }
    std::str::from_utf8(&decoded[..length]).is_ok_and(|text| !text.contains(char::is_control))
}

const fn may_be_encoded(byte: u8) -> bool {
    !is_unreserved(byte)
        && !byte.is_ascii_control()
        && !matches!(byte, b'/' | b'\\' | b';' | b'%' | b'?' | b'#')
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_be_encoded_where_it_must_be() {
        for segment in ["1", "a.b", "2024-01-01", "a%20b", "%D1%8B", "%d1%8b", "a:b@c", "a%3Ab%2Cc%22", "..a"]
        {
            assert!(is_value(segment), "{segment}");
        }
    }

    #[test]
    fn what_could_be_read_otherwise_is_no_value() {
        let endless = "a".repeat(MOST_BYTES + 1);
        for segment in [
            "",
            ".",
            "..",
            "...",
            "%2e%2E",
            "a%2Fb",
            "a%5cb",
            "a\\b",
            "a;b",
            "a%3Bb",
            "%00",
            "%0a",
            "%7F",
            "%2561",
            "%25",
            "%",
            "%4",
            "%zz",
            "%61",
            "a%2Db",
            "a?b",
            "a%3Fb",
            "a%23b",
            "a b",
            "ы",
            "%C2%8B",
            "%C0%AF",
            "%E0%80%AF",
            "%D1",
            "%FF",
            "%ED%A0%80",
            "a\u{7f}",
            &endless,
        ] {
            assert!(!is_value(segment), "{segment}");
        }
    }

    #[test]
    fn an_id_is_never_encoded() {
        assert!(is_plain_id("21") && is_plain_id("abc") && is_plain_id("-1"));
        for segment in ["", ".", "1.0", "%31", "1;a=b", "+1", "１", "1 "] {
            assert!(!is_plain_id(segment), "{segment}");
        }
    }
}
