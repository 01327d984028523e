//! The answer about a cabinet: `POST /v2/businesses/{businessId}/settings` (market-api §7).
//!
//! Owns its shape, and the two settings that marketpass does not keep: prices may differ between stores, and the
//! currency is the rouble. `traits` is left out, as it must not be empty. Must never add a member.

use mp_domain::business::{Business, Subscription};
use mp_domain::ids::BusinessId;
use serde::Serialize;

/// `GetBusinessSettingsResponse`.
#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    result: Cabinet<'a>,
}

/// `GetBusinessSettingsInfoDTO`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cabinet<'a> {
    info: Info<'a>,
    settings: Settings,
    subscription_level: &'static str,
}

/// `BusinessDTO`.
#[derive(Serialize)]
struct Info<'a> {
    id: BusinessId,
    name: &'a str,
}

/// `BusinessSettingsDTO`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    only_default_price: bool,
    currency: &'static str,
}

/// The answer that is a cabinet with its settings.
#[must_use]
pub fn print_business_settings(business: &Business) -> Vec<u8> {
    let result = Cabinet {
        info: Info { id: business.id, name: business.name.as_str() },
        settings: Settings { only_default_price: false, currency: "RUR" },
        subscription_level: level(business.subscription),
    };
    let answer = Answer { status: "OK", result };
    serde_json::to_vec(&answer).expect("texts and numbers can be written as JSON")
}

fn level(subscription: Subscription) -> &'static str {
    match subscription {
        Subscription::None => "NONE",
        Subscription::Light => "LIGHT",
        Subscription::Medium => "MEDIUM",
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::name::Name;
    use mp_domain::seller_kind::SellerKind;
    use mp_domain::time::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_settings_are_told_in_the_documented_shape() {
        for (subscription, level) in
            [(Subscription::None, "NONE"), (Subscription::Light, "LIGHT"), (Subscription::Medium, "MEDIUM")]
        {
            let business = Business {
                id: BusinessId::new(7).unwrap(),
                name: Name::new("Дом").unwrap(),
                subscription,
                kind: SellerKind::Seller,
                created_at: Timestamp::from_seconds(0),
            };
            let told: Value = serde_json::from_slice(&print_business_settings(&business)).unwrap();
            let expected = json!({"status": "OK", "result": {
                "info": {"id": 7, "name": "Дом"},
                "settings": {"onlyDefaultPrice": false, "currency": "RUR"},
                "subscriptionLevel": level,
            }});
            assert_eq!(told, expected);
        }
    }
}
