//! Where the database is.
//!
//! Owns the spelling of database URLs. Must never print the password that one may contain.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// `sqlite:PATH`, or `postgres://user:password@host/name` in any form libpq understands.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, made if missing.
    Sqlite(PathBuf),
    /// A server's database, which must exist.
    Postgres(String),
}

/// A text that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database URL is not understood: sqlite:PATH or postgres://user@host/name is expected")]
pub struct InvalidDatabaseUrl;

impl DatabaseUrl {
    /// The embedded database in this file.
    #[must_use]
    pub fn sqlite(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            text.parse::<postgres::Config>().map_err(|_| InvalidDatabaseUrl)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        path.filter(|path| !path.is_empty() && *path != ":memory:")
            .map(|path| Self::Sqlite(PathBuf::from(path)))
            .ok_or(InvalidDatabaseUrl)
    }
}

impl fmt::Display for DatabaseUrl {
    /// With the password replaced by `***`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn without_password(url: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, ""), |(head, query)| (head, query));
    let authority_at = head.find("://").map_or(0, |at| at + 3);
    let authority_end = head[authority_at..].find('/').map_or(head.len(), |at| authority_at + at);
    let mut shown = head.to_owned();
    if let Some(at_sign) = head[authority_at..authority_end].rfind('@').map(|at| authority_at + at)
        && let Some(colon) = head[authority_at..at_sign].find(':').map(|at| authority_at + at)
    {
        shown.replace_range(colon + 1..at_sign, "***");
    }
    if !query.is_empty() {
        let hidden =
            query.split('&').map(|pair| if pair.starts_with("password=") { "password=***" } else { pair });
        shown = format!("{shown}?{}", hidden.collect::<Vec<_>>().join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read() {
        assert_eq!("sqlite:/a/b.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b.db".into())));
        assert_eq!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b.db".into())));
        assert!("postgres://u:p@h/d?host=/tmp".parse::<DatabaseUrl>().is_ok());
        for bad in ["", "sqlite:", "sqlite::memory:", "mysql://x", "postgres://h:notaport/"] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://u:se:c@ret@h:5/d", "postgres://u:***@h:5/d"),
            ("postgres://u@h/d?password=x&host=/tmp", "postgres://u@h/d?password=***&host=/tmp"),
            ("postgres://h/d", "postgres://h/d"),
        ] {
            assert_eq!(DatabaseUrl::Postgres(url.into()).to_string(), shown);
        }
    }
}
