//! What a request presents, from the lines of its headers, however they were parsed.
//!
//! Owns the ruling on both and doubled headers (product.md §3.3). Must never look into a token.

use mp_market::trace_parent::TraceId;
use mp_service::Presented;

/// The credential. `Api-Key` decides wherever it stands.
pub(crate) fn presented<'a>(
    mut api_keys: impl Iterator<Item = &'a [u8]>,
    has_authorization: bool,
) -> Presented<'a> {
    match (api_keys.next(), api_keys.next()) {
        (Some(_), Some(_)) => Presented::RepeatedApiKey,
        (Some(token), None) => Presented::ApiKey(token),
        (None, _) if has_authorization => Presented::AuthorizationOnly,
        (None, _) => Presented::Nothing,
    }
}

/// The trace of the caller; two headers make none (W3C Trace Context §4.3).
pub(crate) fn trace<'a>(mut traceparents: impl Iterator<Item = &'a [u8]>) -> Option<TraceId> {
    let first = traceparents.next()?;
    traceparents.next().is_none().then(|| TraceId::parse(first))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_decides_wherever_it_stands() {
        let presented =
            |keys: &[&'static [u8]], authorization| presented(keys.iter().copied(), authorization);
        assert_eq!(presented(&[], false), Presented::Nothing);
        assert_eq!(presented(&[], true), Presented::AuthorizationOnly);
        assert_eq!(presented(&[b"one"], true), Presented::ApiKey(b"one"));
        assert_eq!(presented(&[b""], true), Presented::ApiKey(b""));
        assert_eq!(presented(&[b"one", b"one"], true), Presented::RepeatedApiKey);
    }

    #[test]
    fn two_traceparents_make_none() {
        let header = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".as_slice();
        assert!(trace([header].into_iter()).is_some());
        assert!(trace([header, header].into_iter()).is_none());
    }
}
