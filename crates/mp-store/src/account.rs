//! The `account` table: people.

use mp_domain::account::{Account, Email, Login, PasswordHash, Totp};
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::secret::{PepperNumber, SealedBytes};
use mp_domain::time::Timestamp;

use crate::columns::{moment, name, parsed};
use crate::conn::{Backend, Conn, Row, Tx, Value, bind};
use crate::error::StoreError;

/// Adds a person.
pub fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO account (id, login, email, email_folded, name, password_hash, credential_epoch, logout_epoch, \
         email_verified_at, totp_secret, totp_last_step, totp_since, disabled_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &columns(account, &account.email.folded()),
    )?;
    Ok(())
}

/// Adds a person if nobody has the login yet. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, account: &Account) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO account (id, login, email, email_folded, name, password_hash, credential_epoch, logout_epoch, \
         email_verified_at, totp_secret, totp_last_step, totp_since, disabled_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (login) DO NOTHING",
        &columns(account, &account.email.folded()),
    )?;
    Ok(added > 0)
}

fn columns<'a>(account: &'a Account, folded: &'a str) -> [Value<'a>; 14] {
    let totp = account.totp.as_ref();
    [
        account.id.as_bytes().into(),
        account.login.as_str().into(),
        account.email.as_str().into(),
        folded.into(),
        account.name.as_ref().map(Name::as_str).into(),
        account.password_hash.as_str().into(),
        account.credential_epoch.into(),
        account.logout_epoch.into(),
        account.email_verified_at.map(Timestamp::micros).into(),
        totp.map(|totp| totp.secret.as_bytes()).into(),
        totp.map(|totp| totp.last_step).into(),
        totp.map(|totp| totp.since.micros()).into(),
        account.disabled_at.map(Timestamp::micros).into(),
        account.created_at.micros().into(),
    ]
}

/// Writes everything about a person that can change.
pub fn update(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    let (totp, folded) = (account.totp.as_ref(), account.email.folded());
    tx.execute(
        "UPDATE account SET email = $1, email_folded = $2, password_hash = $3, credential_epoch = $4, \
         logout_epoch = $5, email_verified_at = $6, totp_secret = $7, totp_last_step = $8, totp_since = $9, \
         disabled_at = $10 WHERE id = $11",
        bind![
            account.email.as_str(),
            &folded,
            account.password_hash.as_str(),
            account.credential_epoch,
            account.logout_epoch,
            account.email_verified_at.map(Timestamp::micros),
            totp.map(|totp| totp.secret.as_bytes()),
            totp.map(|totp| totp.last_step),
            totp.map(|totp| totp.since.micros()),
            account.disabled_at.map(Timestamp::micros),
            account.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Takes the person for this transaction alone, so that what is read and counted in it stays true until the commit. Says
/// whether there is such a person.
pub fn lock(tx: &mut Tx<'_>, id: AccountId) -> Result<bool, StoreError> {
    let sql = match tx.backend() {
        // An SQLite transaction has the whole database for itself.
        Backend::Sqlite(_) => "SELECT id FROM account WHERE id = $1",
        // Rows that refer to the person may be written meanwhile.
        Backend::Postgres(_) => "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE",
    };
    Ok(tx.first(sql, bind![id.as_bytes()], |_| Ok(()))?.is_some())
}

/// The person with this login.
pub fn find(conn: &mut Conn, login: &Login) -> Result<Option<Account>, StoreError> {
    conn.first(
        "SELECT id, login, email, name, password_hash, credential_epoch, logout_epoch, email_verified_at, totp_secret, \
         totp_last_step, totp_since, disabled_at, created_at FROM account WHERE login = $1",
        bind![login.as_str()],
        read,
    )
}

/// The person with this id.
pub fn find_by_id(conn: &mut Conn, id: AccountId) -> Result<Option<Account>, StoreError> {
    conn.first(
        "SELECT id, login, email, name, password_hash, credential_epoch, logout_epoch, email_verified_at, totp_secret, \
         totp_last_step, totp_since, disabled_at, created_at FROM account WHERE id = $1",
        bind![id.as_bytes()],
        read,
    )
}

/// The people with this address, however its letters are capitalised; more than one where the operator registered them so.
pub fn find_by_email(conn: &mut Conn, email: &Email) -> Result<Vec<Account>, StoreError> {
    conn.all(
        "SELECT id, login, email, name, password_hash, credential_epoch, logout_epoch, email_verified_at, totp_secret, \
         totp_last_step, totp_since, disabled_at, created_at FROM account WHERE email_folded = $1 ORDER BY login",
        bind![&email.folded()],
        read,
    )
}

/// The shared secrets of codes that are sealed under a pepper before this one.
pub fn sealed_before(
    conn: &mut Conn,
    number: PepperNumber,
) -> Result<Vec<(AccountId, SealedBytes)>, StoreError> {
    // The number stands in the first four bytes, big-endian: bytes compare as numbers do.
    conn.all(
        "SELECT id, totp_secret FROM account WHERE totp_secret IS NOT NULL AND substr(totp_secret, 1, 4) < $1",
        bind![&number.to_be_bytes()[..]],
        |row| Ok((AccountId::from_bytes(row.bytes(0)?), SealedBytes::new(row.opt_blob(1)?.unwrap_or_default().to_owned()))),
    )
}

/// Writes the same shared secret sealed anew, unless it was changed meanwhile. Says whether it did.
pub fn reseal(
    tx: &mut Tx<'_>,
    id: AccountId,
    old: &SealedBytes,
    new: &SealedBytes,
) -> Result<bool, StoreError> {
    let touched = tx.execute(
        "UPDATE account SET totp_secret = $1 WHERE id = $2 AND totp_secret = $3",
        bind![new.as_bytes(), id.as_bytes(), old.as_bytes()],
    )?;
    Ok(touched > 0)
}

/// Every person, by login.
pub fn list(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    conn.all(
        "SELECT id, login, email, name, password_hash, credential_epoch, logout_epoch, email_verified_at, totp_secret, \
         totp_last_step, totp_since, disabled_at, created_at FROM account ORDER BY login",
        bind![],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId::from_bytes(row.bytes(0)?),
        login: parsed(row.text(1)?)?,
        email: parsed(row.text(2)?)?,
        name: row.opt_text(3)?.map(name).transpose()?,
        password_hash: PasswordHash::new(row.text(4)?.to_owned()),
        credential_epoch: row.int(5)?,
        logout_epoch: row.int(6)?,
        email_verified_at: moment(row.opt_int(7)?),
        totp: totp(row)?,
        disabled_at: moment(row.opt_int(11)?),
        created_at: Timestamp::from_micros(row.int(12)?),
    })
}

fn totp(row: &Row<'_>) -> Result<Option<Totp>, StoreError> {
    let Some(secret) = row.opt_blob(8)? else { return Ok(None) };
    let secret = SealedBytes::new(secret.to_owned());
    Ok(Some(Totp { secret, last_step: row.int(9)?, since: Timestamp::from_micros(row.int(10)?) }))
}
