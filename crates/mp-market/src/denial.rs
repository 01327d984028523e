//! Every refusal of the decision in the words of the seller API (market-api §4.2, §4.3, §5.2; product.md §3.1–3.5).
//!
//! Owns the one table from a reason to status, code and message. Must never say more than the caller may know.

use http::StatusCode;
use mp_domain::campaign::Availability;
use mp_domain::credential::FlawedAuthorization;
use mp_domain::denial::Denial;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::key_token::MalformedToken;
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{Cost, Operation};
use mp_domain::scope::AccessScope;
use mp_domain::seller_kind::SellerKind;
use mp_domain::window::Quota;

use crate::api_error::ApiError;
use crate::protocol::bad_request;

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
        Denial::Paused => refused("Api-Key token is paused"),
        Denial::Authorization(flaw) => unauthorized(describe_flaw(*flaw)),
        // What ended a token is for its owner's page, not for whoever presents it.
        Denial::TokenDead(_) => refused("OAuth token is invalid"),
        Denial::LoggedOut => refused("OAuth token is invalid (account has been globally logged out)"),
        Denial::AccountDisabled => refused("User account is disabled"),
        Denial::ClientMismatch => refused("Client id is invalid"),
        Denial::RightMissing => refused("Scope is invalid"),
        Denial::NetworkNotAllowed | Denial::AccessDenied => refused("Access denied"),
        Denial::Unreadable => bad_request("The request is invalid".to_owned()),
        Denial::HeaderContradictsPath { header, path } => bad_request(format!(
            "URL businessId ('{path}') does not match businessId in X-Business-Id header ('{header}')"
        )),
        Denial::HeaderContradictsCampaign { header, campaign, business } => {
            forbidden("FORBIDDEN", header_contradicts_campaign(*header, *campaign, *business))
        }
        Denial::CampaignNotInReach(campaign) => {
            forbidden("FORBIDDEN", format!("No access to campaigns: '{campaign}'"))
        }
        Denial::FieldContradictsHeader { header } => forbidden(
            "FORBIDDEN",
            format!(
                "Entity id from request body does not match businessId in X-Business-Id header ('{header}')"
            ),
        ),
        Denial::SellerNotSupported(kind) => refused(seller_not_supported(*kind)),
        Denial::BusinessDisabled(business) => forbidden("API_DISABLED", business_disabled(*business)),
        Denial::CampaignDisabled { campaign, availability } => {
            forbidden("API_DISABLED", campaign_disabled(*campaign, *availability))
        }
        Denial::ScopeMissing => forbidden("FORBIDDEN", scope_missing(operation)),
        Denial::TooManyAtOnce { slots, entity } => too_many_at_once(*slots, *entity),
        Denial::LimitExceeded { quota, entity } => limit_exceeded(*quota, operation, *entity),
    }
}

fn describe_flaw(flaw: FlawedAuthorization) -> &'static str {
    match flaw {
        // No message for a doubled header is published; two values make none.
        FlawedAuthorization::Repeated | FlawedAuthorization::Syntax => {
            "Authorization header has invalid syntax"
        }
        FlawedAuthorization::Scheme => "Unsupported authorization type specified in Authorization header",
        FlawedAuthorization::TokenMissing => "OAuth token is not specified",
    }
}

fn unauthorized(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}

fn refused(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
}

fn forbidden(code: &'static str, message: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, message)
}

fn business_disabled(business: BusinessId) -> String {
    format!("API for business {business} disabled because it has only disabled partners.")
}

fn campaign_disabled(campaign: CampaignId, availability: Availability) -> String {
    let how = match availability {
        // Never a reason for a refusal; the sentence is true of a store that was switched on a moment ago.
        Availability::Available | Availability::ManuallyDisabled => "manually disabled.",
        Availability::DisabledByInactivity => "disabled due to inactivity.",
        Availability::DisabledByNoActiveContract => {
            "disabled because there are no active contracts with Market."
        }
        Availability::DisabledByNoPlacementType => "disabled because it has no placement program.",
    };
    format!("API for campaign {campaign} {how}")
}

