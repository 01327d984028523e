//! The binary as people and scripts meet it: one module per command.
//!
//! Owns nothing but the list. Must never reach into the binary's modules: what is tested is what it prints and does.

#![expect(clippy::unwrap_used, reason = "helpers of tests: what is missing fails the test")]

mod account;
mod application;
mod browser;
mod business;
mod cabinet;
mod campaign;
mod catalog;
mod client;
mod completions;
mod config;
mod database;
mod demo;
mod demo_commands;
mod demo_controls;
mod demo_stub;
mod doctor;
mod explain;
mod gateway;
mod gateways;
mod help;
mod import;
mod installation;
mod key;
mod member;
mod oauth_token;
mod postgres;
mod refusal;
mod revocation;
mod running;
#[path = "../../../mp-catalog/tests/it/schema.rs"]
mod schema;
mod serve;
mod served;
mod shadow;
mod staged;
mod survival;
mod token_info;
mod trouble;
mod wire;
