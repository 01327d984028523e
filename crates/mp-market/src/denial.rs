//! Every refusal of the decision in the words of the seller API (market-api §4.2, §4.3, §5.2; product.md §3.1–3.5).
//!
//! Owns the one table from a reason to status, code and message. Must never say more than the caller may know.

use http::StatusCode;
use mp_domain::decision::Denial;
use mp_domain::ids::BusinessId;
use mp_domain::key_token::MalformedToken;
use mp_domain::operation::Operation;
use mp_domain::scope::AccessScope;
use mp_domain::window::Quota;

use crate::api_error::ApiError;

/// What a caller of `operation` is told about a refusal.
#[must_use]
pub fn describe(denial: &Denial, operation: &Operation) -> ApiError {
    match denial {
        Denial::CredentialsMissing => unauthorized("Credentials are not specified"),
        Denial::ApiKeyMissing => unauthorized("Api-Key token is not specified"),
        // product.md §3.3 fixes the status; two values make no token, so the message of a wrong format fits.
        Denial::ApiKeyRepeated | Denial::Malformed(MalformedToken::Format) => {
            unauthorized("Api-Key token format invalid")
        }
        Denial::Malformed(MalformedToken::Prefix) => unauthorized("Api-Key token prefix invalid"),
        Denial::Malformed(MalformedToken::Length) => unauthorized("Api-Key token length invalid"),
        Denial::Unknown => unauthorized("Api-Key token is invalid"),
        Denial::Revoked => unauthorized("Api-Key token is revoked"),
        Denial::Expired => unauthorized("Api-Key token is expired"),
        Denial::Paused => forbidden("FORBIDDEN", "Api-Key token is paused".to_owned()),
        Denial::NetworkNotAllowed => forbidden("FORBIDDEN", "Access denied".to_owned()),
        Denial::BusinessDisabled(business) => forbidden("API_DISABLED", business_disabled(*business)),
        Denial::ScopeMissing => forbidden("FORBIDDEN", scope_missing(operation)),
        Denial::LimitExceeded { quota, business_id, operation } => {
            limit_exceeded(*quota, operation, *business_id)
        }
    }
}

fn unauthorized(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}

fn forbidden(code: &'static str, message: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, message)
}

fn business_disabled(business: BusinessId) -> String {
    format!("API for business {business} disabled because it has only disabled partners.")
}

/// The documentation says that the text lists the accesses that would do, but not in which form (market-api §4.3).
fn scope_missing(operation: &Operation) -> String {
    let accepted: Vec<_> = operation.any_of.iter().map(AccessScope::written_name).collect();
    format!("Token does not have any of the scopes to access the API method: {}", accepted.join(", "))
}

fn limit_exceeded(quota: Quota, operation: &Operation, business: BusinessId) -> ApiError {
    let Quota { amount, period } = quota;
    let resource = operation.resource;
    ApiError::new(
        method_failure(),
        "METHOD_FAILURE",
        format!(
            "Hit rate limit of {amount} requests per {period} for resource {resource} for businessId {business}"
        ),
    )
}

/// 420, the seller API's status for every kind of limit.
fn method_failure() -> StatusCode {
    StatusCode::from_u16(420).expect("420 has three digits")
}

#[cfg(test)]
mod tests {
    use mp_domain::operation::GET_AUTH_TOKEN_INFO;

    use super::*;

    fn check(denial: Denial, status: u16, code: &str, message: &str) {
        let told = describe(&denial, &GET_AUTH_TOKEN_INFO);
        assert_eq!((told.status.as_u16(), told.code, &*told.message), (status, code, message));
    }

    #[test]
    fn credential_refusals_are_401() {
        let unauthorized = |denial, message| check(denial, 401, "UNAUTHORIZED", message);
        unauthorized(Denial::CredentialsMissing, "Credentials are not specified");
        unauthorized(Denial::ApiKeyMissing, "Api-Key token is not specified");
        unauthorized(Denial::ApiKeyRepeated, "Api-Key token format invalid");
        unauthorized(Denial::Malformed(MalformedToken::Prefix), "Api-Key token prefix invalid");
        unauthorized(Denial::Malformed(MalformedToken::Length), "Api-Key token length invalid");
        unauthorized(Denial::Malformed(MalformedToken::Format), "Api-Key token format invalid");
        unauthorized(Denial::Unknown, "Api-Key token is invalid");
        unauthorized(Denial::Revoked, "Api-Key token is revoked");
        unauthorized(Denial::Expired, "Api-Key token is expired");
    }

    #[test]
    fn refusals_of_a_known_key_are_403() {
        let business = BusinessId::new(12345).unwrap();
        check(Denial::Paused, 403, "FORBIDDEN", "Api-Key token is paused");
        check(Denial::NetworkNotAllowed, 403, "FORBIDDEN", "Access denied");
        check(
            Denial::BusinessDisabled(business),
            403,
            "API_DISABLED",
            "API for business 12345 disabled because it has only disabled partners.",
        );
    }

    #[test]
    fn a_missing_access_names_those_that_would_do() {
        let any_of = [AccessScope::Pricing, AccessScope::PricingReadOnly].into_iter().collect();
        let told = describe(&Denial::ScopeMissing, &Operation { any_of, ..GET_AUTH_TOKEN_INFO });
        assert_eq!((told.status.as_u16(), told.code), (403, "FORBIDDEN"));
        assert_eq!(
            told.message,
            "Token does not have any of the scopes to access the API method: pricing, pricing:read-only"
        );
    }

    #[test]
    fn a_used_up_limit_is_420() {
        let denial = Denial::LimitExceeded {
            quota: GET_AUTH_TOKEN_INFO.quota,
            business_id: BusinessId::new(12345).unwrap(),
            operation: &GET_AUTH_TOKEN_INFO,
        };
        check(
            denial,
            420,
            "METHOD_FAILURE",
            "Hit rate limit of 100 requests per 1 hour for resource /auth/token.json for businessId 12345",
        );
    }
}
