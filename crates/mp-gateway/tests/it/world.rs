//! A gate that admits everybody, and upstreams behind it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use http::HeaderValue;
use mp_gateway::{Patience, UpstreamParts, upstream};
use mp_market::forwarded::Forwarded;
use mp_market::passport::Passport;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::wire::{Answer, Caller};

/// A gate in front of an upstream.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
}

pub(crate) fn parts(url: &str) -> UpstreamParts {
    UpstreamParts {
        url: url.parse().unwrap(),
        authorities: None,
        preserve_host: false,
        patience: Patience::default(),
    }
}

/// Patience that no test has to wait for.
pub(crate) fn impatient(parts: UpstreamParts) -> UpstreamParts {
    let short = Duration::from_millis(100);
    UpstreamParts { patience: Patience { connect: short, head: short, body: short }, ..parts }
}

pub(crate) async fn gate(parts: UpstreamParts) -> Gate {
    Gate {
        address: serve(Router::new().fallback_service(upstream(parts).unwrap()).layer(map_request(admit)))
            .await,
    }
}

/// A gate before this service, reached over HTTP.
pub(crate) async fn gate_before(service: Router) -> Gate {
    gate(parts(&format!("http://{}", serve(service).await))).await
}

/// A gate before a server that answers each connection with these bytes once a request has begun.
pub(crate) async fn gate_before_bytes(bytes: &'static str) -> Gate {
    let upstream = RawUpstream::listen().await;
    let gate = gate(upstream.parts()).await;
    tokio::spawn(async move {
        loop {
            let mut connection = upstream.accept().await;
            tokio::spawn(async move {
                connection.head().await;
                connection.send(bytes).await;
            });
        }
    });
    gate
}

pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    address
}

pub(crate) async fn admit(mut request: Request) -> Request {
    if request.headers().contains_key("x-test-unadmitted") {
        return request;
    }
    request.extensions_mut().insert(Passport {
        subject: HeaderValue::from_static("key:7"),
        business: HeaderValue::from_static("12345"),
        campaigns: HeaderValue::from_static("*"),
        scope: HeaderValue::from_static("pricing"),
        operation: HeaderValue::from_static("getPrices"),
    });
    request.extensions_mut().insert(Forwarded {
        client: "192.0.2.7".parse().unwrap(),
        is_encrypted: true,
        host: Some("api.example.org".parse().unwrap()),
    });
    request
}

impl Gate {
    pub(crate) async fn caller(&self) -> Caller {
        Caller::connect(self.address).await
    }

    /// The answer to one request on a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        self.caller().await.ask(request).await
    }
}

/// An upstream that does what the test says with every connection.
pub(crate) struct RawUpstream(TcpListener);

impl RawUpstream {
    pub(crate) async fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn parts(&self) -> UpstreamParts {
        parts(&format!("http://{}", self.0.local_addr().unwrap()))
    }

    /// The next connection, from the server's side. What it reads as a head is a request's.
    pub(crate) async fn accept(&self) -> Caller {
        let (stream, _): (TcpStream, _) = self.0.accept().await.unwrap();
        Caller { stream, unread: Vec::new() }
    }
}

/// A request with these header lines, each ending in a line break.
pub(crate) fn request(verb: &str, path: &str, headers: &str) -> String {
    format!("{verb} {path} HTTP/1.1\r\nHost: api.example.org\r\n{headers}\r\n")
}

pub(crate) fn get(path: &str) -> String {
    request("GET", path, "")
}

/// Tells the test when it is dropped.
pub(crate) struct Farewell(Option<mpsc::UnboundedSender<()>>);

impl Farewell {
    pub(crate) fn to(sender: mpsc::UnboundedSender<()>) -> Self {
        Self(Some(sender))
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let _ = self.0.take().unwrap().send(());
    }
}
