//! The body of an upstream's answer on its way to the caller, piece by piece.
//!
//! Owns patience with an upstream that falls silent. Must never end a body that broke off as if it were whole, and never
//! hold more of it than the piece in hand.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// A body that passes through.
pub(crate) struct Relay {
    /// `None` where there is nothing, of which no length is told.
    body: Option<Incoming>,
    patience: Duration,
    /// Made when the upstream is first waited for; most answers are there at once.
    deadline: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl Relay {
    /// What comes, as long as it never keeps the caller waiting longer than `patience`.
    pub(crate) fn new(body: Incoming, patience: Duration) -> Self {
        Self { body: Some(body), patience, deadline: None, is_waiting: false }
    }

    /// No body, for an answer that may tell the length of another one.
    pub(crate) fn nothing() -> Self {
        Self { body: None, patience: Duration::ZERO, deadline: None, is_waiting: false }
    }

    /// The next data. What stands in trailers is dropped (RFC 9110 §6.5.1): nobody looked at it.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            let data = match ready!(Pin::new(body).poll_frame(cx)) {
                Some(frame) => frame.map(|frame| frame.into_data().ok()).transpose(),
                None => return Poll::Ready(None),
            };
            if data.is_some() {
                return Poll::Ready(data);
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
}

impl Body for Relay {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(data) = self.poll_data(cx) {
            self.is_waiting = false;
            return Poll::Ready(data.map(|data| match data {
                Ok(data) => Ok(Frame::data(data)),
                Err(error) => Err(broke_off(&error)),
            }));
        }
        self.poll_silence(cx).map(|()| Some(Err(broke_off(&"nothing came for too long"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

/// Tells the operator here; the caller notices by a connection that ends too soon.
fn broke_off(why: &dyn std::fmt::Display) -> BoxError {
    tracing::warn!(error = %why, "the upstream broke off in the middle of an answer");
    format!("the upstream broke off: {why}").into()
}
