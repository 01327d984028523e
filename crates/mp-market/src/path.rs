//! The spellings of the paths (market-api §6: version prefix and `.json` suffix are optional).
//!
//! Owns which paths name an operation. Paths are compared byte for byte and never normalised, so an ambiguous one
//! (`//`, dot segments, `%2F`, `;` …, product.md §3.14) names nothing.

use crate::api_error::ApiError;
use crate::protocol::type_mismatch;

/// The spellings of `POST /v2/auth/token`.
pub const TOKEN_INFO: [&str; 4] =
    ["/v2/auth/token", "/v2/auth/token.json", "/auth/token", "/auth/token.json"];

/// The verb of token-info.
pub const TOKEN_INFO_VERB: &str = "POST";

/// The spellings of `GET /v2/campaigns`.
pub const CAMPAIGNS: [&str; 4] = ["/v2/campaigns", "/v2/campaigns.json", "/campaigns", "/campaigns.json"];

/// The spellings of `GET /v2/campaigns/{campaignId}`; the segment may end in `.json`.
pub const CAMPAIGN: [&str; 2] = ["/v2/campaigns/{id}", "/campaigns/{id}"];

/// The spellings of `POST /v2/businesses/{businessId}/settings`.
pub const BUSINESS_SETTINGS: [&str; 4] = [
    "/v2/businesses/{id}/settings",
    "/v2/businesses/{id}/settings.json",
    "/businesses/{id}/settings",
    "/businesses/{id}/settings.json",
];

/// The segment that stands where the id of one of [`CAMPAIGN`] does, without its suffix; `None` if it could be taken
/// for something else than it is, and then the path names nothing.
#[must_use]
pub fn campaign_segment(path: &str) -> Option<&str> {
    let last = path.rsplit('/').next()?;
    plain(last.strip_suffix(".json").unwrap_or(last))
}

/// The segment that stands where the id of one of [`BUSINESS_SETTINGS`] does, or `None` as above.
#[must_use]
pub fn business_segment(path: &str) -> Option<&str> {
    plain(path.rsplit('/').nth(1)?)
}

fn plain(segment: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!segment.is_empty() && segment.bytes().all(is_plain)).then_some(segment)
}

/// The id in a segment: a number from 1 to 2^63 − 1 in its shortest spelling.
pub fn parse_id(segment: &str) -> Result<i64, ApiError> {
    parse_positive(segment).ok_or_else(|| type_mismatch(segment))
}

/// A positive number in its shortest spelling, so that it has just one.
pub(crate) fn parse_positive(text: &str) -> Option<i64> {
    let is_shortest = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_shortest { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_where_they_stand() {
        for path in ["/v2/campaigns/21", "/campaigns/21", "/campaigns/21.json"] {
            assert_eq!(campaign_segment(path), Some("21"), "{path}");
        }
        for path in ["/v2/businesses/7/settings", "/businesses/7/settings.json"] {
            assert_eq!(business_segment(path), Some("7"), "{path}");
        }
    }

    #[test]
    fn an_ambiguous_segment_names_nothing() {
        for segment in ["", ".", "..", "%31", "1;a=b", "1%2F2", "1.json.json", "+1", "1\\2", "１"] {
            assert_eq!(campaign_segment(&format!("/v2/campaigns/{segment}")), None, "{segment}");
            assert_eq!(business_segment(&format!("/v2/businesses/{segment}/settings")), None, "{segment}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!(parse_id("9223372036854775807"), Ok(i64::MAX));
        for bad in ["0", "-1", "007", "abc", "9223372036854775808", "1e3"] {
            let refused = parse_id(bad).unwrap_err();
            assert_eq!(refused.status, 400);
            assert_eq!(refused.message, format!("Type mismatch: '{bad}'"));
        }
    }
}
