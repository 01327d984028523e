//! A connection that speaks HTTP/2 (RFC 9113): chosen by TLS, or begun with the preface.
//!
//! Owns its limits, and its end with a last word (`GOAWAY`) that tells which requests were not begun. Must never know a
//! route: what surrounds a request is the same as with HTTP/1.1, in `door`.

use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::select;
use tokio::time::timeout;

use crate::connections::{Phase, Stop};
use crate::door::Conversation;
use crate::head::MAX_HEAD_BYTES;
use crate::rewound::{Rewound, Transport};

/// What a client begins with that knows in advance (RFC 9113 §3.4). No request of HTTP/1 looks like it.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How many requests may be under way at once on one connection.
const MAX_STREAMS: u32 = 100;
/// How much of all bodies of a connection is taken before somebody reads it, in bytes.
const WINDOW: u32 = 256 * 1024;
/// How much of an answer is held for a caller who does not take it, in bytes.
const HELD: usize = 64 * 1024;
/// How long a caller has to take note of the end of a connection on which nothing is under way.
const PATIENCE: Duration = Duration::from_secs(2);

impl Conversation {
    /// Answers every request, beginning with the bytes in `unread`.
    pub(crate) async fn hold_http2(self, stream: impl Transport, unread: Vec<u8>) {
        let (door, mut leash) = self.open_door();
        leash.pulse.begin(Phase::Idle);
        let turns = door.turns();
        let io = TokioIo::new(Rewound::new(stream, unread));
        let mut connection = pin!(limits().serve_connection(io, door));
        let mut stop = leash.is_draining().then_some(Stop::Drain);
        loop {
            if let Some(stop) = stop.take() {
                connection.as_mut().graceful_shutdown();
                if stop == Stop::Expired || turns.are_over() {
                    // Who does not take note is not waited for.
                    let _ = timeout(PATIENCE, connection).await;
                    return;
                }
            }
            select! {
                biased;
                // An error is a connection that broke: there is nobody left to tell.
                _ = connection.as_mut() => return,
                pulled = leash.pulled() => stop = Some(pulled),
            }
        }
    }
}

fn limits() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .max_concurrent_streams(MAX_STREAMS)
        // Twice what is accepted, so that all but the largest heads are refused by `door`, in the documented envelope.
        .max_header_list_size(u32::try_from(2 * MAX_HEAD_BYTES).expect("128 KB"))
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(HELD);
    builder
}
