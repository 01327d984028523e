//! What a request presents, from the lines of its headers, however they were parsed.
//!
//! Owns the ruling on both and doubled headers (product.md §3.3). Must never look into a token.

use mp_domain::credential::{FlawedAuthorization, Presented};

use crate::authorization::parse_authorization;

/// The credential. `Api-Key` decides wherever it stands, and beside it nobody reads what `Authorization` holds; only that it
/// stands there once.
pub fn presented<'a>(
    mut api_keys: impl Iterator<Item = &'a [u8]>,
    mut authorizations: impl Iterator<Item = &'a [u8]>,
) -> Presented<'a> {
    match (api_keys.next(), api_keys.next()) {
        (Some(_), Some(_)) => Presented::RepeatedApiKey,
        (Some(_), None) if authorizations.nth(1).is_some() => Presented::RepeatedAuthorization,
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
        assert_eq!(presented(&[b"one"], &[b"nonsense"]), Presented::ApiKey(b"one"));
        assert_eq!(presented(&[b"one"], &[b"a", b"b"]), Presented::RepeatedAuthorization);
        assert_eq!(presented(&[b"one", b"one"], &[b"Bearer y0_x"]), Presented::RepeatedApiKey);
    }
}
