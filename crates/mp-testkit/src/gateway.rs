//! Other people's gateways as child processes: nginx and HAProxy from Debian, Caddy, Traefik and Envoy from Python's
//! index.
//!
//! Owns starting, awaiting and ending them, in a folder of their own and without anything that only root may do. Must
//! never know what stands in their configuration, and never leave a process behind: a shell script ends the gateway when
//! the pipe to this process closes.

mod programs;

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::waiting::{PATIENCE, happens};

const WATCHDOG: &str = include_str!("gateway/watchdog.sh");
/// Where a gateway's output goes.
const LOG: &str = "output.log";

/// Which gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Reads `marketpass.conf`, from within the block `http`.
    Nginx,
    /// Reads `Caddyfile`.
    Caddy,
    /// Reads `traefik.yml`, and what that names.
    Traefik,
    /// Reads `haproxy.cfg`, and what that names.
    HaProxy,
    /// Reads `envoy.yaml`.
    Envoy,
}

/// A file of a gateway's configuration: its path below the gateway's folder, and its text.
pub type ConfigurationFile = (PathBuf, String);

/// A gateway that listens.
#[derive(Debug)]
pub struct Gateway {
    watchdog: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Gateway {
    /// A gateway on a free port of the loopback. `configuration` makes its files, given the port and the folder in which
    /// they will stand; `target` is where Python's packages are kept between runs (`CARGO_TARGET_TMPDIR`).
    ///
    /// # Panics
    /// If it is missing or does not listen; the message holds what it said.
    #[must_use]
    pub fn start(
        program: Program,
        target: &Path,
        configuration: impl FnOnce(u16, &Path) -> Vec<ConfigurationFile>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made below TMPDIR");
        let address = free_address();
        for (path, text) in configuration(address.port(), folder.path()) {
            write(&folder.path().join(path), &text);
        }
        let watchdog = spawn(&programs::command(program, target, folder.path()), folder.path());
        let mut gateway = Self { watchdog, folder, address };
        let listens = gateway.listens_or_ends();
        assert!(listens, "{program:?} does not listen: {}", gateway.log());
        gateway
    }

    fn listens_or_ends(&mut self) -> bool {
        let mut listens = false;
        happens(PATIENCE, || {
            listens = TcpStream::connect(self.address).is_ok();
            listens || matches!(self.watchdog.try_wait(), Ok(Some(_)))
        });
        listens
    }

    /// Where it takes requests.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has said so far, for the message of a failing test.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // `wait` closes our end of the pipe first, which tells the watchdog to end the gateway.
        let _ = self.watchdog.wait();
    }
}

/// An address nobody listens on now; whoever asks binds it at once.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
    listener.local_addr().expect("a listener has an address")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it lies below a folder")).expect("the folder is ours");
    fs::write(path, text).expect("the folder is ours");
}

/// Runs the words of a command line under the watchdog, in `folder`.
fn spawn(words: &[String], folder: &Path) -> Child {
    let log = File::create(folder.join(LOG)).expect("the folder is ours");
    let mut command = Command::new("sh");
    // A group of its own: Ctrl-C on the test must not take the watchdog before it has ended the gateway.
    command.args(["-c", WATCHDOG, "watchdog"]).args(words).current_dir(folder).process_group(0);
    command.env("HOME", folder).env("CADDY_ADMIN", format!("unix//{}/admin.sock", folder.display()));
    command.stdin(Stdio::piped()).stderr(log.try_clone().expect("a file has a second handle")).stdout(log);
    command.spawn().expect("every machine has a shell")
}
