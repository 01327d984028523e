//! Checks of the machine: its clock and its ports.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use mp_domain::time::{Clock, Timestamp};

use super::Finding;
use crate::config::{Config, ListenAddress};
use crate::system::SystemClock;

/// 2026-01-01T00:00:00Z: this version is younger.
const OLDEST_CREDIBLE: Timestamp = Timestamp::from_seconds(1_767_225_600);
/// How far a file's time may lie ahead, for clocks that are being adjusted.
const TOLERANCE: Duration = Duration::from_secs(60);

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![clock(SystemClock.now(), newest_file(&config.data.dir))];
    let addresses = [
        ("people's address", Some(config.http.listen)),
        ("seller API's address", config.api.listen),
        ("operations' address", Some(config.ops.listen)),
        ("gateways' address", config.gateway.extauthz_listen),
    ];
    let served = is_served(&config.data.dir);
    findings.extend(
        addresses.into_iter().filter_map(|(check, address)| Some(listening(check, address?, served))),
    );
    findings
}

/// Windows, expiries and overlaps all hang on it.
fn clock(now: Timestamp, newest_file: Option<Timestamp>) -> Finding {
    const CHECK: &str = "clock";
    const ADVICE: &str = "set it, best by running an NTP client";
    if now < OLDEST_CREDIBLE {
        return Finding::fail(CHECK, format!("it says {now}, which is long past"), ADVICE);
    }
    match newest_file {
        Some(written) if written > now.plus(TOLERANCE) => Finding::fail(
            CHECK,
            format!("it says {now}, but a file of the data folder was written at {written}"),
            ADVICE,
        ),
        _ => Finding::ok(CHECK, format!("it says {now}")),
    }
}

fn newest_file(folder: &Path) -> Option<Timestamp> {
    let files = std::fs::read_dir(folder).ok()?;
    files
        .filter_map(|file| file.ok()?.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok())
        .map(|since_epoch| Timestamp::from_micros(0).plus(since_epoch))
        .max()
}

/// Whether a server uses the data folder: it holds the lock of its limit counters for as long as it runs.
fn is_served(folder: &Path) -> bool {
    // Shared, so that doctors do not take each other for a server.
    File::open(folder.join("limits.lock"))
        .is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn listening(check: &'static str, address: ListenAddress, served: bool) -> Finding {
    match TcpListener::bind(address.socket_address()) {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && served => {
            Finding::ok(check, format!("{address} is in use, by the running marketpass"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::warn(
            check,
            format!("{address} is in use, and no marketpass runs on this data folder"),
            "stop the other program or choose another port",
        ),
        Err(error) => Finding::fail(
            check,
            format!("{address} cannot be listened on: {error}"),
            "choose an address of this machine, and a port above 1023 unless marketpass may use low ones",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Status;

    const TODAY: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_clock_that_is_behind_its_own_files_is_wrong() {
        assert_eq!(clock(TODAY, None).status, Status::Ok);
        assert_eq!(clock(TODAY, Some(TODAY.plus(TOLERANCE))).status, Status::Ok);
        assert_eq!(clock(TODAY, Some(TODAY.plus(TOLERANCE * 2))).status, Status::Fail);
        assert_eq!(clock(Timestamp::from_seconds(0), None).status, Status::Fail);
    }

    #[test]
    fn a_port_in_use_is_a_warning_and_a_foreign_address_a_failure() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string().parse().unwrap();
        assert_eq!(listening("x", address, false).status, Status::Warn);
        assert_eq!(listening("x", address, true).status, Status::Ok);
        assert_eq!(listening("x", ListenAddress::loopback(0), false).status, Status::Ok);
        // RFC 5737: an address that no machine has.
        assert_eq!(listening("x", "192.0.2.1:8080".parse().unwrap(), false).status, Status::Fail);
    }
}
