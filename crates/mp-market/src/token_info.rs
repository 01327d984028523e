//! The token-info answer (market-api §2).
//!
//! Owns its shape: exactly `status` and `result.apiKey` with `name` and `authScopes`. Must never add a member, because
//! generated clients refuse unknown ones (product.md §3.13).

use mp_domain::scope::ScopeSet;

use crate::json_text::write_json_string;

/// Appends the answer for a key with this name and these accesses to `out`.
///
/// Written by hand because this is the hot path; the tests hold it against `serde_json`.
pub fn write_token_info(out: &mut Vec<u8>, name: &str, scopes: ScopeSet) {
    out.extend_from_slice(br#"{"status":"OK","result":{"apiKey":{"name":"#);
    write_json_string(out, name);
    out.extend_from_slice(br#","authScopes":["#);
    for (place, scope) in scopes.iter().enumerate() {
        // Wire names are capitals and underscores: nothing in them needs an escape.
        out.extend_from_slice(if place == 0 { b"\"" } else { b",\"" });
        out.extend_from_slice(scope.wire_name().as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b"]}}}");
}

#[cfg(test)]
mod tests {
    use mp_domain::scope::AccessScope;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(name: &str, scopes: ScopeSet) -> String {
        let mut out = Vec::new();
        write_token_info(&mut out, name, scopes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_answer_is_the_documented_one() {
        let everything = [AccessScope::AllMethods].into_iter().collect();
        assert_eq!(
            written("ERP", everything),
            r#"{"status":"OK","result":{"apiKey":{"name":"ERP","authScopes":["ALL_METHODS"]}}}"#
        );
    }

    proptest! {
        #[test]
        fn any_name_and_any_accesses_are_read_back(name in any::<String>(), bits in any::<u16>()) {
            let scopes = ScopeSet::from_bits(bits);
            let read: Value = serde_json::from_str(&written(&name, scopes)).unwrap();
            let wire: Vec<_> = scopes.iter().map(AccessScope::wire_name).collect();
            let expected = json!({"status": "OK", "result": {"apiKey": {"name": name, "authScopes": wire}}});
            prop_assert_eq!(read, expected);
        }
    }
}
