//! Letters on their way, where mail is configured.
//!
//! Owns how many are on their way at once. Must never make an answer wait for the mail server where waiting would tell
//! something, and never log what a letter says.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::mailer::{Letter, MailError, Mailer};

/// As many letters travel at once; more wait.
const AT_ONCE: usize = 4;
/// As many may be in hand; more are dropped, with a warning: somebody asks for letters faster than they can be sent.
const IN_HAND: usize = 256;

/// The way letters go.
#[derive(Clone)]
pub(crate) struct Post {
    mailer: Arc<dyn Mailer>,
    at_once: Arc<Semaphore>,
    in_hand: Arc<Semaphore>,
}

impl Post {
    pub(crate) fn new(mailer: Arc<dyn Mailer>) -> Self {
        let (at_once, in_hand) = (Semaphore::new(AT_ONCE), Semaphore::new(IN_HAND));
        Self { mailer, at_once: Arc::new(at_once), in_hand: Arc::new(in_hand) }
    }

    /// Sends a letter and waits for what becomes of it.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let _place = self.at_once.acquire().await.expect("the semaphore is never closed");
        self.mailer.send(letter).await
    }

    /// Lets `write` make a letter and sends it, behind the answer of whoever asked for it.
    pub(crate) fn send_later<W>(&self, write: W)
    where
        W: Future<Output = Option<Letter>> + Send + 'static,
    {
        let Ok(place) = Arc::clone(&self.in_hand).try_acquire_owned() else {
            tracing::warn!("a letter was not sent: {IN_HAND} are waiting already");
            return;
        };
        let post = self.clone();
        tokio::spawn(async move {
            if let Some(letter) = write.await
                && let Err(error) = post.send(letter).await
            {
                tracing::warn!(%error, "a letter was not sent");
            }
            drop(place);
        });
    }
}
