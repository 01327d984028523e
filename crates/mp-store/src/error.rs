//! What can go wrong with the database.
//!
//! Owns the translation of two drivers' errors into three kinds. Absence is not an error: it is an `Option`.

use std::fmt::Display;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A rule of the schema forbids it: something of the kind exists already, or something it refers to does not.
    #[error("the database refused the change: {0}")]
    Conflict(String),
    /// The database cannot be reached or cannot write now. Nothing was changed, unless the text says that this is open.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database holds something that this version does not understand. Nothing was changed.
    #[error("the database cannot be used: {0}")]
    Corrupt(String),
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Display) -> Self {
        Self::Corrupt(what.to_string())
    }

    pub(crate) fn stopped() -> Self {
        Self::Unavailable("marketpass is shutting down; nothing was changed, try again".to_owned())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::ConstraintViolation) => Self::Conflict(error.to_string()),
            Some(Code::DiskFull) => Self::Unavailable(
                "the disk or the database's size limit is full; nothing was changed: free space, then try again"
                    .to_owned(),
            ),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Unavailable(
                "another process has held the database's lock for five seconds; nothing was changed: wait for it or \
                 end it, then try again"
                    .to_owned(),
            ),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt(format!(
                "the file is damaged or no SQLite database ({error}): run `marketpass doctor`, restore a backup if it agrees"
            )),
            Some(Code::CannotOpen) => {
                Self::Unavailable(format!("the file cannot be opened ({error}): check that the folder exists and is writable"))
            }
            Some(Code::ReadOnly | Code::PermissionDenied) => {
                Self::Unavailable(format!("the file cannot be written ({error}): check its owner and mode"))
            }
            Some(_) => Self::Unavailable(error.to_string()),
            None => Self::Corrupt(error.to_string()),
        }
    }
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return Self::Unavailable(format!(
                "{} (is the server running and reachable?)",
                with_cause(&error)
            ));
        };
        match state.code() {
            class if class.starts_with("23") => Self::Conflict(with_cause(&error)),
            "53100" => {
                Self::Unavailable("the server's disk is full; nothing was changed: free space".to_owned())
            }
            "XX001" | "XX002" => Self::Corrupt(with_cause(&error)),
            _ => Self::Unavailable(with_cause(&error)),
        }
    }
}

/// The driver's own text says only "db error"; what happened stands in its cause. Of what the server says, the details
/// are left out: they quote the row, digests included.
pub(crate) fn with_cause(error: &postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.unwrap_or_else(|| error.to_string())
}
