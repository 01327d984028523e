//! One-time codes from somebody else's program: Debian's `oathtool`.
//!
//! Owns calling it, and which code is the next one. Must never reckon a code itself, or show one twice.

use std::cell::Cell;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use mp_testkit::eventually;

/// Seconds for which a code is the present one (RFC 6238 §5.2).
const PERIOD: i64 = 30;

/// An app with the secret of one account. Codes of the periods before and after the present one are accepted, if no
/// later one was: what it shows is right whenever it is asked.
pub(crate) struct App {
    secret_base32: String,
    /// The period of the newest code it has shown, since the Unix epoch.
    shown: Cell<i64>,
}

impl App {
    pub(crate) fn new(secret_base32: &str) -> Self {
        Self { secret_base32: secret_base32.to_owned(), shown: Cell::new(0) }
    }

    /// A code that was not shown before; waited for, if the codes of this time are used up.
    pub(crate) fn code(&self) -> String {
        let next = self.shown.get() + 1;
        eventually("the time of the next code", || next <= present() + 1);
        self.shown.set(next.max(present()));
        self.shown_last()
    }

    /// The newest code it has shown.
    pub(crate) fn shown_last(&self) -> String {
        self.code_of(self.shown.get())
    }

    /// Whether the newest code it has shown is refused by now, whether it was used or not.
    pub(crate) fn is_out_of_date(&self) -> bool {
        self.shown.get() < present() - 1
    }

    /// A code whose time does not come while a test runs.
    pub(crate) fn code_of_tomorrow(&self) -> String {
        self.code_of(present() + 86_400 / PERIOD)
    }

    fn code_of(&self, period: i64) -> String {
        code_at(&self.secret_base32, period * PERIOD)
    }
}

/// The period that has begun.
#[expect(clippy::disallowed_methods, reason = "the server asks the machine's clock, and so must the app")]
fn present() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() / PERIOD
}

/// The code of a moment (RFC 6238: 30 seconds, SHA-1, six digits) in seconds since the Unix epoch.
pub(crate) fn code_at(secret_base32: &str, moment: i64) -> String {
    let plain: String = secret_base32.split_whitespace().collect();
    let output = Command::new("oathtool")
        .args(["--totp", "--base32", "--now", &format!("@{moment}"), &plain])
        .output()
        .expect("install the package oathtool");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
