//! The redirect that answers `GET /authorize` with a token or an error (RFC 6749 §4.2.2, yandex-oauth §3.3 and §3.4).
//!
//! Owns the order and the escaping of what stands behind the `#`, and the one text for each error. Must never make a
//! redirect to anything but a registered address: it takes nothing else.

use mp_domain::authorization::{AuthorizationFault, Defect};
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::redirect_uri::RedirectUri;
use mp_domain::secret::PlainSecret;

use crate::encoding::encoded;

/// What goes back to an application that was allowed something.
pub struct Granted<'a> {
    /// The token.
    pub token: &'a PlainSecret,
    /// The seconds it goes on living.
    pub expires_in: u64,
    /// `state` as it came.
    pub state: Option<&'a str>,
    /// What the application asked for.
    pub requested: OAuthScopes,
    /// What it was allowed.
    pub granted: OAuthScopes,
}

/// The address with the token behind the `#`. `scope` stands in it where less was granted than asked for.
#[must_use]
pub fn print_granted(to: &RedirectUri, granted: &Granted<'_>) -> PlainSecret {
    let mut fragment = format!(
        "access_token={}&token_type=bearer&expires_in={}",
        encoded(granted.token.expose()),
        granted.expires_in
    );
    push_state(&mut fragment, granted.state);
    if granted.granted != granted.requested {
        fragment.push_str("&scope=");
        fragment.push_str(&encoded(&granted.granted.to_string()));
    }
    PlainSecret::new(format!("{to}#{fragment}"))
}

/// The address with an error behind the `#`.
#[must_use]
pub fn print_error(to: &RedirectUri, fault: AuthorizationFault, state: Option<&str>) -> String {
    let mut fragment = format!("error={}&error_description={}", code(fault), encoded(&description(fault)));
    push_state(&mut fragment, state);
    format!("{to}#{fragment}")
}

fn push_state(fragment: &mut String, state: Option<&str>) {
    if let Some(state) = state {
        fragment.push_str("&state=");
        fragment.push_str(&encoded(state));
    }
}

/// The error's code (RFC 6749 §4.2.2.1).
fn code(fault: AuthorizationFault) -> &'static str {
    use AuthorizationFault as Fault;
    match fault {
        Fault::Defective(..)
        | Fault::ResponseTypeMissing
        | Fault::StateTooLong
        | Fault::DeviceIdUnfit
        | Fault::DeviceNameUnfit => "invalid_request",
        Fault::ResponseTypeUnsupported => "unsupported_response_type",
        Fault::GrantTypeNotAllowed => "unauthorized_client",
        Fault::ScopeUnknown | Fault::ScopeNotRegistered => "invalid_scope",
        Fault::AccessDenied => "access_denied",
    }
}

/// What the developer of the application should know: printable ASCII without quotes or backslashes (RFC 6749
/// §4.2.2.1).
#[must_use]
pub fn description(fault: AuthorizationFault) -> String {
    use AuthorizationFault as Fault;
    let text = match fault {
        Fault::Defective(parameter, Defect::Repeated) => {
            return format!("{parameter} is given more than once");
        }
        Fault::Defective(parameter, Defect::Unreadable) => return format!("{parameter} is not in UTF-8"),
        Fault::ResponseTypeMissing => "response_type is missing: token is expected",
        Fault::ResponseTypeUnsupported => "this response_type is not offered: token is expected",
        Fault::GrantTypeNotAllowed => "the application is not registered for response_type=token",
        Fault::ScopeUnknown => "scope names a right that does not exist: rights are separated by spaces",
        Fault::ScopeNotRegistered => "scope names a right that the application is not registered for",
        Fault::StateTooLong => "state is longer than 1024 characters",
        Fault::DeviceIdUnfit => "device_id must have 6 to 50 printable ASCII characters",
        Fault::DeviceNameUnfit => "device_name must have at most 100 characters, all of which can be shown",
        Fault::AccessDenied => "the person denied access",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use mp_domain::authorization::Parameter;
    use mp_domain::oauth_scope::OAuthScope;

    use super::*;

    fn granted<'a>(token: &'a PlainSecret, state: Option<&'a str>) -> Granted<'a> {
        let market = OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]);
        Granted { token, expires_in: 31_535_338, state, requested: market, granted: market }
    }

    fn uri(text: &str) -> RedirectUri {
        text.parse().unwrap()
    }

    #[test]
    fn the_token_stands_behind_the_address_in_the_observed_order() {
        let token = PlainSecret::new("y0_AgAA-x_".to_owned());
        for to in ["https://example.org/cb?dev=True", "myapp://token", "com.example.app:/oauth"] {
            assert_eq!(
                print_granted(&uri(to), &granted(&token, None)).expose(),
                format!("{to}#access_token=y0_AgAA-x_&token_type=bearer&expires_in=31535338")
            );
        }
    }

    #[test]
    fn the_state_comes_back_escaped_and_the_scope_only_where_it_is_less() {
        let token = PlainSecret::new("y0_A".to_owned());
        let mut less = granted(&token, Some("a b&c=d#ж+%"));
        less.requested = OAuthScopes::from_iter(OAuthScope::ALL);
        less.granted = OAuthScopes::from_iter([OAuthScope::MarketPartnerApi, OAuthScope::LoginInfo]);
        assert_eq!(
            print_granted(&uri("https://example.org/"), &less).expose(),
            "https://example.org/#access_token=y0_A&token_type=bearer&expires_in=31535338\
             &state=a%20b%26c%3Dd%23%D0%B6%2B%25&scope=market%3Apartner-api%20login%3Ainfo"
        );
    }

    #[test]
    fn an_error_has_code_description_and_state() {
        let denied = print_error(&uri("myapp://token"), AuthorizationFault::AccessDenied, Some("x/y"));
        assert_eq!(
            denied,
            "myapp://token#error=access_denied&error_description=the%20person%20denied%20access&state=x%2Fy"
        );
        let twice = AuthorizationFault::Defective(Parameter::Scope, Defect::Repeated);
        assert_eq!(
            print_error(&uri("https://example.org/"), twice, None),
            "https://example.org/#error=invalid_request&error_description=scope%20is%20given%20more%20than%20once"
        );
    }

    #[test]
    fn descriptions_keep_to_the_letters_of_the_rfc() {
        use AuthorizationFault as Fault;
        for fault in [
            Fault::ResponseTypeMissing,
            Fault::ResponseTypeUnsupported,
            Fault::GrantTypeNotAllowed,
            Fault::ScopeUnknown,
            Fault::ScopeNotRegistered,
            Fault::StateTooLong,
            Fault::DeviceIdUnfit,
            Fault::DeviceNameUnfit,
            Fault::Defective(Parameter::State, Defect::Unreadable),
        ] {
            let allowed = |b: u8| (0x20..=0x7E).contains(&b) && b != b'"' && b != b'\\';
            assert!(description(fault).bytes().all(allowed), "{fault:?}");
        }
    }
}
