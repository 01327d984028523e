//! A letter as a message (RFC 5322, MIME).
//!
//! Owns its headers. Must never put a line break into one: the library encodes what is not plain.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use mp_domain::entropy::Entropy;
use mp_domain::time::Clock;
use mp_service::{Letter, MailError};

use crate::sender::Sender;

/// What every message needs beside its letter.
#[derive(Clone)]
pub struct Stationery {
    /// Whom it comes from.
    pub from: Sender,
    /// When it is written.
    pub clock: Arc<dyn Clock>,
    /// What makes its id unique.
    pub entropy: Arc<dyn Entropy>,
}

impl Stationery {
    /// The message of a letter.
    pub(crate) fn write(&self, letter: Letter) -> Result<Message, MailError> {
        // What is wrong with an address is not repeated: it goes into a log.
        let refused = |what: &str| MailError::Refused(what.to_owned());
        let to = letter.to.as_str().parse().map_err(|_| refused("its address is not one of RFC 5321"))?;
        let since_epoch = Duration::from_millis(self.clock.now().unix_millis());
        // Nobody answers a machine, and no machine should (RFC 3834 §5).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.mailbox().clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(SystemTime::UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{}@{}>", self.unique(), self.from.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|_| refused("it cannot be written as a message"))
    }

    /// A word that no other message has.
    pub(crate) fn unique(&self) -> String {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        random.iter().fold(String::with_capacity(32), |mut word, byte| {
            write!(word, "{byte:02x}").expect("a String takes everything");
            word
        })
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::time::Timestamp;
    use mp_testkit::{ManualClock, SeededEntropy};

    use super::*;

    fn message(to: &str, subject: &str, text: &str) -> Result<String, MailError> {
        let stationery = Stationery {
            from: "marketpass <noreply@example.org>".parse().unwrap(),
            clock: Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_262_400))),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let letter = Letter { to: to.parse().unwrap(), subject: subject.to_owned(), text: text.to_owned() };
        stationery.write(letter).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_message_says_from_whom_to_whom_when_and_that_it_is_automatic() {
        let message = message("olga@example.com", "Hello", "One line.\n").unwrap();
        for line in [
            "From: marketpass <noreply@example.org>\r\n",
            "To: olga@example.com\r\n",
            "Subject: Hello\r\n",
            "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "\r\n\r\nOne line.\r\n",
        ] {
            assert!(message.contains(line), "{line:?} in {message}");
        }
        let id = message.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
        assert!(id.starts_with('<') && id.ends_with("@example.org>"), "{id}");
    }

    #[test]
    fn no_subject_adds_a_header() {
        let message = message("olga@example.com", "Hello\r\nBcc: eve@example.com", "x").unwrap();
        assert!(!message.lines().any(|line| line.starts_with("Bcc:")), "{message}");
    }

    #[test]
    fn a_russian_letter_is_plain_ascii_on_its_way() {
        let message = message("olga@example.com", "Задайте новый пароль", "Здравствуйте!\n").unwrap();
        assert!(message.is_ascii(), "{message}");
    }
}
