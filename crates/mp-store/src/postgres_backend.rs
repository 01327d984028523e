//! PostgreSQL through the synchronous `postgres` client.
//!
//! Owns how a connection is opened, kept and reopened, and which failures mean "try the transaction again". Must never
//! hold SQL of an aggregate.

use std::collections::HashMap;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use postgres::{Client, NoTls, Statement};

use crate::conn::{Row, Value};
use crate::error::StoreError;

pub(crate) struct PostgresBackend {
    url: String,
    client: Client,
    statements: HashMap<&'static str, Statement>,
    contended: bool,
}

impl PostgresBackend {
    pub(crate) fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { url: url.to_owned(), client: connect(url)?, statements: HashMap::new(), contended: false })
    }

    /// Connects again if the server has gone away.
    pub(crate) fn ensure_connected(&mut self) -> Result<(), StoreError> {
        if self.client.is_closed() {
            self.statements.clear();
            self.client = connect(&self.url)?;
        }
        Ok(())
    }

    /// Whether a statement failed because of another transaction, since last asked: deadlock or serialization.
    pub(crate) fn take_contended(&mut self) -> bool {
        std::mem::take(&mut self.contended)
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).map_err(|error| self.noted(error))
    }

    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        let parameters: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.client.execute(&statement, &parameters).map_err(|error| self.noted(error))
    }

    pub(crate) fn each(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            visit(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|error| self.noted(error))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn noted(&mut self, error: postgres::Error) -> StoreError {
        let state = error.code().map(postgres::error::SqlState::code);
        self.contended |= matches!(state, Some("40001" | "40P01"));
        error.into()
    }
}

fn connect(url: &str) -> Result<Client, StoreError> {
    let mut config: postgres::Config = url.parse()?;
    config.application_name("marketpass").connect_timeout(std::time::Duration::from_secs(5));
    Ok(config.connect(NoTls)?)
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
