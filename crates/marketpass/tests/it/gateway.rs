//! `gateway secret`.

use std::os::unix::fs::PermissionsExt;

use crate::installation::Installation;

#[test]
fn the_secret_is_made_once_and_kept_in_private() {
    let machine = Installation::new();
    let first = machine.run(&["gateway", "secret"]).text();
    let shown = machine.run(&["--json", "gateway", "secret"]).json();
    assert_eq!(shown["secret"].as_str(), Some(first.trim_end()));
    assert_eq!(first.trim_end().len(), 64);
    let mode = machine.path("marketpass-data/secrets/gateway").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
