//! The operations listener: `/healthz`, `/readyz`, `/metrics` (product.md §2).
//!
//! Owns what an operator's machines are told. Must never be reachable through the other listeners.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use mp_service::{Health, Node};
use serde_json::json;

use crate::metrics::{CheckMetrics, Exposition};

/// What the routes speak about.
pub(crate) struct Operations {
    node: Arc<Node>,
    exposition: Exposition,
    /// Whether the server stops: it answers still, and wants no new work.
    is_draining: AtomicBool,
}

impl Operations {
    pub(crate) fn new(node: Arc<Node>, checks: Arc<CheckMetrics>) -> Self {
        let exposition = Exposition::new(Arc::clone(&node), checks);
        Self { node, exposition, is_draining: AtomicBool::new(false) }
    }

    pub(crate) fn begin_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Why no work should be sent here; empty if there is no reason.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut reasons = match self.node.health() {
            Health::Ready => Vec::new(),
            Health::NotReady(reasons) => reasons,
        };
        if self.is_draining.load(Ordering::Relaxed) {
            reasons.push("the server is stopping".to_owned());
        }
        reasons
    }
}

/// The routes.
pub(crate) fn routes(operations: Arc<Operations>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics))
        .with_state(operations)
}

async fn readiness(State(operations): State<Arc<Operations>>) -> Response {
    let reasons = operations.troubles();
    let is_ready = reasons.is_empty();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": is_ready, "reasons": reasons}))).into_response()
}

async fn metrics(State(operations): State<Arc<Operations>>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], operations.exposition.text()).into_response()
}
