//! OAuth access tokens: `y0_` and 58 letters (product.md §3.11, yandex-oauth §8.1).
//!
//! Owns how a token is derived from its grant, so that a person can be given their own token again though nothing
//! readable is stored. Must never say whether a token is live: the directory knows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

use crate::ids::GrantId;
use crate::secret::{Pepper, PlainSecret};

const PREFIX: &str = "y0_";
/// 43 bytes of payload come out as the 58 letters of the tokens that clients have seen.
const PAYLOAD: usize = 43;

/// The token of a grant: the same grant and serial give the same token under the same pepper, and nothing of it can be
/// computed without the pepper.
#[must_use]
pub fn derive_access_token(pepper: &Pepper, grant: GrantId, serial: i64) -> PlainSecret {
    let key = pepper.subkey("oauth access token");
    let mut mac = Hmac::<Sha512>::new_from_slice(&*key).expect("HMAC takes keys of any length");
    mac.update(grant.as_bytes());
    mac.update(&serial.to_be_bytes());
    let derived = mac.finalize().into_bytes();
    let mut payload = [2; PAYLOAD];
    payload[1..].copy_from_slice(&derived[..PAYLOAD - 1]);
    PlainSecret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_documented_form_and_can_be_derived_again() {
        let pepper = Pepper::from_material(1, [7; 32]);
        let grant = GrantId::from_bytes([1; 16]);
        let token = derive_access_token(&pepper, grant, 1);
        let text = token.expose();
        assert_eq!(text.len(), 61);
        assert!(text.starts_with("y0_A"));
        assert!(text[3..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
        assert_eq!(derive_access_token(&pepper, grant, 1).expose(), text);
    }

    #[test]
    fn grant_serial_and_pepper_each_change_the_token() {
        let pepper = Pepper::from_material(1, [7; 32]);
        let (one, two) = (GrantId::from_bytes([1; 16]), GrantId::from_bytes([2; 16]));
        let token = derive_access_token(&pepper, one, 1);
        assert_ne!(derive_access_token(&pepper, two, 1).expose(), token.expose());
        assert_ne!(derive_access_token(&pepper, one, 2).expose(), token.expose());
        let other = Pepper::from_material(1, [8; 32]);
        assert_ne!(derive_access_token(&other, one, 1).expose(), token.expose());
    }
}
