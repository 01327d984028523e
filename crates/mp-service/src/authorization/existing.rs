//! The token that a person has already: where it lives, nobody is asked again (yandex-oauth §3.2).

use mp_store::{StoreError, account, grant};

use super::Examined;
use crate::applications::find_live;
use crate::browser::SignedIn;
use crate::grants::{IssuedAccessToken, Locked, give_again};
use crate::service::Service;

impl Service {
    /// The token that the person has for exactly this, with the seconds it has left. Whoever forces a confirmation does
    /// not ask for it.
    pub async fn existing_token(
        &self,
        who: &SignedIn,
        examined: &Examined,
    ) -> Result<Option<IssuedAccessToken>, StoreError> {
        let (own, now, peppers) = (self.verification_code_uri(), self.clock.now(), self.peppers.load_full());
        let (account_id, session_epoch) = (who.account.id, who.session.account_epoch);
        let (client_id, scopes) = (examined.client.id, examined.scopes);
        let device_id = examined.device.as_ref().map(|device| device.id.clone());
        self.store
            .read("existing_token", move |conn| {
                // Read again: what the page knows of the person may be older than their last change of password.
                let account = account::find_by_id(conn, account_id)?.filter(|account| {
                    account.disabled_at.is_none() && account.credential_epoch == session_epoch
                });
                let client = find_live(conn, client_id, &own)?;
                let Some((account, client)) = account.zip(client) else { return Ok(None) };
                let known = grant::find_of(conn, account_id, client_id, device_id.as_deref())?;
                let whose = Locked { account, client };
                Ok(known.and_then(|grant| give_again(&grant, scopes, &whose, &peppers, now)))
            })
            .await
    }
}
