//! Sending letters.
//!
//! Owns what a letter is and what may become of it. Must never know how one travels: the mail crate does.

use std::future::Future;
use std::pin::Pin;

use mp_domain::account::Email;

/// A letter in plain text. It may hold a single-use link, so it has no `Debug` and is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Lines of plain text, ended by `\n`.
    pub text: String,
}

/// Why a letter was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It cannot be sent to this address at all.
    #[error("the letter was refused: {0}")]
    Refused(String),
    /// Trying again later may help.
    #[error("the letter could not be handed over: {0}; look at the [mail] settings and the mail server")]
    Unavailable(String),
}

/// A letter on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// A way of sending letters.
pub trait Mailer: Send + Sync {
    /// Hands the letter over, or says why not. Ends within a minute.
    fn send(&self, letter: Letter) -> Sending<'_>;
}
