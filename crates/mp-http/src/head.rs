//! The head of a request, as far as `front` wants to understand it.
//!
//! Owns which requests are answered without a framework: token-info, the questions of gateways and what goes on to an
//! upstream, over HTTP/1.1 with one `Host`, without any wish about the connection, and without a body or with one that is
//! there already. Must leave everything else to hyper, byte for byte, and finds the end of a head with the very parser hyper
//! uses, so that the two never disagree about where a request ends.

use std::mem::MaybeUninit;

use httparse::{Error, Header, Request, Status};
use mp_market::path;

use crate::forward_auth;
use crate::header_lines::HeaderLines;
use crate::http2::PREFACE;

/// How many header lines a request may have.
pub(crate) const MAX_HEADERS: usize = 100;
/// How long a head may be, in bytes.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What is said to a head with too many of them.
pub(crate) const TOO_MANY: &str = "The request has too many headers: at most 100 are accepted";
/// What is said to a longer one.
pub(crate) const TOO_LARGE: &str = "The request head is too large: at most 64 KB are accepted";

/// The verbs whose answers have a body.
const WITH_ANSWERS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];

/// What is said to a version nobody here speaks.
pub(crate) const UNSUPPORTED_VERSION: &str = "The request has an unsupported HTTP version";

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head<T> {
    /// Not yet a whole head.
    Partial,
    /// No head of HTTP/1: what is wrong with it.
    Malformed(&'static str),
    /// A plain request of so many bytes with its body, and what was made of it.
    Plain(usize, T),
    /// A request for the router.
    Other,
    /// A connection of HTTP/2.
    Http2,
}

/// A request with nothing to wait for.
pub(crate) struct Plain<'h, 'a> {
    pub(crate) door: PlainDoor,
    pub(crate) verb: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'h [Header<'a>],
    /// All of its body.
    pub(crate) body: &'a [u8],
}

/// The doors that plain requests go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainDoor {
    TokenInfo,
    ForwardAuth,
    /// To the upstream.
    Gate,
}

/// Reads the head at the beginning of `bytes`. If it is plain, `answer` makes something of it. `door` is the one that the
/// origin has beside token-info.
pub(crate) fn read_head<T>(
    bytes: &[u8],
    door: Option<PlainDoor>,
    answer: impl FnOnce(&Plain<'_, '_>) -> T,
) -> Head<T> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
            match plain(&request, &bytes[length..], door) {
                Some(plain) => Head::Plain(length + plain.body.len(), answer(&plain)),
                None => Head::Other,
            }
        }
        Ok(Status::Partial) if bytes.len() < MAX_HEAD_BYTES => Head::Partial,
        Ok(_) => Head::Malformed(TOO_LARGE),
        Err(Error::TooManyHeaders) => Head::Malformed(TOO_MANY),
        Err(Error::Version) if bytes.starts_with(PREFACE) => Head::Http2,
        Err(Error::Version) if PREFACE.starts_with(bytes) => Head::Partial,
        Err(error) => Head::Malformed(describe(error)),
    }
}

fn describe(error: Error) -> &'static str {
    match error {
        Error::HeaderName => "The request has a header with an invalid name",
        Error::HeaderValue => "The request has a header with an invalid value",
        Error::NewLine => "The request has an invalid line ending",
        Error::Version => UNSUPPORTED_VERSION,
        Error::Token | Error::Status | Error::TooManyHeaders => "The request line is invalid",
    }
}

/// The plain request that this is, if it is one; `rest` is what comes behind its head.
fn plain<'h, 'a>(
    request: &'h Request<'_, 'a>,
    rest: &'a [u8],
    door: Option<PlainDoor>,
) -> Option<Plain<'h, 'a>> {
    let (verb, target) = (request.method?, request.path?);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let door = if verb == path::TOKEN_INFO_VERB && path::TOKEN_INFO.contains(&target) {
        PlainDoor::TokenInfo
    } else {
        let leads = match door? {
            PlainDoor::TokenInfo => false,
            PlainDoor::ForwardAuth => path.starts_with(forward_auth::PREFIX),
            PlainDoor::Gate => is_ordinary(target),
        };
        (leads && WITH_ANSWERS.contains(&verb)).then_some(door?)?
    };
    let headers = &*request.headers;
    let body = rest.get(..body_length(headers)?)?;
    let is_expected = body.is_empty() || door == PlainDoor::Gate;
    let has_host = headers.lines("host").count() == 1;
    let is_plain = request.version == Some(1) && has_host && is_expected && headers.iter().all(is_plain);
    is_plain.then_some(Plain { door, verb, target, path, query, headers, body })
}

/// Whether a target is a path of characters that every parser takes for what they are (RFC 3986 §3.3, §3.4).
fn is_ordinary(target: &str) -> bool {
    let is_usual =
        |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'=' | b'&');
    let is_allowed = |byte| b"%.?:@~!$'()*+,;".contains(&byte);
    target.starts_with('/') && target.bytes().all(|byte| is_usual(byte) || is_allowed(byte))
}

