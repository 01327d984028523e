//! `application/x-www-form-urlencoded` (RFC 6749 appendix B, WHATWG URL §5).
//!
//! Owns decoding that notices what is no UTF-8, which the usual decoders replace silently: a `state` must come back as it
//! went in or not at all.

/// Name and value of every pair, decoded; `None` for what is no UTF-8.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (Option<String>, Option<String>)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

/// A text with everything escaped that means something in a URL. A space becomes `%20`: every decoder reads that, whether
/// it knows forms or not.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        (rest, bytes) = match (first, escaped(behind)) {
            (b'%', Some(byte)) => (&behind[2..], pushed(bytes, byte)),
            (b'+', _) => (behind, pushed(bytes, b' ')),
            // A lone per cent sign stands for itself.
            _ => (behind, pushed(bytes, *first)),
        };
    }
    String::from_utf8(bytes).ok()
}

fn pushed(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

/// The byte that the first two hexadecimal digits spell.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let [high, low] = *text.first_chunk()?;
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_and_plus_signs_are_read_and_lone_per_cent_signs_stay() {
        assert_eq!(decoded("a+b%20c%2B%d0%B6"), Some("a b c+ж".to_owned()));
        assert_eq!(decoded("100%"), Some("100%".to_owned()));
        assert_eq!(decoded("%zz%4"), Some("%zz%4".to_owned()));
        assert_eq!(decoded("%FF"), None);
        assert_eq!(decoded("%F0%9F"), None);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(text in any::<String>()) {
            prop_assert_eq!(decoded(&encoded(&text)), Some(text));
        }

        #[test]
        fn what_is_written_means_nothing_in_a_url(text in any::<String>()) {
            prop_assert!(encoded(&text).bytes().all(|b| b.is_ascii_alphanumeric() || b"%*-._".contains(&b)));
        }
    }
}
