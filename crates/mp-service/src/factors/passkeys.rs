//! Passkeys (WebAuthn level 3): their challenges and answers are JSON that a page passes on as it is.
//!
//! Owns adding, removing and asking them. Must never judge a signature itself: the verifier does.

use std::sync::Arc;

use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::name::Name;
use mp_domain::session::Stage;
use mp_store::passkey::StoredPasskey;
use mp_store::{StoreError, backup_code, passkey, session};
use url::{Host, Url};
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey as Credential, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::{BackupCodes, FactorError, drop_codes_of_no_factor, still_pending};
use crate::browser::{Browser, Cookies, SignedIn};
use crate::known_browser::BrowserNumber;
use crate::pending::Step;
use crate::service::Service;
use crate::sessions::{end_others, still_signed_in};
use crate::sign_in::record_start;

/// More passkeys than this nobody has.
const MOST_PASSKEYS: usize = 20;

const BARE_ADDRESS: &str =
    "a passkey belongs to a host name, and this server is reached under a bare address";
const NOT_SECURE: &str = "browsers offer passkeys over HTTPS only, or on localhost";

/// Judges passkeys, where there can be any.
#[derive(Clone)]
pub(crate) struct PasskeyVerifier(Result<Arc<Webauthn>, &'static str>);

impl PasskeyVerifier {
    /// The verifier for a server that is reached here.
    pub(crate) fn of(public_url: &str) -> Self {
        Self(verifier(public_url).map(Arc::new))
    }

    fn available(&self) -> Result<&Webauthn, FactorError> {
        self.0.as_deref().map_err(|reason| FactorError::Unavailable(reason))
    }
}

fn verifier(public_url: &str) -> Result<Webauthn, &'static str> {
    let url = Url::parse(public_url).map_err(|_| BARE_ADDRESS)?;
    let Some(Host::Domain(host)) = url.host() else { return Err(BARE_ADDRESS) };
    let is_local = host == "localhost" || host.ends_with(".localhost");
    if url.scheme() != "https" && !is_local {
        return Err(NOT_SECURE);
    }
    let builder = WebauthnBuilder::new(host, &url).map_err(|_| BARE_ADDRESS)?;
    builder.rp_name("marketpass").build().map_err(|_| BARE_ADDRESS)
}

