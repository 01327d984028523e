//! The list of requests that every gateway is put to, but for those that marketpass answers itself.
//!
//! Owns what is sent and what must come of it. Must never know a gateway, but for where one is known to differ.
//!
//! In targets and headers `{own}` stands for a store of the caller's, `{business}` for the cabinet, `{foreign}` and
//! `{foreign_business}` for somebody else's.

use mp_testkit::gateway::Program;
use mp_testkit::gateway::Program::{Caddy, Envoy, HaProxy, Nginx, Traefik};

/// A request and its fate.
pub(crate) struct Vector {
    pub(crate) what: &'static str,
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    pub(crate) credential: Credential,
    /// Whole lines.
    pub(crate) headers: &'static [&'static str],
    pub(crate) body: &'static str,
    pub(crate) expected: Expected,
    /// The `Deprecation` and `Sunset` that the caller is told.
    pub(crate) end: Option<[&'static str; 2]>,
    /// Gateways that treat it otherwise, and how.
    pub(crate) except: &'static [(Program, Expected)],
}

/// What the caller shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A key of the cabinet with the access `pricing`.
    Key,
    /// The same, good only from the address that test requests come from.
    KeyFromHere,
    /// The same, good only from an address that no test request comes from.
    KeyFromElsewhere,
    /// A key of another cabinet, whose limit is used up.
    SpentKey,
    /// Well-formed, and nobody's.
    Stranger,
    Token,
    Nothing,
    KeyTwice,
    TokenTwice,
    KeyAndNonsense,
    NonsenseAndToken,
}

