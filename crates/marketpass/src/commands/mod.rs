//! One module per command: its arguments, what it calls, what it prints.
//!
//! Owns the way from arguments to a result. Must never know SQL or HTTP, and must never decide anything that the
//! service decides.

mod access;
pub(crate) mod account;
pub(crate) mod business;
pub(crate) mod campaign;
pub(crate) mod catalog;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod database;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod gateway;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod member;
pub(crate) mod refusal;
pub(crate) mod serve;
pub(crate) mod token;
