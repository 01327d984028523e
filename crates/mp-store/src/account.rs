//! The `account` table: people.

use mp_domain::account::{Account, Login, PasswordHash};
use mp_domain::ids::AccountId;
use mp_domain::name::Name;
use mp_domain::time::Timestamp;

use crate::columns::{moment, name, parsed};
use crate::conn::{Conn, Row, Tx, Value, bind};
use crate::error::StoreError;

/// Adds a person.
pub fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO account (id, login, email, name, password_hash, credential_epoch, disabled_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &columns(account),
    )?;
    Ok(())
}

/// Adds a person if nobody has the login yet. Says whether it did.
pub fn insert_new(tx: &mut Tx<'_>, account: &Account) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO account (id, login, email, name, password_hash, credential_epoch, disabled_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING",
        &columns(account),
    )?;
    Ok(added > 0)
}

fn columns(account: &Account) -> [Value<'_>; 8] {
    [
        account.id.as_bytes().into(),
        account.login.as_str().into(),
        account.email.as_str().into(),
        account.name.as_ref().map(Name::as_str).into(),
        account.password_hash.as_str().into(),
        account.credential_epoch.into(),
        account.disabled_at.map(Timestamp::micros).into(),
        account.created_at.micros().into(),
    ]
}

/// Writes everything about a person that can change.
pub fn update(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE account SET password_hash = $1, credential_epoch = $2, disabled_at = $3 WHERE id = $4",
        bind![
            account.password_hash.as_str(),
            account.credential_epoch,
            account.disabled_at.map(Timestamp::micros),
            account.id.as_bytes(),
        ],
    )?;
    Ok(())
}

/// The person with this login.
pub fn find(conn: &mut Conn, login: &Login) -> Result<Option<Account>, StoreError> {
    conn.first(
        "SELECT id, login, email, name, password_hash, credential_epoch, disabled_at, created_at \
         FROM account WHERE login = $1",
        bind![login.as_str()],
        read,
    )
}

/// Every person, by login.
pub fn list(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    conn.all(
        "SELECT id, login, email, name, password_hash, credential_epoch, disabled_at, created_at \
         FROM account ORDER BY login",
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
        disabled_at: moment(row.opt_int(6)?),
        created_at: Timestamp::from_micros(row.int(7)?),
    })
}
