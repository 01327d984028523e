//! The upstream of a demonstration: answers every operation with a body of the documented shape.
//!
//! Owns what a request may ask of it (`X-Stub-…`) and the errors that were forced on it. Must never see a request that
//! the gate has not let through, nor remember one.

mod asked;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use mp_catalog::{Answer, Shapes, Wish};
use mp_domain::catalog::Catalog;
use mp_domain::operation::Operation;
use mp_domain::time::Clock;
use mp_market::CONTENT_TYPE;
use mp_market::api_error::ApiError;
use mp_market::passport::Passport;
use parking_lot::Mutex;

use self::asked::Asked;
use super::clock::DemoClock;

/// Errors that operations answer with: which, and how many times more.
#[derive(Debug, Default)]
pub(super) struct Forced(Mutex<HashMap<&'static str, (StatusCode, u32)>>);

impl Forced {
    /// Lets the next calls of an operation fail. None undoes it.
    pub(super) fn set(&self, operation: &Operation, status: StatusCode, times: u32) {
        let mut forced = self.0.lock();
        if times == 0 {
            forced.remove(operation.id);
        } else {
            forced.insert(operation.id, (status, times));
        }
    }

    /// Lets nothing fail any more.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }

    fn take(&self, operation: &Operation) -> Option<StatusCode> {
        let mut forced = self.0.lock();
        let (status, left) = forced.get_mut(operation.id)?;
        let status = *status;
        *left -= 1;
        if *left == 0 {
            forced.remove(operation.id);
        }
        Some(status)
    }
}

#[derive(Clone)]
struct Stub {
    forced: Arc<Forced>,
    clock: Arc<DemoClock>,
}

/// The upstream, as the gate calls it.
pub(super) fn upstream(forced: Arc<Forced>, clock: Arc<DemoClock>) -> Router {
    let stub = Stub { forced, clock };
    Router::new().fallback(answer).layer(map_response(unsniffed)).with_state(stub)
}

/// As the gate marks what a real upstream answers: the answers of this one do not go over its connections.
async fn unsniffed(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn answer(State(stub): State<Stub>, Extension(passport): Extension<Passport>, head: Parts) -> Response {
    let id = passport.operation.to_str().unwrap_or_default();
    let Some(operation) = Catalog::market().find(id) else {
        return error(StatusCode::NOT_FOUND, format!("The stub knows no operation '{id}'"));
    };
    let asked = match Asked::read(&head.headers) {
        Ok(asked) => asked,
        Err(problem) => return error(StatusCode::BAD_REQUEST, problem),
    };
    tokio::time::sleep(asked.delay).await;
    if let Some(status) = stub.forced.take(operation).or(asked.status) {
        return error(status, format!("The stub was asked for {status}"));
    }
    stub.example(operation, head.uri.path(), &passport, asked.items)
}

impl Stub {
    fn example(&self, operation: &Operation, path: &str, passport: &Passport, items: usize) -> Response {
        let shapes = Shapes::market();
        match shapes.answer(operation.id) {
            Some(Answer::Json(shape)) => {
                let mut echoed = parameters(operation.template, path);
                echoed.extend(passport.business.to_str().ok().map(|business| ("businessId", business)));
                let wish = Wish { now: self.clock.now(), items, echoed: &echoed };
                typed(CONTENT_TYPE, shapes.example(shape, &wish))
            }
            Some(Answer::File(types)) => {
                let known = types.iter().find_map(|media| Some((&**media, file(media)?)));
                known.map_or_else(|| StatusCode::OK.into_response(), |(media, body)| typed(media, body))
            }
            Some(Answer::Nothing) | None => StatusCode::OK.into_response(),
        }
    }
}

/// The parameters of a path with what stands in their places. Versions and suffixes are neither.
fn parameters<'p>(template: &'p str, path: &'p str) -> Vec<(&'p str, &'p str)> {
    let path = path.strip_suffix(".json").unwrap_or(path);
    let pairs = template.rsplit('/').zip(path.rsplit('/'));
    pairs.filter_map(|(part, value)| Some((part.strip_prefix('{')?.strip_suffix('}')?, value))).collect()
}

/// A small file of a type, with as little in it as there may be.
fn file(media_type: &str) -> Option<&'static [u8]> {
    match media_type {
        "application/pdf" => Some(include_bytes!("file.pdf")),
        "application/vnd.ms-excel" => Some(include_bytes!("file.xls")),
        "image/png" => Some(include_bytes!("file.png")),
        _ => None,
    }
}

fn typed(media_type: &str, body: impl Into<Body>) -> Response {
    let media_type = HeaderValue::from_str(media_type).expect("media types are visible ASCII");
    ([(header::CONTENT_TYPE, media_type)], body.into()).into_response()
}

/// An error as the seller API spells it.
fn error(status: StatusCode, message: String) -> Response {
    let code = match status.as_u16() {
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        423 => "LOCKED",
        503 => "SERVICE_UNAVAILABLE",
        500..=599 => "INTERNAL_SERVER_ERROR",
        _ => "METHOD_FAILURE",
    };
    let mut body = Vec::new();
    ApiError { status, code, message: message.into() }.write_body(&mut body);
    (status, typed(CONTENT_TYPE, body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_in_every_spelling_of_a_path() {
        let template = "/v2/campaigns/{campaignId}/orders/{orderId}";
        for path in ["/v2/campaigns/7/orders/8", "/campaigns/7/orders/8", "/v2/campaigns/7/orders/8.json"] {
            assert_eq!(parameters(template, path), [("orderId", "8"), ("campaignId", "7")]);
        }
    }

    #[test]
    fn there_is_a_file_for_every_type_that_an_operation_answers_with() {
        for (operation, answer) in Shapes::market().answers() {
            if let Answer::File(types) = answer {
                assert!(types.iter().any(|media| file(media).is_some()), "{operation}");
            }
        }
    }
}