fn header_contradicts_campaign(header: BusinessId, campaign: CampaignId, business: BusinessId) -> String {
    format!(
        "businessId in X-Business-Id header ('{header}') does not match the business that the campaign '{campaign}' \
         belongs to ('{business}')"
    )
}

/// The documentation says that the text lists the accesses that would do, but not in which form (market-api §4.3).
fn scope_missing(operation: &Operation) -> String {
    let accepted: Vec<_> = operation.any_of.iter().map(AccessScope::written_name).collect();
    format!("Token does not have any of the scopes to access the API method: {}", accepted.join(", "))
}

fn limit_exceeded(quota: Quota, operation: &Operation, entity: LimitEntity) -> ApiError {
    let Quota { amount, period } = quota;
    let (resource, whose) = (operation.resource(), whose(entity));
    // The published samples count what is counted by items in points (market-api §5.2).
    let unit = match operation.limit.map(|limit| limit.cost) {
        Some(Cost::RequestItems(_) | Cost::ResponseItems(_)) => "points",
        Some(Cost::Request) | None => "requests",
    };
    let message =
        format!("Hit rate limit of {amount} {unit} per {period} for resource {resource} for {whose}");
    ApiError::new(method_failure(), "METHOD_FAILURE", message)
}

fn too_many_at_once(slots: u16, entity: LimitEntity) -> ApiError {
    let message = format!("Hit rate limit of {slots} parallel requests for {}", whose(entity));
    ApiError::new(method_failure(), "METHOD_FAILURE", message)
}

fn whose(entity: LimitEntity) -> String {
    match entity {
        LimitEntity::Business(id) => format!("businessId {id}"),
        LimitEntity::Campaign(id) => format!("campaignId {id}"),
        // Nothing is published for this case, and the id of a person is nobody's business.
        LimitEntity::Account(_) => "the user of the OAuth token".to_owned(),
    }
}

/// Only the first sentence is published; the others are made after it.
fn seller_not_supported(kind: SellerKind) -> &'static str {
    match kind {
        SellerKind::MarketYandexGo => "The method is not supported for Market Yandex Go sellers",
        SellerKind::Seller => "The method is not supported for sellers",
        SellerKind::Urbanads => "The method is not supported for advertisers",
    }
}

/// 420, the seller API's status for every kind of limit.
fn method_failure() -> StatusCode {
    StatusCode::from_u16(420).expect("420 has three digits")
}

#[cfg(test)]
mod tests {
    use mp_domain::denial::DeadToken;
    use mp_domain::field_path::FieldPath;
    use mp_domain::ids::AccountId;
    use mp_domain::operation::{GET_AUTH_TOKEN_INFO, Limit};
    use mp_domain::window::Period;

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
    fn an_authorization_header_that_holds_no_token_is_401() {
        for (flaw, message) in [
            (FlawedAuthorization::Repeated, "Authorization header has invalid syntax"),
            (FlawedAuthorization::Syntax, "Authorization header has invalid syntax"),
            (FlawedAuthorization::Scheme, "Unsupported authorization type specified in Authorization header"),
            (FlawedAuthorization::TokenMissing, "OAuth token is not specified"),
        ] {
            check(Denial::Authorization(flaw), 401, "UNAUTHORIZED", message);
        }
    }

    #[test]
    fn a_token_that_is_not_live_is_403_and_its_end_is_not_told() {
        for why in [DeadToken::Unknown, DeadToken::Withdrawn, DeadToken::Expired, DeadToken::ClientChanged] {
            check(Denial::TokenDead(why), 403, "FORBIDDEN", "OAuth token is invalid");
        }
        let logged_out = "OAuth token is invalid (account has been globally logged out)";
        check(Denial::LoggedOut, 403, "FORBIDDEN", logged_out);
        check(Denial::AccountDisabled, 403, "FORBIDDEN", "User account is disabled");
        check(Denial::ClientMismatch, 403, "FORBIDDEN", "Client id is invalid");
        check(Denial::RightMissing, 403, "FORBIDDEN", "Scope is invalid");
        check(Denial::AccessDenied, 403, "FORBIDDEN", "Access denied");
    }

