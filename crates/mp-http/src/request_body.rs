//! Reading a request's body.
//!
//! Owns its limits in size and time. Must never be called before the check has let the request in.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use mp_market::api_error::ApiError;
use mp_market::protocol::{request_too_big, unexpected_end_of_content};
use mp_market::request_body::MAX_BODY_BYTES;
use tokio::time::{Sleep, sleep, timeout};

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

/// A body that breaks off when it takes too long, for readers that know no patience of their own.
pub(crate) struct Patient {
    body: Body,
    patience: Pin<Box<Sleep>>,
}

impl Patient {
    pub(crate) fn new(body: Body, patience: Duration) -> Self {
        Self { body, patience: Box::pin(sleep(patience)) }
    }
}

impl HttpBody for Patient {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        self.patience.as_mut().poll(cx).map(|()| Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
