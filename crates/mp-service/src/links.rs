//! Single-use links in letters.
//!
//! Owns making and recognising their tokens. Must never store a readable one, and never let one work twice: it is used
//! up in the transaction that does what it is for.

use mp_domain::account::Email;
use mp_domain::ids::AccountId;
use mp_domain::link::{OneTimeLink, Purpose};
use mp_domain::secret::{PlainSecret, SecretDigest};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, one_time_link};

use crate::service::Service;

impl Service {
    /// A new link: what is stored of it, and its token.
    pub(crate) fn make_link(
        &self,
        purpose: Purpose,
        account_id: Option<AccountId>,
        email: Email,
    ) -> (OneTimeLink, PlainSecret) {
        let (token, created_at) = (self.random_secret(), self.clock.now());
        let digest = self.digest(token.expose());
        let expires_at = created_at.plus(purpose.lifetime());
        (OneTimeLink { digest, purpose, account_id, email, created_at, expires_at }, token)
    }

    /// Where the token of a link leads.
    pub(crate) fn link_url(&self, purpose: Purpose, token: &PlainSecret) -> PlainSecret {
        let path = match purpose {
            Purpose::Recovery => "/account/recover/",
            Purpose::Verification => "/account/verify/",
            Purpose::Invitation => "/account/sign-up?invitation=",
        };
        PlainSecret::new(format!("{}{path}{}", self.public_url, token.expose()))
    }

    /// The live link of a token.
    pub(crate) async fn live_link(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<Option<OneTimeLink>, StoreError> {
        let (digests, now) = (self.digests(token), self.clock.now());
        self.store.read("find_link", move |conn| find(conn, purpose, &digests, now)).await
    }
}

/// The live link with one of these digests.
pub(crate) fn find(
    conn: &mut Conn,
    purpose: Purpose,
    digests: &[SecretDigest],
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    for digest in digests {
        if let Some(link) = one_time_link::find_live(conn, purpose, *digest, now)? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

/// The live link with one of these digests, used up by this transaction.
pub(crate) fn use_up(
    tx: &mut Tx<'_>,
    purpose: Purpose,
    digests: &[SecretDigest],
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    let Some(link) = find(tx, purpose, digests, now)? else { return Ok(None) };
    let is_first = one_time_link::use_up(tx, link.digest, now)?;
    Ok(is_first.then_some(link))
}
