//! The rules of marketpass as pure types: what a key, a cabinet, an access and a limit are, and what a check decides.
//!
//! Owns every rule that can be stated without I/O. Must never open a socket or a file, read a clock, draw a random
//! number by itself or know about HTTP, SQL or JSON envelopes; time and randomness are handed in.

pub mod account;
pub mod api_key;
pub mod authorization;
pub mod business;
pub mod campaign;
pub mod catalog;
pub mod client;
pub mod credential;
pub mod decision;
pub mod denial;
pub mod entropy;
pub mod event;
pub mod field_path;
pub mod grant;
pub mod identity;
pub mod ids;
pub mod interned;
pub mod judgement;
pub mod key_token;
pub mod limit_entity;
pub mod link;
pub mod member;
pub mod name;
pub mod network;
pub mod oauth_scope;
pub mod oauth_token;
pub mod operation;
pub mod reach;
pub mod redirect_uri;
pub mod refusal_note;
pub mod scope;
pub mod secret;
pub mod seller_kind;
pub mod session;
pub mod shadow;
mod spelling;
pub mod step;
pub mod time;
pub mod trace;
pub mod window;
