//! A gateway between a caller and a service, with marketpass beside it.
//!
//! Owns putting vectors through and judging what came of them at both ends. Must never judge a gateway by its log.

use std::net::Ipv4Addr;
use std::path::Path;

use mp_testkit::gateway::{Gateway, Program};
use mp_testkit::upstream::{Answer, Received, Upstream};
use mp_testkit::{PATIENCE, happens};
use serde_json::Value;

use super::callers::Callers;
use super::page::{self, Ports};
use super::vectors::{Expected, VECTORS, Vector};
use crate::wire::{Caller, Reply};

/// From where requests of tests come: another address than the gateway's own.
const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// What no request may still carry when it has passed.
const CREDENTIALS: [&str; 3] = ["api-key", "authorization", "cookie"];
const NOT_OURS: [&str; 7] = [
    "x-auth-status",
    "x-original-method",
    "x-original-uri",
    "x-forwarded-method",
    "x-forwarded-uri",
    "x-forwarded-prefix",
    "forwarded",
];
const RATES: [&str; 3] =
    ["x-ratelimit-resource-limit", "x-ratelimit-resource-until", "x-ratelimit-resource-remaining"];
/// What only methods carry whose end is announced.
const END: [&str; 2] = ["deprecation", "sunset"];
/// The seller API's words for it.
const UNAVAILABLE: &str = r#"{"status":"ERROR","errors":[{"code":"SERVICE_UNAVAILABLE","message":"Service temporarily unavailable. Please, try again later"}]}"#;
/// The paths of the caller's own store that vectors name.
const OWN: [&str; 2] = ["/v2/campaigns/{own}/settings", "/v2/campaigns/{own}/offer-prices"];

/// Where a gateway asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// `/forward-auth/…`
    ForwardAuth,
    /// `envoy.service.auth.v3.Authorization`
    ExtAuthz,
}

impl Door {
    /// The status that a caller gets where the seller API's is this one.
    fn told(self, status: u16) -> u16 {
        if self == Self::ExtAuthz && status == 420 { 429 } else { status }
    }
}

/// A gateway and the service behind it.
pub(crate) struct Scene<'a> {
    program: Program,
    door: Door,
    callers: &'a Callers,
    gateway: Gateway,
    /// Where marketpass answers.
    marketpass: u16,
    /// Until the service is gone.
    upstream: Option<Upstream>,
}

impl<'a> Scene<'a> {
    /// As the page has it, with marketpass on a port.
    pub(crate) fn new(program: Program, marketpass: u16, callers: &'a Callers) -> Self {
        Self::changed(program, marketpass, callers, |text| text)
    }

    /// Envoy that asks over gRPC, as the page has it, with marketpass on two ports: its own, and that of such questions.
    pub(crate) fn over_grpc(ports: [u16; 2], callers: &'a Callers) -> Self {
        Self::through(Door::ExtAuthz, Program::Envoy, ports, callers, |text| text)
    }

    /// With files that are changed before they are used.
    pub(crate) fn changed(
        program: Program,
        marketpass: u16,
        callers: &'a Callers,
        change: impl Fn(String) -> String,
    ) -> Self {
        Self::through(Door::ForwardAuth, program, [marketpass; 2], callers, change)
    }

    fn through(
        door: Door,
        program: Program,
        [marketpass, ext_authz]: [u16; 2],
        callers: &'a Callers,
        change: impl Fn(String) -> String,
    ) -> Self {
        let upstream = Upstream::start(serve);
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let gateway = Gateway::start(program, target, |port, folder| {
            let upstream = upstream.address().port();
            let ports = Ports { gateway: port, marketpass, ext_authz, upstream };
            let files = page::files(heading(program, door), ports, folder);
            files.into_iter().map(|(path, text)| (path, change(text))).collect()
        });
        let scene = Self { program, door, callers, gateway, marketpass, upstream: Some(upstream) };
        scene.await_its_configuration();
        scene
    }

