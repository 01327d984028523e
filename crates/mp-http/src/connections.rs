//! Every open connection, and the three reasons to end one that is not busy: it waited too long, it sent its head too
//! slowly, or the server stops.
//!
//! Owns the supervision of connections from outside, once a second or so for all of them: a connection itself keeps no
//! timer and joins no queue while it works. Must never end a connection in the middle of a request it has read.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot::{self, error::TryRecvError};

use crate::timeouts::Timeouts;

/// What a connection is told from outside, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It used up somebody's patience: end at once.
    Expired,
    /// The server stops: finish what was begun.
    Drain,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waiting for a request.
    Idle = 0,
    /// In the middle of a head.
    Head = 1,
    /// Answering; the body's own timeout holds.
    Busy = 2,
    /// Waiting for the caller to take what was answered so far.
    Taking = 3,
}

/// What a connection shows to its supervisor: its phase, and a count that moves whenever a phase begins.
#[derive(Debug, Default)]
pub(crate) struct Pulse(AtomicU32);

impl Pulse {
    /// Begins a phase. Only the connection itself calls this, so a load and a store are enough.
    pub(crate) fn begin(&self, phase: Phase) {
        let count = (self.0.load(Ordering::Relaxed) >> 2).wrapping_add(1);
        self.0.store(count << 2 | phase as u32, Ordering::Relaxed);
    }

    /// From waiting to reading. Further pieces of the same head are no progress: a head has one deadline.
    pub(crate) fn bytes_came(&self) {
        if self.0.load(Ordering::Relaxed) & 3 == Phase::Idle as u32 {
            self.begin(Phase::Head);
        }
    }
}

/// A connection's end of its supervision. Dropping it takes the connection off the list.
pub(crate) struct Leash {
    pub(crate) pulse: Arc<Pulse>,
    stop: oneshot::Receiver<Stop>,
    told: Option<Stop>,
    number: u64,
    connections: Arc<Connections>,
}

impl Leash {
    /// Waits to be told to stop, which happens once; after `Drain` only the deadline of the whole server is left.
    pub(crate) async fn pulled(&mut self) -> Stop {
        if self.told.is_some() {
            return pending().await;
        }
        // A sender that is gone was dropped by `drain`.
        let stop = (&mut self.stop).await.unwrap_or(Stop::Drain);
        self.told = Some(stop);
        stop
    }

    /// What was told so far.
    pub(crate) fn told(&self) -> Option<Stop> {
        self.told
    }

    /// Waits for patience to end, remembering a wish to drain.
    pub(crate) async fn expired(&mut self) {
        while self.pulled().await != Stop::Expired {}
    }

    /// Whether this is known to be the end, for whatever reason: what is under way is finished.
    pub(crate) fn is_draining(&self) -> bool {
        self.told.is_some()
    }

    /// Whether the next answer is the last one, asked when it begins.
    pub(crate) fn ends(&mut self) -> bool {
        if self.told.is_none() {
            self.told = match self.stop.try_recv() {
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Closed) => Some(Stop::Drain),
                Ok(stop) => Some(stop),
            };
        }
        self.is_draining()
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.connections.list.lock().open.remove(&self.number);
    }
}

/// The list of open connections.
#[derive(Default)]
pub(crate) struct Connections {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    open: HashMap<u64, Watched>,
    next: u64,
    is_draining: bool,
}

struct Watched {
    pulse: Arc<Pulse>,
    stop: oneshot::Sender<Stop>,
    seen: u32,
    since: Instant,
}

impl Connections {
    /// Puts a new connection on the list.
    pub(crate) fn open(self: &Arc<Self>, now: Instant) -> Leash {
        let (stop, stopped) = oneshot::channel();
        let pulse = Arc::<Pulse>::default();
        let mut list = self.list.lock();
        let number = list.next;
        list.next += 1;
        // One that was accepted while the server stops has its sender dropped right here.
        if !list.is_draining {
            let watched = Watched { pulse: Arc::clone(&pulse), stop, seen: 0, since: now };
            list.open.insert(number, watched);
        }
        Leash { pulse, stop: stopped, told: None, number, connections: Arc::clone(self) }
    }

