//! Telling people in time that a key or token will stop working: 30, 7 and 1 days before.
//!
//! Owns who is told what and when. Must never tell the same thing twice, nor three things at once after a downtime: only
//! the nearest notice that is due is given.

use std::time::Duration;

use mp_domain::account::Email;
use mp_domain::time::Timestamp;
use mp_store::notice::{self, ExpiringKey, ExpiringToken, Span};
use mp_store::{Conn, StoreError};

use crate::letters::{self, Expiring};
use crate::mailer::{Letter, MailError};
use crate::post::Post;
use crate::service::Service;

/// Days before, the last notice first; each span begins where the one before ends.
const DAYS: [i64; 3] = [1, 7, 30];
/// As many are read at once.
const BATCH: i64 = 200;

/// A notice that is due, and what is said to whom.
struct Due {
    subject: [u8; 16],
    expires_at: Timestamp,
    days: i64,
    letters: Vec<Letter>,
}

impl Service {
    /// Gives every notice that is due. Says how many; none where no mail is configured. Gives up for this time where no
    /// letter can be handed over.
    pub async fn give_expiry_notices(&self) -> Result<usize, StoreError> {
        let Some(post) = self.post.clone() else { return Ok(0) };
        let mut given = 0;
        for span in spans(self.clock.now()) {
            loop {
                let due = self.due(span).await?;
                if due.is_empty() {
                    break;
                }
                for notice in due {
                    if !self.give(&post, notice).await? {
                        return Ok(given);
                    }
                    given += 1;
                }
            }
        }
        Ok(given)
    }

    async fn due(&self, span: Span) -> Result<Vec<Due>, StoreError> {
        let public_url = self.public_url.clone();
        let read = move |conn: &mut Conn| {
            let mut due = Vec::new();
            for key in notice::expiring_keys(conn, span, BATCH)? {
                let keepers = notice::key_keepers(conn, key.business_id)?;
                due.push(about_key(&key, keepers, &public_url, span.days));
            }
            for token in notice::expiring_tokens(conn, span, BATCH)? {
                due.push(about_token(token, span.days));
            }
            Ok(due)
        };
        self.store.read("due_notices", read).await
    }

    /// Gives one notice unless another node has. Says whether to go on.
    async fn give(&self, post: &Post, due: Due) -> Result<bool, StoreError> {
        let (Due { subject, expires_at, days, letters }, now) = (due, self.clock.now());
        // Recorded first: a notice that is lost in a crash is better than one that comes every hour.
        let record = self.store.write("record_notice", move |tx| {
            let is_first = notice::record(tx, &subject, expires_at, days, now)?;
            Ok::<_, StoreError>(is_first)
        });
        if !record.await? {
            return Ok(true);
        }
        let mut sent = 0;
        for letter in letters {
            match post.send(letter).await {
                Ok(()) => sent += 1,
                Err(error @ MailError::Refused(_)) => tracing::warn!(%error, "a notice was not sent"),
                Err(error @ MailError::Unavailable(_)) => {
                    tracing::warn!(%error, "notices are not sent for now");
                    if sent == 0 {
                        let take_back = move |tx: &mut mp_store::Tx<'_>| {
                            notice::take_back(tx, &subject, expires_at, days)
                        };
                        self.store.write("take_notice_back", take_back).await?;
                    }
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// The spans in which something expires that a notice is due for.
fn spans(now: Timestamp) -> [Span; 3] {
    let mut after = now;
    DAYS.map(|days| {
        let length = Duration::from_secs(86_400 * days.unsigned_abs());
        let until = now.plus(length);
        // What was made to live shorter needs no notice that it will.
        let least_life =
            i64::try_from(length.as_micros()).expect("a month of microseconds is a small number");
        let span = Span { after, until, days, least_life };
        after = until;
        span
    })
}

fn about_key(key: &ExpiringKey, keepers: Vec<Email>, public_url: &str, days: i64) -> Due {
    let page = format!("{public_url}/cabinet/{}/keys", key.business_id);
    let about = Expiring::Key { name: &key.name, business: &key.business, page: &page };
    let letters = keepers.into_iter().map(|to| letters::expiry(to, &about, key.expires_at, days)).collect();
    Due { subject: key.subject, expires_at: key.expires_at, days, letters }
}

fn about_token(token: ExpiringToken, days: i64) -> Due {
    let ExpiringToken { subject, client, login, email, expires_at } = token;
    let letter =
        letters::expiry(email, &Expiring::Token { client: &client, login: &login }, expires_at, days);
    Due { subject, expires_at, days, letters: vec![letter] }
}
