//! Moving a whole database: backups, restores, and from SQLite to PostgreSQL or back.
//!
//! Owns the list of tables and their columns. A backup is an SQLite file whatever the database is; secrets files are
//! not in it, because they must not lie where the database lies.

use std::path::{Path, PathBuf};

use crate::conn::{Conn, Row, Tx, Value, bind};
use crate::error::StoreError;
use crate::migrate;
use crate::store::{Store, open_reader, open_writer};
use crate::url::DatabaseUrl;

/// How a column is carried over.
#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    /// An id or digest: sixteen bytes, or what is copied is damaged.
    Id,
    Blob,
}
use Kind::{Blob, Id, Int, Text};

struct Table {
    name: &'static str,
    select: &'static str,
    insert: &'static str,
    columns: &'static [Kind],
}

/// Parents before children. The `seq` columns are carried over, so that cursors and orders stay what they were. A question
/// that somebody is being asked (`authorization_request`) is not: it is asked again.
const TABLES: &[Table] = &[
    Table {
        name: "pepper",
        select: "SELECT number, fingerprint, created_at FROM pepper",
        insert: "INSERT INTO pepper (number, fingerprint, created_at) VALUES ($1, $2, $3)",
        columns: &[Int, Text, Int],
    },
    Table {
        name: "account",
        select: "SELECT id, login, email, name, password_hash, credential_epoch, disabled_at, created_at, \
                 email_folded, logout_epoch, email_verified_at, totp_secret, totp_last_step, totp_since FROM account",
        insert: "INSERT INTO account (id, login, email, name, password_hash, credential_epoch, disabled_at, \
                 created_at, email_folded, logout_epoch, email_verified_at, totp_secret, totp_last_step, totp_since) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        columns: &[Id, Text, Text, Text, Text, Int, Int, Int, Text, Int, Int, Blob, Int, Int],
    },
    Table {
        name: "business",
        select: "SELECT id, name, subscription, kind, created_at FROM business",
        insert: "INSERT INTO business (id, name, subscription, kind, created_at) VALUES ($1, $2, $3, $4, $5)",
        columns: &[Int, Text, Text, Text, Int],
    },
    Table {
        name: "campaign",
        select: "SELECT id, business_id, name, placement, availability, created_at FROM campaign",
        insert: "INSERT INTO campaign (id, business_id, name, placement, availability, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
        columns: &[Int, Int, Text, Text, Text, Int],
    },
    Table {
        name: "member",
        select: "SELECT business_id, account_id, role, campaigns, created_at FROM member",
        insert: "INSERT INTO member (business_id, account_id, role, campaigns, created_at) VALUES ($1, $2, $3, $4, $5)",
        columns: &[Int, Id, Text, Text, Int],
    },
    Table {
        name: "api_key",
        select: "SELECT seq, id, business_id, name, digest, replaced_digest, pepper, scopes, campaigns, networks, \
                 expires_at, paused_at, deleted_at, created_at, created_by, last_used_at FROM api_key",
        insert: "INSERT INTO api_key (seq, id, business_id, name, digest, replaced_digest, pepper, scopes, campaigns, \
                 networks, expires_at, paused_at, deleted_at, created_at, created_by, last_used_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        columns: &[Int, Id, Int, Text, Id, Id, Int, Int, Text, Text, Int, Int, Int, Int, Text, Int],
    },
    Table {
        name: "api_key_retired_secret",
        select: "SELECT digest, key_id, pepper, until FROM api_key_retired_secret",
        insert: "INSERT INTO api_key_retired_secret (digest, key_id, pepper, until) VALUES ($1, $2, $3, $4)",
        columns: &[Id, Id, Int, Int],
    },
    Table {
        name: "backup_code",
        select: "SELECT account_id, digest, pepper, used_at FROM backup_code",
        insert: "INSERT INTO backup_code (account_id, digest, pepper, used_at) VALUES ($1, $2, $3, $4)",
        columns: &[Id, Id, Int, Int],
    },
    Table {
        name: "passkey",
        select: "SELECT credential_id, account_id, name, credential, created_at, last_used_at FROM passkey",
        insert: "INSERT INTO passkey (credential_id, account_id, name, credential, created_at, last_used_at) VALUES \
                 ($1, $2, $3, $4, $5, $6)",
        columns: &[Blob, Id, Text, Text, Int, Int],
    },
    Table {
        name: "session",
        select: "SELECT id, account_id, digest, account_epoch, stage, user_agent, address, pending, created_at, \
                 authenticated_at, last_used_at FROM session",
        insert: "INSERT INTO session (id, account_id, digest, account_epoch, stage, user_agent, address, pending, \
                 created_at, authenticated_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        columns: &[Id, Id, Id, Int, Text, Text, Text, Blob, Int, Int, Int],
    },
    Table {
        name: "one_time_link",
        select: "SELECT digest, purpose, account_id, email, created_at, expires_at, used_at FROM one_time_link",
        insert: "INSERT INTO one_time_link (digest, purpose, account_id, email, created_at, expires_at, used_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
        columns: &[Id, Text, Id, Text, Int, Int, Int],
    },
    Table {
        name: "client",
        select: "SELECT id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, ignores_query, icon, \
                 secret, former_secret, former_secret_until, token_epoch, created_at, deleted_at FROM client",
        insert: "INSERT INTO client (id, owner_id, kind, name, email, redirect_uris, scopes, grant_types, \
                 ignores_query, icon, secret, former_secret, former_secret_until, token_epoch, created_at, \
                 deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        columns: &[Id, Id, Text, Text, Text, Text, Int, Text, Int, Blob, Blob, Blob, Int, Int, Int, Int],
    },
    Table {
        name: "oauth_grant",
        select: "SELECT seq, id, account_id, client_id, device_id, device_name, scopes, serial, derived_under, \
                 digest, replaced_digest, pepper, account_epoch, client_epoch, issued_at, expires_at, revoked_at, \
                 created_at, last_used_at FROM oauth_grant",
        insert: "INSERT INTO oauth_grant (seq, id, account_id, client_id, device_id, device_name, scopes, serial, \
                 derived_under, digest, replaced_digest, pepper, account_epoch, client_epoch, issued_at, expires_at, \
                 revoked_at, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                 $13, $14, $15, $16, $17, $18, $19)",
        columns: &[
            Int, Id, Id, Id, Text, Text, Int, Int, Int, Id, Id, Int, Int, Int, Int, Int, Int, Int, Int,
        ],
    },
    Table {
        name: "client_usage",
        select: "SELECT client_id, business_id, day, calls FROM client_usage",
        insert: "INSERT INTO client_usage (client_id, business_id, day, calls) VALUES ($1, $2, $3, $4)",
        columns: &[Id, Int, Int, Int],
    },
    Table {
        name: "notice",
        select: "SELECT subject, until, days, sent_at FROM notice",
        insert: "INSERT INTO notice (subject, until, days, sent_at) VALUES ($1, $2, $3, $4)",
        columns: &[Id, Int, Int, Int],
    },
    Table {
        name: "catalog",
        select: "SELECT number, digest, facts, source, imported_at FROM catalog",
        insert: "INSERT INTO catalog (number, digest, facts, source, imported_at) VALUES ($1, $2, $3, $4, $5)",
        columns: &[Int, Id, Text, Text, Int],
    },
    Table {
        name: "shadow_catalog",
        select: "SELECT number, digest, facts, source, begun_at, ended_at, judged FROM shadow_catalog",
        insert: "INSERT INTO shadow_catalog (number, digest, facts, source, begun_at, ended_at, judged) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
        columns: &[Int, Id, Text, Text, Int, Int, Int],
    },
    Table {
        name: "shadow_difference",
        select: "SELECT shadow_number, operation, verdict, reason, business_id, calls, first_at, last_at \
                 FROM shadow_difference",
        insert: "INSERT INTO shadow_difference (shadow_number, operation, verdict, reason, business_id, calls, \
                 first_at, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        columns: &[Int, Text, Text, Text, Int, Int, Int, Int],
    },
    Table {
        name: "refusal",
        select: "SELECT seq, at, trace, business_id, account_id, key_id, grant_id, operation, verb, path, address, \
                 reason, message, accesses, limit_amount, limit_until, more FROM refusal",
        insert: "INSERT INTO refusal (seq, at, trace, business_id, account_id, key_id, grant_id, operation, verb, \
                 path, address, reason, message, accesses, limit_amount, limit_until, more) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        columns: &[Int, Int, Id, Int, Id, Id, Id, Text, Text, Text, Text, Text, Text, Int, Int, Int, Int],
    },
    Table {
        name: "event",
        select: "SELECT seq, at, actor, kind, subject, business_id, detail FROM event",
        insert: "INSERT INTO event (seq, at, actor, kind, subject, business_id, detail) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
        columns: &[Int, Int, Text, Text, Text, Int, Text],
    },
];

