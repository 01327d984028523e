//! The way to the server, encrypted where the address says so.
//!
//! Owns whose certificates are believed. Must never fall back to a way that is not encrypted.

use std::io;
use std::sync::Arc;

use http::Uri;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A connection of either kind.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<C: AsyncRead + AsyncWrite + Send + Unpin> Connection for C {}

/// Connects to the server.
pub(crate) async fn connect(server: &Uri, roots: &[u8]) -> io::Result<Box<dyn Connection>> {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_encrypted = server.scheme_str() == Some("https");
    let port = server.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await?;
    // Frames are small and waited for.
    stream.set_nodelay(true)?;
    if !is_encrypted {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(config(roots)?).connect(name, stream).await?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(io::Error::other("the server does not speak HTTP/2: give the address of `http.listen`"));
    }
    Ok(Box::new(stream))
}

fn config(roots: &[u8]) -> io::Result<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    // A system without certificates trusts those that are given.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in CertificateDer::pem_slice_iter(roots) {
        store.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    let mut config = ClientConfig::builder().with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}
