//! The query of `GET /authorize` (RFC 6749 §4.2.1, yandex-oauth §3.1).
//!
//! Owns reading and writing it. Must never fail: what cannot be used is noted, and judged where the application is known.

use mp_domain::authorization::{AuthorizationParameters, Defect, Parameter};

use crate::encoding::{encoded, pairs};

/// Reads a query, the `?` left out. Parameters that are not understood are left alone, however often they are given.
#[must_use]
pub fn parse(query: &str) -> AuthorizationParameters {
    let mut seen = Vec::new();
    pairs(query).fold(AuthorizationParameters::default(), |parameters, (name, value)| {
        let Some(parameter) = name.and_then(|name| name.parse::<Parameter>().ok()) else { return parameters };
        if seen.contains(&parameter) {
            return parameters.with_defect(parameter, Defect::Repeated);
        }
        seen.push(parameter);
        match value {
            Some(value) => parameters.with(parameter, &value),
            None => parameters.with_defect(parameter, Defect::Unreadable),
        }
    })
}

/// Writes the query that asks for the same.
#[must_use]
pub fn print(parameters: &AuthorizationParameters) -> String {
    let pairs = parameters.values().map(|(parameter, value)| format!("{parameter}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Parameter; 10] = [
        Parameter::ResponseType,
        Parameter::ClientId,
        Parameter::RedirectUri,
        Parameter::Scope,
        Parameter::OptionalScope,
        Parameter::State,
        Parameter::DeviceId,
        Parameter::DeviceName,
        Parameter::ForceConfirm,
        Parameter::LoginHint,
    ];

    #[test]
    fn the_documented_request_is_read() {
        let parameters =
            parse("response_type=token&client_id=4760187d81bc4b7799476b42b5103713&device_id=test+device+123");
        assert_eq!(parameters.value(Parameter::ResponseType), Some("token"));
        assert_eq!(parameters.value(Parameter::ClientId), Some("4760187d81bc4b7799476b42b5103713"));
        assert_eq!(parameters.value(Parameter::DeviceId), Some("test device 123"));
        assert_eq!(parameters.defects().count(), 0);
    }

    #[test]
    fn a_parameter_given_twice_is_noted_and_its_value_forgotten() {
        for query in [
            "state=a&state=b",
            "state=a&state=a",
            "state=&state=a",
            "state&state=a&state=b",
            "state=a&%73tate=b",
        ] {
            let parameters = parse(query);
            assert_eq!(parameters.defect(Parameter::State), Some(Defect::Repeated), "{query}");
            assert_eq!(parameters.value(Parameter::State), None, "{query}");
        }
    }

    #[test]
    fn an_empty_parameter_is_one_left_out_and_unknown_ones_are_tolerated() {
        let parameters = parse("scope=&approval_prompt=auto&approval_prompt=auto&&=&state");
        assert_eq!(parameters, AuthorizationParameters::default());
    }

    #[test]
    fn what_is_no_utf_8_is_noted() {
        assert_eq!(parse("state=%FF").defect(Parameter::State), Some(Defect::Unreadable));
        assert_eq!(parse("%FF=x"), AuthorizationParameters::default());
    }

    proptest! {
        #[test]
        fn no_query_makes_the_reader_fail(query in any::<String>()) {
            let _ = parse(&query);
        }

        #[test]
        fn nothing_that_looks_like_a_query_makes_the_reader_fail(
            query in "((state|scope|client_id|redirect_uri|x|%[0-9a-gA-G]{0,2}|=|&|\\+|%){0,4}[=&]?){0,20}"
        ) {
            let parameters = parse(&query);
            for (parameter, _) in parameters.defects() {
                prop_assert_eq!(parameters.value(parameter), None);
            }
        }

        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec(any::<String>(), ALL.len())) {
            let written = ALL.into_iter().zip(&values)
                .fold(AuthorizationParameters::default(), |all, (parameter, value)| all.with(parameter, value));
            prop_assert_eq!(parse(&print(&written)), written);
        }
    }
}
