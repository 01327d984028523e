//! Callers that speak HTTP/2: one like any other, and one that sends exactly the frames it is told to.

use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A caller like any other.
pub(crate) struct Http2Caller {
    sender: SendRequest<Body>,
    connection: JoinHandle<hyper::Result<()>>,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Http2Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http2Caller {
    /// Knows in advance that the other side speaks HTTP/2.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap()).await
    }

    pub(crate) async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        Self { sender, connection: tokio::spawn(connection) }
    }

    /// A request whose answer is waited for later.
    pub(crate) fn begin(
        &mut self,
        request: Request<Body>,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + use<> {
        self.sender.send_request(request)
    }

    pub(crate) async fn ask(&mut self, request: Request<Body>) -> Http2Answer {
        whole(self.begin(request).await.unwrap()).await
    }

    /// Ends the connection, whatever is under way on it.
    pub(crate) fn cut(self) {
        self.connection.abort();
    }

    /// Waits for the end of the connection.
    pub(crate) async fn ended(self) {
        // However it ended, it did.
        let _ = self.connection.await.unwrap();
    }
}

pub(crate) async fn whole(answer: Response<Incoming>) -> Http2Answer {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Http2Answer { status: head.status.as_u16(), headers: head.headers, body }
}

impl Http2Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that this is the error envelope with that code and message, and the headers of every answer.
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        let envelope =
            format!(r#"{{"status":"ERROR","errors":[{{"code":"{code}","message":"{message}"}}]}}"#);
        assert_eq!((self.status, str::from_utf8(&self.body).unwrap()), (status, envelope.as_str()));
        assert_eq!(self.header("content-type"), Some("application/json"));
        let traceparent = self.header("traceparent").expect("a traceparent on every answer");
        assert!(traceparent.len() == 55 && traceparent.starts_with("00-"), "{traceparent}");
    }
}

/// A request of HTTP/2 with these header lines.
pub(crate) fn request(verb: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Request<Body> {
    let request = Request::builder().method(verb).uri(format!("http://api.example.org{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body)).unwrap()
}

/// A caller that sends exactly the bytes it is told to.
pub(crate) struct FrameCaller(TcpStream);

/// A frame (RFC 9113 §4.1).
#[derive(Debug)]
pub(crate) struct FrameRead {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

impl FrameCaller {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next frame, or nothing where the connection ends.
    pub(crate) async fn frame(&mut self) -> Option<FrameRead> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(FrameRead { kind: head[3], payload })
    }
}