/// PostgreSQL hands out `seq` itself; after a copy it must go on behind what was copied.
const CONTINUE_SEQUENCES: &str = "\
    SELECT setval(pg_get_serial_sequence('api_key', 'seq'), (SELECT COALESCE(MAX(seq), 0) + 1 FROM api_key), false);\
    SELECT setval(pg_get_serial_sequence('oauth_grant', 'seq'), (SELECT COALESCE(MAX(seq), 0) + 1 FROM oauth_grant), false);\
    SELECT setval(pg_get_serial_sequence('refusal', 'seq'), (SELECT COALESCE(MAX(seq), 0) + 1 FROM refusal), false);\
    SELECT setval(pg_get_serial_sequence('event', 'seq'), (SELECT COALESCE(MAX(seq), 0) + 1 FROM event), false)";

/// How many rows were carried over, by table.
pub type Copied = Vec<(&'static str, u64)>;

/// Copies everything from one database into another, which must be empty; all of it or nothing. Blocks.
pub fn copy(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<Copied, StoreError> {
    let mut source = open_reader(from)?;
    refuse_other_versions(&mut source, from)?;
    Store::migrate(to)?;
    let mut target = open_writer(to)?;
    if TABLES
        .iter()
        .try_fold(false, |any, table| Ok::<_, StoreError>(any || has_rows(&mut target, table)?))?
    {
        return Err(StoreError::Conflict(format!("{to} is not empty: copy into a new database")));
    }
    // One snapshot for the whole reading.
    source.batch(match from {
        DatabaseUrl::Sqlite(_) => "BEGIN",
        DatabaseUrl::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    })?;
    target.batch("BEGIN")?;
    let mut copied = Vec::new();
    for table in TABLES {
        copied.push((table.name, copy_table(&mut source, &mut target, table)?));
    }
    if matches!(to, DatabaseUrl::Postgres(_)) {
        target.batch(CONTINUE_SEQUENCES)?;
    }
    target.batch("COMMIT")?;
    source.batch("COMMIT")?;
    Ok(copied)
}

/// Writes a backup into a new SQLite file. The database may be in use. Blocks.
pub fn backup(from: &DatabaseUrl, file: &Path) -> Result<Copied, StoreError> {
    if file.exists() {
        return Err(StoreError::Conflict(format!("{} exists already: name a new file", file.display())));
    }
    // Under another name until it is whole, so that nobody takes half a backup for one.
    let partial = with_ending(file, ".partial");
    discard(&partial);
    let made = copy(from, &DatabaseUrl::sqlite(&partial)).and_then(|copied| {
        put_in_place(&partial, file)?;
        Ok(copied)
    });
    if made.is_err() {
        discard(&partial);
    }
    made
}

/// Gives a whole backup its name, for good.
fn put_in_place(partial: &Path, file: &Path) -> Result<(), StoreError> {
    // Closing the database moves its log into it and removes the log; a full disk can be in the way.
    let moved = if with_ending(partial, "-wal").exists() {
        Err(std::io::Error::other("its end did not reach the disk"))
    } else {
        std::fs::rename(partial, file).and_then(|()| flush_folder_of(file))
    };
    moved.map_err(|error| {
        let file = file.display();
        StoreError::Unavailable(format!(
            "{file} could not be written ({error}): check the disk, then try again"
        ))
    })
}

/// A new name is on the disk only when its folder is.
fn flush_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes an unfinished backup, as far as there is one.
fn discard(partial: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(with_ending(partial, ending));
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What is copied must have the columns that this version knows.
fn refuse_other_versions(source: &mut Conn, from: &DatabaseUrl) -> Result<(), StoreError> {
    let state = migrate::state(source)?;
    if state.applied == state.newest {
        return Ok(());
    }
    let advice = if state.is_from_the_future() {
        "run the newer marketpass that wrote it"
    } else {
        "bring it up to date with `marketpass db migrate` first"
    };
    Err(StoreError::Corrupt(format!(
        "the schema of {from} is version {}, this marketpass copies version {}: {advice}",
        state.applied, state.newest
    )))
}

fn has_rows(conn: &mut Conn, table: &Table) -> Result<bool, StoreError> {
    let mut any = false;
    let probe = match table.name {
        "pepper" => "SELECT number FROM pepper LIMIT 1",
        "account" => "SELECT created_at FROM account LIMIT 1",
        "business" => "SELECT id FROM business LIMIT 1",
        "catalog" => "SELECT number FROM catalog LIMIT 1",
        _ => return Ok(false),
    };
    conn.each(probe, bind![], |_| {
        any = true;
        Ok(())
    })?;
    Ok(any)
}

fn copy_table(source: &mut Conn, target: &mut Conn, table: &Table) -> Result<u64, StoreError> {
    let mut rows = 0;
    let mut writing = Tx::new(target);
    source.each(table.select, bind![], |row| {
        rows += 1;
        copy_row(row, &mut writing, table)
    })?;
    Ok(rows)
}

fn copy_row(row: &Row<'_>, target: &mut Tx<'_>, table: &Table) -> Result<(), StoreError> {
    let values: Vec<Value<'_>> = table
        .columns
        .iter()
        .enumerate()
        .map(|(column, kind)| {
            Ok(match kind {
                Int => row.opt_int(column)?.into(),
                Text => row.opt_text(column)?.into(),
                Id => {
                    row.opt_bytes(column)?;
                    row.opt_blob(column)?.into()
                }
                Blob => row.opt_blob(column)?.into(),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    target.execute(table.insert, &values)?;
    Ok(())
}
