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

/// The driver takes everything up to the first `@` for user and password, whatever is in it, and so does this.
fn without_password(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let (credentials, rest) = rest.find('@').map_or(("", rest), |at| rest.split_at(at));
    let credentials = match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:***"),
        None => credentials.to_owned(),
    };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let hidden = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| format!("?{}", query.split('&').map(hidden).collect::<Vec<_>>().join("&")));
    format!("{scheme}{credentials}{place}{}", query.unwrap_or_default())
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
            ("postgres://u:se:cret@h:5/d", "postgres://u:***@h:5/d"),
            ("postgres://u:pa/ss@h/d", "postgres://u:***@h/d"),
            ("postgres://u:p?ss@h/d", "postgres://u:***@h/d"),
            ("postgres://h/d?user=u&sslpassword=x", "postgres://h/d?user=u&sslpassword=***"),
            ("postgres://u@h/d?password=x&host=/tmp", "postgres://u@h/d?password=***&host=/tmp"),
            ("postgres://h/d", "postgres://h/d"),
        ] {
            assert_eq!(DatabaseUrl::Postgres(url.into()).to_string(), shown);
        }
    }
}
