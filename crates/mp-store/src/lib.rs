//! Everything marketpass keeps, in SQLite or PostgreSQL, and the journal of limit counters beside it.
//!
//! Owns SQL: one text for both databases, next to the function that runs it, one file per aggregate. Must never decide
//! anything about keys, people or limits: it reads and writes what the use cases say, inside named transactions.

pub mod account;
pub mod api_key;
pub mod authorization_request;
pub mod backup_code;
pub mod business;
pub mod campaign;
pub mod catalog;
pub mod client;
pub mod client_usage;
mod columns;
mod conn;
pub mod copy;
pub mod counter_journal;
mod error;

pub mod event_log;
pub mod grant;
pub mod health;
pub mod member;
mod migrate;
pub mod notice;
pub mod one_time_link;
pub mod passkey;
pub mod pepper;
pub mod person;
mod postgres_backend;
mod postgres_tls;
pub mod refusal;
pub mod session;
pub mod shadow_catalog;
pub mod shadow_difference;
mod sqlite_backend;
mod store;
mod timing;
mod url;
mod workers;

pub use conn::{Conn, Tx};
pub use error::StoreError;
pub use migrate::MigrationState;
pub use store::Store;
pub use timing::{BUCKETS as TIMING_BUCKETS, TransactionTiming};
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
