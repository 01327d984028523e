//! Leaving old peppers behind: what can be read without its owner is kept under the current pepper instead.
//!
//! Owns what is moved and when: the secrets of applications, those of authenticator codes, and digests of tokens that can
//! be derived again. Must never move anything to an earlier pepper, nor to one that another node may not have yet.

use std::time::Duration;

use mp_domain::api_key::StoredSecret;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::grant::Grant;
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::oauth_token::derive_access_token;
use mp_domain::secret::{PepperNumber, Peppers, SealedBytes};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, account, client, grant, pepper};

use crate::applications::secret_place;
use crate::factors::totp_place;
use crate::sealing::Place;
use crate::service::Service;

/// How long a new pepper has time to reach every node before this moves anything to it.
const TIME_TO_SPREAD: Duration = Duration::from_secs(3_600);
/// As many are moved in one transaction: others wait for it.
const BATCH: usize = 100;

/// What is kept under earlier peppers.
#[derive(Default)]
struct Left {
    codes: Vec<(AccountId, SealedBytes)>,
    secrets: Vec<(ClientId, SealedBytes)>,
    tokens: Vec<Grant>,
}

/// One sealed secret before and after.
type Resealed<I> = (I, SealedBytes, SealedBytes);

impl Service {
    /// Moves what is kept under earlier peppers to the current one. Says how many were moved. What cannot be opened stays
    /// as it is.
    pub(crate) async fn move_to_current_pepper(&self) -> Result<usize, StoreError> {
        let peppers = self.peppers.load_full();
        let (current, now) = (peppers.current().number(), self.clock.now());
        let left = self.store.read("find_left", move |conn| find_left(conn, current, now)).await?;
        let codes = self.resealed(left.codes, totp_place);
        let secrets = self.resealed(left.secrets, secret_place);
        let mut moved = 0;
        for batch in codes.chunks(BATCH) {
            let batch = batch.to_vec();
            moved += self
                .store
                .write("reseal_totp_secrets", move |tx| {
                    count(&batch, |(id, old, new)| account::reseal(tx, *id, old, new))
                })
                .await?;
        }
        for batch in secrets.chunks(BATCH) {
            let batch = batch.to_vec();
            moved += self
                .store
                .write("reseal_client_secrets", move |tx| {
                    count(&batch, |(id, old, new)| client::reseal(tx, *id, old, new))
                })
                .await?;
        }
        let tokens: Vec<_> = left
            .tokens
            .iter()
            .filter_map(|grant| Some((grant.clone(), redigested(grant, &peppers)?)))
            .collect();
        for batch in tokens.chunks(BATCH) {
            moved += self.repepper_tokens(batch.to_vec()).await?;
        }
        Ok(moved)
    }

    /// The same secrets sealed under the current pepper.
    fn resealed<I: Copy>(&self, left: Vec<(I, SealedBytes)>, place: impl Fn(I) -> Place) -> Vec<Resealed<I>> {
        let anew = |(id, old): (I, SealedBytes)| {
            let place = place(id);
            match self.open(&place, &old) {
                Ok(plain) => Some((id, old, self.seal(&place, &plain))),
                Err(error) => {
                    tracing::warn!(%error, "a secret stays under its former pepper");
                    None
                }
            }
        };
        left.into_iter().filter_map(anew).collect()
    }

    async fn repepper_tokens(&self, batch: Vec<(Grant, StoredSecret)>) -> Result<usize, StoreError> {
        let record = self.record(Actor::System);
        self.commit("repepper_tokens", move |tx| {
            count(&batch, |(known, new)| {
                let is_moved = grant::repepper(tx, known.id, known.token.secret.digest, *new)?;
                if is_moved {
                    record.append(tx, EventKind::GrantRepeppered, Subject::Grant(known.id), None, "")?;
                }
                Ok(is_moved)
            })
        })
        .await
    }
}

fn find_left(conn: &mut Conn, current: PepperNumber, now: Timestamp) -> Result<Left, StoreError> {
    let since = pepper::known_since(conn, current)?;
    if since.is_none_or(|since| now.since(since) < TIME_TO_SPREAD) {
        return Ok(Left::default());
    }
    Ok(Left {
        codes: account::sealed_before(conn, current)?,
        secrets: client::sealed_before(conn, current)?,
        tokens: grant::digested_before(conn, current, now)?,
    })
}

/// The digest of a grant's token under the current pepper, if the token can be derived again.
fn redigested(grant: &Grant, peppers: &Peppers) -> Option<StoredSecret> {
    let token = &grant.token;
    let plain = derive_access_token(peppers.numbered(token.derived_under)?, grant.id, token.serial);
    let former = peppers.numbered(token.secret.pepper)?.digest(plain.expose().as_bytes());
    let pepper = peppers.current();
    let digest = pepper.digest(plain.expose().as_bytes());
    (former == token.secret.digest).then_some(StoredSecret { digest, pepper: pepper.number() })
}

/// How many of a batch were changed.
fn count<T>(
    batch: &[T],
    mut change: impl FnMut(&T) -> Result<bool, StoreError>,
) -> Result<usize, StoreError> {
    batch.iter().try_fold(0, |changed, each| Ok(changed + usize::from(change(each)?)))
}