/// What must come of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// It reaches the upstream with its target as sent.
    Allowed,
    /// It reaches the upstream, and marketpass before, with this target.
    AllowedAs(&'static str),
    /// It reaches marketpass alone, whose answer has this status and this in it, and is charged for once.
    Answered(u16, &'static str),
    /// The seller API's refusal; nothing reaches the upstream.
    Refused(u16, &'static str),
    /// The gateway itself refuses it, in its own words; nothing reaches the upstream.
    RefusedByGateway,
    /// Whatever the answer, only an own store reaches the upstream.
    Contained,
}

use Credential::*;
use Expected::{Allowed, AllowedAs, Contained, Refused, RefusedByGateway};

const OWN: &str = "/v2/campaigns/{own}/settings";
const FOREIGN: &str = "/v2/campaigns/{foreign}/settings";
/// 18 January 2027.
const DEPRECATION: &str = "@1800230400";
const NOT_FOUND: Expected = Refused(404, "NOT_FOUND");

pub(super) const GET: Vector = Vector {
    what: "the settings of a store of one's own",
    method: "GET",
    target: OWN,
    credential: Key,
    headers: &[],
    body: "",
    expected: Allowed,
    end: None,
    except: &[],
};

/// A method that the shipped catalogue calls deprecated.
const OLD: Vector = Vector {
    what: "a method whose end is announced",
    target: "/v2/campaigns/{own}/offer-prices",
    end: Some([DEPRECATION, "Mon, 05 Apr 2027 00:00:00 GMT"]),
    ..GET
};

const fn ambiguous(target: &'static str) -> Vector {
    Vector { what: "an ambiguous path", target, expected: NOT_FOUND, ..GET }
}

/// Names the caller's own store in every description that is not the gateway's.
pub(super) const SPOOFED_DESCRIPTIONS: &[&str] = &[
    "X-Original-Method: GET",
    "X-Original-URI: /v2/campaigns/{own}/settings",
    "X-Forwarded-Method: GET",
    "X-Forwarded-Uri: /v2/campaigns/{own}/settings",
    "X-Original-Url: /v2/campaigns/{own}/settings",
    "X-Envoy-Original-Path: /v2/campaigns/{own}/settings",
];

/// Every one of them must be gone when the request reaches the upstream.
pub(super) const SPOOFED_IDENTITY: &[&str] = &[
    "X-Auth-Subject: account:1",
    "x-auth-subject: account:2",
    "X-Auth-Business: 1",
    "X-Auth-Campaigns: *",
    "X-Auth-Scope: all-methods",
    "X-Auth-Operation: deleteCampaign",
    "X-Auth-Status: 200",
    "X_Auth_Subject: account:3",
    "X-Auth_Subject: account:4",
    "X.Auth.Subject: account:5",
    "X-Original-Method: DELETE",
    "X-Original-URI: /v2/campaigns/{foreign}/settings",
    "X-Forwarded-Method: DELETE",
    "X-Forwarded-Uri: /v2/campaigns/{foreign}/settings",
    "X-Forwarded-Prefix: /evil",
    "X_Forwarded_For: 203.0.113.9",
    "Forwarded: for=203.0.113.9",
    "Api_Key: nonsense",
];

pub(super) const SPOOFED_ADDRESS: &[&str] = &[
    "X-Forwarded-For: 203.0.113.9",
    "X-Real-IP: 203.0.113.9",
    "Forwarded: for=203.0.113.9",
    "X-Client-IP: 203.0.113.9",
];

const SPOOFED_END: &[&str] = &["Deprecation: @1", "Sunset: Thu, 01 Jan 1970 00:00:00 GMT"];

pub(crate) const VECTORS: &[Vector] = &[
    GET,
    Vector { what: "the unversioned path", target: "/campaigns/{own}/settings.json", ..GET },
    Vector {
        what: "a query is passed on byte for byte",
        target: "/v2/campaigns/{own}/settings?a=b%2Fc//d&e=..;&statuses=200",
        except: &[(Traefik, AllowedAs("/v2/campaigns/{own}/settings?a=b%2Fc//d&e=..%3B&statuses=200"))],
        ..GET
    },
    Vector {
        what: "a body",
        method: "POST",
        target: "/v2/businesses/{business}/offer-prices/updates",
        headers: &["Content-Type: application/json", "Content-Length: 13"],
        body: r#"{"offers":[]}"#,
        ..GET
    },
    Vector {
        what: "a body in chunks",
        method: "POST",
        target: "/v2/businesses/{business}/offer-prices/updates",
        headers: &["Content-Type: application/json", "Transfer-Encoding: chunked"],
        body: "6\r\n{\"offe\r\n7\r\nrs\":[]}\r\n0\r\n\r\n",
        ..GET
    },
    Vector {
        what: "headers that are the upstream's business",
        headers: &[
            "X-Business-Id: {business}",
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "X-Market-Integration: erp/1",
            "Cookie: session=secret",
        ],
        ..GET
    },
    Vector { what: "a token", credential: Token, ..GET },
    Vector { what: "a key beside nonsense", credential: KeyAndNonsense, ..GET },
    Vector { what: "a key from where it may be used", credential: KeyFromHere, ..GET },
    Vector {
        what: "the same with an address made up",
        credential: KeyFromHere,
        headers: SPOOFED_ADDRESS,
        ..GET
    },
    Vector {
        what: "a target in absolute form",
        target: "http://api.example/v2/campaigns/{own}/settings",
        expected: AllowedAs(OWN),
        ..GET
    },
    Vector {
        what: "an answer of the upstream's is no refusal",
        target: "/v2/campaigns/{own}/settings?answer=401",
        ..GET
    },
    Vector {
        what: "a failure of the upstream's is passed on",
        target: "/v2/campaigns/{own}/settings?answer=500",
        ..GET
    },
    Vector {
        what: "limits of the upstream's own are not heard",
        target: "/v2/campaigns/{own}/settings?limits=own",
        except: &[(Traefik, Contained)],
        ..GET
    },
    OLD,
    Vector {
        what: "a failure of a method whose end is announced",
        target: "/v2/campaigns/{own}/offer-prices?answer=500",
        ..OLD
    },
    Vector {
        what: "an end of the upstream's own is not heard beside marketpass's",
        target: "/v2/campaigns/{own}/offer-prices?end=own",
        except: &[(Traefik, Contained)],
        ..OLD
    },
    Vector { what: "an end made up by the caller", headers: SPOOFED_END, ..GET },
    Vector { what: "another end made up by the caller", headers: SPOOFED_END, ..OLD },
    Vector { what: "an identity made up", headers: SPOOFED_IDENTITY, ..GET },
    Vector { what: "no credential", credential: Nothing, expected: Refused(401, "UNAUTHORIZED"), ..GET },
    Vector {
        what: "a key that nobody issued",
        credential: Stranger,
        expected: Refused(401, "UNAUTHORIZED"),
        ..GET
    },
    Vector { what: "a key given twice", credential: KeyTwice, expected: Refused(401, "UNAUTHORIZED"), ..GET },
    Vector {
        what: "a token given twice",
        credential: TokenTwice,
        expected: Refused(401, "UNAUTHORIZED"),
        except: &[(Nginx, RefusedByGateway)],
        ..GET
    },
    Vector {
        what: "nonsense beside a token",
        credential: NonsenseAndToken,
        expected: Refused(401, "UNAUTHORIZED"),
        ..GET
    },
    Vector {
        what: "a key from elsewhere",
        credential: KeyFromElsewhere,
        expected: Refused(403, "FORBIDDEN"),
        ..GET
    },
    Vector {
        what: "a key from elsewhere that makes its address up",
        credential: KeyFromElsewhere,
        headers: SPOOFED_ADDRESS,
        expected: Refused(403, "FORBIDDEN"),
        ..GET
    },
    Vector {
        what: "a method that the key does not open",
        target: "/v2/campaigns/{own}/orders",
        expected: Refused(403, "FORBIDDEN"),
        end: Some([DEPRECATION, "Mon, 12 Apr 2027 00:00:00 GMT"]),
        ..GET
    },
    Vector { what: "a foreign store", target: FOREIGN, expected: Refused(403, "FORBIDDEN"), ..GET },
    Vector {
        what: "a foreign cabinet",
        method: "POST",
        target: "/v2/businesses/{foreign_business}/offer-prices/updates",
        headers: &["Content-Length: 0"],
        expected: Refused(403, "FORBIDDEN"),
        ..GET
    },
    Vector {
        what: "a foreign cabinet in a header",
        headers: &["X-Business-Id: {foreign_business}"],
        expected: Refused(403, "FORBIDDEN"),
        ..GET
    },
    Vector {
        what: "a foreign store with descriptions of an own one",
        target: FOREIGN,
        headers: SPOOFED_DESCRIPTIONS,
        expected: Refused(403, "FORBIDDEN"),
        ..GET
    },
    Vector {
        what: "a wrong verb with descriptions of a right one",
        method: "DELETE",
        headers: SPOOFED_DESCRIPTIONS,
        expected: Refused(405, "METHOD_NOT_ALLOWED"),
        ..GET
    },
    Vector {
        what: "HEAD, which no method has",
        method: "HEAD",
        expected: Refused(405, "METHOD_NOT_ALLOWED"),
        ..GET
    },
    Vector { what: "a path that no method has", target: "/v2/nothing", expected: NOT_FOUND, ..GET },
    Vector {
        what: "a query that speaks to marketpass",
        target: "/v2/nothing?statuses=401,403",
        expected: NOT_FOUND,
        ..GET
    },
    Vector {
        what: "the question of a gateway",
        target: "/forward-auth/credential",
        expected: NOT_FOUND,
        ..GET
    },
    Vector {
        what: "the question that nginx asks itself",
        target: "/marketpass",
        expected: NOT_FOUND,
        except: &[(Nginx, RefusedByGateway)],
        ..GET
    },
    Vector {
        what: "what nginx calls marketpass's answers",
        target: "/marketpass/answer",
        expected: NOT_FOUND,
        except: &[(Nginx, RefusedByGateway)],
        ..GET
    },
    Vector {
        what: "a limit that is used up",
        method: "POST",
        target: "/v2/categories/tree",
        credential: SpentKey,
        headers: &["Content-Length: 0"],
        expected: Refused(420, "METHOD_FAILURE"),
        ..GET
    },
    Vector {
        what: "a store whose id is none",
        target: "/v2/campaigns/nobody",
        expected: Refused(400, "BAD_REQUEST"),
        ..GET
    },
    ambiguous("//v2/campaigns/{own}"),
    ambiguous("/v2//campaigns/{own}"),
    ambiguous("/v2/campaigns//{own}"),
    ambiguous("/v2/campaigns/{own}/"),
    ambiguous("/v2/./campaigns/{own}"),
    ambiguous("/v2/campaigns/{foreign}/../{own}"),
    ambiguous("/v2/campaigns/{foreign}/%2e%2e/{own}"),
    ambiguous("/v2/campaigns/{foreign}/..;/{own}"),
    ambiguous("/v2/campaigns/{own};a=b"),
    ambiguous("/v2/campaigns%2F{own}"),
    ambiguous("/v2/campaigns/{own}%2f..%2f{foreign}"),
    ambiguous("/v2/campaigns/{own}%5c"),
    ambiguous("/v2\\campaigns\\{own}"),
    ambiguous("/v2/campaigns/{own}%252F"),
    ambiguous("/v2/campaigns/{own}%3Fa=b"),
    Vector { except: &[(Nginx, RefusedByGateway)], ..ambiguous("/v2/campaigns/{own}%00") },
    Vector { except: &[(Nginx, RefusedByGateway)], ..ambiguous("/../credential") },
    ambiguous("//v2/campaigns/{own}/settings"),
    ambiguous("/v2/campaigns/{foreign}/../{own}/settings"),
    ambiguous("/v2/campaigns%2F{own}/settings"),
    ambiguous("/v2/campaigns/{own}/settings/"),
    ambiguous("/v2/campaigns/{own}/settings/.."),
    ambiguous("/v2/auth/./token"),
    ambiguous("/v2/auth%2ftoken"),
    ambiguous("/v2/campaigns%0a"),
    Vector { except: &[(Traefik, AllowedAs(OWN))], ..ambiguous("/%76%32/campaigns/{own}/settings") },
    Vector {
        except: &[(Nginx, RefusedByGateway), (Caddy, RefusedByGateway), (Traefik, RefusedByGateway)],
        ..ambiguous("/v2/campaigns/{own}%")
    },
    Vector {
        except: &[(HaProxy, RefusedByGateway), (Traefik, RefusedByGateway), (Envoy, RefusedByGateway)],
        ..ambiguous("/v2/campaigns/{own}#a")
    },
    Vector {
        what: "a hash in a query",
        target: "/v2/campaigns/{own}/settings?a=1#b",
        except: &[(HaProxy, RefusedByGateway), (Envoy, RefusedByGateway)],
        ..GET
    },
    Vector { what: "a target that is no path", method: "OPTIONS", target: "*", expected: Contained, ..GET },
    Vector {
        what: "two lengths, behind which a second request hides",
        method: "GET",
        headers: &["Content-Length: 4", "Transfer-Encoding: chunked"],
        body: "0\r\n\r\nGET /v2/campaigns/{foreign}/settings HTTP/1.1\r\nHost: api.example\r\n\r\n",
        expected: Contained,
        ..GET
    },
    Vector {
        what: "a length that is no number, behind which a second request hides",
        headers: &["Content-Length: +0"],
        body: "GET /v2/campaigns/{foreign}/settings HTTP/1.1\r\nHost: api.example\r\n\r\n",
        expected: Contained,
        ..GET
    },
    Vector {
        what: "an unknown coding, behind which a second request hides",
        headers: &["Transfer-Encoding: xchunked"],
        body: "0\r\n\r\nGET /v2/campaigns/{foreign}/settings HTTP/1.1\r\nHost: api.example\r\n\r\n",
        expected: Contained,
        ..GET
    },
    Vector {
        what: "a folded header that holds another one",
        headers: &["X-Harmless: a\r\n X-Auth-Subject: account:1"],
        expected: Contained,
        ..GET
    },
];

const fn odd(target: &'static str) -> Vector {
    Vector { what: target, target, expected: Contained, ..GET }
}

/// Targets over which two readers may fall out, beside those above.
pub(crate) const ODD: &[Vector] = &[
    odd("/"),
    odd("/?"),
    odd("/?a"),
    odd("?a"),
    odd("//"),
    odd("///a"),
    odd("//host/a"),
    odd("/a//"),
    odd("/a/."),
    odd("/a/.."),
    odd("/a/../.."),
    odd("/./a"),
    odd("/a/.;/b"),
    odd("/a%2e%2e/b"),
    odd("/a/%2E%2E/b"),
    odd("/a/.%2e/b"),
    odd("/a%09b"),
    odd("/a%0d%0aX-Auth-Subject:%201"),
    odd("/a%20b+c"),
    odd("/%D0%B6"),
    odd("/\u{436}"),
    odd("/a?b=%2F%2f&c;d=e"),
    odd("/a?b?c"),
    odd("/a?b#c"),
    odd("/a?b=http://host/"),
    odd("/a?b=\"<>^`{|}"),
    odd("/a\"<>^`{|}"),
    odd("/a!$&'()*+,;=:@b"),
    odd("/a?b%"),
    odd("/a?%zz"),
    odd("/{http.request.header.Api-Key}?{env.HOME}=%[var(x)]$uri"),
    odd("/a%25%32%66b"),
    odd("http://api.example"),
    odd("http://api.example//a/../b"),
    odd("http://api.example/a?b"),
    odd("HTTP://api.example/a"),
];
