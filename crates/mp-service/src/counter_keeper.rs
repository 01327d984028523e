//! The thread that keeps limit counters: to the journal twice a second, and exactly when the server stops.
//!
//! Owns the journal. Must never be waited for by a check.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mp_domain::time::Clock;
use mp_store::counter_journal::CounterJournal;
use parking_lot::Mutex;

use crate::enforcer::Enforcer;

/// `kill -9` may forget the charges of the last second (product.md §5).
const PAUSE: Duration = Duration::from_millis(500);
/// How many pauses lie between two sweeps.
const SWEEP_EVERY: u32 = 120;

pub(crate) struct CounterKeeper {
    stop: Sender<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl CounterKeeper {
    pub(crate) fn start(enforcer: Arc<Enforcer>, journal: CounterJournal) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let trouble: Arc<Mutex<Option<String>>> = Arc::default();
        let mut work = Work { enforcer, journal, is_behind: false, trouble: Arc::clone(&trouble) };
        let thread = std::thread::Builder::new().name("counter-keeper".to_owned());
        let thread = Mutex::new(Some(thread.spawn(move || work.run(&stopped))?));
        Ok(Self { stop, thread, trouble })
    }

    /// Why the last writing failed, if it did.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    /// Writes every counter down and ends the thread. Blocks.
    pub(crate) fn stop(&self) {
        // An error means that the thread has ended already.
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    enforcer: Arc<Enforcer>,
    journal: CounterJournal,
    /// Whether the journal lacks counters that the limiter no longer lists as changed: then it is written anew.
    is_behind: bool,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Work {
    fn run(&mut self, stopped: &Receiver<()>) {
        let mut rounds: u32 = 0;
        loop {
            let stop = !matches!(stopped.recv_timeout(PAUSE), Err(RecvTimeoutError::Timeout));
            let written = self.write();
            if let Err(error) = &written {
                tracing::error!(%error, "limit counters could not be written; they are kept in memory and tried again");
            }
            *self.trouble.lock() =
                written.err().map(|error| format!("limit counters cannot be written: {error}"));
            if stop {
                return;
            }
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(SWEEP_EVERY) {
                let now = self.enforcer.clock.now();
                self.enforcer.limiter.sweep(now);
                self.enforcer.directory.shadows.sweep(now);
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let changed = self.enforcer.limiter.take_changed();
        if self.journal.is_lost() && !self.is_behind {
            tracing::warn!("limits.journal was removed or replaced while in use; it is written anew");
            self.is_behind = true;
        }
        if self.is_behind || self.journal.wants_rewriting() {
            // All counters, those just taken included. If this fails, the next round tries again.
            self.is_behind = true;
            self.enforcer.limiter.sweep(self.enforcer.clock.now());
            self.journal.rewrite(self.enforcer.limiter.all())?;
        } else if !changed.is_empty() {
            self.is_behind = true;
            self.journal.append(&changed)?;
        }
        self.is_behind = false;
        Ok(())
    }
}

/// Reads the journal into a limiter, leaving out windows that are over.
pub(crate) fn restore(
    folder: &std::path::Path,
    limiter: &crate::limiter::Limiter,
    clock: &dyn Clock,
) -> io::Result<CounterJournal> {
    let now = clock.now();
    CounterJournal::open(folder, |counter| {
        if !counter.window.is_over(now) {
            limiter.restore(counter);
        }
    })
}
