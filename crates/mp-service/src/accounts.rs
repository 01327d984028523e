//! People: registering them, switching them off and on, ending what they had.

use mp_domain::account::{Account, Email, Login};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;
use mp_store::{StoreError, account};

use crate::passwords::UnacceptablePassword;
use crate::service::Service;

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
    /// Registers a person.
    pub async fn create_account(&self, actor: Actor, new: NewAccount) -> Result<Account, AccountError> {
        let record = self.record(actor);
        let password_hash = self.passwords.hash(new.password, &*self.entropy).await?;
        let made = Account {
            id: AccountId::generate(record.at, &*self.entropy),
            login: new.login,
            email: new.email,
            name: new.name,
            password_hash,
            credential_epoch: 0,
            logout_epoch: 0,
            email_verified_at: Some(record.at),
            totp: None,
            disabled_at: None,
            created_at: record.at,
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

    /// Everybody.
    pub async fn list_accounts(&self) -> Result<Vec<Account>, AccountError> {
        Ok(self.store.read("list_accounts", account::list).await?)
    }

    /// Switches a person off. Doing it twice changes nothing.
    pub async fn disable_account(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        self.change_account(actor, login, "disable_account", EventKind::AccountDisabled, |account, now| {
            account.disabled_at = account.disabled_at.or(Some(now));
        })
        .await
    }

    /// Switches a person on again.
    pub async fn enable_account(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        self.change_account(actor, login, "enable_account", EventKind::AccountEnabled, |account, _| {
            account.disabled_at = None;
        })
        .await
    }

    /// Ends all sessions and tokens of a person with one write. API keys belong to businesses and stay.
    pub async fn log_out_everywhere(&self, actor: Actor, login: &Login) -> Result<Account, AccountError> {
        let kind = EventKind::AccountLoggedOutEverywhere;
        self.change_account(actor, login, "log_out_everywhere", kind, |account, _| {
            account.credential_epoch += 1;
        })
        .await
    }

    /// Gives a person another password, which ends all their sessions and tokens.
    pub async fn set_password(
        &self,
        actor: Actor,
        login: &Login,
        password: PlainSecret,
    ) -> Result<Account, AccountError> {
        let hash = self.passwords.hash(password, &*self.entropy).await?;
        self.change_account(
            actor,
            login,
            "set_password",
            EventKind::AccountPasswordChanged,
            move |account, _| {
                account.password_hash = hash.clone();
                account.credential_epoch += 1;
            },
        )
        .await
    }

    async fn change_account(
        &self,
        actor: Actor,
        login: &Login,
        name: &'static str,
        kind: EventKind,
        change: impl Fn(&mut Account, Timestamp) + Send + 'static,
    ) -> Result<Account, AccountError> {
        let (record, login) = (self.record(actor), login.clone());
        self.commit(name, move |tx| {
            let mut changed =
                account::find(tx, &login)?.ok_or_else(|| AccountError::Unknown(login.clone()))?;
            change(&mut changed, record.at);
            account::update(tx, &changed)?;
            record.append(tx, kind, Subject::Account(changed.id), None, changed.login.as_str())?;
            Ok(changed)
        })
        .await
    }
}
