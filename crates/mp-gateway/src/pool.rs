//! Connections that wait for their next request.
//!
//! Owns how long they may. Must never hand out one on which something came or ended in the meantime.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::time::sleep;

use crate::connection::Connection;

/// How long a connection waits: less than servers usually do, so that it is rarely they who end it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Those that wait, the one that waits longest in front.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    connections: VecDeque<(Instant, Connection)>,
    /// Whether somebody looks after them.
    is_swept: bool,
}

impl Pool {
    /// The one that waits for the shortest time: so the others may come to their end.
    pub(crate) fn take(&self) -> Option<Connection> {
        loop {
            let (_, mut connection) = self.0.lock().connections.pop_back()?;
            if connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Lets a connection wait.
    pub(crate) fn keep(self: &Arc<Self>, connection: Connection) {
        let mut waiting = self.0.lock();
        waiting.connections.push_back((Instant::now(), connection));
        if !waiting.is_swept {
            waiting.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }
}

/// Ends those that have waited for too long, until none waits any more.
async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(PATIENCE / 4).await;
        let goes_on = pool.upgrade().is_some_and(|pool| pool.0.lock().sweep());
        if !goes_on {
            return;
        }
    }
}

impl Waiting {
    /// Whether others are left.
    fn sweep(&mut self) -> bool {
        let late = self.connections.partition_point(|(since, _)| since.elapsed() >= PATIENCE);
        self.connections.drain(..late);
        self.is_swept = !self.connections.is_empty();
        self.is_swept
    }
}
