//! Every path of the pages.
//!
//! Owns the list. A path that is not here is 404; which of them need nobody to be signed in is known to a test.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};

use crate::errors::PageError;
use crate::web::Web;
use crate::{assets, pages, visit};

type Route = (&'static str, fn() -> MethodRouter<Web>);

/// Larger than any form that a person fills in; what uploads a picture says so.
const MAX_FORM: usize = 64 * 1024;

const ROUTES: &[Route] =
    &[("/assets/{file}", || get(assets::serve)), ("/language", || post(pages::language::choose))];

/// The paths of all pages, with `{…}` where an id stands: whoever tests that each of them asks who is there needs them
/// all.
pub fn paths() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|(path, _)| *path)
}

pub(crate) fn router(web: Web) -> Router {
    let router = ROUTES.iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods()));
    let router = router.fallback(not_found).layer(DefaultBodyLimit::max(MAX_FORM));
    router.layer(middleware::from_fn_with_state(web.clone(), visit::attend)).with_state(web)
}

async fn not_found() -> PageError {
    PageError::NotFound
}
