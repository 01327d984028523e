//! TLS on a listener: a certificate with its key, read from files and read again when they change.
//!
//! Owns which of both is in force. Must never give up a pair that works for one that does not, nor show or keep a key
//! beyond what signs with it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// How often somebody looks whether the files have changed.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a caller may choose to speak, the better one first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];

/// The name of HTTP/2 in such a choice.
pub(crate) const HTTP2: &[u8] = b"h2";

/// A certificate and its key.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    /// The files as they were when they were last read, well or badly.
    seen: Option<[Stamp; 2]>,
}

/// Which state of a file: device, number, size, change of content, change of anything.
type Stamp = (u64, u64, u64, (i64, i64), (i64, i64));

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{file} cannot be read as PEM: {source}; check the path, its permissions and its content")]
    Unreadable {
        /// Which one.
        file: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// There is no certificate.
    #[error(
        "{file} holds no certificate; name the file with the certificate and those between it and its authority"
    )]
    NoCertificate {
        /// Where.
        file: PathBuf,
    },
    /// The two do not belong together, or are no key and certificate.
    #[error(
        "{certificate} and {key} cannot be used together: {source}; name a certificate and the key it was made for"
    )]
    Unusable {
        /// The one file.
        certificate: PathBuf,
        /// The other.
        key: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
}

impl Tls {
    /// Reads both files. Blocks.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        // Looked at first: what changes while it is read will be read again.
        let seen = stamps(&certificate, &key).ok();
        let config = read(&certificate, &key)?;
        Ok(Self { certificate, key, current: Mutex::new(Current { config, seen }) })
    }

    /// What shakes hands with the next caller.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.lock().config))
    }

    /// Reads the files again if they have changed. Blocks.
    pub(crate) fn look(&self) {
        // A file that is not there now is being replaced, or will be missed at the next start.
        let Ok(found) = stamps(&self.certificate, &self.key) else { return };
        if self.current.lock().seen == Some(found) {
            return;
        }
        let config = read(&self.certificate, &self.key);
        let mut current = self.current.lock();
        current.seen = Some(found);
        match config {
            Ok(config) => {
                current.config = config;
                tracing::info!(certificate = %self.certificate.display(), "a new certificate is in force");
            }
            Err(error) => tracing::error!(%error, "the certificate that was in force stays in force"),
        }
    }
}

fn stamps(certificate: &Path, key: &Path) -> io::Result<[Stamp; 2]> {
    Ok([stamp(&fs::metadata(certificate)?), stamp(&fs::metadata(key)?)])
}

fn stamp(of: &Metadata) -> Stamp {
    (of.dev(), of.ino(), of.size(), (of.mtime(), of.mtime_nsec()), (of.ctime(), of.ctime_nsec()))
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |source| TlsError::Unreadable { file, source }
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(unreadable(certificate))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { file: certificate.to_owned() });
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let unusable =
        |source| TlsError::Unusable { certificate: certificate.to_owned(), key: key.to_owned(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows ciphers of both versions")
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    config.ticketer = ring::Ticketer::new().map_err(unusable)?;
    Ok(Arc::new(config))
}
