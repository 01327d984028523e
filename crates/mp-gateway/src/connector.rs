//! Connections to the upstream.
//!
//! Owns how they are made: TCP, TLS, whose certificates are believed, how long it may take. Must never fall back to plain
//! text where `https://` was asked for.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower::Service;

/// How often the kernel asks whether the other end of an idle connection is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Makes connections: names, TCP and TLS together within so long.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<HttpConnector>,
    patience: Duration,
}

/// A connection, encrypted or plain.
pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, patience) = (self.https.call(uri), self.patience);
        Box::pin(async move { timeout(patience, connecting).await? })
    }
}

/// Why no connection to an upstream could ever be believed.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The file of authorities cannot be read.
    #[error(
        "the certificates of authorities in {path} cannot be read: {source}; check the path and the file"
    )]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// There are none, or none that can be understood.
    #[error(
        "{place} no certificate of an authority, so an https:// upstream could never be believed; name a PEM file with \
         the upstream's"
    )]
    NoAuthorities {
        /// What has none.
        place: String,
    },
}

/// A way to make connections, each within `patience`. `is_encrypted` says whether TLS will be needed.
pub(crate) fn connector(
    is_encrypted: bool,
    authorities: Option<&Path>,
    patience: Duration,
) -> Result<Connector, UpstreamError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    let roots = if is_encrypted { roots(authorities)? } else { RootCertStore::empty() };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows ciphers of both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Connector { https: HttpsConnector::from((tcp, tls)), patience })
}

fn roots(authorities: Option<&Path>) -> Result<RootCertStore, UpstreamError> {
    let (found, place) = match authorities {
        Some(path) => (read_authorities(path)?, format!("{} holds", path.display())),
        None => (rustls_native_certs::load_native_certs().certs, "this machine has".to_owned()),
    };
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(found) {
        (0, _) => Err(UpstreamError::NoAuthorities { place }),
        _ => Ok(roots),
    }
}

fn read_authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, UpstreamError> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    certificates.map_err(|source| UpstreamError::Authorities { path: path.to_owned(), source })
}
