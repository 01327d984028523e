//! Whose turn it is on a connection: requests from their end to the last byte of their answer.
//!
//! Owns what the pulse shows of them, also where several are under way at once. Must never show an idle connection while
//! one is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;

use crate::connections::{Phase, Pulse};

/// The requests of one connection that are not answered to the end.
pub(crate) struct Turns {
    pulse: Arc<Pulse>,
    /// The lock is held while the pulse moves: with HTTP/2 several threads work for one connection.
    open: Mutex<usize>,
}

impl Turns {
    pub(crate) fn new(pulse: Arc<Pulse>) -> Arc<Self> {
        Arc::new(Self { pulse, open: Mutex::new(0) })
    }

    /// A request begins to be answered.
    pub(crate) fn begin(self: &Arc<Self>) -> Turn {
        let mut open = self.open.lock();
        *open += 1;
        self.pulse.begin(Phase::Busy);
        Turn { turns: Arc::clone(self), is_ours: true }
    }

    /// Whether nothing is under way.
    pub(crate) fn are_over(&self) -> bool {
        *self.open.lock() == 0
    }
}

/// One request under way; dropping it ends it.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// Whether something is waited for that the caller has no part in.
    is_ours: bool,
}

impl Turn {
    fn is_ours(&mut self) {
        if !self.is_ours {
            self.is_ours = true;
            self.show(Phase::Busy);
        }
    }

    fn is_callers(&mut self) {
        self.is_ours = false;
        self.show(Phase::Taking);
    }

    fn show(&self, phase: Phase) {
        let _open = self.turns.open.lock();
        self.turns.pulse.begin(phase);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut open = self.turns.open.lock();
        *open -= 1;
        if *open == 0 {
            self.turns.pulse.begin(Phase::Idle);
        }
    }
}

/// The body of an answer, which shows for whom the connection waits.
pub(crate) struct Answering {
    body: Body,
    turn: Turn,
}

impl Answering {
    pub(crate) fn new(body: Body, turn: Turn) -> Self {
        Self { body, turn }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match polled {
            Poll::Pending => self.turn.is_ours(),
            Poll::Ready(_) => self.turn.is_callers(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
