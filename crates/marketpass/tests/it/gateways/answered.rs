//! The requests that every gateway is put to and marketpass answers itself.
//!
//! Owns what is sent and what must come of it. Must never know a gateway.

use super::vectors::Credential::{KeyFromElsewhere, KeyFromHere, Nothing, SpentKey, Token};
use super::vectors::Expected::Answered;
use super::vectors::{GET, SPOOFED_ADDRESS, SPOOFED_DESCRIPTIONS, SPOOFED_IDENTITY, Vector};

/// The beginning of what is told of the caller's store.
const STORE: &str = r#""id":{own},"#;

const STORE_ITSELF: Vector = Vector {
    what: "a store of one's own",
    target: "/v2/campaigns/{own}",
    expected: Answered(200, STORE),
    ..GET
};

const TOKEN_INFO: Vector = Vector {
    what: "what a key is",
    method: "POST",
    target: "/v2/auth/token",
    headers: &["Content-Length: 0"],
    expected: Answered(200, r#""apiKey":{"name":"anywhere","#),
    ..GET
};

const SETTINGS: Vector = Vector {
    what: "the settings of one's cabinet",
    method: "POST",
    target: "/v2/businesses/{business}/settings",
    headers: &["Content-Length: 0"],
    expected: Answered(200, r#""info":{"id":{business},"#),
    ..GET
};

pub(crate) const ANSWERED: &[Vector] = &[
    TOKEN_INFO,
    Vector { target: "/auth/token", ..TOKEN_INFO },
    Vector { target: "/v2/auth/token.json?a=b", ..TOKEN_INFO },
    Vector {
        what: "what a key is, asked with a broken body",
        target: "/auth/token.json",
        headers: &["Content-Type: application/json", "Content-Length: 1"],
        body: "{",
        expected: Answered(400, "BAD_REQUEST"),
        ..TOKEN_INFO
    },
    Vector {
        what: "what a key is whose limit is used up",
        credential: SpentKey,
        expected: Answered(420, "METHOD_FAILURE"),
        ..TOKEN_INFO
    },
    STORE_ITSELF,
    Vector { target: "/campaigns/{own}.json", credential: Token, ..STORE_ITSELF },
    Vector { target: "http://api.example/v2/campaigns/{own}", ..STORE_ITSELF },
    Vector { what: "a store, with an identity made up", headers: SPOOFED_IDENTITY, ..STORE_ITSELF },
    Vector {
        what: "a store, with an address made up",
        credential: KeyFromHere,
        headers: SPOOFED_ADDRESS,
        ..STORE_ITSELF
    },
    Vector {
        what: "a store, with a key from elsewhere that makes its address up",
        credential: KeyFromElsewhere,
        headers: SPOOFED_ADDRESS,
        expected: Answered(403, "FORBIDDEN"),
        ..STORE_ITSELF
    },
    Vector {
        what: "a foreign store itself, with descriptions of an own one",
        target: "/v2/campaigns/{foreign}",
        headers: SPOOFED_DESCRIPTIONS,
        expected: Answered(403, "FORBIDDEN"),
        ..STORE_ITSELF
    },
    Vector {
        what: "a store, without a credential",
        credential: Nothing,
        expected: Answered(401, "UNAUTHORIZED"),
        ..STORE_ITSELF
    },
    Vector {
        what: "a store, with a wrong verb",
        method: "DELETE",
        expected: Answered(405, "METHOD_NOT_ALLOWED"),
        ..STORE_ITSELF
    },
    Vector { what: "the list of stores", target: "/v2/campaigns", ..STORE_ITSELF },
    Vector {
        what: "a page of the list of stores",
        target: "/campaigns?pageSize=1&page=2",
        credential: Token,
        expected: Answered(200, r#""currentPage":2"#),
        ..STORE_ITSELF
    },
    SETTINGS,
    Vector { target: "/businesses/{business}/settings.json", credential: Token, ..SETTINGS },
    Vector {
        what: "the settings of a foreign cabinet",
        target: "/v2/businesses/{foreign_business}/settings",
        expected: Answered(403, "FORBIDDEN"),
        ..SETTINGS
    },
];
