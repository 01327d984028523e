//! Envoy's door: `envoy.service.auth.v3.Authorization` over gRPC, and whether it is worth asking (`grpc.health.v1.Health`).
//!
//! Owns the methods and their limits. Must never decide anything, nor answer a question that was read with an error of
//! gRPC: a gateway may be configured to let requests pass when it gets one.

mod answer;
mod description;
mod messages;

use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::post;
use mp_market::api_error::ApiError;
use mp_market::described::{Described, Ruling};
use prost::Message;
use tonic::Status;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;
use tower::service_fn;

use description::{described, header_lines};
use messages::{CheckRequest, HealthCheckRequest, HealthCheckResponse, ServingStatus};

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// How large a question may be, in bytes: the largest head and the largest body that are accepted elsewhere, and room for what
/// Envoy adds. Bodies are not looked at, but a gateway may send them along.
const MAX_QUESTION_BYTES: usize = 1024 * 1024;

/// What decides, given the address of the gateway that asks.
type Judge = Arc<dyn Fn(IpAddr, Result<Described<'_>, ApiError>) -> Ruling + Send + Sync>;
/// What knows whether it can.
type IsReady = Arc<dyn Fn() -> bool + Send + Sync>;

/// The routes of the door. `judge` decides, given the address of the gateway that asks; `is_ready` tells whether it can.
pub fn ext_authz(
    judge: impl Fn(IpAddr, Result<Described<'_>, ApiError>) -> Ruling + Send + Sync + 'static,
    is_ready: impl Fn() -> bool + Send + Sync + 'static,
) -> Router {
    let (judge, is_ready): (Judge, IsReady) = (Arc::new(judge), Arc::new(is_ready));
    Router::new()
        .route(CHECK, post(check).with_state(judge))
        .route(HEALTH, post(health).with_state(is_ready))
        .fallback(async || Status::unimplemented("there is no such method here").into_http::<Body>())
}

async fn check(
    State(judge): State<Judge>,
    ConnectInfo(gateway): ConnectInfo<IpAddr>,
    request: Request,
) -> Response {
    unary(request, move |question: CheckRequest| {
        let lines = header_lines(&question);
        answer::to(judge(gateway, described(&question, &lines)), &lines)
    })
    .await
}

async fn health(State(is_ready): State<IsReady>, request: Request) -> Response {
    unary(request, move |_: HealthCheckRequest| {
        let status = if is_ready() { ServingStatus::Serving } else { ServingStatus::NotServing };
        HealthCheckResponse { status: status.into() }
    })
    .await
}

/// One question, one answer.
async fn unary<Q, A>(request: Request, answer: impl Fn(Q) -> A) -> Response
where
    Q: Message + Default + 'static,
    A: Message + 'static,
{
    let method = service_fn(|question: tonic::Request<Q>| {
        ready(Ok::<_, Status>(tonic::Response::new(answer(question.into_inner()))))
    });
    let mut grpc = Grpc::new(ProstCodec::<A, Q>::default()).max_decoding_message_size(MAX_QUESTION_BYTES);
    grpc.unary(method, request).await.map(Body::new)
}
