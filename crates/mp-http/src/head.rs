//! The head of a request, as far as `front` wants to understand it.
//!
//! Owns which requests are answered without a framework: token-info over HTTP/1.1 with one `Host`, without a body and
//! without any wish about the connection. Must leave everything else to hyper, byte for byte, and finds the end of a head with the very
//! parser hyper uses, so that the two never disagree about where a request ends.

use std::mem::MaybeUninit;
use std::net::IpAddr;

use httparse::{Error, Header, Request, Status};
use mp_market::path;
use mp_market::trace_parent::TraceId;
use mp_service::Presented;

use crate::client_address::TrustedProxies;
use crate::credential;
use crate::edge::Origin;

/// How many header lines a request may have.
pub(crate) const MAX_HEADERS: usize = 100;
/// How long a head may be, in bytes.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head<'a> {
    /// Not yet a whole head.
    Partial,
    /// No head of HTTP/1: what is wrong with it.
    Malformed(&'static str),
    /// A token-info request with nothing to wait for.
    TokenInfo(Ask<'a>),
    /// A request for the router.
    Other,
}

/// A token-info request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ask<'a> {
    /// The length of the request in bytes.
    pub(crate) length: usize,
    pub(crate) presented: Presented<'a>,
    pub(crate) from: IpAddr,
    pub(crate) trace: Option<TraceId>,
}

/// Reads the head at the beginning of `bytes`.
pub(crate) fn read_head<'a>(bytes: &'a [u8], origin: Origin, proxies: &TrustedProxies) -> Head<'a> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
            plain_token_info(&request, length, origin, proxies).map_or(Head::Other, Head::TokenInfo)
        }
        Ok(Status::Partial) if bytes.len() < MAX_HEAD_BYTES => Head::Partial,
        Ok(_) => Head::Malformed("The request head is too large: at most 64 KB are accepted"),
        Err(Error::TooManyHeaders) => {
            Head::Malformed("The request has too many headers: at most 100 are accepted")
        }
        Err(error) => Head::Malformed(describe(error)),
    }
}

fn describe(error: Error) -> &'static str {
    match error {
        Error::HeaderName => "The request has a header with an invalid name",
        Error::HeaderValue => "The request has a header with an invalid value",
        Error::NewLine => "The request has an invalid line ending",
        Error::Version => "The request has an unsupported HTTP version",
        Error::Token | Error::Status | Error::TooManyHeaders => "The request line is invalid",
    }
}

fn plain_token_info<'a>(
    request: &Request<'_, 'a>,
    length: usize,
    origin: Origin,
    proxies: &TrustedProxies,
) -> Option<Ask<'a>> {
    let is_ours = request.version == Some(1)
        && request.method == Some(path::TOKEN_INFO_VERB)
        && request.path.is_some_and(|path| path::TOKEN_INFO.contains(&path));
    let headers = &*request.headers;
    let is_framed = lines(headers, "host").count() == 1 && lines(headers, "content-length").count() <= 1;
    if !is_ours || !is_framed || !headers.iter().all(is_plain) {
        return None;
    }
    let from = if origin.is_proxy {
        proxies.client(origin.peer, lines(headers, "x-forwarded-for"), lines(headers, "forwarded"))
    } else {
        origin.peer
    };
    Some(Ask {
        length,
        presented: credential::presented(lines(headers, "api-key"), lines(headers, "authorization")),
        from,
        trace: credential::trace(lines(headers, "traceparent")),
    })
}

/// Whether a header asks for nothing special: no body, no `100 Continue`, no end of the connection.
fn is_plain(header: &Header<'_>) -> bool {
    let is = |name: &str| header.name.eq_ignore_ascii_case(name);
    match header.name.len() {
        6 => !is("expect"),
        7 => !is("upgrade"),
        10 => !is("connection") || header.value.eq_ignore_ascii_case(b"keep-alive"),
        14 => !is("content-length") || header.value == b"0",
        17 => !is("transfer-encoding"),
        _ => true,
    }
}

/// The values of every line of a header, in their order.
fn lines<'h, 'a>(
    headers: &'h [Header<'a>],
    name: &'h str,
) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'h, 'a> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

#[cfg(test)]
mod tests {
    use mp_domain::credential::OAuthCredential;
    use proptest::prelude::*;

    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn origin(is_proxy: bool) -> Origin {
        Origin { peer: PEER, is_proxy, is_gateway: false, is_encrypted: false }
    }

    fn head(request: &[u8]) -> Head<'_> {
        read_head(request, origin(false), &TrustedProxies::default())
    }

    fn asks(request: &str, presented: Presented<'_>) {
        let ask = Ask { length: request.len(), presented, from: PEER, trace: None };
        assert_eq!(head(request.as_bytes()), Head::TokenInfo(ask), "{request}");
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

    #[test]
    fn only_a_trusted_peer_speaks_for_others() {
        let request = b"POST /auth/token HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
        let proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let from = |is_proxy| match read_head(request, origin(is_proxy), &proxies) {
            Head::TokenInfo(ask) => ask.from.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(from(false), "127.0.0.1");
        assert_eq!(from(true), "192.0.2.1");
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
            let Head::TokenInfo(ask) = head(&bytes) else {
                panic!("recognised whatever follows")
            };
            prop_assert_eq!(ask.length, request.len());
        }
    }
}
