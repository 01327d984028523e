//! An access as an argument.
//!
//! Owns the guess at what a mistyped one was meant to be. Must never accept what the domain does not know.

use mp_domain::scope::AccessScope;

/// Below this likeness, from 0 to 1, a guess would only confuse.
const LIKE_ENOUGH: f64 = 0.6;

/// Reads an access; what is none is answered with the nearest there is.
pub(crate) fn parse_access(text: &str) -> Result<AccessScope, String> {
    text.parse::<AccessScope>().map_err(|unknown| match nearest_to(text) {
        Some(nearest) => format!("did you mean {nearest}? {unknown}"),
        None => unknown.to_string(),
    })
}

fn nearest_to(text: &str) -> Option<AccessScope> {
    AccessScope::all()
        .map(|scope| (strsim::normalized_damerau_levenshtein(&scope.to_string(), text), scope))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .map(|(_, scope)| scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_access() {
        assert_eq!(parse_access("pricing").unwrap(), AccessScope::Pricing);
        let refusal = parse_access("pricin").unwrap_err();
        assert!(refusal.starts_with("did you mean pricing? 'pricin' is no access"), "{refusal}");
        let refusal = parse_access("everything at once").unwrap_err();
        assert!(refusal.starts_with("'everything at once' is no access"), "{refusal}");
    }
}