    /// Traefik listens before it has read everything, and until then says this.
    fn await_its_configuration(&self) {
        let knows_the_way =
            || self.send(&VECTORS[0]).is_some_and(|reply| reply.body != "404 page not found\n");
        let said = || format!("{:?} does not know the way: {}", self.program, self.log());
        assert!(happens(PATIENCE, knows_the_way), "{}", said());
        self.reached();
    }

    /// Asserts that what marketpass is to answer itself is the caller's request, from the caller's address.
    pub(crate) fn is_for_marketpass(&self, vector: &Vector, request: &Received, context: &str) {
        assert_eq!(request.method, vector.method, "{context}");
        // Before it a host may stand.
        assert!(self.callers.filled(vector.target).ends_with(&request.target), "{context}");
        assert_eq!(String::from_utf8_lossy(&request.body), vector.body, "{context}");
        assert_eq!(request.all("x-forwarded-for"), [HERE.to_string()], "{context}");
        assert_eq!(request.all("forwarded"), [""; 0], "{context}");
    }

    /// Sends a vector's request and holds what came of it against what was expected.
    pub(crate) fn put_through(&self, vector: &Vector) {
        let mut expected = vector.expected;
        if let Some((_, otherwise)) = vector.except.iter().find(|(program, _)| *program == self.program) {
            expected = *otherwise;
        }
        let reply = self.send(vector);
        let reached = self.reached();
        let context = format!(
            "{:?}, {:?}: {}: {} {}\n{reply:?}\nreached the upstream: {reached:?}\n{}",
            self.program,
            self.door,
            vector.what,
            vector.method,
            vector.target,
            self.gateway.log()
        );
        match expected {
            Expected::Allowed => self.passed(vector, vector.target, reply.as_ref(), &reached, &context),
            Expected::AllowedAs(target) => self.passed(vector, target, reply.as_ref(), &reached, &context),
            Expected::Answered(status, piece) => {
                assert!(reached.is_empty(), "{context}");
                self.answered_by_marketpass(vector, reply.as_ref(), (status, piece), &context);
            }
            Expected::Refused(status, code) => {
                assert!(reached.is_empty(), "{context}");
                refused(vector, reply.as_ref(), (self.door.told(status), status), code, &context);
            }
            Expected::RefusedByGateway => {
                assert!(reached.is_empty(), "{context}");
                assert!(reply.is_some_and(|reply| matches!(reply.status, 400 | 404)), "{context}");
            }
            Expected::Contained => {
                let own = OWN.map(|path| self.callers.filled(path));
                for request in &reached {
                    let path = request.target.split('?').next().unwrap();
                    assert!(own.iter().any(|own| own == path), "{context}");
                    self.has_only_our_identity(request, &context);
                }
            }
        }
    }

