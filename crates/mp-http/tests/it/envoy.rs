//! Envoy's side of its questions, with the types that are generated from its own interface.

use std::future::ready;
use std::io;
use std::net::SocketAddr;

use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest};
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

#[derive(Clone)]
pub(crate) struct Envoy {
    pub(crate) channel: Channel,
}

/// What Envoy is told to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    /// Pass the request on.
    Pass {
        /// Headers for the service behind it, which replace what stands there.
        set: Vec<(String, String)>,
        /// Headers that do not reach it.
        removed: Vec<String>,
        /// Headers for the caller, which replace those of the service.
        answered: Vec<(String, String)>,
    },
    /// Answer the caller.
    Answer { status: u16, headers: Vec<(String, String)>, body: String },
}

/// A question about a request with these headers, line by line, from 192.0.2.1.
pub(crate) fn question(verb: &str, path: &str, headers: &[(&str, &str)]) -> CheckRequest {
    let line = |(key, value): &(&str, &str)| core::HeaderValue {
        key: (*key).to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..core::HeaderValue::default()
    };
    let pseudo = [(":method", verb), (":path", path), (":authority", "api.example.org"), (":scheme", "http")];
    let headers = pseudo.iter().chain(headers).map(line).collect();
    let http = HttpRequest {
        method: verb.to_owned(),
        path: path.to_owned(),
        host: "api.example.org".to_owned(),
        scheme: "http".to_owned(),
        protocol: "HTTP/1.1".to_owned(),
        header_map: Some(core::HeaderMap { headers }),
        ..HttpRequest::default()
    };
    asked(http, "192.0.2.1")
}

/// The same, of an Envoy that puts the lines of a header into one.
pub(crate) fn joined(verb: &str, path: &str, headers: &[(&str, &str)]) -> CheckRequest {
    let mut question = question(verb, path, &[]);
    let http = http(&mut question);
    http.header_map = None;
    for (name, value) in headers {
        let line = http.headers.entry((*name).to_owned()).or_default();
        *line = if line.is_empty() { (*value).to_owned() } else { format!("{line},{value}") };
    }
    question
}

pub(crate) fn http(question: &mut CheckRequest) -> &mut HttpRequest {
    question.attributes.as_mut().unwrap().request.as_mut().unwrap().http.as_mut().unwrap()
}

/// The question as it would be about a connection from another address.
pub(crate) fn from(mut question: CheckRequest, address: &str) -> CheckRequest {
    question.attributes.as_mut().unwrap().source = Some(peer(address));
    question
}

fn asked(http: HttpRequest, address: &str) -> CheckRequest {
    let request = Request { http: Some(http), ..Request::default() };
    let attributes = AttributeContext {
        source: Some(peer(address)),
        request: Some(request),
        ..AttributeContext::default()
    };
    CheckRequest { attributes: Some(attributes) }
}

fn peer(address: &str) -> Peer {
    let socket = core::SocketAddress { address: address.to_owned(), ..core::SocketAddress::default() };
    let address = core::Address { address: Some(core::address::Address::SocketAddress(socket)) };
    Peer { address: Some(address), ..Peer::default() }
}

impl Envoy {
    /// One that encrypts, or does something else with its connection.
    pub(crate) async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let mut stream = Some(stream);
        let connect = service_fn(move |_: Uri| {
            let stream = stream.take().ok_or(io::ErrorKind::NotConnected);
            ready(stream.map(TokioIo::new).map_err(io::Error::from))
        });
        let endpoint = Endpoint::from_static("http://api.example.org");
        Self { channel: endpoint.connect_with_connector(connect).await.unwrap() }
    }

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        Self { channel: endpoint.connect().await.unwrap() }
    }

    pub(crate) async fn ask(&self, question: CheckRequest) -> Result<Told, tonic::Status> {
        let answer = AuthorizationClient::new(self.channel.clone()).check(question).await?.into_inner();
        let code = answer.status.unwrap().code;
        Ok(match answer.http_response.unwrap() {
            HttpResponse::OkResponse(ok) => {
                assert_eq!(code, 0);
                Told::Pass {
                    set: written(ok.headers),
                    removed: ok.headers_to_remove,
                    answered: written(ok.response_headers_to_add),
                }
            }
            HttpResponse::DeniedResponse(denied) => {
                assert_eq!(code, 7);
                let status = denied.status.unwrap();
                // Envoy takes no number that its own list lacks.
                assert_ne!(status.code().as_str_name(), "Empty", "{}", status.code);
                let status = u16::try_from(status.code).unwrap();
                Told::Answer { status, headers: written(denied.headers), body: denied.body }
            }
            HttpResponse::ErrorResponse(error) => panic!("{error:?}"),
        })
    }

    /// The answer to a question that is refused.
    pub(crate) async fn refusal(&self, question: CheckRequest) -> (u16, Vec<(String, String)>, String) {
        match self.ask(question).await.unwrap() {
            Told::Answer { status, headers, body } => (status, headers, body),
            told @ Told::Pass { .. } => panic!("it may pass: {told:?}"),
        }
    }

    /// Whether the request may pass, or the status that the caller gets.
    pub(crate) async fn status(&self, question: CheckRequest) -> u16 {
        match self.ask(question).await.unwrap() {
            Told::Pass { .. } => 200,
            Told::Answer { status, .. } => status,
        }
    }
}

/// Headers that replace what stands there, even where they are empty.
fn written(options: Vec<core::HeaderValueOption>) -> Vec<(String, String)> {
    let written = options.into_iter().map(|option| {
        assert_eq!(option.append_action(), HeaderAppendAction::OverwriteIfExistsOrAdd, "{option:?}");
        assert!(option.keep_empty_value, "{option:?}");
        let header = option.header.unwrap();
        (header.key, header.value)
    });
    written.collect()
}

/// The value of a header, which stands there once.
pub(crate) fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} stands there twice");
    value
}
