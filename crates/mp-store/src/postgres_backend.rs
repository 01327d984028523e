//! PostgreSQL through the synchronous `postgres` client.
//!
//! Owns how a connection is opened, kept and reopened, and which failures mean "try the transaction again". Must never
//! hold SQL of an aggregate.

use std::collections::HashMap;
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use postgres::{Client, Statement};

use crate::conn::{Row, Value};
use crate::error::StoreError;
use crate::postgres_tls;

/// How long a server may take to be reached, or to say that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whatever isolation the server prefers, what is counted after taking a lock must be the newest. The transaction id is
/// taken before any event gets its sequence number: readers of the event log rely on it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_current_xact_id()";

pub(crate) struct PostgresBackend {
    url: String,
    /// None until it is needed, and when the server has ended it.
    session: Option<Session>,
    contended: bool,
}

struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl PostgresBackend {
    /// Connects at once.
    pub(crate) fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { session: Some(Session::open(url)?), ..Self::idle(url) })
    }

    /// Connects when it is first needed.
    pub(crate) fn idle(url: &str) -> Self {
        Self { url: url.to_owned(), session: None, contended: false }
    }

    fn session(&mut self) -> Result<(&mut Session, &mut bool), StoreError> {
        if self.session.is_none() {
            self.session = Some(Session::open(&self.url)?);
        }
        let session = self.session.as_mut().expect("it was opened above if it was missing");
        Ok((session, &mut self.contended))
    }

    /// Asks the server for a sign of life and connects again if there is none: the driver does not notice by itself
    /// that an idle connection has ended.
    pub(crate) fn ensure_connected(&mut self) -> Result<(), StoreError> {
        self.session.take_if(|session| session.client.is_valid(PATIENCE).is_err());
        self.session().map(drop)
    }

    /// Begins a transaction, on a new connection if the old one has ended.
    pub(crate) fn begin(&mut self) -> Result<(), StoreError> {
        if self.session.is_some() && self.batch(BEGIN).is_ok() {
            return Ok(());
        }
        // Nothing has been done yet, so it may be tried elsewhere.
        self.session = None;
        self.batch(BEGIN)
    }

    /// Keeps what the transaction did.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        let (session, contended) = self.session()?;
        session.client.batch_execute("COMMIT").map_err(|error| {
            let state = error.code().map(postgres::error::SqlState::code);
            match (state.is_none_or(is_end_of_connection), noted(contended, error)) {
                (true, StoreError::Unavailable(reason)) => StoreError::Unavailable(format!(
                    "{reason}; the connection ended during a commit: look whether the change was made before you \
                     repeat it"
                )),
                (_, error) => error,
            }
        })
    }

    /// Whether a statement failed because of another transaction, since last asked: deadlock or serialization.
    pub(crate) fn take_contended(&mut self) -> bool {
        std::mem::take(&mut self.contended)
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let (session, contended) = self.session()?;
        session.client.batch_execute(sql).map_err(|error| noted(contended, error))
    }

    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let (session, contended) = self.session()?;
        let statement = session.statement(sql).map_err(|error| noted(contended, error))?;
        let parameters: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        session.client.execute(&statement, &parameters).map_err(|error| noted(contended, error))
    }

    pub(crate) fn each(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (session, contended) = self.session()?;
        let statement = session.statement(sql).map_err(|error| noted(contended, error))?;
        let rows = session.client.query_raw(&statement, values);
        let mut rows = rows.map_err(|error| noted(contended, error))?;
        while let Some(row) = rows.next().map_err(|error| noted(contended, error))? {
            visit(&Row::Postgres(&row))?;
        }
        Ok(())
    }
}

impl Session {
    fn open(url: &str) -> Result<Self, StoreError> {
        let mut config: postgres::Config = url.parse()?;
        config.application_name("marketpass").connect_timeout(PATIENCE);
        Ok(Self { client: postgres_tls::connect(&mut config)?, statements: HashMap::new() })
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// Remembers whether the error means "try the transaction again".
fn noted(contended: &mut bool, error: postgres::Error) -> StoreError {
    let state = error.code().map(postgres::error::SqlState::code);
    *contended |= matches!(state, Some("40001" | "40P01"));
    error.into()
}

/// Class 57: an operator, a crash or a shutdown ended it.
fn is_end_of_connection(state: &str) -> bool {
    state.starts_with("57")
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    postgres::types::to_sql_checked!();
}
