//! Applications: registering, listing, editing, renewing the secret, deleting.
//!
//! Owns the rules of the two forms (yandex-oauth §2.2) and who may change what. Must never show a secret that was shown
//! before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::client::{
    Client, ClientKind, ClientProfile, FormerSecret, GrantType, MAX_REDIRECT_URIS, MAX_SCOPE_GROUPS,
};
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{AccountId, BusinessId, ClientId};
use mp_domain::name::Name;
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::redirect_uri::{InvalidRedirectUri, RedirectUri};
use mp_domain::secret::{PlainSecret, SealedBytes};
use mp_domain::time::Timestamp;
use mp_store::{Conn, StoreError, Tx, account, client, client_usage};

use crate::icon::redrawn;
pub use crate::icon::{LARGEST_ICON, UnacceptableIcon};
use crate::sealing::Place;
use crate::service::Service;

/// The longest that a renewed secret goes on working.
pub const LONGEST_OVERLAP: Duration = Duration::from_secs(90 * 86_400);

/// What becomes of an application's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IconChange {
    /// It stays.
    Keep,
    /// The application has none any more.
    Remove,
    /// It is drawn from this upload.
    Replace(Vec<u8>),
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No such application.
    #[error("there is no application {0}: `marketpass client list` shows them all")]
    Unknown(ClientId),
    /// Nobody to own it.
    #[error("there is no account {0} to own the application")]
    UnknownOwner(AccountId),
    /// Nobody has the login.
    #[error("there is no account with the login {0}: `marketpass account list` shows them all")]
    UnknownLogin(Login),
    /// Somebody else's.
    #[error("the application {0} belongs to somebody else: only its owner may change it")]
    NotOwner(ClientId),
    /// The owner would not know them apart, and a form that is sent twice must not make two.
    #[error("the owner has an application called {0} already: choose another name")]
    NameTaken(Name),
    /// Nowhere to send a browser to.
    #[error("the application has no redirect URI: name at least one")]
    NoRedirectUri,
    /// More than there may be.
    #[error("the application has {0} redirect URIs: at most {MAX_REDIRECT_URIS} are allowed")]
    TooManyRedirectUris(usize),
    /// The same one twice.
    #[error("the redirect URI {0} is named twice: name it once")]
    RepeatedRedirectUri(RedirectUri),
    /// Another one than the form allows.
    #[error(
        "the redirect URI of an application for API access is {0} and cannot be changed: leave it out, or register an \
         application for user authorization"
    )]
    FixedRedirectUri(RedirectUri),
    /// An application that may do nothing is a mistake.
    #[error("the application asks for no right: name at least one, for example market:partner-api")]
    NoScope,
    /// Of more groups than the form allows.
    #[error(
        "the rights belong to {0} groups: an application for user authorization may ask for rights of at most \
         {MAX_SCOPE_GROUPS}"
    )]
    TooManyScopeGroups(usize),
    /// A right the form does not allow.
    #[error(
        "an application for API access cannot ask for {0}: register one for user authorization, or leave the right out"
    )]
    ScopeOfOtherKind(OAuthScope),
    /// An application without a way to a token is a mistake.
    #[error("the application has no way to a token: name at least one grant type, for example implicit")]
    NoGrantType,
    /// Nothing to renew.
    #[error("the application {0} is public and has no secret: there is nothing to renew")]
    PublicHasNoSecret(ClientId),
    /// Somebody else was first.
    #[error(
        "the secret of the application {0} was renewed meanwhile: renew it again only if that was not you"
    )]
    RenewedMeanwhile(ClientId),
    /// Too long for two secrets at once.
    #[error("the old secret may work for at most {} days longer: choose a shorter overlap", LONGEST_OVERLAP.as_secs() / 86_400)]
    OverlapTooLong,
    /// The picture will not do.
    #[error(transparent)]
    Icon(#[from] UnacceptableIcon),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Where browsers go whose person copies the token by hand: the server's own page.
    #[must_use]
    pub fn verification_code_uri(&self) -> RedirectUri {
        RedirectUri::verification_code(&self.public_url)
    }

    /// Reads a redirect URI that somebody wants to register. The server's own page is accepted wherever it is.
    pub fn read_redirect_uri(&self, text: &str) -> Result<RedirectUri, InvalidRedirectUri> {
        let own = self.verification_code_uri();
        if text == own.as_str() { Ok(own) } else { text.parse() }
    }

    /// The ways to a token of an application with these redirect URIs whose owner chose none: the token in the redirect
    /// only where that leads nowhere but to our own page (product.md §3.16).
    #[must_use]
    pub fn default_grant_types(&self, redirect_uris: &[RedirectUri]) -> Vec<GrantType> {
        let stays_here = redirect_uris == [self.verification_code_uri()];
        let implicit = stays_here.then_some(GrantType::Implicit);
        implicit.into_iter().chain([GrantType::AuthorizationCode, GrantType::RefreshToken]).collect()
    }

    /// Registers an application under a name that no other of the owner's has. Its secret is returned here and never again; a public one has none. One for API access
    /// may leave its redirect URIs out.
    pub async fn register_client(
        &self,
        actor: Actor,
        owner: AccountId,
        kind: ClientKind,
        profile: ClientProfile,
        icon: Option<Vec<u8>>,
        is_public: bool,
    ) -> Result<(Client, Option<PlainSecret>), ClientError> {
        let profile = self.acceptable(kind, profile)?;
        let icon = match icon {
            Some(upload) => Some(redrawn(upload).await?),
            None => None,
        };
        let (record, id) = (self.record(actor), ClientId::generate(&*self.entropy));
        let secret = (!is_public).then(|| self.new_client_secret(id));
        let (plain, sealed) = secret.unzip();
        let made = Client {
            id,
            owner,
            kind,
            profile,
            icon,
            secret: sealed,
            former_secret: None,
            token_epoch: 0,
            created_at: record.at,
            deleted_at: None,
        };
        let registered = self.commit("register_client", move |tx| {
            // Of two who register the same name at once, the second finds it taken.
            if !account::lock(tx, owner)? {
                return Err(ClientError::UnknownOwner(owner));
            }
            check_owner(actor, &made)?;
            check_name(tx, &made)?;
            client::insert(tx, &made)?;
            let detail = made.profile.name.as_str();
            record.append(tx, EventKind::ClientCreated, Subject::Client(id), None, detail)?;
            Ok::<_, ClientError>(made.clone())
        });
        Ok((registered.await?, plain))
    }

    /// The application with this id, unless it was deleted.
    pub async fn client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        let own = self.verification_code_uri();
        self.store.read("client", move |conn| find_live(conn, id, &own)).await
    }

    /// A person's applications, oldest first.
    pub async fn clients_of(&self, owner: AccountId) -> Result<Vec<Client>, StoreError> {
        let own = self.verification_code_uri();
        let found = self.store.read("clients_of", move |conn| client::of_owner(conn, owner)).await?;
        Ok(found.into_iter().map(|client| with_own_redirect(client, &own)).collect())
    }

    /// The person with this login, to own an application.
    pub async fn owner_named(&self, login: &Login) -> Result<AccountId, ClientError> {
        let wanted = login.clone();
        let found = self.store.read("owner_named", move |conn| account::find(conn, &wanted)).await?;
        found.map(|account| account.id).ok_or_else(|| ClientError::UnknownLogin(login.clone()))
    }

    /// Every application, or those of one person, oldest first, with the logins of their owners.
    pub async fn list_clients(&self, owner: Option<&Login>) -> Result<Vec<(Login, Client)>, ClientError> {
        let (own, owner) = (self.verification_code_uri(), owner.cloned());
        let listed = self.store.read("list_clients", move |conn| {
            let Some(login) = owner else {
                let clients = client::list(conn)?;
                return with_logins(conn, clients).map(Ok);
            };
            match account::find(conn, &login)? {
                Some(owner) => {
                    let clients = client::of_owner(conn, owner.id)?;
                    Ok(Ok(clients.into_iter().map(|client| (login.clone(), client)).collect()))
                }
                None => Ok(Err(ClientError::UnknownLogin(login))),
            }
        });
        let listed: Vec<_> = listed.await??;
        Ok(listed.into_iter().map(|(login, client)| (login, with_own_redirect(client, &own))).collect())
    }

    /// Gives an application another profile or picture. Other rights end every token it ever got.
    pub async fn edit_client(
        &self,
        actor: Actor,
        id: ClientId,
        profile: ClientProfile,
        icon: IconChange,
    ) -> Result<Client, ClientError> {
        let kind = self.client(id).await?.ok_or(ClientError::Unknown(id))?.kind;
        let profile = self.acceptable(kind, profile)?;
        let icon = match icon {
            IconChange::Keep => None,
            IconChange::Remove => Some(None),
            IconChange::Replace(upload) => Some(Some(redrawn(upload).await?)),
        };
        self.change_client(actor, id, "edit_client", move |client, _| {
            let epoch = client.token_epoch;
            let mut edited = client.edit(profile.clone());
            if let Some(icon) = &icon {
                edited.icon.clone_from(icon);
            }
            let rights_changed = edited.token_epoch != epoch;
            let kind = if rights_changed { EventKind::ClientScopesChanged } else { EventKind::ClientEdited };
            Ok((edited, kind))
        })
        .await
    }

    /// Gives an application another secret, which is returned here and never again; the old one works for `overlap`
    /// longer, and those before it no longer at all. Whoever says which secret they have `seen` renews no other.
    pub async fn renew_client_secret(
        &self,
        actor: Actor,
        id: ClientId,
        overlap: Duration,
        seen: Option<SealedBytes>,
    ) -> Result<PlainSecret, ClientError> {
        if overlap > LONGEST_OVERLAP {
            return Err(ClientError::OverlapTooLong);
        }
        let (plain, sealed) = self.new_client_secret(id);
        self.change_client(actor, id, "renew_client_secret", move |mut client, now| {
            let old = client.secret.replace(sealed.clone()).ok_or(ClientError::PublicHasNoSecret(id))?;
            if seen.as_ref().is_some_and(|seen| *seen != old) {
                return Err(ClientError::RenewedMeanwhile(id));
            }
            let until = now.plus(overlap);
            client.former_secret = (until > now).then_some(FormerSecret { secret: old, until });
            Ok((client, EventKind::ClientSecretRenewed))
        })
        .await?;
        Ok(plain)
    }

    /// Deletes an application, which ends every token it ever got.
    pub async fn delete_client(&self, actor: Actor, id: ClientId) -> Result<Client, ClientError> {
        self.change_client(actor, id, "delete_client", |mut client, now| {
            client.deleted_at = Some(now);
            // Nothing of a deleted application is opened again.
            (client.secret, client.former_secret) = (None, None);
            Ok((client, EventKind::ClientDeleted))
        })
        .await
    }

    /// How many calls came with an application's tokens in the last days, today included.
    pub async fn client_usage(&self, id: ClientId, days: u32) -> Result<i64, StoreError> {
        let since = self.first_day(days);
        self.store.read("client_usage", move |conn| client_usage::of_client(conn, id, since)).await
    }

    /// How many calls to a cabinet came with tokens in the last days, today included, by application, the busiest first.
    pub async fn oauth_usage_of_business(
        &self,
        business: BusinessId,
        days: u32,
    ) -> Result<Vec<(ClientId, Name, i64)>, StoreError> {
        let since = self.first_day(days);
        let read = move |conn: &mut Conn| client_usage::of_business(conn, business, since);
        self.store.read("oauth_usage_of_business", read).await
    }

    /// The first of the last days, counted from 1970-01-01.
    fn first_day(&self, days: u32) -> i64 {
        self.clock.now().seconds().div_euclid(86_400) + 1 - i64::from(days)
    }

    async fn change_client(
        &self,
        actor: Actor,
        id: ClientId,
        name: &'static str,
        change: impl Fn(Client, Timestamp) -> Result<(Client, EventKind), ClientError> + Send + 'static,
    ) -> Result<Client, ClientError> {
        let (record, own) = (self.record(actor), self.verification_code_uri());
        self.commit(name, move |tx| {
            let owner = find_live(tx, id, &own)?.ok_or(ClientError::Unknown(id))?.owner;
            // Of two who take the same name at once, the second finds it taken.
            account::lock(tx, owner)?;
            let known = lock_live(tx, id, &own)?.ok_or(ClientError::Unknown(id))?;
            check_owner(actor, &known)?;
            let name = known.profile.name.clone();
            let (changed, kind) = change(known, record.at)?;
            if changed.profile.name != name {
                check_name(tx, &changed)?;
            }
            client::update(tx, &changed)?;
            record.append(tx, kind, Subject::Client(id), None, changed.profile.name.as_str())?;
            Ok(changed)
        })
        .await
    }

    /// 32 lower-case hexadecimal digits (yandex-oauth §2.6), and the same sealed. One place for the secret whether it is
    /// current or was renewed: it moves from one column to the other as it is.
    fn new_client_secret(&self, id: ClientId) -> (PlainSecret, SealedBytes) {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        // Written as an application's id is: 128 bits in the same digits.
        let plain = PlainSecret::new(ClientId::from_bytes(random).to_string());
        let sealed = self.seal(&secret_place(id), plain.expose().as_bytes());
        (plain, sealed)
    }

    /// The profile as it may be registered.
    fn acceptable(&self, kind: ClientKind, mut profile: ClientProfile) -> Result<ClientProfile, ClientError> {
        if kind == ClientKind::Api {
            let own = self.verification_code_uri();
            if profile.redirect_uris.iter().any(|uri| *uri != own) {
                return Err(ClientError::FixedRedirectUri(own));
            }
            profile.redirect_uris = vec![own];
        }
        check_redirect_uris(&profile.redirect_uris)?;
        check_scopes(kind, &profile)?;
        if profile.grant_types.is_empty() {
            return Err(ClientError::NoGrantType);
        }
        profile.grant_types.sort_unstable();
        profile.grant_types.dedup();
        Ok(profile)
    }
}

