//! What remains to be done when the upstream answers: points given back or charged, the slot freed.
//!
//! Owns the answer's body on its way to the caller. The slot is free again when that body is dropped, and so it is with an
//! answer that ends, breaks off or loses its caller. Must never hold a response back to measure it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use hyper::body::{Frame, SizeHint};
use mp_domain::operation::Operation;
use mp_domain::window::Budget;
use mp_market::api_error::ApiError;
use mp_market::rate_headers;
use mp_market::scan::ResponseMeter;
use mp_service::shadow::ShadowCharge;
use mp_service::{Bill, Charge, Enforcer, Slot};

use crate::answer::Answer;

/// What a caller who was let in owes and holds.
pub(crate) struct Settlement {
    pub(crate) enforcer: Arc<Enforcer>,
    pub(crate) operation: &'static Operation,
    pub(crate) bill: Bill,
    /// In force, and on trial.
    pub(crate) slots: [Option<Slot>; 2],
}

impl Settlement {
    /// What a caller is told with this status.
    pub(crate) fn told(&self, status: StatusCode) -> Option<Budget> {
        told(&self.bill, status)
    }

    /// Settles an answer: its body does the rest on its way.
    pub(crate) fn settle(self, response: Response) -> Response {
        let running = self.begin(response.status(), is_readable(response.headers()));
        response.map(|body| Body::new(Settling { body, running }))
    }

    /// Settles what is known when an answer begins. What is packed cannot be counted; the upstream was asked not to pack it.
    pub(crate) fn begin(self, status: StatusCode, is_readable: bool) -> Running {
        let Self { enforcer, operation, bill, slots } = self;
        let mut meters = [None, None];
        if status.is_server_error() {
            // Product.md §3.7: what fails upstream costs nothing.
            enforcer.give_all_back(bill);
        } else if is_readable {
            meters = [Meter::in_force(enforcer, operation, bill.in_force), Meter::on_trial(bill.on_trial)];
        }
        Running { meters, _slots: slots }
    }

    /// The answer where there is none of the upstream's. It costs nothing.
    pub(crate) fn unanswered(self, error: &ApiError) -> Answer {
        let (budget, deprecation) = (self.told(error.status), self.operation.deprecation.as_ref());
        self.enforcer.give_all_back(self.bill);
        Answer { budget, deprecation, ..Answer::error(error) }
    }
}

/// What a caller who was let in is told of what is left, with an answer of this status.
pub(crate) fn told(bill: &Bill, status: StatusCode) -> Option<Budget> {
    let charge = bill.in_force.as_ref()?;
    rate_headers::told(charge.budget(), charge.points(), status)
}

fn is_readable(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|value| value == "identity")
}

/// An answer under way. Dropped, it charges what passed and frees the slots.
pub(crate) struct Running {
    /// By the rules in force, and by those on trial.
    meters: [Option<Meter>; 2],
    _slots: [Option<Slot>; 2],
}

impl Running {
    /// Counts a piece of the answer's body.
    pub(crate) fn feed(&mut self, data: &[u8]) {
        self.meters.iter_mut().flatten().for_each(|meter| meter.feed(data));
    }

    /// Charges what passed: no more comes, or nobody reads on.
    fn charge(&mut self) {
        self.meters = [None, None];
    }
}

struct Settling {
    body: Body,
    running: Running,
}

/// Counts the items that pass and charges them when no more come, or nobody reads on.
struct Meter(Option<(ResponseMeter, Debt)>);

/// What is charged for them.
enum Debt {
    InForce(Arc<Enforcer>, Charge),
    OnTrial(ShadowCharge),
}

impl Meter {
    fn in_force(enforcer: Arc<Enforcer>, operation: &Operation, charge: Option<Charge>) -> Option<Self> {
        let path = operation.limit?.cost.response_items()?;
        Some(Self(Some((ResponseMeter::new(path), Debt::InForce(enforcer, charge?)))))
    }

    fn on_trial(charge: Option<ShadowCharge>) -> Option<Self> {
        let charge = charge?;
        Some(Self(Some((ResponseMeter::new(charge.counted()?), Debt::OnTrial(charge)))))
    }

    fn feed(&mut self, data: &[u8]) {
        if let Some((reading, _)) = &mut self.0 {
            reading.feed(data);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let Some((reading, debt)) = self.0.take() else { return };
        let points = u32::try_from(reading.finish().items).unwrap_or(u32::MAX);
        match debt {
            Debt::InForce(enforcer, charge) => enforcer.charge_afterwards(charge, points),
            Debt::OnTrial(charge) => charge.charge_afterwards(points),
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
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.running.feed(data);
                }
            }
            // The end, or a break: what passed is charged before the caller can ask again.
            None | Some(Err(_)) => self.running.charge(),
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
