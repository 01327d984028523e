//! Letters over SMTP (RFC 5321).
//!
//! Owns the conversation with the mail server: encrypted, and never longer than a minute. Must never send a password or
//! a letter readable over a network.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use mp_service::{Letter, MailError, Mailer, Sending};

use crate::message::Stationery;
use crate::smtp_url::SmtpUrl;

/// How long the server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a letter may take altogether.
const LONGEST: Duration = Duration::from_secs(60);

/// Hands letters to a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    stationery: Stationery,
}

/// Why no encrypted conversation with a server can be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mail server cannot be spoken to encrypted: {0}; check its name and the machine's certificates")]
pub struct UnusableServer(String);

impl SmtpMailer {
    /// A way to this server. Connects for every letter anew, so it starts whether the server answers or not.
    pub fn new(server: &SmtpUrl, stationery: Stationery) -> Result<Self, UnusableServer> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .tls(encryption(server)?)
            .timeout(Some(PATIENCE));
        let builder = match &server.credentials {
            None => builder,
            Some((user, password)) => {
                builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()))
            }
        };
        Ok(Self { transport: builder.build(), stationery })
    }

    async fn deliver(&self, message: Message) -> Result<(), MailError> {
        match tokio::time::timeout(LONGEST, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_about_the_letter(&error) => Err(MailError::Refused(error.to_string())),
            Ok(Err(error)) => Err(MailError::Unavailable(error.to_string())),
            Err(_) => Err(MailError::Unavailable("the mail server took longer than a minute".to_owned())),
        }
    }
}

fn encryption(server: &SmtpUrl) -> Result<Tls, UnusableServer> {
    if !server.is_tls_at_once && server.is_this_machine {
        return Ok(Tls::None);
    }
    let parameters =
        TlsParameters::new(server.host.clone()).map_err(|error| UnusableServer(error.to_string()))?;
    Ok(if server.is_tls_at_once { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

/// Whether another letter may fare better: what RFC 5321 §4.2.3 says of mailboxes, not of the conversation.
fn is_about_the_letter(error: &lettre::transport::smtp::Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| (550..=554).contains(&u16::from(code)))
}

impl Mailer for SmtpMailer {
    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(async move { self.deliver(self.stationery.write(letter)?).await })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;

    use mp_domain::time::Timestamp;
    use mp_testkit::{ManualClock, SeededEntropy};

    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unavailable() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server: SmtpUrl = format!("smtp://127.0.0.1:{port}").parse().unwrap();
        let stationery = Stationery {
            from: "noreply@example.org".parse().unwrap(),
            clock: Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_262_400))),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let mailer = SmtpMailer::new(&server, stationery).unwrap();
        let to = "olga@example.com".parse().unwrap();
        let letter = Letter { to, subject: "Hello".to_owned(), text: "x".to_owned() };
        assert!(matches!(mailer.send(letter).await, Err(MailError::Unavailable(_))));
    }

    #[test]
    fn a_server_elsewhere_is_never_spoken_to_readably() {
        let of = |url: &str| encryption(&url.parse().unwrap()).unwrap();
        assert!(matches!(of("smtp://smtp.example.org"), Tls::Required(_)));
        assert!(matches!(of("smtps://smtp.example.org"), Tls::Wrapper(_)));
        assert!(matches!(of("smtp://localhost:2525"), Tls::None));
        assert!(matches!(of("smtps://localhost"), Tls::Wrapper(_)));
    }
}
