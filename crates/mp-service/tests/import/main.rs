//! What an import promises, on a real SQLite file and on a real PostgreSQL.
//!
//! Owns one text of every promise: a test is a function of a platform, and runs once on each database. Must never look
//! into the importer: what it says is compared with what the use cases find.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod interruption;
mod keys;
mod lines;
mod platform;
mod refusals;
mod repetition;
mod tokens;

/// Makes two tests of every function named: one on SQLite, one on PostgreSQL.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&$crate::platform::Platform::on_sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&$crate::platform::Platform::on_postgres()); })+
        }
    };
}
use on_both_databases;
