//! Letters on their way: over SMTP, or as files in a folder.
//!
//! Owns the format of a message (RFC 5322) and its transport. Must never decide who is written to or what a letter says,
//! and never log one: it may hold a link that opens an account.

mod folder;
mod message;
mod sender;
mod smtp;
mod smtp_url;

pub use folder::FolderMailer;
pub use message::Stationery;
pub use sender::{InvalidSender, Sender};
pub use smtp::{SmtpMailer, UnusableServer};
pub use smtp_url::{InvalidSmtpUrl, SmtpUrl};
