//! Plain requests pass without a framework and all others with it: nobody may be able to tell the two ways apart, neither a
//! caller nor the upstream, nor whoever counts points.

use std::sync::{Arc, Mutex};

use mp_domain::api_key::KeyGrant;
use mp_domain::scope::AccessScope;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;

use crate::wire::Caller;
use crate::world::{World, grant, way_to};

/// What an upstream may answer; a request names one of them. Lengths are told save where the connection ends.
const ANSWERS: [&[u8]; 27] = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1;a=b\r\n \r\n0\r\nX-Behind: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nup to the end",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.0 200 OK\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}and more",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\n1",
    b"HTTP/1.1 204 No Content\r\nX-One: 1\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 77\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 420 Method Failure\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 All \xe9 well\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nDATE: a second\r\nTRACEPARENT: 00-1-2-3\r\n\
      Deprecation: @1\r\nsunset: never\r\nRateLimit: 7\r\nX-RateLimit-Resource-Limit: 7\r\nX-Auth-Subject: key:1\r\n\
      X-Content-Type-Options: sniff\r\nSet-Cookie: a=1\r\nAlt-Svc: h3\r\nRetry-After: 1\r\nAllow: GET\r\n\
      Cache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nConnection: X-One, keep-alive\r\nConnection: x-two\r\nX-One: 1\r\nx-TWO: 2\r\nX-Three: 3\r\n\
      Keep-Alive: timeout=5\r\nUpgrade: h2c\r\nTE: a\r\nTrailer: b\r\nProxy-Connection: c\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nX-Odd: \xe9\t\xff\r\nX-Empty:\r\nX-Under_Score: 1\r\nX!#$%&'*+.^`|~: 1\r\nVary: a\r\nx-other: 1\r\n\
      VARY: b\r\nX-Long-Name-Of-More-Than-Sixty-Four-Characters-Which-Is-Rare-And-Yet-Allowed-Everywhere: 1\r\n\
      Content-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n1",
];

/// Those of them that end with the connection.
const ENDLESS: [usize; 2] = [2, 4];

/// What a caller may write beside his credential, and what of his body.
const LINES: [(&[u8], &[u8]); 27] = [
    (b"", b""),
    (b"Content-Length: 0\r\n", b""),
    (b"Content-Type: application/json\r\nContent-Length: 2\r\n", b"{}"),
    (b"Content-Type: application/json\r\ncontent-LENGTH: 02\r\n", b"{}"),
    (b"Content-Type: application/json\r\nContent-Length: 1\r\n", b"{"),
    (b"Content-Type: text/plain\r\nContent-Length: 2\r\n", b"{}"),
    (b"Content-Length: 2\r\n", b"{}"),
    (b"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n", b"{}"),
    (b"ACCEPT: a\r\nx-between: 1\r\naccept: b\r\nX-Odd: \xe9\t\xff \r\nX-Empty:\r\nX-Spaces:  \t a  b \t \r\n", b""),
    (b"X_Auth_Subject: key:1\r\nX-Auth-Subject: key:1\r\nX.Y: 1\r\n!#$%&'*+.^`|~: 1\r\nProxy: a\r\nX-Host: b\r\n", b""),
    (
        b"X-Long-Name-Of-More-Than-Sixty-Four-Characters-Which-Is-Rare-And-Yet-Allowed-Everywhere: 1\r\n\
          X-AUTH-Long-Name-Of-More-Than-Sixty-Four-Characters-Which-Is-Rare-And-Yet-Allowed-Everywhere: 1\r\n",
        b"",
    ),
    (b"TE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nHTTP2-Settings: a\r\nTrailer: b\r\n", b""),
    (b"Cookie: a=1\r\nCookie2: b\r\nProxy-Authorization: Basic c\r\n", b""),
    (b"Forwarded: for=1.1.1.1\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Whatever: 1\r\nX-Real-IP: 1.1.1.1\r\n", b""),
    (b"X-HTTP-Method-Override: DELETE\r\nX-Rewrite-URL: /admin\r\nX-Original-URL: /admin\r\n", b""),
    (b"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nTraceState: a=1\r\ntracestate: b=2\r\n", b""),
    (b"Traceparent: nonsense\r\nTracestate: a=1\r\n", b""),
    (
        b"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
          traceparent: 00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nTracestate: a=1\r\n",
        b"",
    ),
    (b"Accept-Encoding: gzip\r\naccept-encoding: br\r\n", b""),
    (b"Api-Key: another\r\n", b""),
    (b"Authorization: Bearer nonsense\r\n", b""),
    (b"Authorization: Basic nonsense\r\n", b""),
    (b"X-Business-Id: 5\r\nX-Campaign-Id: 99\r\n", b""),
    (b"Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n", b"{}"),
    (b"Content-Type: application/json\r\nContent-Length: 21\r\n", b"{\"businessId\":999999}"),
    (b"Range: bytes=0-5\r\nIf-None-Match: \"1\"\r\nOrigin: https://a\r\nDate: x\r\nVia: 1.1 y\r\n", b""),
    (b"Content-Type: application/json\r\nContent-Length: 8\r\n", b"{\"a\":\xff\xfe}"),
];

