//! `sslmode`, with a server that offers TLS and one that does not.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mp_store::{DatabaseUrl, Store, StoreError, business};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Builder;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::database::{Database, read};
use crate::processes::{child, place_of_child};
use crate::samples;

/// What a client sends who wants TLS (PostgreSQL 15 manual, §55.7 `SSLRequest`).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A listener in front of the tests' PostgreSQL, which itself knows only a Unix socket.
struct Front {
    port: u16,
    encrypted: Arc<AtomicU32>,
}

impl Front {
    /// Offers TLS with a certificate for `host`.
    fn with_certificate(database: &Database, authority: &Authority, host: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        Self::start(database, Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn start(database: &Database, offer: Option<TlsAcceptor>) -> Self {
        let url = database.url.to_string();
        let folder = url.split_once("?host=").unwrap().1.split_once('&').unwrap().0;
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let encrypted = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&encrypted);
        let serve = async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((client, _)) = listener.accept().await {
                // A client that does not believe the certificate goes away.
                tokio::spawn(serve(client, socket.clone(), offer.clone(), Arc::clone(&count)));
            }
        };
        std::thread::spawn(move || {
            Builder::new_current_thread().enable_io().build().unwrap().block_on(serve);
        });
        Self { port, encrypted }
    }

    /// The database of `url`, reached through here.
    fn url(&self, database: &DatabaseUrl, sslmode: &str) -> DatabaseUrl {
        let shown = database.to_string();
        let name = shown.strip_prefix("postgres:///").unwrap().split_once('?').unwrap().0;
        format!("postgres://postgres@localhost:{}/{name}{sslmode}", self.port).parse().unwrap()
    }
}

async fn serve(
    mut client: TcpStream,
    socket: PathBuf,
    offer: Option<TlsAcceptor>,
    encrypted: Arc<AtomicU32>,
) -> io::Result<()> {
    let mut server = UnixStream::connect(socket).await?;
    let mut beginning = [0; 8];
    client.read_exact(&mut beginning).await?;
    if beginning != SSL_REQUEST {
        server.write_all(&beginning).await?;
        return copy_bidirectional(&mut client, &mut server).await.map(drop);
    }
    let Some(acceptor) = offer else {
        client.write_all(b"N").await?;
        return copy_bidirectional(&mut client, &mut server).await.map(drop);
    };
    client.write_all(b"S").await?;
    let mut client = acceptor.accept(client).await?;
    encrypted.fetch_add(1, Ordering::SeqCst);
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// Writes and reads, and says whether it was encrypted.
fn used(front: &Front, database: &Database, sslmode: &str) -> Result<bool, StoreError> {
    let before = front.encrypted.load(Ordering::SeqCst);
    let store = Store::open(&front.url(&database.url, sslmode))?;
    samples::with_businesses(&store, &[1]);
    assert_eq!(read(&store, business::list), [samples::business(1)]);
    database.plain().run("DELETE FROM business");
    Ok(front.encrypted.load(Ordering::SeqCst) > before)
}

fn assert_refused(front: &Front, database: &Database, why: &str) {
    let refusal = used(front, database, "?sslmode=require");
    let Err(StoreError::Unavailable(reason)) = refusal else { panic!("{why}: {refusal:?}") };
    assert!(reason.starts_with("sslmode asks for an encrypted connection"), "{reason}");
    assert!(reason.contains(why), "{reason}");
    assert!(reason.ends_with("(SSL_CERT_FILE can name its authority)"), "{reason}");
}

/// A child of its own, because what a machine trusts is a matter of its environment.
#[test]
fn connections_are_as_secret_as_sslmode_asks() {
    let Some(folder) = place_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        let database = Database::postgres();
        std::fs::write(folder.path().join("url"), database.url.to_string()).unwrap();
        let name = "tls::connections_are_as_secret_as_sslmode_asks";
        let output = child(&[], name, folder.path()).env("SSL_CERT_FILE", authority).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("all modes were tried"), "{said}{complained}");
        return;
    };
    let folder = PathBuf::from(folder);
    let database = Database::of_parent(std::fs::read_to_string(folder.join("url")).unwrap().parse().unwrap());
    let (trusted, stranger) = (authority("trusted"), authority("stranger"));
    std::fs::write(folder.join("authority.pem"), trusted.pem()).unwrap();

    let good = Front::with_certificate(&database, &trusted, "localhost");
    let of_another_host = Front::with_certificate(&database, &trusted, "elsewhere.example");
    let of_a_stranger = Front::with_certificate(&database, &stranger, "localhost");
    let plain = Front::start(&database, None);

    assert_eq!(used(&good, &database, "?sslmode=require"), Ok(true));
    assert_refused(&of_another_host, &database, "elsewhere.example");
    assert_refused(&of_a_stranger, &database, "UnknownIssuer");
    assert_refused(&plain, &database, "server does not support TLS");
    for mode in ["?sslmode=prefer", ""] {
        for front in [&good, &of_another_host, &of_a_stranger] {
            assert_eq!(used(front, &database, mode), Ok(true), "whoever it is, nobody else can listen");
        }
        assert_eq!(used(&plain, &database, mode), Ok(false));
    }
    assert_eq!(used(&good, &database, "?sslmode=disable"), Ok(false));
    println!("\nall modes were tried");
}

#[test]
fn a_socket_of_this_machine_needs_no_encryption() {
    let database = Database::postgres();
    let url = format!("{}&sslmode=require", database.url).parse().unwrap();
    samples::with_businesses(&Store::open(&url).unwrap(), &[1]);
}
