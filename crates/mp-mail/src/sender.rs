//! Whom letters come from.

use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;

/// An address, perhaps with a name: `marketpass <noreply@example.org>` (RFC 5322 §3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// Why a text is no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no sender: an address is expected, perhaps with a name, for example marketpass <noreply@example.org>"
)]
pub struct InvalidSender(String);

impl Sender {
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// What stands behind the `@`.
    pub(crate) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        text.parse().map(Self).map_err(|_| InvalidSender(text.to_owned()))
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for good in ["noreply@example.org", "marketpass <noreply@example.org>"] {
            let sender: Sender = good.parse().unwrap();
            assert_eq!((sender.to_string().as_str(), sender.domain()), (good, "example.org"));
        }
        for bad in ["", "noreply", "marketpass", "a@b@c", "x\r\nBcc: eve@example.org"] {
            assert!(bad.parse::<Sender>().is_err(), "{bad}");
        }
    }
}