/// A request as the upstream saw it, or an answer as its caller did: the first line, the others in order, the body.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    first: String,
    lines: Vec<String>,
    body: String,
}

impl Message {
    /// Takes a message off the front of `bytes`. Left out is what differs from time to time.
    fn take(bytes: &mut &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head") + 4;
        let (head, rest) = bytes.split_at(end);
        let mut lines =
            head[..end - 4].split(|byte| *byte == b'\n').map(|line| line.escape_ascii().to_string());
        let first = lines.next().unwrap();
        let lines = lines.map(|line| line.trim_end_matches("\\r").to_owned());
        let mut lines: Vec<String> = lines.collect();
        let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let has_body = !first.contains(" 204") && !first.contains(" 304");
        let length = value("content-length").filter(|_| has_body).map_or(0, |length| length.parse().unwrap());
        let (body, rest) = if value("transfer-encoding") == Some("chunked") {
            dechunked(rest)
        } else {
            let (body, rest) = rest.split_at(length);
            (body.to_vec(), rest)
        };
        *bytes = rest;
        lines.retain(|line| !["date: ", "connection: ", "host: "].iter().any(|name| line.starts_with(name)));
        for line in &mut lines {
            if line.starts_with("traceparent: ") {
                line.truncate("traceparent: 00-".len() + 32);
            }
        }
        // Lines of one name keep their order.
        lines.sort_by(|one, other| one.split(':').next().cmp(&other.split(':').next()));
        Self { first: first.trim_end_matches("\\r").to_owned(), lines, body: body.escape_ascii().to_string() }
    }

    fn line(&self, name: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Without the trace, which is each time another one where the caller has none.
    fn untraced(mut self) -> Self {
        self.lines.retain(|line| !line.starts_with("traceparent: "));
        self
    }
}

fn dechunked(mut bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        bytes = &bytes[end + 2..];
        body.extend_from_slice(&bytes[..size]);
        bytes = bytes[size..].strip_prefix(b"\r\n").unwrap();
        if size == 0 {
            return (body, bytes);
        }
    }
}

type Seen = Arc<Mutex<Vec<Message>>>;

/// Answers each request with what it names.
async fn serve(listener: TcpListener, seen: Seen) {
    loop {
        let stream = listener.accept().await.unwrap().0;
        tokio::spawn(converse(stream, Arc::clone(&seen)));
    }
}

async fn converse(stream: TcpStream, seen: Seen) {
    let mut caller = Caller::over(stream);
    while let Some(request) = caller.next_request().await {
        let request = Message::take(&mut &*request);
        let named = request.line("x-answer").unwrap().parse::<usize>().unwrap();
        seen.lock().unwrap().push(request);
        caller.send_unwanted(ANSWERS[named]).await;
        if ENDLESS.contains(&named) {
            return;
        }
    }
}

