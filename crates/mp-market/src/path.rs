//! The spellings of the paths (market-api §6: version prefix and `.json` suffix are optional).
//!
//! Owns which paths name an operation. Paths are compared byte for byte and never normalised, so an ambiguous one
//! (`//`, dot segments, `%2F`, `;` …, product.md §3.14) names nothing.

/// The spellings of `POST /v2/auth/token`.
pub const TOKEN_INFO: [&str; 4] =
    ["/v2/auth/token", "/v2/auth/token.json", "/auth/token", "/auth/token.json"];

/// The verb of token-info.
pub const TOKEN_INFO_VERB: &str = "POST";
