//! The link of the documentation by which people get a token of an application.
//!
//! Owns when there is one. Must never hold anything secret: the link is made to be passed around.

use mp_domain::client::{Client, GrantType};
use mp_service::Service;

/// `…/authorize?response_type=token&client_id=…`, if the application may be given a token that way and shows it on the
/// server's own page.
pub(super) fn get_token(service: &Service, client: &Client) -> Option<String> {
    let is_implicit = client.profile.grant_types.contains(&GrantType::Implicit);
    let stays_here = client.profile.redirect_uris.first() == Some(&service.verification_code_uri());
    let base = service.public_url().trim_end_matches('/');
    (is_implicit && stays_here)
        .then(|| format!("{base}/authorize?response_type=token&client_id={}", client.id))
}