/// How long the body is, if the head says it in one plain way.
fn body_length(headers: &[Header<'_>]) -> Option<usize> {
    let mut lines = headers.lines("content-length");
    let Some(line) = lines.next() else { return Some(0) };
    let is_number = line.iter().all(u8::is_ascii_digit) && !line.starts_with(b"00");
    (is_number && lines.next().is_none()).then(|| str::from_utf8(line).ok()?.parse().ok())?
}

/// Whether a header asks for nothing special: no other framing, no `100 Continue`, no end of the connection.
fn is_plain(header: &Header<'_>) -> bool {
    let is = |name: &str| header.name.eq_ignore_ascii_case(name);
    match header.name.len() {
        6 => !is("expect"),
        7 => !is("upgrade"),
        10 => !is("connection") || header.value.eq_ignore_ascii_case(b"keep-alive"),
        17 => !is("transfer-encoding"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use mp_domain::credential::OAuthCredential;
    use mp_service::Presented;
    use proptest::prelude::*;

    use super::*;
    use crate::credential;

    /// The door, and the credential as it prints itself.
    fn head(request: &[u8]) -> Head<(PlainDoor, String)> {
        read_head(request, Some(PlainDoor::ForwardAuth), |plain| {
            let lines = |name| plain.headers.lines(name);
            let presented = credential::presented(lines("api-key"), lines("authorization"));
            (plain.door, format!("{presented:?}"))
        })
    }

    fn asks(request: &str, presented: Presented<'_>) {
        let expected = Head::Plain(request.len(), (PlainDoor::TokenInfo, format!("{presented:?}")));
        assert_eq!(head(request.as_bytes()), expected, "{request}");
    }

    #[test]
    fn questions_of_gateways_are_plain_on_the_origin_that_has_them() {
        for line in ["GET /forward-auth/original?statuses=401,403", "DELETE /forward-auth/path/v2/x"] {
            let request = format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n");
            for (door, expected) in [
                (None, None),
                (Some(PlainDoor::ForwardAuth), Some(PlainDoor::ForwardAuth)),
                // There it is a path as any other.
                (Some(PlainDoor::Gate), Some(PlainDoor::Gate)),
            ] {
                assert_eq!(door_of(&request, door), expected, "{line}");
            }
        }
        for line in ["HEAD /forward-auth/original", "GET /forward-auth", "GET /v2/forward-auth/original"] {
            let request = format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_eq!(head(request.as_bytes()), Head::Other, "{line}");
        }
    }

    fn door_of(request: &str, door: Option<PlainDoor>) -> Option<PlainDoor> {
        match read_head(request.as_bytes(), door, |plain| plain.door) {
            Head::Plain(_, door) => Some(door),
            _ => None,
        }
    }

    #[test]
    fn ordinary_requests_go_on_to_the_upstream_with_the_body_that_is_there() {
        let passed = |target: &str, lines: &str, rest: &str| {
            let request = format!("POST {target} HTTP/1.1\r\nHost: x\r\n{lines}\r\n{rest}");
            let body = |plain: &Plain<'_, '_>| String::from_utf8_lossy(plain.body).into_owned();
            match read_head(request.as_bytes(), Some(PlainDoor::Gate), body) {
                Head::Plain(length, body) => Some((request.len() - length, body)),
                _ => None,
            }
        };
        let whole = |left, body: &str| Some((left, body.to_owned()));
        assert_eq!(passed("/v2/x?a=b%20c&d", "", ""), whole(0, ""));
        assert_eq!(passed("/v2/x", "", "GET "), whole(4, ""));
        assert_eq!(passed("/v2/x", "Content-Length: 5\r\n", "helloGET "), whole(4, "hello"));
        for (target, lines) in [
            ("/v2/x", "Content-Length: 6\r\n"),
            ("/v2/x", "Content-Length: 005\r\n"),
            ("/v2/x", "Content-Length: +5\r\n"),
            ("/v2/x", "Content-Length:\r\n"),
            ("/v2/x", "Content-Length: 5\r\nContent-Length: 5\r\n"),
            ("/v2/x", "Content-Length: 99999999999999999999\r\n"),
            ("/v2/x", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            ("/v2/x#y", ""),
            ("/v2/\u{43c}", ""),
            ("/v2/x[1]", ""),
            ("/v2/x\\y", ""),
            ("http://x/v2/x", ""),
            ("*", ""),
        ] {
            assert_eq!(passed(target, lines, "hello"), None, "{target} {lines}");
        }
        assert_eq!(door_of("HEAD /v2/x HTTP/1.1\r\nHost: x\r\n\r\n", Some(PlainDoor::Gate)), None);
    }

    #[test]
    fn plain_requests_are_recognised_in_every_spelling() {
        for path in path::TOKEN_INFO {
            asks(&format!("POST {path} HTTP/1.1\r\nHost: x\r\n\r\n"), Presented::Nothing);
        }
        let usual = "POST /v2/auth/token HTTP/1.1\r\nHOST: x\r\nConnection: keep-alive\r\napi-KEY: \t a b \r\n\
                     Content-Length: 0\r\n\r\n";
        asks(usual, Presented::ApiKey(b"a b"));
        asks("POST /auth/token HTTP/1.1\r\nHost: x\r\nAPI-KEY:\r\n\r\n", Presented::ApiKey(b""));
        asks("POST /auth/token HTTP/1.1\r\nHost:\r\nApi-Key: ж\r\n\r\n", Presented::ApiKey("ж".as_bytes()));
        let token = OAuthCredential { token: b"x", client_id: None };
        asks(
            "POST /auth/token HTTP/1.1\r\nHost: x\r\nauthorization: Bearer x\r\n\r\n",
            Presented::OAuth(token),
        );
        asks(
            "POST /auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: a\r\nApi-Key: a\r\n\r\n",
            Presented::RepeatedApiKey,
        );
    }

    #[test]
    fn everything_else_is_left_to_the_router() {
        let with_line = |line: &str| format!("{line}\r\nHost: x\r\n\r\n");
        let token_info = |header: &str| with_line(&format!("POST /v2/auth/token HTTP/1.1\r\n{header}"));
        let others = [
            with_line("GET /v2/auth/token HTTP/1.1"),
            with_line("post /v2/auth/token HTTP/1.1"),
            with_line("POST /v2/auth/token HTTP/1.0"),
            with_line("POST /v2/auth/token?a=b HTTP/1.1"),
            with_line("POST http://x/v2/auth/token HTTP/1.1"),
            with_line("POST /v2//auth/token HTTP/1.1"),
            "POST /v2/auth/token HTTP/1.1\r\n\r\n".to_owned(),
            token_info("Host: x"),
            token_info("Content-Length: 2"),
            token_info("Content-Length: 00"),
            token_info("Content-Length:"),
            token_info("Content-Length: 0, 0"),
            token_info("Content-Length: 0\r\nContent-Length: 0"),
            token_info("Transfer-Encoding: chunked"),
            token_info("transfer-encoding: identity"),
            token_info("Content-Length: 0\r\nTransfer-Encoding: chunked"),
            token_info("Expect: 100-continue"),
            token_info("Connection: close"),
            token_info("Connection: keep-alive, Upgrade"),
            token_info("Upgrade: h2c"),
        ];
        for request in others {
            assert_eq!(head(request.as_bytes()), Head::Other, "{request}");
        }
    }

    #[test]
    fn half_a_head_is_waited_for_up_to_a_limit() {
        assert_eq!(head(b""), Head::Partial);
        assert_eq!(head(b"POST /v2/auth/token HTTP/1.1\r\nApi-K"), Head::Partial);
        let endless = format!("POST / HTTP/1.1\r\na: {}", "a".repeat(MAX_HEAD_BYTES));
        assert_eq!(head(&endless.as_bytes()[..MAX_HEAD_BYTES - 1]), Head::Partial);
        assert!(matches!(head(endless.as_bytes()), Head::Malformed(_)));
        let many = format!("POST / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert!(matches!(head(many.as_bytes()), Head::Malformed(_)));
    }

    #[test]
    fn the_preface_of_http_2_is_recognised_once_it_is_whole() {
        let with_more = [PREFACE, b"\0\0\0\x04"].concat();
        assert_eq!(head(&with_more), Head::Http2);
        for length in 0..PREFACE.len() {
            assert_eq!(head(&PREFACE[..length]), Head::Partial, "{length}");
        }
        let almost = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r";
        assert_eq!(head(almost), Head::Malformed("The request has an unsupported HTTP version"));
    }

    #[test]
    fn nonsense_is_named() {
        for (bytes, problem) in [
            ("\u{16}\u{3}\u{1}", "The request line is invalid"),
            ("POST / HTTP/2.0\r\n\r\n", "The request has an unsupported HTTP version"),
            ("POST / HTTP/1.1\r\na b: c\r\n\r\n", "The request has a header with an invalid name"),
            ("POST / HTTP/1.1\r\nApi-Key: a\u{1}b\r\n\r\n", "The request has a header with an invalid value"),
        ] {
            assert_eq!(head(bytes.as_bytes()), Head::Malformed(problem));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = head(&bytes);
        }

        #[test]
        fn a_request_ends_where_it_ends_whatever_follows(rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let request = b"POST /auth/token HTTP/1.1\r\nHost: x\r\nApi-Key: a\r\n\r\n";
            let bytes = [request, rest.as_slice()].concat();
            let Head::Plain(length, _) = head(&bytes) else {
                panic!("recognised whatever follows")
            };
            prop_assert_eq!(length, request.len());
        }
    }
}
