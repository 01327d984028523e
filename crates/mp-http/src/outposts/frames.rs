//! Frames on their way to an outpost: the body of the answer to its request.
//!
//! Owns how many wait. Must never wait itself for an outpost that takes none: it is ended, and begins anew.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use mp_stream::{ToOutpost, print};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// The way to one outpost.
#[derive(Clone)]
pub(super) struct Sender(mpsc::Sender<Bytes>);

/// The outpost is gone, or takes nothing.
#[derive(Debug)]
pub(super) struct Unheard;

impl Sender {
    pub(super) fn new(sender: mpsc::Sender<Bytes>) -> Self {
        Self(sender)
    }

    pub(super) fn send(&self, frame: &ToOutpost) -> Result<(), Unheard> {
        match self.0.try_send(Bytes::from(print(frame))) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => Err(Unheard),
        }
    }

    /// Waits until nobody listens any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}

/// The body.
pub(super) struct Frames(pub(super) mpsc::Receiver<Bytes>);

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
