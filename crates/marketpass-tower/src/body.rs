//! An answer's body on its way to the caller: items are counted, and the slot is held until it ends.
//!
//! Owns what remains to be done when the service has answered. Must never hold an answer back to measure it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response, header};
use http_body::{Body, Frame, SizeHint};
use mp_market::scan::ResponseMeter;

use crate::gate::Admitted;
use crate::lent::Slot;
use crate::loans::Spent;
use crate::shared::Shared;

/// The body of an answer: the service's own, or a refusal.
pub struct Settling<B>(Inner<B>);

enum Inner<B> {
    /// What the layer says in the service's place.
    Ours(Option<Bytes>),
    Theirs {
        body: B,
        meter: Option<Box<Meter>>,
        /// Free again when this is dropped.
        _slot: Option<Slot>,
    },
}

/// Counts the items that pass and charges them when no more come, or nobody reads on.
struct Meter {
    shared: Arc<Shared>,
    spent: Spent,
    reading: Option<ResponseMeter>,
}

impl Drop for Meter {
    fn drop(&mut self) {
        let Some(reading) = self.reading.take() else { return };
        let points = u32::try_from(reading.finish().items).unwrap_or(u32::MAX);
        if let Some(frame) = self.shared.loans.charge_afterwards(self.spent, points) {
            // A stream that is down takes no charge: the server has charged what was lent.
            self.shared.say(frame);
        }
    }
}

impl<B> Settling<B> {
    pub(crate) fn ours(body: Bytes) -> Self {
        Self(Inner::Ours(Some(body)))
    }

    /// Settles an answer: its body does the rest on its way.
    pub(crate) fn settle(mut admitted: Admitted, response: Response<B>) -> Response<Self> {
        if response.status().is_server_error() {
            // Product.md §3.7: what fails costs nothing.
            admitted.give_back();
        }
        let counted = admitted.operation.limit.and_then(|limit| limit.cost.response_items());
        let measured = admitted.spent.zip(counted).filter(|_| is_readable(response.headers()));
        let meter = measured.map(|(spent, path)| {
            let reading = Some(ResponseMeter::new(path));
            Box::new(Meter { shared: Arc::clone(&admitted.shared), spent, reading })
        });
        let slot = admitted.slot;
        response.map(|body| Self(Inner::Theirs { body, meter, _slot: slot }))
    }
}

/// What is packed cannot be counted: compress outside the layer.
fn is_readable(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|value| value == "identity")
}

impl<B: Body<Data = Bytes> + Unpin> Body for Settling<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let (body, meter) = match &mut self.0 {
            Inner::Ours(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Theirs { body, meter, .. } => (body, meter),
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                let reading = meter.as_mut().and_then(|meter| meter.reading.as_mut());
                if let Some((reading, data)) = reading.zip(frame.data_ref()) {
                    reading.feed(data);
                }
            }
            // The end, or a break: what passed is charged before the caller can ask again.
            None | Some(Err(_)) => *meter = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Ours(bytes) => bytes.is_none(),
            Inner::Theirs { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Ours(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Inner::Theirs { body, .. } => body.size_hint(),
        }
    }
}
