//! The pages: what people see of marketpass in a browser.
//!
//! Owns HTML, texts in each language, cookies, and the defence of forms. Must never reach the database, know the seller
//! API, or decide who may do what beyond asking `mp-service`.
//!
//! Every request passes `visit`, which learns who is there and in which language, refuses forms of other sites (`csrf`),
//! and dresses what comes back: security headers, and a page for every error. Who may see a page stands in the
//! signature of its handler (`session`); every path stands in `router`.

mod accesses;
mod assets;
mod components;
mod cookies;
mod csrf;
mod errors;
mod fields;
mod headers;
mod next_path;
mod owners;
mod pages;
mod public_origin;
mod rights;
mod router;
mod session;
mod texts;
mod visit;
mod web;

use std::sync::Arc;

use mp_domain::entropy::Entropy;
use mp_domain::time::Clock;
use mp_service::Service;

pub use router::paths;

/// What the binary brings.
pub struct WebParts {
    /// The use cases. Their public URL decides about cookies and whose forms are ours.
    pub service: Service,
    /// For "five minutes ago".
    pub clock: Arc<dyn Clock>,
    /// For the cookie of people who have not signed in.
    pub entropy: Arc<dyn Entropy>,
}

/// Every page, as a router that a listener passes requests on to. It reads the caller's address from the extension
/// [`mp_service::CallerAddress`].
pub fn pages(parts: WebParts) -> axum::Router {
    router::router(web::Web::new(parts))
}