    #[test]
    fn each_way_a_store_is_switched_off_has_its_sentence() {
        let campaign = CampaignId::new(21).unwrap();
        for (availability, how) in [
            (Availability::ManuallyDisabled, "manually disabled."),
            (Availability::DisabledByInactivity, "disabled due to inactivity."),
            (
                Availability::DisabledByNoActiveContract,
                "disabled because there are no active contracts with Market.",
            ),
            (Availability::DisabledByNoPlacementType, "disabled because it has no placement program."),
        ] {
            let denial = Denial::CampaignDisabled { campaign, availability };
            check(denial, 403, "API_DISABLED", &format!("API for campaign 21 {how}"));
        }
    }

    #[test]
    fn a_header_that_contradicts_the_path_is_told_with_both() {
        let [header, path] = [7, 8].map(|number| BusinessId::new(number).unwrap());
        check(
            Denial::HeaderContradictsPath { header, path },
            400,
            "BAD_REQUEST",
            "URL businessId ('8') does not match businessId in X-Business-Id header ('7')",
        );
        check(
            Denial::HeaderContradictsCampaign {
                header,
                campaign: CampaignId::new(21).unwrap(),
                business: path,
            },
            403,
            "FORBIDDEN",
            "businessId in X-Business-Id header ('7') does not match the business that the campaign '21' belongs to ('8')",
        );
    }

    #[test]
    fn a_used_up_limit_is_420_and_names_for_whom_it_is_counted() {
        let business = LimitEntity::Business(BusinessId::new(12345).unwrap());
        let campaign = LimitEntity::Campaign(CampaignId::new(21).unwrap());
        let account = LimitEntity::Account(AccountId::from_bytes([1; 16]).into());
        for (entity, whose) in [
            (business, "businessId 12345"),
            (campaign, "campaignId 21"),
            (account, "the user of the OAuth token"),
        ] {
            let quota = Quota { amount: 100, period: Period::HOUR };
            let denial = Denial::LimitExceeded { quota, entity };
            let message = format!(
                "Hit rate limit of 100 requests per 1 hour for resource /auth/token.json for {whose}"
            );
            check(denial, 420, "METHOD_FAILURE", &message);
            let message = format!("Hit rate limit of 4 parallel requests for {whose}");
            check(Denial::TooManyAtOnce { slots: 4, entity }, 420, "METHOD_FAILURE", &message);
        }
    }

    #[test]
    fn items_are_counted_in_points() {
        let quota = Quota { amount: 10_000, period: Period::HOUR };
        let cost = Cost::ResponseItems(FieldPath::new(&["regions"]));
        let operation =
            Operation { limit: Some(Limit { cost, none: quota, medium: quota }), ..GET_AUTH_TOKEN_INFO };
        let entity = BusinessId::new(7).unwrap().into();
        assert_eq!(
            describe(&Denial::LimitExceeded { quota, entity }, &operation).message,
            "Hit rate limit of 10000 points per 1 hour for resource /auth/token.json for businessId 7"
        );
    }

    #[test]
    fn what_the_body_names_out_of_reach_is_told_by_its_number() {
        let campaign = CampaignId::new(21).unwrap();
        check(Denial::CampaignNotInReach(campaign), 403, "FORBIDDEN", "No access to campaigns: '21'");
        let header = BusinessId::new(7).unwrap();
        check(
            Denial::FieldContradictsHeader { header },
            403,
            "FORBIDDEN",
            "Entity id from request body does not match businessId in X-Business-Id header ('7')",
        );
        check(
            Denial::SellerNotSupported(SellerKind::MarketYandexGo),
            403,
            "FORBIDDEN",
            "The method is not supported for Market Yandex Go sellers",
        );
    }
}
