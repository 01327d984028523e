//! Browsers in which a person has signed in before.
//!
//! Owns the cookie by which they are known: account and a number of the browser's own, under a MAC that also covers the
//! person's epoch. It opens nothing; whoever has it only has a budget of wrong passwords that no stranger can use up. As
//! it is given for the password alone and over when that changes, nobody can collect cookies for guessing a password.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mp_domain::account::Account;
use mp_domain::ids::AccountId;
use mp_domain::secret::{Pepper, PlainSecret, SecretDigest};
use mp_domain::time::Timestamp;

use crate::service::Service;

/// How long a browser is known after its person's last sign-in.
const LIFETIME: Duration = Duration::from_secs(365 * 86_400);
/// Account, browser, moment in seconds.
const FACTS: usize = 16 + 16 + 8;
const LENGTH: usize = FACTS + 16;

/// The number of a browser.
pub(crate) type BrowserNumber = [u8; 16];

impl Service {
    /// The number of the browser, if this person has signed in there within a year and their present epoch.
    pub(crate) fn known_browser(&self, cookie: Option<&str>, person: &Account) -> Option<BrowserNumber> {
        let cookie = cookie.filter(|cookie| cookie.len() <= LENGTH.div_ceil(3) * 4)?;
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(cookie).ok()?.try_into().ok()?;
        let (facts, mac) = bytes.split_at(FACTS);
        let peppers = self.peppers.load();
        let is_ours = std::iter::once(peppers.current())
            .chain(peppers.retired())
            .any(|pepper| same(mac_under(pepper, facts, person.credential_epoch).as_bytes(), mac));
        if !is_ours || facts[..16] != *person.id.as_bytes() {
            return None;
        }
        // Only of a cookie of ours: any other may hold a number beyond all time.
        let since = Timestamp::from_seconds(i64::from_be_bytes(facts[32..].try_into().ok()?));
        let is_alive = self.clock.now().since(since) < LIFETIME;
        is_alive.then(|| facts[16..32].try_into().ok())?
    }

    /// What to give a browser in which the person has just signed in.
    pub(crate) fn remember_browser(
        &self,
        known: Option<BrowserNumber>,
        account: AccountId,
        epoch: i64,
    ) -> PlainSecret {
        let number = known.unwrap_or_else(|| self.random());
        let mut cookie = Vec::with_capacity(LENGTH);
        cookie.extend(account.as_bytes());
        cookie.extend(number);
        cookie.extend(self.clock.now().seconds().to_be_bytes());
        let mac = mac_under(self.peppers.load().current(), &cookie, epoch);
        cookie.extend(mac.as_bytes());
        PlainSecret::new(URL_SAFE_NO_PAD.encode(cookie))
    }
}

fn mac_under(pepper: &Pepper, facts: &[u8], epoch: i64) -> SecretDigest {
    let covered = [facts, &epoch.to_be_bytes()].concat();
    Pepper::from_material(pepper.number(), *pepper.subkey("known browser")).digest(&covered)
}

/// Compares in a time that says nothing about where the difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |found, (a, b)| found | (a ^ b)) == 0
}
