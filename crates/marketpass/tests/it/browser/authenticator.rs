//! A passkey's device that exists in Chromium only.
//!
//! Owns the commands of WebDriver's WebAuthn extension. Must never know what a page does with it.

use http::Method;
use serde_json::{Value, json};

use super::window::Browser;

/// A device in the browser, as a phone or a laptop has one, whose owner always agrees.
pub(crate) struct Authenticator {
    id: String,
}

impl Authenticator {
    /// Puts one into a browser.
    #[track_caller]
    pub(crate) fn plug_into(browser: &Browser<'_>) -> Self {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        let id = browser.extra(Method::POST, "/webauthn/authenticator", Some(device));
        Self { id: id.as_str().unwrap().to_owned() }
    }

    /// The passkeys on it.
    #[track_caller]
    pub(crate) fn passkeys(&self, browser: &Browser<'_>) -> Vec<Value> {
        let path = format!("/webauthn/authenticator/{}/credentials", self.id);
        let found = browser.extra(Method::GET, &path, None);
        serde_json::from_value(found).unwrap()
    }

    /// Takes it out again.
    #[track_caller]
    pub(crate) fn unplug(self, browser: &Browser<'_>) {
        browser.extra(Method::DELETE, &format!("/webauthn/authenticator/{}", self.id), None);
    }
}
