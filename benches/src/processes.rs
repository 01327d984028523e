//! The programs that are measured: started on one core, ended when dropped, and what the kernel says of them.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The core of the servers; the load generator has the other one.
pub(crate) const SERVER_CORE: &str = "0";
/// For a start, which uses what it finds.
pub(crate) const ALL_CORES: &str = "0-1";
pub(crate) const LOAD_CORE: &str = "1";

/// A running server.
pub(crate) struct Server(Child);

impl Server {
    /// Starts a program on the cores named.
    pub(crate) fn start(
        cores: &str,
        program: &str,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut command = Command::new("taskset");
        command.args(["-c", cores, program]).args(arguments).envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.spawn().map(Self).map_err(|error| format!("{program} could not be started: {error}"))
    }

    /// Waits until an address answers a request with 200, and says how long that took.
    pub(crate) fn wait_for(&mut self, address: &str, path: &str) -> Result<Duration, String> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(120) {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(format!("the server on {address} ended with {status} before it was ready"));
            }
            if answers_200(address, path) {
                return Ok(began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(format!("the server on {address} was not ready after two minutes"))
    }

    /// Memory in use, in bytes: what the kernel counts as the process's own and shared pages in memory.
    pub(crate) fn memory(&self) -> Result<f64, String> {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.0.id())).map_err(|e| e.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024.0)
            .ok_or_else(|| "the kernel does not tell VmRSS".to_owned())
    }

    /// Time spent on the processor so far, in seconds, at the kernel's hundredths.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, String> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).map_err(|e| e.to_string())?;
        // The second field is the program's name in parentheses, which may contain spaces.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<f64> =
            after_name.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
        Ok((fields[11] + fields[12]) / 100.0)
    }

    /// Asks it to stop and waits.
    pub(crate) fn stop(mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answers_200(address: &str, path: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut head = [0; 12];
    stream.write_all(request.as_bytes()).and_then(|()| stream.read_exact(&mut head)).is_ok()
        && head.ends_with(b"200")
}
