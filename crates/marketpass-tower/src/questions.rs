//! Questions that are under way to the server.
//!
//! Owns how many there may be at once, and that a credential is asked about once at a time. Must never leave anybody
//! waiting when the stream ends: all who wait are told.

use hashbrown::HashMap;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::limit_entity::Counted;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::lent::{Loan, Slot};
use crate::memory::Mark;

/// More than this are not asked at once: whoever would be next is told to come again.
const MOST: usize = 1024;

/// Nobody can be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unavailable;

/// What was asked, as far as the answer does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Topic {
    Credential(Mark),
    Stores(Vec<CampaignId>),
    Business(BusinessId),
    Points(Counted),
    Slot(Counted),
}

/// What came of a question.
pub(crate) enum Reply {
    /// It is remembered now.
    Remembered,
    Lent(Loan),
    Slot(Option<Slot>),
}

pub(crate) type Answered = oneshot::Receiver<Reply>;

#[derive(Default)]
pub(crate) struct Questions(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    open: HashMap<u64, (Topic, Vec<oneshot::Sender<Reply>>)>,
    credentials: HashMap<Mark, u64>,
}

impl Questions {
    /// Waits for the answer to a question. Its number, if it is to be sent: somebody else may have asked the same.
    pub(crate) fn begin(&self, topic: Topic) -> Result<(Option<u64>, Answered), Unavailable> {
        let (sender, answered) = oneshot::channel();
        let mut guard = self.0.lock();
        let Waiting { next, open, credentials } = &mut *guard;
        if let Topic::Credential(mark) = &topic
            && let Some((_, waiting)) = credentials.get(mark).and_then(|number| open.get_mut(number))
        {
            waiting.push(sender);
            return Ok((None, answered));
        }
        if open.len() >= MOST {
            return Err(Unavailable);
        }
        *next += 1;
        if let Topic::Credential(mark) = topic {
            credentials.insert(mark, *next);
        }
        open.insert(*next, (topic, vec![sender]));
        Ok((Some(*next), answered))
    }

    /// The question of this number is answered: what it was about, and who waits.
    pub(crate) fn end(&self, number: u64) -> Option<(Topic, Vec<oneshot::Sender<Reply>>)> {
        let mut guard = self.0.lock();
        let ended = guard.open.remove(&number)?;
        if let Topic::Credential(mark) = &ended.0 {
            guard.credentials.remove(mark);
        }
        Some(ended)
    }

    /// How many were put to the server so far.
    pub(crate) fn asked(&self) -> u64 {
        self.0.lock().next
    }

    /// Nothing will be answered any more.
    pub(crate) fn give_up(&self) {
        let mut waiting = self.0.lock();
        waiting.open.clear();
        waiting.credentials.clear();
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::secret::SecretDigest;

    use super::*;

    fn about(byte: u8) -> Topic {
        Topic::Credential(Mark { is_token: false, digest: SecretDigest::from_bytes([byte; 16]) })
    }

    #[test]
    fn a_credential_is_asked_about_once_at_a_time_and_everybody_is_answered() {
        let questions = Questions::default();
        let (number, mut first) = questions.begin(about(1)).unwrap();
        let (again, mut second) = questions.begin(about(1)).unwrap();
        assert_eq!(again, None);
        let (_, waiting) = questions.end(number.unwrap()).unwrap();
        for sender in waiting {
            assert!(sender.send(Reply::Remembered).is_ok());
        }
        assert!(matches!(first.try_recv(), Ok(Reply::Remembered)));
        assert!(matches!(second.try_recv(), Ok(Reply::Remembered)));
        assert!(questions.begin(about(1)).unwrap().0.is_some());
    }

    #[test]
    fn only_so_many_are_under_way() {
        let questions = Questions::default();
        let waiting: Vec<_> =
            (0..MOST).map(|_| questions.begin(Topic::Stores(Vec::new())).unwrap()).collect();
        assert!(questions.begin(Topic::Stores(Vec::new())).is_err());
        questions.end(waiting[0].0.unwrap()).unwrap();
        assert!(questions.begin(Topic::Stores(Vec::new())).is_ok());
        questions.give_up();
        for (_, mut answered) in waiting.into_iter().skip(1) {
            assert!(answered.try_recv().is_err());
        }
    }
}