/// One of the two ways.
struct Way {
    world: World,
    seen: Seen,
    /// What makes a request take it.
    line: &'static str,
    /// What comes behind the request.
    behind: &'static str,
    store: String,
    key: String,
}

impl Way {
    async fn new(line: &'static str, behind: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (upstream, seen) = (way_to(listener.local_addr().unwrap()), Seen::default());
        tokio::spawn(serve(listener, Arc::clone(&seen)));
        let world = World::with(|parts| parts.upstream = Some(upstream.into())).await;
        let store = world.store("North").await.to_string();
        let all = KeyGrant { scopes: [AccessScope::AllMethods].into_iter().collect(), ..grant("ERP") };
        let key = world.key_with(all).await.token.expose().to_owned();
        Self { world, seen, line, behind, store, key }
    }

    /// What becomes of a request: what the upstream sees of it and what its caller gets.
    async fn ask(&self, verb: &str, target: &str, lines: &[u8], body: &[u8]) -> (Vec<Message>, Message) {
        let target =
            target.replace("STORE", &self.store).replace("CABINET", &self.world.business().to_string());
        let Self { line, key, behind, .. } = self;
        let mut asked =
            format!("{verb} {target} HTTP/1.1\r\nHost: Api.example.org:80\r\nApi-Key: {key}\r\n{line}")
                .into_bytes();
        for part in [lines, b"\r\n", body, behind.as_bytes()] {
            asked.extend_from_slice(part);
        }
        let mut caller = Caller::connect(self.world.api_listen()).await;
        caller.send(asked).await;
        let all = caller.rest().await;
        let rest = &mut &*all;
        let answer = Message::take(rest);
        if !behind.is_empty() {
            assert!(Message::take(rest).first.starts_with("HTTP/1.1 404 "));
        }
        assert!(rest.is_empty(), "{} behind {answer:?}", rest.escape_ascii());
        while self.world.node.gauges().slots_taken != 0 {
            yield_now().await;
        }
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        for request in &seen {
            assert_eq!(request.line("traceparent"), answer.line("traceparent"), "{answer:?}");
        }
        let is_traced = lines.starts_with(b"Traceparent: 00-0");
        let masked = |message: Message| if is_traced { message } else { message.untraced() };
        (seen.into_iter().map(masked).collect(), masked(answer))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_way_and_the_long_one_are_the_same_to_everybody() {
    let short = Way::new("", "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let long = Way::new("Connection: close\r\n", "").await;
    assert_eq!(short.key, long.key);
    let mut passed = 0;
    for (verb, target) in [
        ("POST", "/v2/campaigns/STORE/offer-prices"),
        ("POST", "/v2/campaigns/STORE/stats/skus?a=%zz&b=1&b=2?&"),
        ("GET", "/v2/campaigns/STORE/orders?"),
        ("PUT", "/v2/campaigns/STORE/offers/stocks"),
        ("DELETE", "/v2/campaigns/STORE/orders"),
        ("GET", "/v2/campaigns/99/orders"),
        ("GET", "/v2/campaigns/0/orders"),
        ("GET", "//v2/campaigns/STORE/orders"),
        ("GET", "/v2/warehouses?campaignId=99"),
        ("PATCH", "/v2/nothing%2F"),
        ("POST", "/v2/businesses/CABINET/offer-mappings/update"),
    ] {
        let plain: (&[u8], &[u8]) = LINES[0];
        let by_answer = (0..ANSWERS.len()).map(|answer| (answer, plain));
        for (answer, (lines, body)) in LINES.into_iter().map(|lines| (0, lines)).chain(by_answer) {
            let lines = [lines, format!("X-Answer: {answer}\r\n").as_bytes()].concat();
            let told = short.ask(verb, target, &lines, body).await;
            let expected = long.ask(verb, target, &lines, body).await;
            assert_eq!(told, expected, "{verb} {target} {}", lines.escape_ascii());
            passed += told.0.len();
        }
        for way in [&short, &long] {
            way.world.clock.advance(std::time::Duration::from_secs(3600));
        }
    }
    assert!(passed > 100, "only {passed} reached the upstream");
}
