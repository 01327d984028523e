//! What the store promises, proved on a real SQLite file and on a real PostgreSQL.
//!
//! Owns the one text of every promise: a test is a function of a database, and runs once on each. Must never look into
//! the store: what it says is compared with what plain SQL on a connection of its own finds.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod account;
mod api_key;
mod authorization_request;
mod backup_code;
mod business;
mod campaign;
mod catalog;
mod client;
mod client_usage;
mod concurrency;
mod copy;
mod database;
mod event_log;
mod event_log_order;
mod failure;
mod full_disk;
mod grant;
mod health;
mod member;
mod migrations;
mod notice;
mod one_time_link;
mod passkey;
mod pepper;
mod person;
mod power_loss;
mod processes;
mod refusal;
mod samples;
mod server_loss;
mod session;
mod shadow;
mod tls;
mod transactions;

/// Makes two tests of every function named: one on SQLite, one on PostgreSQL.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&$crate::database::Database::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&$crate::database::Database::postgres()); })+
        }
    };
}
use on_both_databases;
