//! A connection to the upstream: one request at a time, and the head of its answer.
//!
//! Owns saying a request while listening: an answer may come before all of it was heard. Must never be used again after
//! something on it went wrong.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWrite};

use crate::connector::Stream;
use crate::failure::Failure;
use crate::framing::Framing;
use crate::reply::{Beginning, Reply, read};
use crate::request::Printed;

/// How much of an answer's head is read at most, in bytes.
const MAX_HEAD_BYTES: usize = 128 * 1024;
/// How much is read at once at least: a head and a small body.
const READ_BYTES: usize = 8 * 1024;
/// How much is read at once of a larger body.
const LARGE_READ_BYTES: usize = 64 * 1024;

/// An open connection.
pub(crate) struct Connection {
    /// On the heap: with the state of TLS it is large, and the connection moves about.
    stream: Box<TokioIo<Stream>>,
    /// What came and was not looked at yet.
    pub(crate) unread: Vec<u8>,
    /// What of a request was not said when its answer began.
    unsaid: Option<Vec<u8>>,
    /// Whether others were answered on it before.
    pub(crate) is_used: bool,
}

/// An answer whose body is still to come.
pub(crate) struct Answered<T> {
    /// What was made of its head.
    pub(crate) taken: T,
    pub(crate) framing: Framing,
    /// Whether the connection may carry another request once the body is over.
    pub(crate) is_followed: bool,
}

/// Why a request has no answer.
pub(crate) struct Unanswered {
    pub(crate) why: Failure,
    /// Whether the connection, on which others had been answered before, ended without a byte of an answer to this one:
    /// most likely while it lay idle.
    pub(crate) was_left_alone: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream) -> Self {
        let stream = Box::new(TokioIo::new(stream));
        Self { stream, unread: Vec::new(), unsaid: None, is_used: false }
    }

    /// Whether nothing came and nothing ended since the last answer.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let cx = &mut Context::from_waker(Waker::noop());
        self.unread.is_empty() && self.poll_read(cx, 0).is_pending()
    }

    /// Says a request, and makes something of its answer's head with `take`. What is read of the body stays in `unread`.
    pub(crate) async fn ask<T>(
        &mut self,
        request: &Printed,
        take: &mut impl FnMut(&Reply<'_>) -> T,
    ) -> Result<Answered<T>, Unanswered> {
        let mut unsaid = Unsaid { bytes: &request.bytes, is_flushed: false };
        let (mut hears, mut deaf) = (false, None);
        let answered = poll_fn(|cx| {
            // An upstream that stops listening may have answered all the same.
            if let Poll::Ready(Err(error)) = unsaid.poll_say(Pin::new(&mut *self.stream), cx) {
                deaf = Some(error);
            }
            loop {
                let read = ready!(self.poll_read(cx, 0));
                let read = read.and_then(|count| {
                    if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(count) }
                });
                if let Err(error) = read {
                    return Poll::Ready(Err(Failure::Lost(deaf.take().unwrap_or(error))));
                }
                hears = true;
                if let Some(taken) = self.look(request.is_head, take)? {
                    return Poll::Ready(Ok(taken));
                }
            }
        });
        match answered.await {
            Ok(answered) => {
                let is_followed = answered.is_followed && unsaid.is_over();
                // An upstream may begin its answer early and want to hear all of the request nevertheless.
                self.unsaid = (!unsaid.is_over() && deaf.is_none()).then(|| unsaid.bytes.to_vec());
                Ok(Answered { is_followed, ..answered })
            }
            Err(why) => {
                let was_left_alone = self.is_used && !hears && matches!(why, Failure::Lost(_));
                Err(Unanswered { why, was_left_alone })
            }
        }
    }

    /// The answer's head, if all of it has come.
    fn look<T>(
        &mut self,
        to_head: bool,
        take: &mut impl FnMut(&Reply<'_>) -> T,
    ) -> Result<Option<Answered<T>>, Failure> {
        let mut start = 0;
        let answered = loop {
            let rest = &self.unread[start..];
            let answered = |reply: &Reply<'_>| Answered {
                taken: take(reply),
                framing: reply.framing,
                is_followed: reply.is_followed,
            };
            match read(rest, to_head, answered)? {
                Beginning::Partial if rest.len() >= MAX_HEAD_BYTES => {
                    return Err(Failure::Framing("has a head of more than 128 KB"));
                }
                Beginning::Partial => break None,
                Beginning::Hint(length) => start += length,
                Beginning::Head(length, answered) => {
                    start += length;
                    break Some(answered);
                }
            }
        };
        self.unread.drain(..start);
        Ok(answered)
    }

    /// Reads on; `expected` is how much is to come, as far as that is known. Says how much came: nothing at the end.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, expected: u64) -> Poll<io::Result<usize>> {
        self.say_on(cx);
        let wanted = if expected > READ_BYTES as u64 { LARGE_READ_BYTES } else { READ_BYTES };
        if self.unread.capacity() - self.unread.len() < wanted / 2 {
            self.unread.reserve(wanted);
        }
        pin!(self.stream.read_buf(&mut self.unread)).poll(cx)
    }

    /// Goes on with a request whose answer has begun. Nobody has to listen any more.
    fn say_on(&mut self, cx: &mut Context<'_>) {
        let Some(bytes) = &mut self.unsaid else { return };
        let mut unsaid = Unsaid { bytes, is_flushed: false };
        if unsaid.poll_say(Pin::new(&mut *self.stream), cx).is_pending() {
            let said = bytes.len() - unsaid.bytes.len();
            bytes.drain(..said);
        } else {
            self.unsaid = None;
        }
    }

    /// Gives memory back that the next request may not need.
    pub(crate) fn rest(&mut self) {
        self.unread.clear();
        self.unread.shrink_to(READ_BYTES);
        self.is_used = true;
    }
}

/// What of a request was not said yet.
struct Unsaid<'a> {
    bytes: &'a [u8],
    is_flushed: bool,
}

impl Unsaid<'_> {
    fn is_over(&self) -> bool {
        self.bytes.is_empty() && self.is_flushed
    }

    fn poll_say(
        &mut self,
        mut stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let said = ready!(stream.as_mut().poll_write(cx, self.bytes))?;
            if said == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.bytes = &self.bytes[said..];
        }
        if !self.is_flushed {
            ready!(stream.poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper_rustls::MaybeHttpsStream;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::relay::Relay;

    #[tokio::test]
    async fn a_request_is_said_to_its_end_even_where_the_answer_begins_early() {
        const LENGTH: usize = 500 * 1024;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_send_buffer_size(4096).expect("a small buffer");
        let stream = socket.connect(listener.local_addr().expect("an address")).await.expect("a connection");
        let service = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").await.expect("a head");
            stream.read_exact(&mut vec![0; LENGTH]).await.expect("a whole request");
            stream.write_all(b"ok").await.expect("a body");
        };
        let caller = async {
            let mut connection = Connection::new(MaybeHttpsStream::Http(TokioIo::new(stream)));
            let request = Printed { bytes: vec![b'x'; LENGTH], is_head: false, changes_nothing: false };
            let answered = connection.ask(&request, &mut |reply| reply.status).await;
            let Answered { taken, framing, is_followed } = answered.ok().expect("an answer");
            assert_eq!((taken.as_u16(), is_followed), (200, false));
            let mut relay = Relay::new(connection, framing, None, Duration::from_secs(60));
            assert!(poll_fn(|cx| relay.poll_next(cx)).await.expect("the rest of it"));
            assert_eq!(relay.piece(), b"ok");
        };
        tokio::join!(service, caller);
    }
}
