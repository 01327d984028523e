//! Debian's ChromeDriver, and through it Chromium, as child processes.
//!
//! Owns starting and ending them. Must never leave a process or a folder behind: a shell script watches over the driver
//! and ends it when the pipe to this process closes, and each browser hangs on a pipe of the driver's.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

const WATCHDOG: &str = include_str!("chromium/watchdog.sh");
/// What the driver says when it has a port; the port follows.
const ANNOUNCEMENT: &str = "started successfully on port ";

/// What every browser of a test is started with: nothing of it asks the network on its own account, and it dies with
/// the driver.
pub const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Tests run as root in containers, where Chromium's sandbox cannot be made.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
];

/// A running ChromeDriver: it opens as many browsers as it is asked for, each with a profile of its own.
#[derive(Debug)]
pub struct ChromeDriver {
    watchdog: Child,
    /// Kept open: the driver must not be ended by a broken pipe when it says something.
    said: BufReader<ChildStdout>,
    url: String,
}

impl ChromeDriver {
    /// The driver that all tests of this process share; started by the first who asks, ended with the process.
    ///
    /// # Panics
    /// If it cannot be started: a test that needs a browser and finds none has failed.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<ChromeDriver, String>> = OnceLock::new();
        match SHARED.get_or_init(Self::try_start) {
            Ok(driver) => driver,
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Where it takes WebDriver's commands, for example `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn try_start() -> Result<Self, String> {
        let mut command = Command::new("sh");
        // A group of its own: Ctrl-C on the test must not take the watchdog before it has cleaned up.
        command.args(["-c", WATCHDOG, "watchdog"]).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut watchdog = command
            .spawn()
            .map_err(|error| format!("the shell that runs ChromeDriver did not start: {error}"))?;
        let mut said = BufReader::new(watchdog.stdout.take().expect("it was piped above and is taken once"));
        let Some(port) = port(&mut said) else {
            // The script ends with its input, and says no more.
            drop(watchdog.stdin.take());
            let mut reason = String::new();
            let mut stderr = watchdog.stderr.take().expect("it was piped above and is taken once");
            // Whatever could be read is shown; there is no better source to ask.
            let _ = stderr.read_to_string(&mut reason);
            return Err(format!(
                "ChromeDriver did not start; install chromium-driver and chromium: {reason}"
            ));
        };
        Ok(Self { watchdog, said, url: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for ChromeDriver {
    fn drop(&mut self) {
        // `wait` closes our end of the pipe first, which tells the watchdog to end the driver.
        let _ = self.watchdog.wait();
        // Until then somebody has to listen.
        let _ = self.said.read_to_string(&mut String::new());
    }
}

/// The port of the driver's announcement; nothing if it ended without one.
fn port(said: &mut impl BufRead) -> Option<u16> {
    let lines = said.lines().map_while(Result::ok);
    let mut announced = lines.filter_map(|line| Some(line.split_once(ANNOUNCEMENT)?.1.to_owned()));
    announced.next()?.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_announcement() {
        let said = "Starting ChromeDriver 156.0 on port 0\nChromeDriver was started successfully on port 45633.\nmore";
        assert_eq!(port(&mut said.as_bytes()), Some(45633));
        assert_eq!(port(&mut "Starting ChromeDriver on port 0\n".as_bytes()), None);
    }
}
