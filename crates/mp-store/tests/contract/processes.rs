//! A test as a child process of itself.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

const PLACE: &str = "MP_STORE_CONTRACT_PLACE";

/// Where this process is to work, if it is a child.
pub(crate) fn place_of_child() -> Option<OsString> {
    std::env::var_os(PLACE)
}

/// How to run the test `name` once more in a process that works at `place`; `before` are the words that start it.
pub(crate) fn child(before: &[&str], name: &str, place: impl AsRef<Path>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words = before.iter().map(AsRef::as_ref).chain([program.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--exact", name, "--nocapture"]).env(PLACE, place.as_ref());
    command
}
