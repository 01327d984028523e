//! One-time codes from somebody else's program: Debian's `oathtool`.
//!
//! Owns calling it. Must never reckon a code itself.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The code of the period that began `periods` after the present one.
#[expect(clippy::disallowed_methods, reason = "the server asks the machine's clock, and so must the app")]
pub(crate) fn code(secret_base32: &str, periods: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    code_at(secret_base32, i64::try_from(now).unwrap() + 30 * periods)
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
