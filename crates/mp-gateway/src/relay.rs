//! The body of an upstream's answer on its way to the caller, piece by piece.
//!
//! Owns patience with an upstream that falls silent, and the connection until the body is over. Must never end a body that
//! broke off as if it were whole, and never hold more of it than was read at once.

use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::connection::Connection;
use crate::framing::{Deframer, Framing, Step};
use crate::pool::Pool;

/// A body that passes through. Dropped before its end, it ends the connection to the upstream, which learns by that that
/// nobody waits for the rest.
pub struct Relay {
    /// `None` once the body is over.
    source: Option<Source>,
    framing: Framing,
    /// The data in hand, within what is unread.
    piece: Range<usize>,
    patience: Duration,
    /// Made when the upstream is first waited for; most answers are there at once.
    deadline: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
    broke_off: bool,
}

struct Source {
    connection: Connection,
    deframer: Deframer,
    /// Where the connection goes when the body is over, if it may be used again.
    pool: Option<Arc<Pool>>,
}

/// The upstream did not send its answer to the end. The operator was told why.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the upstream broke off in the middle of its answer")]
pub struct BrokenOff;

impl Relay {
    /// The body that comes on `connection`, as long as it never keeps anybody waiting for longer than `patience`.
    pub(crate) fn new(
        connection: Connection,
        framing: Framing,
        pool: Option<Arc<Pool>>,
        patience: Duration,
    ) -> Self {
        let source = Some(Source { connection, deframer: Deframer::new(framing), pool });
        let mut relay = Self {
            source,
            framing,
            piece: 0..0,
            patience,
            deadline: None,
            is_waiting: false,
            broke_off: false,
        };
        if matches!(framing, Framing::Nothing | Framing::Length(0)) {
            relay.end();
        }
        relay
    }

    /// The data in hand.
    #[must_use]
    pub fn piece(&self) -> &[u8] {
        self.source.as_ref().map_or(&[], |source| &source.connection.unread[self.piece.clone()])
    }

    /// Goes on to the next piece; `false` at the end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BrokenOff>> {
        match self.poll_step(cx) {
            Poll::Ready(Ok(goes_on)) => {
                self.is_waiting = false;
                if !goes_on {
                    self.end();
                }
                Poll::Ready(Ok(goes_on))
            }
            Poll::Ready(Err(why)) => Poll::Ready(Err(self.break_off(&why))),
            Poll::Pending => {
                ready!(self.poll_silence(cx));
                Poll::Ready(Err(self.break_off(&"nothing came for too long")))
            }
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BoxError>> {
        let Some(Source { connection, deframer, .. }) = &mut self.source else {
            return Poll::Ready(Ok(false));
        };
        let mut start = std::mem::take(&mut self.piece).end;
        loop {
            match deframer.step(&connection.unread[start..])? {
                Step::Data { framing, data } => {
                    self.piece = start + framing..start + framing + data;
                    return Poll::Ready(Ok(true));
                }
                Step::Over { framing } => {
                    connection.unread.drain(..start + framing);
                    return Poll::Ready(Ok(false));
                }
                Step::More { framing } => {
                    connection.unread.drain(..start + framing);
                    start = 0;
                    if ready!(connection.poll_read(cx, deframer.expected()))? == 0 {
                        return Poll::Ready(if deframer.ends_with_the_connection() {
                            Ok(false)
                        } else {
                            Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
                        });
                    }
                }
            }
        }
    }

    /// Whether the upstream has been silent for too long.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        if !self.is_waiting {
            deadline.as_mut().reset(Instant::now() + patience);
            self.is_waiting = true;
        }
        deadline.as_mut().poll(cx)
    }

    /// Whoever knows the length may not ask for more once all of it is there.
    fn end_if_whole(&mut self) {
        if let Some(source) = &mut self.source
            && source.deframer.is_whole()
        {
            source.connection.unread.drain(..std::mem::take(&mut self.piece).end);
            self.end();
        }
    }

    /// Nothing more comes: the connection may wait for its next request, unless it said more than was asked.
    fn end(&mut self) {
        let Some(Source { mut connection, pool: Some(pool), .. }) = self.source.take() else { return };
        if connection.unread.is_empty() {
            connection.rest();
            pool.keep(connection);
        }
    }

    /// Tells the operator; the caller notices by a connection that ends too soon.
    fn break_off(&mut self, why: &dyn Display) -> BrokenOff {
        self.source = None;
        tracing::warn!(error = %why, "the upstream broke off in the middle of an answer");
        BrokenOff
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.broke_off {
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        let goes_on = ready!(self.poll_next(cx));
        Poll::Ready(match goes_on {
            Ok(true) => {
                let data = Bytes::copy_from_slice(self.piece());
                self.end_if_whole();
                Some(Ok(Frame::data(data)))
            }
            Ok(false) => None,
            Err(BrokenOff) => {
                // What came before may not have been sent yet, and is the caller's all the same.
                self.broke_off = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        // Where there is none, no length is told of it: that of another body may stand in the head.
        self.framing != Framing::Nothing && self.source.is_none() && !self.broke_off
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.source, self.framing) {
            (_, Framing::Nothing) => SizeHint::default(),
            (None, _) if self.broke_off => SizeHint::default(),
            (None, _) => SizeHint::with_exact(0),
            (Some(source), Framing::Length(_)) => SizeHint::with_exact(source.deframer.expected()),
            _ => SizeHint::default(),
        }
    }
}