/// Where an application's secrets are stored.
pub(crate) fn secret_place(id: ClientId) -> Place {
    Place::new("client.secret", id.as_bytes())
}

fn check_redirect_uris(uris: &[RedirectUri]) -> Result<(), ClientError> {
    if uris.is_empty() {
        return Err(ClientError::NoRedirectUri);
    }
    if uris.len() > MAX_REDIRECT_URIS {
        return Err(ClientError::TooManyRedirectUris(uris.len()));
    }
    let repeated = uris.iter().enumerate().find(|(place, uri)| uris[..*place].contains(uri));
    repeated.map_or(Ok(()), |(_, uri)| Err(ClientError::RepeatedRedirectUri(uri.clone())))
}

fn check_scopes(kind: ClientKind, profile: &ClientProfile) -> Result<(), ClientError> {
    if profile.scopes.is_empty() {
        return Err(ClientError::NoScope);
    }
    match kind {
        ClientKind::Id => {
            let groups: BTreeSet<_> = profile.scopes.iter().map(OAuthScope::group).collect();
            let fits = groups.len() <= MAX_SCOPE_GROUPS;
            if fits { Ok(()) } else { Err(ClientError::TooManyScopeGroups(groups.len())) }
        }
        ClientKind::Api => {
            let of_people = profile.scopes.iter().find(|scope| scope.group() == "login");
            of_people.map_or(Ok(()), |scope| Err(ClientError::ScopeOfOtherKind(scope)))
        }
    }
}

