//! People: registering them, switching them off and on, ending what they had.

use mp_domain::account::{Account, Email, Login, PasswordHash};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::{StoreError, Tx, account, backup_code, passkey};

use crate::letters;
use crate::passwords::UnacceptablePassword;
use crate::service::Service;
use crate::sessions::{end_all, end_links_and_sessions, log_out_everywhere};

/// A person to register.
pub struct NewAccount {
    /// Not taken by anybody.
    pub login: Login,
    /// Where notices go.
    pub email: Email,
    /// As the person wants to be called.
    pub name: Option<Name>,
    /// Hashed at once.
    pub password: PlainSecret,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The login belongs to somebody.
    #[error("an account with the login {0} exists already: choose another login")]
    LoginTaken(Login),
    /// Nobody has the login.
    #[error("there is no account with the login {0}: `marketpass account list` shows them all")]
    Unknown(Login),
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] UnacceptablePassword),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Registers a person, for whose address the caller vouches.
    pub async fn create_account(&self, actor: Actor, new: NewAccount) -> Result<Account, AccountError> {
        let record = self.record(actor);
        let password_hash = self.passwords.hash(new.password, &*self.entropy).await?;
        let made = Account {
            email_verified_at: Some(record.at),
            ..self.person(new.login, new.email, new.name, password_hash)
        };
        self.commit("create_account", move |tx| {
            if account::find(tx, &made.login)?.is_some() {
                return Err(AccountError::LoginTaken(made.login.clone()));
            }
            account::insert(tx, &made)?;
            let detail = made.login.as_str();
            record.append(tx, EventKind::AccountCreated, Subject::Account(made.id), None, detail)?;
            Ok(made.clone())
        })
        .await
    }

    /// A new person, whose address is not verified.
    pub(crate) fn person(
        &self,
        login: Login,
        email: Email,
        name: Option<Name>,
        password_hash: PasswordHash,
    ) -> Account {
        let created_at = self.clock.now();
        Account {
            id: AccountId::generate(created_at, &*self.entropy),
            login,
            email,
            name,
            password_hash,
            credential_epoch: 0,
            logout_epoch: 0,
            email_verified_at: None,
            totp: None,
            disabled_at: None,
            created_at,
        }
    }

    /// Everybody.
    pub async fn list_accounts(&self) -> Result<Vec<Account>, AccountError> {
        Ok(self.store.read("list_accounts", account::list).await?)
    }

    /// Switches a person off. Doing it twice changes nothing.
    pub async fn disable_account(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        let kind = EventKind::AccountDisabled;
        self.change_account(actor, login, "disable_account", kind, |tx, account, now| {
            account.disabled_at = account.disabled_at.or(Some(now));
            account::update(tx, account)?;
            end_links_and_sessions(tx, account.id, None)
        })
        .await
    }

    /// Switches a person on again.
    pub async fn enable_account(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        self.change_account(actor, login, "enable_account", EventKind::AccountEnabled, |tx, account, _| {
            account.disabled_at = None;
            account::update(tx, account)
        })
        .await
    }

    /// Ends all sessions and tokens of a person with one write. API keys belong to businesses and stay.
    pub async fn log_out_everywhere(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        let kind = EventKind::AccountLoggedOutEverywhere;
        let end = |tx: &mut Tx<'_>, account: &mut Account, _| log_out_everywhere(tx, account);
        self.change_account(actor, login, "log_out_everywhere", kind, end).await
    }

    /// Gives a person another password, which ends all their sessions and tokens.
    pub async fn set_password(
        &self,
        actor: Actor,
        login: &Login,
        password: PlainSecret,
    ) -> Result<Account, AccountError> {
        let hash = self.passwords.hash(password, &*self.entropy).await?;
        let kind = EventKind::AccountPasswordChanged;
        self.change_account(actor, login, "set_password", kind, move |tx, account, _| {
            account.password_hash = hash.clone();
            end_all(tx, account)
        })
        .await
    }

    /// Switches every second factor of a person off who has lost them, backup codes included, which ends all their
    /// sessions and tokens. They are told by letter if mail is configured and their address verified.
    pub async fn reset_factors(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        let kind = EventKind::AccountFactorDisabled;
        let reset = self.change_account(actor, login, "reset_factors", kind, |tx, account, _| {
            account.totp = None;
            passkey::delete_all(tx, account.id)?;
            backup_code::delete_all(tx, account.id)?;
            end_all(tx, account)
        });
        let person = reset.await?;
        if let Some(post) = self.post.as_ref().filter(|_| person.email_verified_at.is_some()) {
            let letter = letters::factors_reset(person.email.clone(), &person.login);
            if let Err(error) = post.send(letter).await {
                tracing::warn!(%error, "the second factors are off, but the letter about it was not sent");
            }
        }
        Ok(person)
    }

    async fn change_account(
        &self,
        actor: Actor,
        login: &Login,
        name: &'static str,
        kind: EventKind,
        change: impl Fn(&mut Tx<'_>, &mut Account, Timestamp) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Account, AccountError> {
        let (record, login) = (self.record(actor), login.clone());
        self.commit(name, move |tx| {
            let unknown = || AccountError::Unknown(login.clone());
            let id = account::find(tx, &login)?.ok_or_else(unknown)?.id;
            account::lock(tx, id)?;
            let mut changed = account::find_by_id(tx, id)?.ok_or_else(unknown)?;
            change(tx, &mut changed, record.at)?;
            record.append(tx, kind, Subject::Account(changed.id), None, changed.login.as_str())?;
            Ok(changed)
        })
        .await
    }
}