    /// Ends every connection that has been in the same phase for too long.
    pub(crate) fn sweep(&self, now: Instant, timeouts: &Timeouts) {
        let mut list = self.list.lock();
        let expired = list.open.extract_if(|_, watched| watched.is_expired(now, timeouts));
        for (_, watched) in expired {
            // The connection may just have ended by itself.
            let _ = watched.stop.send(Stop::Expired);
        }
    }

    /// Tells every connection, and all that are still to come, that the server stops.
    pub(crate) fn drain(&self) {
        let mut list = self.list.lock();
        list.is_draining = true;
        list.open.clear();
    }
}

impl Watched {
    fn is_expired(&mut self, now: Instant, timeouts: &Timeouts) -> bool {
        let pulse = self.pulse.0.load(Ordering::Relaxed);
        if pulse != self.seen {
            (self.seen, self.since) = (pulse, now);
        }
        let patience = match pulse & 3 {
            0 | 3 => timeouts.idle,
            1 => timeouts.head,
            _ => Duration::MAX,
        };
        now.duration_since(self.since) >= patience
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn told(leash: &mut Leash) -> Option<Stop> {
        match pin!(leash.pulled()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(stop) => Some(stop),
            Poll::Pending => None,
        }
    }

    /// A server's list and a clock that starts now.
    fn supervised(steps: impl FnOnce(&Arc<Connections>, &dyn Fn(u64))) {
        let (connections, start) = (Arc::<Connections>::default(), Instant::now());
        let sweep = |seconds| connections.sweep(start + Duration::from_secs(seconds), &Timeouts::default());
        steps(&connections, &sweep);
    }

    #[test]
    fn an_idle_connection_ends_after_75_seconds() {
        supervised(|connections, sweep| {
            let mut leash = connections.open(Instant::now());
            sweep(70);
            assert_eq!(told(&mut leash), None);
            sweep(76);
            assert_eq!(told(&mut leash), Some(Stop::Expired));
        });
    }

    #[test]
    fn a_request_begins_the_wait_anew() {
        supervised(|connections, sweep| {
            let mut leash = connections.open(Instant::now());
            leash.pulse.begin(Phase::Idle);
            sweep(70);
            leash.pulse.begin(Phase::Idle);
            sweep(76);
            sweep(140);
            assert_eq!(told(&mut leash), None);
            sweep(152);
            assert_eq!(told(&mut leash), Some(Stop::Expired));
        });
    }

    #[test]
    fn a_head_that_drips_ends_after_10_seconds() {
        supervised(|connections, sweep| {
            let mut leash = connections.open(Instant::now());
            leash.pulse.bytes_came();
            for second in 0..10 {
                leash.pulse.bytes_came();
                sweep(second);
            }
            assert_eq!(told(&mut leash), None);
            sweep(11);
            assert_eq!(told(&mut leash), Some(Stop::Expired));
        });
    }

    #[test]
    fn a_busy_connection_is_left_alone() {
        supervised(|connections, sweep| {
            let mut leash = connections.open(Instant::now());
            leash.pulse.begin(Phase::Busy);
            sweep(1);
            sweep(10_000);
            assert_eq!(told(&mut leash), None);
        });
    }

    #[test]
    fn an_answer_that_nobody_takes_ends_the_connection_after_75_seconds() {
        supervised(|connections, sweep| {
            let mut leash = connections.open(Instant::now());
            leash.pulse.begin(Phase::Busy);
            for second in [100, 170, 240] {
                leash.pulse.begin(Phase::Taking);
                sweep(second);
            }
            assert_eq!(told(&mut leash), None, "it is taken, piece by piece");
            sweep(316);
            assert_eq!(told(&mut leash), Some(Stop::Expired));
        });
    }

    #[test]
    fn draining_reaches_those_that_are_there_and_those_that_come() {
        supervised(|connections, _| {
            let mut early = connections.open(Instant::now());
            connections.drain();
            let mut late = connections.open(Instant::now());
            assert_eq!(told(&mut early), Some(Stop::Drain));
            assert_eq!(told(&mut late), Some(Stop::Drain));
            assert_eq!(told(&mut early), None, "told once");
            assert!(early.is_draining());
        });
    }

    #[test]
    fn a_connection_that_ended_is_off_the_list() {
        supervised(|connections, _| {
            drop(connections.open(Instant::now()));
            assert!(connections.list.lock().open.is_empty());
        });
    }
}
