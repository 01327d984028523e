//! The browsers of people: what is known of one while it asks, and what it is given to keep.
//!
//! Owns these types alone. Must never know HTTP: cookies are values here, and have no names or attributes.

use std::net::IpAddr;

use mp_domain::account::Account;
use mp_domain::secret::PlainSecret;
use mp_domain::session::Session;

use crate::letters::Language;

/// A browser that asks for something.
#[derive(Debug, Clone, Copy)]
pub struct Browser<'a> {
    /// Where it asks from.
    pub address: IpAddr,
    /// As it calls itself.
    pub user_agent: &'a str,
    /// The cookie by which a browser is known in which somebody has signed in before.
    pub known: Option<&'a str>,
    /// The language of the page, in which letters caused by it are written.
    pub language: Language,
}

/// A live session and its person. The session's stage may still be
/// [`Stage::AwaitingSecondFactor`](mp_domain::session::Stage::AwaitingSecondFactor), which opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The browser's session.
    pub session: Session,
    /// The person.
    pub account: Account,
}

/// What a browser is to keep from now on instead of what it kept before.
pub struct Cookies {
    /// 256 random bits, base64url: the session.
    pub session: PlainSecret,
    /// By which the browser is known when somebody signs in again; kept for a year.
    pub known: Option<PlainSecret>,
}
