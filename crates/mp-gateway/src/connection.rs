//! A connection to the upstream that knows whether it has been left alone with a request.
//!
//! Owns telling a connection that ended while it lay idle, which nobody noticed until it was used again, from one whose
//! request failed. Must never change what is read or written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use http::Extensions;
use hyper_util::client::legacy::Error;
use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Nothing was heard yet, whatever was said.
const NEW: u8 = 0;
/// Nothing was said since something was heard.
const HEARD: u8 = 1;
/// Something was said since something was heard.
const WAITING: u8 = 2;

/// What was said and heard last.
#[derive(Clone)]
struct Talk(Arc<AtomicU8>);

impl Talk {
    fn says(&self) {
        // It is no other with a connection that was never used before.
        let _ = self.0.compare_exchange(HEARD, WAITING, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn hears(&self) {
        self.0.store(HEARD, Ordering::Relaxed);
    }

    fn waits(&self) -> bool {
        self.0.load(Ordering::Relaxed) == WAITING
    }
}

/// Whether a request failed because the connection, on which others had been answered before, ended without a byte of an
/// answer to this one: most likely while it lay idle.
pub(crate) fn was_left_alone(error: &Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Talk>().is_some_and(Talk::waits)
}

/// The connection.
pub(crate) struct Attentive<S> {
    stream: S,
    talk: Talk,
}

impl<S> Attentive<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, talk: Talk(Arc::new(AtomicU8::new(NEW))) }
    }
}

impl<S: Connection> Connection for Attentive<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.talk.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Attentive<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.talk.hears();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Attentive<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.talk.says();
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.talk.says();
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
