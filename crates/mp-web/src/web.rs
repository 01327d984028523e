//! What all pages share.
//!
//! Owns the way from the parts the binary brings to what a page needs. Must never change after the start.

use std::sync::Arc;

use mp_domain::entropy::Entropy;
use mp_domain::time::{Clock, Timestamp};
use mp_service::Service;

use crate::WebParts;
use crate::cookies::CookieNames;
use crate::public_origin::PublicOrigin;

/// What all pages share. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) service: Service,
    pub(crate) origin: Arc<PublicOrigin>,
    pub(crate) cookies: CookieNames,
    pub(crate) entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
}

impl Web {
    pub(crate) fn new(parts: WebParts) -> Self {
        let origin = PublicOrigin::of(parts.service.public_url());
        Self {
            service: parts.service,
            cookies: CookieNames::under(&origin),
            origin: Arc::new(origin),
            entropy: parts.entropy,
            clock: parts.clock,
        }
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
