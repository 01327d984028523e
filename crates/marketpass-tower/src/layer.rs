//! The layer that a service adds to its own router.
//!
//! Owns the way of a request through it: a first look before its body is read, the body, the decision, the service. Must
//! never let a request reach the service that was not judged whole.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, Request, Response, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use mp_domain::operation::Operation;
use mp_market::api_error::ApiError;
use mp_market::names::check_body;
use mp_market::protocol::{request_too_big, unexpected_end_of_content};
use mp_market::request_body::MAX_BODY_BYTES;
use tower::{Layer, Service};

use crate::answer::{Refusal, stamp};
use crate::body::Settling;
use crate::gate::{Admitted, Asked, Gate, is_answered_by_marketpass};

/// How long a body may take, as the seller API grants its callers (market-api §6).
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a service that lets pass what the gate lets pass. The service finds an [`Identity`](crate::Identity) and an
/// [`&'static Operation`](crate::Operation) among a request's extensions, and its body in one piece.
#[derive(Clone)]
pub struct GateLayer {
    gate: Gate,
}

impl GateLayer {
    pub(crate) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> GateService<S> {
        GateService { gate: self.gate.clone(), inner }
    }
}

/// A service behind a gate.
#[derive(Clone)]
pub struct GateService<S> {
    gate: Gate,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for GateService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    R: Body<Data = Bytes> + Unpin,
{
    type Response = Response<Settling<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let gate = self.gate.clone();
        // The one that is ready is used, and a clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            match pass(&gate, head, body).await {
                Err(refusal) => Ok(refusal.into_response().map(Settling::ours)),
                Ok((request, admitted)) => {
                    let mut response = inner.call(request).await?;
                    let deprecation = admitted.operation.deprecation.as_ref();
                    let budget = admitted.told(response.status());
                    stamp(response.headers_mut(), budget, deprecation);
                    Ok(Settling::settle(admitted, response))
                }
            }
        })
    }
}

fn asked<'a>(gate: &Gate, head: &'a Parts) -> Asked<'a> {
    Asked {
        verb: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        from: gate.address(head),
    }
}

async fn pass<B: Body<Data = Bytes> + Send>(
    gate: &Gate,
    mut head: Parts,
    body: B,
) -> Result<(Request<Full<Bytes>>, Admitted), Refusal> {
    let (body, admitted) = {
        let asked = asked(gate, &head);
        let body = if body.is_end_stream() {
            Bytes::new()
        } else {
            let operation = gate.is_worth_reading(&asked).await?;
            match read_checked(operation, asked.headers, body).await {
                Ok(body) => body,
                Err(error) => return Err(gate.with_what_is_left(&asked, error.into()).await),
            }
        };
        let admitted = gate.admit(&asked, &body).await?;
        (body, admitted)
    };
    if admitted.operation.limit.and_then(|limit| limit.cost.response_items()).is_some() {
        // What is packed cannot be counted.
        head.headers.remove(header::ACCEPT_ENCODING);
    }
    head.extensions.insert(admitted.identity.clone());
    head.extensions.insert(admitted.operation);
    Ok((Request::from_parts(head, Full::new(body)), admitted))
}

/// The whole body, if it can be looked into where the operation needs that.
async fn read_checked(
    operation: &Operation,
    headers: &HeaderMap,
    body: impl Body<Data = Bytes>,
) -> Result<Bytes, ApiError> {
    let body = read(body).await?;
    if !is_answered_by_marketpass(operation) {
        check_body(operation, headers, &body)?;
    }
    Ok(body)
}

/// The whole body, if it is small enough and comes in time.
async fn read(body: impl Body<Data = Bytes>) -> Result<Bytes, ApiError> {
    let announced = body.size_hint().lower();
    if announced > MAX_BODY_BYTES as u64 {
        return Err(request_too_big(announced));
    }
    tokio::time::timeout(PATIENCE, collect(body)).await.unwrap_or_else(|_| Err(unexpected_end_of_content()))
}

async fn collect(body: impl Body<Data = Bytes>) -> Result<Bytes, ApiError> {
    let mut body = std::pin::pin!(body);
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| unexpected_end_of_content())?.into_data() else { continue };
        collected.extend_from_slice(&data);
        if collected.len() > MAX_BODY_BYTES {
            return Err(request_too_big(collected.len() as u64));
        }
    }
    Ok(collected.freeze())
}