    /// Asserts that a request has reached the upstream once and as it was, and its answer the caller.
    fn passed(
        &self,
        vector: &Vector,
        target: &str,
        reply: Option<&Reply>,
        reached: &[Received],
        context: &str,
    ) {
        let [request] = reached else { panic!("{context}") };
        let (filled, text) = (|text: &str| self.callers.filled(text), String::from_utf8_lossy(&request.body));
        assert_eq!((&*request.method, &*request.target), (vector.method, &*filled(target)), "{context}");
        assert_eq!(text, if vector.body.is_empty() { "" } else { r#"{"offers":[]}"# }, "{context}");
        self.has_only_our_identity(request, context);
        for line in vector.headers.iter().filter(|line| is_for_the_upstream(line)) {
            let (name, value) = line.split_once(": ").unwrap();
            assert_eq!(request.all(&name.to_ascii_lowercase()), [filled(value)], "{context}");
        }
        let reply = reply.unwrap_or_else(|| panic!("{context}"));
        let status = vector.target.split_once("answer=").map_or(200, |(_, status)| status.parse().unwrap());
        assert_eq!((reply.status, reply.body.as_str()), (status, r#"{"upstream":true}"#), "{context}");
        for name in RATES {
            assert_eq!(all(reply, name).len(), 1, "{name}: {context}");
        }
        tells_the_end(vector, reply, context);
    }

    /// Asserts that an answer is what marketpass says when it is asked directly, and that it cost one call.
    fn answered_by_marketpass(
        &self,
        vector: &Vector,
        reply: Option<&Reply>,
        (status, piece): (u16, &str),
        context: &str,
    ) {
        let reply = reply.unwrap_or_else(|| panic!("{context}"));
        assert_eq!(reply.status, status, "{context}");
        assert!(reply.body.contains(&self.callers.filled(piece)), "{context}");
        let marketpass = format!("{}:{}", Ipv4Addr::LOCALHOST, self.marketpass);
        let directly = self.exchange(&marketpass, vector).unwrap();
        assert_eq!((directly.status, &directly.body), (status, &reply.body), "{context}");
        let again = self.send(vector).unwrap();
        assert!(self.reached().is_empty(), "{context}");
        for name in RATES.iter().chain(&END) {
            assert_eq!(all(&again, name).len(), all(&directly, name).len(), "{name}: {context}");
        }
        let untils = [reply, &directly, &again].map(|reply| reply.header(RATES[1]));
        // A new window may begin meanwhile.
        if status == 200 && untils == [untils[0]; 3] {
            let left = reply.remaining().unwrap();
            let expected = [Some(left - 1), Some(left - 2)];
            assert_eq!([directly.remaining(), again.remaining()], expected, "{context}");
        }
    }

    /// Asserts that what the upstream hears about the caller is marketpass's word alone.
    fn has_only_our_identity(&self, request: &Received, context: &str) {
        // As services do that see all marks in a name as one.
        let said = |name: &str| -> Vec<&str> {
            let alike =
                |given: &str| given.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-") == name;
            let lines = request.headers.iter().filter(|(given, _)| alike(given));
            lines.map(|(_, value)| value.as_str()).collect()
        };
        let [subject] = said("x-auth-subject")[..] else { panic!("{context}") };
        let (kind, id) = subject.split_once(':').unwrap();
        let scope = if kind == "key" { "pricing" } else { "market:partner-api" };
        assert!(matches!(kind, "key" | "account") && id.len() == 36, "{context}");
        assert_eq!(said("x-auth-business"), [&*self.callers.business], "{context}");
        assert_eq!(said("x-auth-campaigns"), ["*"], "{context}");
        assert_eq!(said("x-auth-scope"), [scope], "{context}");
        assert!(
            matches!(
                said("x-auth-operation")[..],
                ["getCampaignSettings" | "getPrices" | "updateBusinessPrices"]
            ),
            "{context}"
        );
        assert_eq!(said("x-forwarded-for"), [HERE.to_string()], "{context}");
        for name in CREDENTIALS.iter().chain(&NOT_OURS) {
            assert!(said(name).is_empty(), "{name}: {context}");
        }
        // These two put what is for the caller on the request first.
        if matches!(self.program, Program::Caddy | Program::Traefik) {
            for name in RATES.iter().chain(&END) {
                assert!(said(name).is_empty(), "{name}: {context}");
            }
        }
    }

    /// The answer to a vector's request, on a connection of its own.
    pub(crate) fn send(&self, vector: &Vector) -> Option<Reply> {
        self.exchange(&self.gateway.address().to_string(), vector)
    }

    fn exchange(&self, address: &str, vector: &Vector) -> Option<Reply> {
        let mut caller = Caller::connect_from(HERE, address);
        caller.send(self.callers.request(vector));
        if vector.method == "HEAD" { caller.head() } else { caller.answer() }
    }

    /// What has reached the upstream since this was last asked.
    pub(crate) fn reached(&self) -> Vec<Received> {
        self.upstream.as_ref().map(Upstream::take).unwrap_or_default()
    }

    /// Ends the service behind the gateway.
    pub(crate) fn end_service(&mut self) {
        self.upstream = None;
    }

    /// Asserts that a gateway without somebody behind it answers 503 in the words of the seller API, save for those that
    /// have other words.
    #[track_caller]
    pub(crate) fn is_unavailable(&self, vector: &Vector, except: &[(Program, u16, &str)]) {
        let reply = &self.send(vector).unwrap();
        let context = format!("{:?}, {:?}: {reply:?}\n{}", self.program, self.door, self.log());
        assert!(self.reached().is_empty(), "{context}");
        let otherwise = except.iter().find(|(program, ..)| *program == self.program);
        let (status, body) = otherwise.map_or((503, UNAVAILABLE), |(_, status, body)| (*status, *body));
        assert_eq!((reply.status, reply.body.as_str()), (status, body), "{context}");
        if status == 503 {
            assert_eq!(all(reply, "content-type"), ["application/json"], "{context}");
        }
    }

    pub(crate) fn log(&self) -> String {
        self.gateway.log()
    }
}

/// The heading of the page that is about a gateway.
fn heading(program: Program, door: Door) -> &'static str {
    match (program, door) {
        (Program::Nginx, _) => "nginx",
        (Program::Caddy, _) => "Caddy",
        (Program::Traefik, _) => "Traefik",
        (Program::HaProxy, _) => "HAProxy",
        (Program::Envoy, Door::ForwardAuth) => "Envoy",
        (Program::Envoy, Door::ExtAuthz) => "Envoy over gRPC",
    }
}

/// The service behind the gateway. In a query `answer=STATUS` chooses the status, and `limits=own` or `end=own` makes
/// it speak of limits or an end of its own.
fn serve(request: &Received) -> Answer {
    let chosen = request.target.split_once("answer=").map(|(_, status)| status.parse().unwrap());
    let limits = [("X-RateLimit-Resource-Limit", "7")];
    let end = [("Deprecation", "@1"), ("Sunset", "Thu, 01 Jan 1970 00:00:00 GMT")];
    let own = match request.target.split_once('?') {
        Some((_, "limits=own")) => &limits[..],
        Some((_, "end=own")) => &end,
        _ => &[],
    };
    Answer::json(chosen.unwrap_or(200), own, r#"{"upstream":true}"#)
}

fn is_for_the_upstream(line: &str) -> bool {
    ["X-Business-Id:", "traceparent:", "X-Market-Integration:", "Content-Type:"]
        .iter()
        .any(|name| line.starts_with(name))
}

/// Asserts the seller API's refusal: the status that is told, and the true one.
#[track_caller]
fn refused(vector: &Vector, reply: Option<&Reply>, (told, status): (u16, u16), code: &str, context: &str) {
    let reply = reply.unwrap_or_else(|| panic!("{context}"));
    assert_eq!(reply.status, told, "{context}");
    assert_eq!(all(reply, "x-auth-status"), [status.to_string()], "{context}");
    assert_eq!(all(reply, "allow").len(), usize::from(status == 405), "{context}");
    tells_the_end(vector, reply, context);
    if status == 420 {
        assert_eq!(all(reply, "x-ratelimit-resource-remaining"), ["0"], "{context}");
    }
    if vector.method != "HEAD" {
        assert_eq!(all(reply, "content-type"), ["application/json"], "{context}");
        let body: Value =
            serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {context}"));
        assert_eq!(
            (&body["status"], &body["errors"][0]["code"]),
            (&"ERROR".into(), &code.into()),
            "{context}"
        );
    }
}

/// Asserts that each header about an end is there once, or not at all: not even empty.
#[track_caller]
fn tells_the_end(vector: &Vector, reply: &Reply, context: &str) {
    let told = END.map(|name| all(reply, name));
    let expected = vector.end.map_or([vec![], vec![]], |end| end.map(|value| vec![value]));
    assert_eq!(told, expected, "{context}");
}

pub(crate) fn all<'a>(reply: &'a Reply, name: &str) -> Vec<&'a str> {
    let lines = reply.headers.iter().filter(|(given, _)| given == name);
    lines.map(|(_, value)| value.as_str()).collect()
}
