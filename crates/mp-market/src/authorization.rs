//! The `Authorization` header (RFC 9110 §11.6.2): `Bearer TOKEN`, `OAuth TOKEN`, and the oldest form,
//! `OAuth oauth_token="TOKEN", oauth_client_id="ID"` (market-api §1.1).
//!
//! Owns taking it apart. Must never judge a token: any value that could be one is handed on.

use mp_domain::credential::{FlawedAuthorization, OAuthCredential};

/// The credential in the value of the one `Authorization` header.
pub fn parse_authorization(value: &[u8]) -> Result<OAuthCredential<'_>, FlawedAuthorization> {
    let value = value.trim_ascii();
    let scheme_length = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme_length);
    if scheme.is_empty() || !scheme.iter().copied().all(is_token_character) {
        return Err(FlawedAuthorization::Syntax);
    }
    let is_oauth = scheme.eq_ignore_ascii_case(b"oauth");
    if !is_oauth && !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(FlawedAuthorization::Scheme);
    }
    let rest = rest.trim_ascii_start();
    if rest.is_empty() {
        return Err(FlawedAuthorization::TokenMissing);
    }
    if is_oauth && rest.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"oauth_")) {
        return parse_parameters(rest);
    }
    bare_token(rest).map(|token| OAuthCredential { token, client_id: None })
}

/// Whatever is neither a list nor quoted: that it is no token of ours is told later.
fn bare_token(text: &[u8]) -> Result<&[u8], FlawedAuthorization> {
    let fits = text.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b'\\'));
    if fits { Ok(text) } else { Err(FlawedAuthorization::Syntax) }
}

/// The list of parameters of the oldest form. Unknown ones are let pass, doubled ones are not.
fn parse_parameters(mut rest: &[u8]) -> Result<OAuthCredential<'_>, FlawedAuthorization> {
    let (mut token, mut client_id) = (None, None);
    loop {
        let (name, value, behind) = parse_parameter(rest).ok_or(FlawedAuthorization::Syntax)?;
        let known = if name.eq_ignore_ascii_case(b"oauth_token") {
            Some(&mut token)
        } else if name.eq_ignore_ascii_case(b"oauth_client_id") {
            Some(&mut client_id)
        } else {
            None
        };
        if known.is_some_and(|known| known.replace(value).is_some()) {
            return Err(FlawedAuthorization::Syntax);
        }
        match behind.trim_ascii_start() {
            [] => break,
            [b',', behind @ ..] => rest = behind.trim_ascii_start(),
            _ => return Err(FlawedAuthorization::Syntax),
        }
    }
    let token = token.filter(|token| !token.is_empty()).ok_or(FlawedAuthorization::TokenMissing)?;
    Ok(OAuthCredential { token: bare_token(token)?, client_id })
}

/// `name=value` or `name="value"`: the name, the value, and what stands behind it.
fn parse_parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let end = text.iter().position(|byte| !is_token_character(*byte))?;
    let (name, behind) = text.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    let behind = behind.strip_prefix(b"=")?;
    if let Some(quoted) = behind.strip_prefix(b"\"") {
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        // Nothing in a token or an id needs an escape, so a backslash is a sign of something else.
        let value = Some(&quoted[..end]).filter(|value| !value.contains(&b'\\'))?;
        return Some((name, value, &quoted[end + 1..]));
    }
    let end = behind.iter().position(|byte| matches!(byte, b',' | b' ' | b'\t')).unwrap_or(behind.len());
    Some((name, &behind[..end], &behind[end..]))
}

/// `tchar` of RFC 9110 §5.6.2.
fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(value: &str) -> Result<&str, FlawedAuthorization> {
        parse_authorization(value.as_bytes()).map(|credential| std::str::from_utf8(credential.token).unwrap())
    }

    #[test]
    fn both_schemes_are_read_whatever_their_case() {
        for scheme in ["Bearer", "bearer", "BEARER", "OAuth", "oauth", "OAUTH"] {
            assert_eq!(token(&format!("{scheme} y0_AbC-_")), Ok("y0_AbC-_"), "{scheme}");
            assert_eq!(token(&format!("  {scheme}   y0_x ")), Ok("y0_x"), "{scheme}");
        }
    }

    #[test]
    fn the_oldest_form_names_the_application_too() {
        for value in [
            r#"OAuth oauth_token="y0_x", oauth_client_id="abc""#,
            "oauth oauth_client_id=abc ,  OAUTH_TOKEN=y0_x",
            r#"OAuth oauth_token="y0_x",oauth_client_id="abc",oauth_login="shop""#,
        ] {
            let credential = parse_authorization(value.as_bytes()).unwrap();
            assert_eq!(credential, OAuthCredential { token: b"y0_x", client_id: Some(b"abc") }, "{value}");
        }
        assert_eq!(
            parse_authorization(br#"OAuth oauth_token="y0_x""#),
            Ok(OAuthCredential { token: b"y0_x", client_id: None })
        );
    }

    #[test]
    fn what_is_missing_is_told_apart_from_what_is_broken() {
        for value in
            ["Bearer", "OAuth ", "bearer  ", r#"OAuth oauth_client_id="abc""#, r#"OAuth oauth_token="""#]
        {
            assert_eq!(token(value), Err(FlawedAuthorization::TokenMissing), "{value}");
        }
        for value in ["Basic eDp5", "basic", "nonsense", "Digest a=b", "y0_x"] {
            assert_eq!(token(value), Err(FlawedAuthorization::Scheme), "{value}");
        }
        for value in [
            "",
            "\"Bearer\" x",
            "Bear,er x",
            "ключ y0_x",
            "Bearer a b",
            "Bearer a,b",
            "Bearer \"a\"",
            "Bearer токен",
            "OAuth oauth_token",
            "OAuth oauth_token=\"a",
            "OAuth oauth_token=\"a\" oauth_client_id=\"b\"",
            "OAuth oauth_token=\"a\", oauth_token=\"a\"",
            "OAuth oauth_token=\"a\",",
            "OAuth oauth_token=\"a\\\"b\"",
            "OAuth oauth_token=\"a b\"",
        ] {
            assert_eq!(token(value), Err(FlawedAuthorization::Syntax), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse_authorization(&value);
        }

        #[test]
        fn any_parameters_are_read_without_panic(tail in "[a-z_=\", \\\\]{0,60}") {
            let _ = parse_authorization(format!("OAuth oauth_{tail}").as_bytes());
        }

        #[test]
        fn any_token_is_read_from_every_form(token in "[A-Za-z0-9._~+/-]{1,80}") {
            for value in [format!("Bearer {token}"), format!("OAuth oauth_token=\"{token}\"")] {
                prop_assert_eq!(parse_authorization(value.as_bytes()).unwrap().token, token.as_bytes());
            }
        }
    }
}
