//! What remains to be done when the upstream answers: points given back or charged, the slot freed.
//!
//! Owns the answer's body on its way to the caller. The slot is free again when that body is dropped, and so it is with an
//! answer that ends, breaks off or loses its caller. Must never hold a response back to measure it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::{HeaderMap, header};
use hyper::body::{Frame, SizeHint};
use mp_domain::field_path::FieldPath;
use mp_domain::operation::{Cost, Operation};
use mp_market::scan::ResponseMeter;
use mp_service::{Charge, Enforcer, Slot};

/// What a caller who was let in owes and holds.
pub(crate) struct Settlement {
    pub(crate) enforcer: Arc<Enforcer>,
    pub(crate) operation: &'static Operation,
    pub(crate) charge: Option<Charge>,
    pub(crate) slot: Option<Slot>,
}

impl Settlement {
    /// Settles an answer: its body does the rest on its way.
    pub(crate) fn settle(self, response: Response) -> Response {
        let Self { enforcer, operation, charge, slot } = self;
        if response.status().is_server_error() {
            // Product.md §3.7: what fails upstream costs nothing.
            if let Some(charge) = charge {
                enforcer.give_back(charge);
            }
            return response.map(|body| Body::new(Settling { body, meter: None, _slot: slot }));
        }
        let measured = charge.zip(counted(operation)).filter(|_| is_readable(response.headers()));
        let meter = measured.map(|(charge, path)| Meter {
            enforcer,
            charge,
            reading: Some(ResponseMeter::new(path)),
        });
        response.map(|body| Body::new(Settling { body, meter, _slot: slot }))
    }

    /// Takes everything back: nothing was asked of the upstream.
    pub(crate) fn undo(self) {
        if let Some(charge) = self.charge {
            self.enforcer.give_back(charge);
        }
    }
}

fn counted(operation: &Operation) -> Option<FieldPath> {
    match operation.limit?.cost {
        Cost::ResponseItems(path) => Some(path),
        Cost::Request | Cost::RequestItems(_) => None,
    }
}

/// What is packed cannot be counted. The upstream was asked not to pack it.
fn is_readable(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|value| value == "identity")
}

struct Settling {
    body: Body,
    meter: Option<Meter>,
    /// Free again when this is dropped.
    _slot: Option<Slot>,
}

/// Counts the items that pass and charges them when no more come, or nobody reads on.
struct Meter {
    enforcer: Arc<Enforcer>,
    charge: Charge,
    reading: Option<ResponseMeter>,
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(reading) = self.reading.take() {
            let points = u32::try_from(reading.finish().items).unwrap_or(u32::MAX);
            self.enforcer.charge_afterwards(self.charge, points);
        }
    }
}

impl HttpBody for Settling {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match (&frame, &mut self.meter) {
            (Some(Ok(frame)), Some(Meter { reading: Some(reading), .. })) => {
                if let Some(data) = frame.data_ref() {
                    reading.feed(data);
                }
            }
            (Some(Ok(_)), _) => {}
            // The end, or a break: what passed is charged before the caller can ask again.
            (None | Some(Err(_)), _) => self.meter = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
