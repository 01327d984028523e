//! What an application asks for when it sends a browser to `/authorize` (RFC 6749 §4.2.1, yandex-oauth §3.1).
//!
//! Owns the parameters as they arrived, and the reasons for which a request is sent back. Must never judge a request by
//! what is registered: the service does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spelling::spelled_enum;

/// The longest `state`, in characters (yandex-oauth §3.1).
pub const LONGEST_STATE: usize = 1024;
/// The shortest `device_id`, in characters (yandex-oauth §3.1).
pub const SHORTEST_DEVICE_ID: usize = 6;
/// The longest `device_id`, in characters (yandex-oauth §3.1).
pub const LONGEST_DEVICE_ID: usize = 50;

spelled_enum!(
    /// A parameter that is understood. Any other is left alone (RFC 6749 §3.1).
    #[derive(PartialOrd, Ord, Deserialize)]
    Parameter, UnknownParameter, "parameter", {
        /// Whether a token or a code is wanted.
        ResponseType = "response_type",
        /// The application.
        ClientId = "client_id",
        /// Where to send the browser back to.
        RedirectUri = "redirect_uri",
        /// What the application wants to be allowed.
        Scope = "scope",
        /// What it would also like to be allowed.
        OptionalScope = "optional_scope",
        /// Returned as it came.
        State = "state",
        /// Which of a person's devices it is for.
        DeviceId = "device_id",
        /// What people call that device.
        DeviceName = "device_name",
        /// Whether to ask again although it was allowed before.
        ForceConfirm = "force_confirm",
        /// Whom the application expects.
        LoginHint = "login_hint",
    }
);

/// What is wrong with one parameter, whatever it would have meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Given more than once (RFC 6749 §3.1).
    Repeated,
    /// Not in UTF-8.
    Unreadable,
}

/// The parameters of a request as they arrived. One without a value counts as left out (RFC 6749 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationParameters {
    values: BTreeMap<Parameter, String>,
    #[serde(skip)]
    defects: BTreeMap<Parameter, Defect>,
}

impl AuthorizationParameters {
    /// The request with one parameter more. An empty value leaves the parameter out.
    #[must_use]
    pub fn with(mut self, parameter: Parameter, value: &str) -> Self {
        if !value.is_empty() {
            self.values.insert(parameter, value.to_owned());
        }
        self
    }

    /// The request with a parameter that cannot be used, and whose value is forgotten therefore.
    #[must_use]
    pub fn with_defect(mut self, parameter: Parameter, defect: Defect) -> Self {
        self.values.remove(&parameter);
        self.defects.insert(parameter, defect);
        self
    }

    /// What a parameter says; `None` where it was left out or cannot be used.
    #[must_use]
    pub fn value(&self, parameter: Parameter) -> Option<&str> {
        self.values.get(&parameter).map(String::as_str)
    }

    /// What is wrong with a parameter.
    #[must_use]
    pub fn defect(&self, parameter: Parameter) -> Option<Defect> {
        self.defects.get(&parameter).copied()
    }

    /// Every parameter that cannot be used.
    pub fn defects(&self) -> impl Iterator<Item = (Parameter, Defect)> {
        self.defects.iter().map(|(parameter, defect)| (*parameter, *defect))
    }

    /// Every parameter with a value.
    pub fn values(&self) -> impl Iterator<Item = (Parameter, &str)> {
        self.values.iter().map(|(parameter, value)| (*parameter, value.as_str()))
    }

    /// Whether the person is to be asked again: `yes`, `true` or `1`; anything else is no (yandex-oauth §3.1).
    #[must_use]
    pub fn forces_confirmation(&self) -> bool {
        matches!(self.value(Parameter::ForceConfirm), Some("yes" | "true" | "1"))
    }
}

/// Why a request goes back to the application with an error instead of a token (RFC 6749 §4.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationFault {
    /// A parameter cannot be used.
    Defective(Parameter, Defect),
    /// It does not say whether a token or a code is wanted.
    ResponseTypeMissing,
    /// It wants something that is not offered.
    ResponseTypeUnsupported,
    /// The application may not use this way to a token.
    GrantTypeNotAllowed,
    /// It asks for a right that does not exist, or separates rights by something else than spaces.
    ScopeUnknown,
    /// It asks for a right that the application is not registered for.
    ScopeNotRegistered,
    /// `state` is longer than [`LONGEST_STATE`].
    StateTooLong,
    /// `device_id` is not of 6 to 50 printable ASCII characters.
    DeviceIdUnfit,
    /// `device_name` is longer than 100 characters or contains something that cannot be shown.
    DeviceNameUnfit,
    /// The person said no.
    AccessDenied,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_is_one_left_out() {
        let parameters =
            AuthorizationParameters::default().with(Parameter::Scope, "").with(Parameter::State, "x");
        assert_eq!(parameters.value(Parameter::Scope), None);
        assert_eq!(parameters.value(Parameter::State), Some("x"));
    }

    #[test]
    fn a_defect_leaves_no_value_to_be_taken_for_good() {
        let repeated = AuthorizationParameters::default()
            .with(Parameter::RedirectUri, "https://example.org/")
            .with_defect(Parameter::RedirectUri, Defect::Repeated);
        assert_eq!(repeated.value(Parameter::RedirectUri), None);
        assert_eq!(repeated.defect(Parameter::RedirectUri), Some(Defect::Repeated));
    }

    #[test]
    fn only_the_documented_words_force_a_confirmation() {
        let forces = |word| {
            AuthorizationParameters::default().with(Parameter::ForceConfirm, word).forces_confirmation()
        };
        assert!(["yes", "true", "1"].into_iter().all(forces));
        assert!(!["no", "0", "false", "YES", "maybe", ""].into_iter().any(forces));
    }
}
