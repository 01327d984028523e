//! Who calls, and with what.
//!
//! Owns printing a vector's request. Must never know through which gateway it goes.

use super::vectors::{Credential, Vector};

/// Well-formed, and issued by nobody here (market-api §1.2).
const STRANGER: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

/// The ids and credentials that vectors speak of.
pub(crate) struct Callers {
    /// A store of the caller's.
    pub(crate) own: String,
    /// Its cabinet.
    pub(crate) business: String,
    /// Somebody else's store.
    pub(crate) foreign: String,
    /// Its cabinet.
    pub(crate) foreign_business: String,
    /// The headers that show [`Credential::Key`] and its kin.
    pub(crate) key: String,
    pub(crate) key_from_here: String,
    pub(crate) key_from_elsewhere: String,
    pub(crate) spent_key: String,
    pub(crate) token: String,
}

impl Callers {
    /// For a marketpass that lets everybody through.
    pub(crate) fn anybody() -> Self {
        let [own, business, foreign, foreign_business] =
            ["1000001", "2000001", "1000009", "2000009"].map(str::to_owned);
        let key = STRANGER.to_owned();
        let [key_from_here, key_from_elsewhere, spent_key, token] = [(); 4].map(|()| key.clone());
        Self {
            own,
            business,
            foreign,
            foreign_business,
            key,
            key_from_here,
            key_from_elsewhere,
            spent_key,
            token,
        }
    }

    /// A vector's request, byte for byte.
    pub(crate) fn request(&self, vector: &Vector) -> String {
        let mut text =
            format!("{} {} HTTP/1.1\r\nHost: api.example\r\n", vector.method, self.filled(vector.target));
        for line in self.lines(vector.credential) {
            text += &[&line, "\r\n"].concat();
        }
        for line in vector.headers {
            text += &[&self.filled(line), "\r\n"].concat();
        }
        [&text, "\r\n", &self.filled(vector.body)].concat()
    }

    /// With ids in the place of their names.
    pub(crate) fn filled(&self, text: &str) -> String {
        text.replace("{own}", &self.own)
            .replace("{business}", &self.business)
            .replace("{foreign}", &self.foreign)
            .replace("{foreign_business}", &self.foreign_business)
    }

    /// The credential headers.
    fn lines(&self, credential: Credential) -> Vec<String> {
        let key = |key: &str| format!("Api-Key: {key}");
        let token = || format!("Authorization: Bearer {}", self.token);
        match credential {
            Credential::Key => vec![key(&self.key)],
            Credential::KeyFromHere => vec![key(&self.key_from_here)],
            Credential::KeyFromElsewhere => vec![key(&self.key_from_elsewhere)],
            Credential::SpentKey => vec![key(&self.spent_key)],
            Credential::Stranger => vec![key(STRANGER)],
            Credential::Token => vec![token()],
            Credential::Nothing => vec![],
            Credential::KeyTwice => vec![key(&self.key); 2],
            Credential::TokenTwice => vec![token(); 2],
            Credential::KeyAndNonsense => vec![key(&self.key), "Authorization: nonsense".to_owned()],
            Credential::NonsenseAndToken => vec![key("nonsense"), token()],
        }
    }
}
