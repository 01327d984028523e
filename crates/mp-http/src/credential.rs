//! What a request presents, from the lines of its headers, however they were parsed.
//!
//! Owns the ruling on both and doubled headers (product.md §3.3). Must never look into a token.

use mp_domain::credential::FlawedAuthorization;
use mp_market::authorization::parse_authorization;
use mp_market::trace_parent::TraceId;
use mp_service::Presented;

/// The credential. `Api-Key` decides wherever it stands; `Authorization` is not even read beside it.
pub(crate) fn presented<'a>(
    mut api_keys: impl Iterator<Item = &'a [u8]>,
    mut authorizations: impl Iterator<Item = &'a [u8]>,
) -> Presented<'a> {
    match (api_keys.next(), api_keys.next()) {
        (Some(_), Some(_)) => Presented::RepeatedApiKey,
        (Some(token), None) => Presented::ApiKey(token),
        (None, _) => match (authorizations.next(), authorizations.next()) {
            (Some(_), Some(_)) => Presented::FlawedAuthorization(FlawedAuthorization::Repeated),
            (Some(value), None) => {
                parse_authorization(value).map_or_else(Presented::FlawedAuthorization, Presented::OAuth)
            }
            (None, _) => Presented::Nothing,
        },
    }
}

/// The trace of the caller; two headers make none (W3C Trace Context §4.3).
pub(crate) fn trace<'a>(mut traceparents: impl Iterator<Item = &'a [u8]>) -> Option<TraceId> {
    let first = traceparents.next()?;
    traceparents.next().is_none().then(|| TraceId::parse(first))?
}

#[cfg(test)]
mod tests {
    use mp_domain::credential::OAuthCredential;

    use super::*;

    #[test]
    fn an_api_key_decides_wherever_it_stands() {
        let presented = |keys: &[&'static [u8]], authorizations: &[&'static [u8]]| {
            presented(keys.iter().copied(), authorizations.iter().copied())
        };
        let token = OAuthCredential { token: b"y0_x", client_id: None };
        assert_eq!(presented(&[], &[]), Presented::Nothing);
        assert_eq!(presented(&[], &[b"Bearer y0_x"]), Presented::OAuth(token));
        let flawed = Presented::FlawedAuthorization;
        assert_eq!(presented(&[], &[b"Basic x"]), flawed(FlawedAuthorization::Scheme));
        assert_eq!(presented(&[], &[b"Bearer y0_x", b"Bearer y0_x"]), flawed(FlawedAuthorization::Repeated));
        assert_eq!(presented(&[b"one"], &[b"Bearer y0_x"]), Presented::ApiKey(b"one"));
        assert_eq!(presented(&[b""], &[b"a", b"b"]), Presented::ApiKey(b""));
        assert_eq!(presented(&[b"one", b"one"], &[b"Bearer y0_x"]), Presented::RepeatedApiKey);
    }

    #[test]
    fn two_traceparents_make_none() {
        let header = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".as_slice();
        assert!(trace([header].into_iter()).is_some());
        assert!(trace([header, header].into_iter()).is_none());
    }
}