fn check_owner(actor: Actor, client: &Client) -> Result<(), ClientError> {
    match actor {
        Actor::Account(account) if account != client.owner => Err(ClientError::NotOwner(client.id)),
        _ => Ok(()),
    }
}

fn check_name(conn: &mut Conn, client: &Client) -> Result<(), ClientError> {
    let name = &client.profile.name;
    if client::is_name_taken(conn, client.owner, name)? {
        return Err(ClientError::NameTaken(name.clone()));
    }
    Ok(())
}

fn with_logins(conn: &mut Conn, clients: Vec<Client>) -> Result<Vec<(Login, Client)>, StoreError> {
    let logins: BTreeMap<_, _> =
        account::list(conn)?.into_iter().map(|account| (account.id, account.login)).collect();
    Ok(clients.into_iter().filter_map(|client| Some((logins.get(&client.owner)?.clone(), client))).collect())
}

/// An application that is not deleted.
pub(crate) fn find_live(
    conn: &mut Conn,
    id: ClientId,
    own: &RedirectUri,
) -> Result<Option<Client>, StoreError> {
    Ok(live(client::find(conn, id)?, own))
}

/// An application that is not deleted, for this transaction alone.
pub(crate) fn lock_live(
    tx: &mut Tx<'_>,
    id: ClientId,
    own: &RedirectUri,
) -> Result<Option<Client>, StoreError> {
    Ok(live(client::lock(tx, id)?, own))
}

fn live(client: Option<Client>, own: &RedirectUri) -> Option<Client> {
    let live = client.filter(|client| client.deleted_at.is_none());
    live.map(|client| with_own_redirect(client, own))
}

/// The redirect URI of an application for API access is our own page, at whatever address the server has now.
fn with_own_redirect(mut client: Client, own: &RedirectUri) -> Client {
    if client.kind == ClientKind::Api {
        client.profile.redirect_uris = vec![own.clone()];
    }
    client
}
