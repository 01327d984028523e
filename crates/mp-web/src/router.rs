//! Every path of the pages.
//!
//! Owns the list. A path that is not here is 404; which of them need nobody to be signed in is known to a test.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};

use crate::errors::PageError;
use crate::fields::LARGEST_FORM;
use crate::pages::{account, applications, authorize, cabinet, keys, refusals, verification_code};
use crate::web::Web;
use crate::{assets, pages, visit};

type Route = (&'static str, fn() -> MethodRouter<Web>);

/// Larger than any form that a person fills in; what uploads a picture says so.
const MAX_FORM: usize = 64 * 1024;

const ROUTES: &[Route] = &[
    ("/assets/{file}", || get(assets::serve)),
    ("/language", || post(pages::language::choose)),
    ("/login", || get(pages::sign_in::form).post(pages::sign_in::sign_in)),
    ("/login/otp", || get(pages::second_factor::form).post(pages::second_factor::answer)),
    ("/login/otp/passkey", || post(pages::second_factor::answer_passkey)),
    ("/login/otp/passkey/begin", || post(pages::second_factor::begin_passkey)),
    ("/logout", || get(pages::sign_out::form).post(pages::sign_out::sign_out)),
    ("/account", || get(account::profile::page)),
    ("/account/verification", || post(account::profile::send_verification)),
    ("/account/email", || get(account::email::form).post(account::email::begin)),
    ("/account/security", || get(account::security::page)),
    ("/account/security/password", || get(account::password::form).post(account::password::change)),
    ("/account/security/totp", || get(account::totp::form).post(account::totp::confirm)),
    ("/account/security/totp/off", || get(account::totp::off_form).post(account::totp::switch_off)),
    ("/account/security/backup-codes", || {
        get(account::backup_codes::form).post(account::backup_codes::renew)
    }),
    ("/account/security/passkeys/new", || get(account::passkeys::form).post(account::passkeys::add)),
    ("/account/security/passkeys/new/begin", || post(account::passkeys::begin)),
    ("/account/security/passkeys/{id}", || {
        get(account::passkeys::removal_form).post(account::passkeys::remove)
    }),
    ("/account/sessions", || get(account::sessions::page)),
    ("/account/sessions/{id}", || post(account::sessions::end)),
    ("/account/applications", || get(account::applications::page)),
    ("/account/applications/{client_id}", || {
        get(account::applications::withdrawal_form).post(account::applications::withdraw)
    }),
    ("/account/refusals", || get(refusals::of_account)),
    ("/account/sign-out-everywhere", || get(account::everywhere::form).post(account::everywhere::sign_out)),
    ("/account/confirm", || get(pages::confirm::form).post(pages::confirm::confirm)),
    ("/account/confirm/passkey", || post(pages::confirm::confirm_by_passkey)),
    ("/account/confirm/passkey/begin", || post(pages::confirm::begin_passkey)),
    ("/account/sign-up", || get(pages::sign_up::form).post(pages::sign_up::sign_up)),
    ("/account/recover", || get(pages::recovery::form).post(pages::recovery::begin)),
    ("/account/recover/{token}", || get(pages::recovery::password_form).post(pages::recovery::recover)),
    ("/account/verify/{token}", || get(pages::verification::form).post(pages::verification::verify)),
    ("/", || get(applications::list)),
    ("/client/new", || get(applications::new_id)),
    ("/client/new/id", || {
        get(applications::new_id).post(applications::create_id).layer(DefaultBodyLimit::max(LARGEST_FORM))
    }),
    ("/client/new/api", || get(applications::new_api).post(applications::create_api)),
    ("/client/{client_id}", || get(applications::one)),
    ("/client/{client_id}/icon", || get(applications::icon)),
    ("/client/{client_id}/edit", || {
        get(applications::edit).post(applications::save).layer(DefaultBodyLimit::max(LARGEST_FORM))
    }),
    ("/client/{client_id}/secret", || get(applications::ask_renewal).post(applications::renew)),
    ("/client/{client_id}/delete", || get(applications::confirm_deletion).post(applications::delete)),
    ("/authorize", || get(authorize::ask).post(authorize::decide)),
    ("/verification_code", || get(verification_code::page)),
    ("/cabinet", || get(cabinet::list)),
    ("/cabinet/{business_id}/refusals", || get(refusals::of_cabinet)),
    ("/cabinet/{business_id}/keys", || get(keys::list)),
    ("/cabinet/{business_id}/keys/new", || get(keys::new).post(keys::create)),
    ("/cabinet/{business_id}/keys/{key_id}/edit", || get(keys::edit).post(keys::save)),
    ("/cabinet/{business_id}/keys/{key_id}/rotate", || get(keys::ask_rotation).post(keys::rotate)),
    ("/cabinet/{business_id}/keys/{key_id}/pause", || post(keys::pause)),
    ("/cabinet/{business_id}/keys/{key_id}/resume", || post(keys::resume)),
    ("/cabinet/{business_id}/keys/{key_id}/delete", || get(keys::confirm_deletion).post(keys::delete)),
];

/// The paths of all pages, with `{…}` where an id stands: whoever tests that each of them asks who is there needs them
/// all.
pub fn paths() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|(path, _)| *path)
}

pub(crate) fn router(web: Web) -> Router {
    let router = ROUTES.iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods()));
    let router = router.route_layer(middleware::from_fn(visit::refuse_foreign_forms));
    let router = router.fallback(not_found).layer(DefaultBodyLimit::max(MAX_FORM));
    router.layer(middleware::from_fn_with_state(web.clone(), visit::attend)).with_state(web)
}

async fn not_found() -> PageError {
    PageError::NotFound
}
