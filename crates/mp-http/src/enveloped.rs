//! hyper's own refusals, in the documented envelope.
//!
//! Owns the one kind of answer that no handler of ours writes: what hyper cannot parse (a broken `Content-Length`, a URI
//! with a space too many) it refuses by itself, with an empty body. Must never touch any other answer: all others tell of
//! their trace, also those of an upstream, so an empty 4xx without one that closes the connection is hyper's.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use mp_market::protocol::malformed_request;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::answer::Answer;
use crate::connections::Pulse;
use crate::edge::Edge;
use crate::plain::{Circumstances, write_answer};

/// A stream that replaces them, and shows on the pulse when a request begins to arrive.
pub(crate) struct Enveloped<S> {
    stream: S,
    edge: Arc<Edge>,
    pulse: Arc<Pulse>,
    /// What is still to be written in place of a refusal.
    replacement: Vec<u8>,
}

impl<S> Enveloped<S> {
    pub(crate) fn new(stream: S, edge: Arc<Edge>, pulse: Arc<Pulse>) -> Self {
        Self { stream, edge, pulse, replacement: Vec::new() }
    }

    fn envelope(&self, problem: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let trace_ids = &mut self.edge.trace_ids();
        let mut circumstances = Circumstances { now: self.edge.now(), trace_ids, trace: None, closes: true };
        write_answer(&mut out, &Answer::error(&malformed_request(problem)), &mut circumstances);
        out
    }
}

/// What hyper found wrong, if `bytes` are one of its refusals.
fn refusal(bytes: &[u8]) -> Option<&'static str> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3).filter(|status| status[0] == b'4')?;
    let is_empty = bytes.ends_with(b"\r\n\r\n") && contains(bytes, b"\r\ncontent-length: 0\r\n");
    let is_last = contains(bytes, b"\r\nconnection: close\r\n");
    let is_ours = contains(bytes, b"\r\ntraceparent: ");
    let problem = match status {
        b"414" | b"431" => "The request head is too large",
        _ => "The request is invalid",
    };
    (is_empty && is_last && !is_ours).then_some(problem)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

impl<S: AsyncRead + Unpin> AsyncRead for Enveloped<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut this.stream).poll_read(cx, buf));
        if buf.filled().len() > before {
            this.pulse.bytes_came();
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Enveloped<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.replacement.is_empty() {
            let Some(problem) = refusal(bytes) else {
                return Pin::new(&mut this.stream).poll_write(cx, bytes);
            };
            this.replacement = this.envelope(problem);
        }
        // hyper offers the same bytes until it is told that they are gone.
        while !this.replacement.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(cx, &this.replacement))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.replacement.drain(..written);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match pieces {
            // A refusal has no body, so it comes alone.
            [bytes] => self.poll_write(cx, bytes),
            _ => Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_refusal_that_closes_is_replaced() {
        let bare = "HTTP/1.1 431 X\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        assert_eq!(refusal(bare.as_bytes()), Some("The request head is too large"));
        assert_eq!(refusal(bare.replace("431", "400").as_bytes()), Some("The request is invalid"));
        for other in [
            bare.replace("431", "200"),
            bare.replace("content-length: 0", "content-length: 80"),
            bare.replace("connection: close", "x: y"),
            bare.replace("date: x", "traceparent: 00-"),
            format!("{bare}{{}}"),
            String::new(),
            "HTTP/1.1 4".to_owned(),
        ] {
            assert_eq!(refusal(other.as_bytes()), None, "{other}");
        }
    }
}
