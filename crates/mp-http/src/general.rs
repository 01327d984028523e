//! A connection as hyper and the router hold it.
//!
//! Owns what surrounds every routed answer: the trace, the one `Host` a request has, the documented 500 where a handler
//! panics, and the end of the connection. Must never know a route.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, Version, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use mp_market::protocol::{internal_server_error, malformed_request};
use mp_market::trace_parent::{TRACEPARENT, TRACEPARENT_LENGTH, TraceId, TraceIds};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::select;

use crate::answer::Answer;
use crate::connections::{Leash, Phase, Pulse, Stop};
use crate::edge::{Edge, Origin};
use crate::enveloped::Enveloped;
use crate::head::MAX_HEAD_BYTES;
use crate::header_lines::HeaderLines;
use crate::linger::linger;
use crate::routes::{self, Routes};

/// A body up to this size is taken to be sent when it is handed over: the buffers of a connection hold it.
const AT_HAND: u64 = 64 * 1024;

/// What a connection brings from the front.
pub(crate) struct Conversation {
    pub(crate) edge: Arc<Edge>,
    pub(crate) routes: Routes,
    pub(crate) origin: Origin,
    pub(crate) leash: Leash,
    pub(crate) trace_ids: TraceIds,
}

impl Conversation {
    /// Answers every further request, beginning with the bytes in `unread`.
    pub(crate) async fn hold(mut self, stream: TcpStream, unread: Vec<u8>) {
        let (reader, writer) = stream.into_split();
        let reader =
            Watched { inner: Cursor::new(unread).chain(reader), pulse: Arc::clone(&self.leash.pulse) };
        let io = TokioIo::new(tokio::io::join(reader, Enveloped::new(writer, self.edge)));
        let door = Door {
            routes: self.routes,
            origin: self.origin,
            trace_ids: Mutex::new(self.trace_ids),
            pulse: Arc::clone(&self.leash.pulse),
        };
        // The supervision of all connections watches heads and idleness, without a timer for each.
        let mut builder = http1::Builder::new();
        builder.max_buf_size(MAX_HEAD_BYTES).max_header_size(MAX_HEAD_BYTES).header_read_timeout(None);
        let mut connection = builder.serve_connection(io, door);
        if self.leash.is_draining() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        let ended = loop {
            select! {
                biased;
                ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
                stop = self.leash.pulled() => match stop {
                    Stop::Expired => return,
                    Stop::Drain => Pin::new(&mut connection).graceful_shutdown(),
                },
            }
        };
        // A server that stops has no time for manners, and an idle caller might never notice.
        if ended.is_ok() && !self.leash.is_draining() {
            let (mut reader, mut writer) = connection.into_parts().io.into_inner().into_inner();
            linger(&mut reader, &mut writer).await;
        }
    }
}

/// What hyper calls for each request.
struct Door {
    routes: Routes,
    origin: Origin,
    trace_ids: Mutex<TraceIds>,
    pulse: Arc<Pulse>,
}

impl Service<Request<Incoming>> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.pulse.begin(Phase::Busy);
        let traceparent = self.traceparent(routes::trace(request.headers()));
        let mut request = request.map(Body::new);
        request.headers_mut().insert(TRACEPARENT, traceparent.clone());
        let (routes, origin) = (self.routes.clone(), self.origin);
        let busy = Busy(Arc::clone(&self.pulse));
        Box::pin(async move {
            let mut response = match problem_of_host(&request) {
                None => guarded(routes.call(origin, request)).await,
                Some(problem) => last_refusal(problem),
            };
            response.headers_mut().insert(TRACEPARENT, traceparent);
            Ok(busy.until_the_end_of(response))
        })
    }
}

impl Door {
    fn traceparent(&self, caller: Option<TraceId>) -> HeaderValue {
        let mut value = Vec::with_capacity(TRACEPARENT_LENGTH);
        self.trace_ids.lock().write(&mut value, caller);
        HeaderValue::try_from(value).expect("hexadecimal digits and dashes are visible ASCII")
    }
}

/// A connection whose request is being answered. It waits for the next one when this is dropped.
struct Busy(Arc<Pulse>);

impl Busy {
    /// Busy for as long as the body comes from elsewhere; what is here already is as good as sent.
    fn until_the_end_of(self, response: Response) -> Response {
        if response.body().size_hint().exact().is_some_and(|length| length <= AT_HAND) {
            return response;
        }
        response.map(|body| Body::new(Accompanied { body, _busy: self }))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.begin(Phase::Idle);
    }
}

struct Accompanied {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Accompanied {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is wrong with the `Host` of a request: none has two, and only before HTTP/1.1 may there be none (RFC 9112 §3.2).
fn problem_of_host(request: &Request<Body>) -> Option<&'static str> {
    match request.headers().lines(header::HOST.as_str()).count() {
        0 if request.version() == Version::HTTP_11 => Some("The request has no Host header"),
        0 | 1 => None,
        _ => Some("The request has more than one Host header"),
    }
}

/// The documented 400, after which nothing is read.
fn last_refusal(problem: &str) -> Response {
    let mut response = Answer::error(&malformed_request(problem)).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What a handler answers, or the documented 500 if it panics.
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(_) => Poll::Ready(Answer::error(&internal_server_error()).into_response()),
    })
    .await
}

/// A reader that shows on the pulse when a request begins to arrive.
struct Watched<R> {
    inner: R,
    pulse: Arc<Pulse>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Watched<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut this.inner).poll_read(cx, buf));
        if buf.filled().len() > before {
            this.pulse.bytes_came();
        }
        Poll::Ready(read)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_handler_that_panics_answers_500() {
        let broken = async { panic!("on purpose") };
        let Poll::Ready(response) = pin!(guarded(broken)).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("answered at once")
        };
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}
