//! An upstream behind TLS, and whose certificates are believed.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get as on_get;
use mp_gateway::{UpstreamError, UpstreamParts, upstream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::world::{gate, get, parts, serve};

/// Somebody who vouches for servers.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "an authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn acceptor(&self, host: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// An upstream with a certificate for `host`, reached under the name `localhost`.
async fn parts_behind(authority: &Authority, host: &str) -> UpstreamParts {
    let plain = serve(Router::new().route("/", on_get(|| async { "secret" }))).await;
    let acceptor = authority.acceptor(host);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not believe the certificate goes away.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            tokio::spawn(async move {
                let mut plain = tokio::net::TcpStream::connect(plain).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
            });
        }
    });
    UpstreamParts { authorities: Some(authority.file()), ..parts(&format!("https://localhost:{port}")) }
}

#[tokio::test]
async fn an_upstream_that_is_vouched_for_is_believed() {
    let authority = Authority::new();
    let gate = gate(parts_behind(&authority, "localhost").await).await;
    let answer = gate.ask(get("/")).await;
    assert_eq!((answer.status(), answer.text()), (200, "secret"));
}

#[tokio::test]
async fn nobody_else_is() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let elsewhere = parts_behind(&authority, "elsewhere.example").await;
    gate(elsewhere).await.ask(get("/")).await.is_unavailable();
    let mut unknown = parts_behind(&stranger, "localhost").await;
    unknown.authorities = Some(authority.file());
    gate(unknown).await.ask(get("/")).await.is_unavailable();
    let plain = serve(Router::new()).await;
    let mut unencrypted = parts(&format!("https://localhost:{}", plain.port()));
    unencrypted.authorities = Some(authority.file());
    gate(unencrypted).await.ask(get("/")).await.is_unavailable();
}

#[test]
fn a_file_without_authorities_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    let refusal = |parts: UpstreamParts| upstream(parts).err().unwrap();
    let parts = UpstreamParts { authorities: Some(file.clone()), ..parts("https://localhost") };
    assert!(matches!(refusal(parts.clone()), UpstreamError::Authorities { .. }));
    std::fs::write(&file, "nothing").unwrap();
    assert!(matches!(refusal(parts), UpstreamError::NoAuthorities { .. }));
}