impl Service {
    /// Whether passkeys work here; if not, why (WebAuthn §5.1.3: they are bound to a host name).
    pub fn passkeys_available(&self) -> Result<(), &'static str> {
        self.passkeys.0.as_ref().map(|_| ()).map_err(|reason| *reason)
    }

    /// What to hand to `navigator.credentials.create` in order to add a passkey. Needs a fresh sign-in.
    pub async fn begin_passkey(&self, who: &SignedIn, name: &Name) -> Result<serde_json::Value, FactorError> {
        let verifier = self.passkeys.available()?;
        self.need_fresh(who)?;
        let known = self.credentials(who).await?;
        if known.len() >= MOST_PASSKEYS {
            return Err(FactorError::TooManyPasskeys(known.len()));
        }
        let (user, login) = (Uuid::from_bytes(*who.account.id.as_bytes()), who.account.login.as_str());
        let shown = who.account.name.as_ref().map_or(login, Name::as_str);
        let known = known.iter().map(|(_, credential)| credential.cred_id().clone()).collect();
        let (challenge, state) = verifier
            .start_passkey_registration(user, login, shown, Some(known))
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        self.put_pending(who, self.seal_step(&who.session, Step::addition(name, state))).await?;
        Ok(json(&challenge))
    }

    /// Adds the passkey that answered. Ends all tokens and all other sessions of the person. The first factor of a
    /// person comes with backup codes.
    pub async fn finish_passkey(
        &self,
        who: &SignedIn,
        answer: &str,
    ) -> Result<Option<BackupCodes>, FactorError> {
        let verifier = self.passkeys.available()?;
        let Some(Step::PasskeyAddition { name, state }) = self.open_step(&who.session)? else {
            return Err(FactorError::NotBegun);
        };
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| FactorError::WrongPasskey)?;
        let credential =
            verifier.finish_passkey_registration(&answer, &state).map_err(|_| FactorError::WrongPasskey)?;
        let record = self.record(Actor::Account(who.account.id));
        let added = StoredPasskey {
            credential_id: credential.cred_id().clone(),
            account_id: who.account.id,
            name: Name::new(&name).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            credential: json(&credential).to_string(),
            created_at: record.at,
            last_used_at: None,
        };
        let (codes, digests) = self.make_backup_codes(who.account.id);
        let who = who.clone();
        let is_first = self
            .commit("finish_passkey", move |tx| {
                let (mut person, mut current) = still_pending(tx, &who, Stage::SignedIn, record.at)?;
                let is_first = person.totp.is_none() && passkey::count(tx, person.id)? == 0;
                if !passkey::insert_new(tx, &added)? {
                    return Err(FactorError::AlreadyOn);
                }
                if is_first {
                    backup_code::replace(tx, person.id, &digests)?;
                }
                end_others(tx, &mut person, &mut current)?;
                let (kind, subject) = (EventKind::AccountFactorEnabled, Subject::Account(person.id));
                record.append(tx, kind, subject, None, format!("passkey {}", added.name))?;
                Ok::<_, FactorError>(is_first)
            })
            .await?;
        Ok(is_first.then_some(codes))
    }

    /// Removes a passkey. Needs a fresh sign-in; ends all tokens and all other sessions of the person.
    pub async fn remove_passkey(&self, who: &SignedIn, credential_id: &[u8]) -> Result<(), FactorError> {
        self.need_fresh(who)?;
        let (who, removed) = (who.clone(), credential_id.to_owned());
        let record = self.record(Actor::Account(who.account.id));
        self.commit("remove_passkey", move |tx| {
            let found = still_signed_in(tx, &who, record.at)?.ok_or(FactorError::SessionOver)?;
            let (mut person, mut current) = found;
            let known = passkey::of_account(tx, person.id)?;
            let known = known.into_iter().find(|each| each.credential_id == removed);
            let known = known.ok_or(FactorError::NotOn)?;
            passkey::delete(tx, person.id, &removed)?;
            end_others(tx, &mut person, &mut current)?;
            drop_codes_of_no_factor(tx, &person)?;
            let (kind, subject) = (EventKind::AccountFactorDisabled, Subject::Account(person.id));
            Ok(record.append(tx, kind, subject, None, format!("passkey {}", known.name))?)
        })
        .await
    }

    /// What to hand to `navigator.credentials.get`: as the second factor while signing in, or to make a session fresh
    /// again.
    pub async fn begin_passkey_answer(&self, who: &SignedIn) -> Result<serde_json::Value, FactorError> {
        let verifier = self.passkeys.available()?;
        let known: Vec<Credential> =
            self.credentials(who).await?.into_iter().map(|(_, credential)| credential).collect();
        if known.is_empty() {
            return Err(FactorError::NotOn);
        }
        let (challenge, state) = verifier
            .start_passkey_authentication(&known)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let step = Step::PasskeyAnswer { state: Box::new(state) };
        self.put_pending(who, self.seal_step(&who.session, step)).await?;
        Ok(json(&challenge))
    }

    /// Finishes what [`begin_passkey_answer`](Self::begin_passkey_answer) began.
    pub async fn finish_passkey_answer(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        answer: &str,
    ) -> Result<Cookies, FactorError> {
        let known = self.known_browser(browser.known, &who.account);
        let attempt = self.factor_attempt(who.account.id, browser, known)?;
        let answered = self.enter_with_passkey(who, browser, known, answer).await;
        if !matches!(answered, Err(FactorError::WrongPasskey)) {
            attempt.give_back();
        }
        answered
    }

    async fn enter_with_passkey(
        &self,
        who: &SignedIn,
        browser: &Browser<'_>,
        known: Option<BrowserNumber>,
        answer: &str,
    ) -> Result<Cookies, FactorError> {
        let verifier = self.passkeys.available()?;
        let Some(Step::PasskeyAnswer { state }) = self.open_step(&who.session)? else {
            return Err(FactorError::NotBegun);
        };
        let answer: PublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| FactorError::WrongPasskey)?;
        let result = verifier.finish_passkey_authentication(&answer, &state);
        let result = result.map_err(|_| FactorError::WrongPasskey)?;
        let used = self.used(who, &result).await?;
        let (entered, cookie) = self.entered(who, browser);
        let known = self.remember_browser(known, who.account.id, who.account.credential_epoch);
        let (who, record) = (who.clone(), self.record(Actor::Account(who.account.id)));
        self.commit("answer_passkey", move |tx| {
            let (_, current) = still_pending(tx, &who, who.session.stage, record.at)?;
            passkey::note_use(tx, &used.credential_id, &used.credential, record.at)?;
            session::update(tx, &entered)?;
            if current.stage == Stage::AwaitingSecondFactor {
                record_start(tx, record, &entered)?;
            }
            Ok::<_, FactorError>(())
        })
        .await?;
        Ok(Cookies { session: cookie, known: Some(known) })
    }

    /// The passkey that answered, with its counter and flags as they are now.
    async fn used(
        &self,
        who: &SignedIn,
        result: &AuthenticationResult,
    ) -> Result<StoredPasskey, FactorError> {
        let known = self.credentials(who).await?;
        let mut found = known.into_iter().find(|(_, credential)| credential.cred_id() == result.cred_id());
        let (stored, credential) = found.as_mut().ok_or(FactorError::WrongPasskey)?;
        credential.update_credential(result);
        Ok(StoredPasskey { credential: json(credential).to_string(), ..stored.clone() })
    }

    /// The person's passkeys as the verifier knows them.
    async fn credentials(&self, who: &SignedIn) -> Result<Vec<(StoredPasskey, Credential)>, StoreError> {
        let account = who.account.id;
        let stored = self.store.read("list_passkeys", move |conn| passkey::of_account(conn, account)).await?;
        let read = |stored: StoredPasskey| {
            let credential = serde_json::from_str(&stored.credential);
            Ok((stored, credential.map_err(|error| StoreError::Corrupt(error.to_string()))?))
        };
        stored.into_iter().map(read).collect()
    }
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("the types of the standard have no maps with keys that are no texts")
}
