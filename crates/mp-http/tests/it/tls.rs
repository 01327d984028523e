//! TLS on the listeners: which version of HTTP is chosen, and certificates that change while the server runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::routing::get;
use mp_http::{Tls, TlsError};
use mp_testkit::PATIENCE;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::envoy::{Envoy, question};
use crate::http2_wire::{Http2Caller, request as http2_request};
use crate::wire::Caller;
use crate::world::{World, impatient, plain, routed};

/// Somebody who vouches for servers, and the files of one of them.
struct Certificates {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "an authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        Self { authority, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a new certificate for `localhost`, and returns what it says of itself.
    fn renew(&self) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.authority).unwrap();
        std::fs::write(self.file("tls.pem"), certificate.pem()).unwrap();
        std::fs::write(self.file("tls.key"), key.serialize_pem()).unwrap();
        certificate.der().to_vec()
    }

    fn read(&self) -> Result<Tls, TlsError> {
        Tls::read(self.file("tls.pem"), self.file("tls.key"))
    }

    async fn shake_hands(&self, address: SocketAddr, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    /// The certificate that the server shows now.
    async fn shown(&self, address: SocketAddr) -> Vec<u8> {
        let stream = self.shake_hands(address, &[]).await;
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }

    /// Waits until the server shows this certificate.
    async fn until_shown(&self, address: SocketAddr, certificate: &[u8]) {
        let began = Instant::now();
        while self.shown(address).await != certificate {
            assert!(began.elapsed() < PATIENCE, "the new certificate is not shown");
        }
    }
}

async fn world(certificates: &Certificates) -> World {
    certificates.renew();
    let pages = Router::new().route("/page", get(async || "page"));
    let [tls, api_tls, ext_authz_tls] = [(); 3].map(|()| certificates.read().ok());
    World::with(|parts| {
        parts.pages = Some(pages);
        (parts.tls, parts.api_tls, parts.ext_authz_tls) = (tls, api_tls, ext_authz_tls);
    })
    .await
}

async fn ask(stream: &mut TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_chooses_the_version_and_the_answers_are_the_same() {
    let certificates = Certificates::new();
    let world = world(&certificates).await;
    let token = world.key("ERP").await.token;
    for address in [world.listen(), world.api_listen()] {
        let stream = certificates.shake_hands(address, &[b"h2", b"http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut caller = Http2Caller::over(stream).await;
        let headers = [("api-key", token.expose())];
        let answer = caller.ask(http2_request("POST", "/v2/auth/token", &headers, "")).await;
        assert_eq!((answer.status, answer.header("date").is_some()), (200, true));
        for protocols in [&[&b"http/1.1"[..]][..], &[]] {
            let mut stream = certificates.shake_hands(address, protocols).await;
            assert_eq!(stream.get_ref().1.alpn_protocol(), protocols.first().copied());
            for request in [plain(token.expose()), routed(token.expose()), plain(token.expose())] {
                let answer = ask(&mut stream, &request).await;
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            }
        }
    }
    let mut stream = certificates.shake_hands(world.listen(), &[]).await;
    assert!(ask(&mut stream, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n").await.ends_with("\r\n\r\npage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_ask_in_secret_whether_they_choose_http_2_or_take_it_for_granted() {
    let certificates = Certificates::new();
    let world = world(&certificates).await;
    let token = world.key("ERP").await.token;
    for protocols in [&[&b"h2"[..]][..], &[]] {
        let stream = certificates.shake_hands(world.ext_authz_listen(), protocols).await;
        let envoy = Envoy::over(stream).await;
        let asked = question("GET", "/v2/campaigns", &[("api-key", token.expose())]);
        assert_eq!(envoy.status(asked).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_is_not_understood() {
    let certificates = Certificates::new();
    let world = world(&certificates).await;
    for address in [world.listen(), world.api_listen(), world.ext_authz_listen()] {
        let mut caller = Caller::connect(address).await;
        caller.send(plain("secret")).await;
        let answer = caller.rest().await;
        assert!(!answer.starts_with(b"HTTP"), "at most a word of TLS: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_does_not_end_is_not_waited_for() {
    let certificates = Certificates::new();
    certificates.renew();
    let tls = certificates.read().ok();
    let mut world = World::with(|parts| (parts.timeouts, parts.tls) = (impatient(), tls)).await;
    let mut silent = world.caller().await;
    let mut slow = world.caller().await;
    slow.send([0x16, 3, 1]).await;
    assert!(silent.is_closed().await && slow.is_closed().await);
    let mut late = world.caller().await;
    late.send([0x16, 3, 1]).await;
    world.begin_to_stop();
    assert!(late.is_closed().await);
    world.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_to_new_callers_and_a_broken_one_to_nobody() {
    let certificates = Certificates::new();
    let world = world(&certificates).await;
    let token = world.key("ERP").await.token;
    let mut kept = certificates.shake_hands(world.api_listen(), &[]).await;
    let second = certificates.renew();
    certificates.until_shown(world.api_listen(), &second).await;
    certificates.until_shown(world.listen(), &second).await;
    certificates.until_shown(world.ext_authz_listen(), &second).await;
    assert!(ask(&mut kept, &plain(token.expose())).await.starts_with("HTTP/1.1 200"), "it goes on");
    // Neither half a file nor a key of another certificate is taken.
    std::fs::write(certificates.file("tls.pem"), "-----BEGIN CERTIFICATE-----").unwrap();
    assert!(matches!(certificates.read(), Err(TlsError::Unreadable { .. } | TlsError::NoCertificate { .. })));
    assert_eq!(certificates.shown(world.api_listen()).await, second);
    let third = certificates.renew();
    certificates.until_shown(world.api_listen(), &third).await;
}

#[test]
fn what_cannot_be_used_is_told_at_the_start() {
    let certificates = Certificates::new();
    let refused = || certificates.read().unwrap_err().to_string();
    assert!(refused().contains("tls.pem cannot be read as PEM"), "{}", refused());
    certificates.renew();
    let key = std::fs::read(certificates.file("tls.key")).unwrap();
    std::fs::write(certificates.file("tls.key"), "").unwrap();
    assert!(refused().contains("tls.key cannot be read as PEM"), "{}", refused());
    std::fs::write(certificates.file("tls.key"), &key).unwrap();
    std::fs::write(certificates.file("tls.pem"), "").unwrap();
    assert!(refused().contains("tls.pem holds no certificate"), "{}", refused());
    certificates.renew();
    std::fs::write(certificates.file("tls.key"), &key).unwrap();
    assert!(refused().contains("cannot be used together"), "{}", refused());
}
