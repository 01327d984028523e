//! Reading a request's body.
//!
//! Owns its limits in size and time. Must never be called before the check has let the request in.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use mp_market::api_error::ApiError;
use mp_market::protocol::{request_too_big, unexpected_end_of_content};
use mp_market::request_body::MAX_BODY_BYTES;
use tokio::time::timeout;

/// The whole body, if it is small enough and comes within `patience`.
pub(crate) async fn read_body(body: Body, patience: Duration) -> Result<Vec<u8>, ApiError> {
    let announced = body.size_hint().lower();
    if announced > MAX_BODY_BYTES as u64 {
        return Err(request_too_big(announced));
    }
    match timeout(patience, collect(body)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(unexpected_end_of_content()),
    }
}

async fn collect(mut body: Body) -> Result<Vec<u8>, ApiError> {
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| unexpected_end_of_content())?.into_data() else { continue };
        collected.extend_from_slice(&data);
        if collected.len() > MAX_BODY_BYTES {
            return Err(request_too_big(collected.len() as u64));
        }
    }
    Ok(collected)
}
