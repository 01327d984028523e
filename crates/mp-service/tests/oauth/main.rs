//! What applications, `/authorize` and tokens promise, on a real SQLite file and on a real PostgreSQL.
//!
//! Owns one text of every promise: a test is a function of a world, and runs once on each database. Must never make a
//! session by hand: people sign in.

#![expect(clippy::unwrap_used, reason = "what a test stands on either works or fails the test")]

mod applications;
mod consent;
mod requests;
mod tokens;
mod world;

/// Makes two tests of every function named: one on SQLite, one on PostgreSQL.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&$crate::world::World::on_sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&$crate::world::World::on_postgres()); })+
        }
    };
}
use on_both_databases;
