//! A connection of HTTP/1 as hyper holds it.
//!
//! Owns reading its requests and its polite end. Must never know a route: what surrounds a request is in `door`.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::select;

use crate::connections::Stop;
use crate::door::Conversation;
use crate::enveloped::Enveloped;
use crate::head::MAX_HEAD_BYTES;
use crate::linger::linger;
use crate::rewound::{Rewound, Transport};

impl Conversation {
    /// Answers every further request, beginning with the bytes in `unread`.
    pub(crate) async fn hold(self, stream: impl Transport, unread: Vec<u8>) {
        let pulse = Arc::clone(&self.leash.pulse);
        let stream = Enveloped::new(Rewound::new(stream, unread), Arc::clone(&self.edge), pulse);
        let (door, mut leash) = self.open_door();
        // The supervision of all connections watches heads and idleness, without a timer for each.
        let mut builder = http1::Builder::new();
        builder.max_buf_size(MAX_HEAD_BYTES).max_header_size(MAX_HEAD_BYTES).header_read_timeout(None);
        let mut connection = builder.serve_connection(TokioIo::new(stream), door);
        if leash.is_draining() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        let ended = loop {
            select! {
                biased;
                ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
                stop = leash.pulled() => match stop {
                    Stop::Expired => return,
                    Stop::Drain => Pin::new(&mut connection).graceful_shutdown(),
                },
            }
        };
        // A server that stops has no time for manners, and an idle caller might never notice.
        if ended.is_ok() && !leash.is_draining() {
            linger(&mut connection.into_parts().io.into_inner()).await;
        }
    }
}
