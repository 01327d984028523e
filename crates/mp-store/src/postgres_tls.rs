//! TLS towards PostgreSQL, as `sslmode` of the URL asks for it.
//!
//! Owns which certificates are believed. Must never send a password in the clear where `require` was asked for.
//!
//! `disable` is plain text. `prefer`, which is what a URL without `sslmode` means, encrypts if the server offers it and
//! looks at no certificate, like every PostgreSQL client. `require` encrypts or fails, and believes only a certificate
//! for the host's name from an authority that this machine trusts.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use postgres::config::{Host, SslMode};
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use postgres::{Client, Config, NoTls};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, version,
};

use crate::error::{StoreError, with_cause};

/// Connects as `sslmode` says.
pub(crate) fn connect(config: &mut Config) -> Result<Client, StoreError> {
    // Nothing but this machine's kernel is between two ends of a Unix socket; no server encrypts there.
    if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
        config.ssl_mode(SslMode::Disable);
    }
    let connected = match config.get_ssl_mode() {
        SslMode::Disable => config.connect(NoTls),
        SslMode::Prefer => config.connect(Tls::with_any_server()),
        _ => config.connect(Tls::with_trusted_servers()?),
    };
    connected.map_err(|error| {
        // The driver tells its kinds of errors apart by their texts alone.
        if error.to_string().starts_with("error performing TLS handshake") {
            untrusted(&with_cause(&error))
        } else {
            error.into()
        }
    })
}

fn untrusted(reason: &str) -> StoreError {
    StoreError::Unavailable(format!(
        "sslmode asks for an encrypted connection, and there is none to be had ({reason}): let the server offer TLS \
         with a certificate for its host's name that this machine trusts (SSL_CERT_FILE can name its authority)"
    ))
}

/// How to speak TLS with a server.
#[derive(Clone)]
struct Tls(Arc<ClientConfig>);

impl Tls {
    fn with_trusted_servers() -> Result<Self, StoreError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (trusted, _) = roots.add_parsable_certificates(found.certs);
        if trusted == 0 {
            return Err(untrusted("this machine has no certificates of authorities"));
        }
        let config = client(Arc::new(ring::default_provider())).with_root_certificates(roots);
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }

    fn with_any_server() -> Self {
        let provider = Arc::new(ring::default_provider());
        let config = client(Arc::clone(&provider)).dangerous();
        let config = config.with_custom_certificate_verifier(Arc::new(AnyServer(provider)));
        Self(Arc::new(config.with_no_client_auth()))
    }
}

fn client(
    provider: Arc<CryptoProvider>,
) -> tokio_rustls::rustls::ConfigBuilder<ClientConfig, tokio_rustls::rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS12, &version::TLS13])
        .expect("ring knows ciphers of both versions")
}

/// Believes that the server is whoever it says. What it signs must still be signed by its certificate.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type TlsConnect = ToServer;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<ToServer, InvalidDnsNameError> {
        let name = ServerName::try_from(host.to_owned())?;
        Ok(ToServer { connector: TlsConnector::from(Arc::clone(&self.0)), name })
    }
}

/// TLS with the server of one name.
struct ToServer {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for ToServer {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.name, stream).await.map(Encrypted) })
    }
}

/// The driver wants a type of its own to ask about channel binding.
struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// None: under `require` the certificate has been checked, and under `prefer` nothing is promised.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
