//! Checks of what TLS is spoken with, where it is.
//!
//! Owns trying each pair of files as the server would. Must never show a key.

use super::Finding;
use crate::config::Config;
use crate::failure::Failure;
use crate::server::{tls, upstream};

const ADVICE: &str = "`serve` refuses to start with it";

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let (http, api, gateway) = (&config.http, &config.api, &config.gateway);
    [
        found("people's certificate", tls(&http.tls_certificate, &http.tls_key)),
        found("seller API's certificate", tls(&api.tls_certificate, &api.tls_key)),
        found("gateways' certificate", tls(&gateway.extauthz_tls_certificate, &gateway.extauthz_tls_key)),
        found("upstream", upstream(config)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn found<T>(check: &'static str, read: Result<Option<T>, Failure>) -> Option<Finding> {
    match read {
        Ok(None) => None,
        Ok(Some(_)) => Some(Finding::ok(check, "its files can be used")),
        Err(failure) => Some(Finding::fail(check, failure.to_string(), ADVICE)),
    }
}
