//! A real seller's client: the package `ya-market-api` 3.0.0 from Python's index, installed once below the target folder.
//!
//! Owns that installation. Must never be mended to suit the server: it is somebody else's program.

use std::path::{Path, PathBuf};
use std::process::Command;

use mp_testkit::python::Environment;
use serde_json::{Value, json};

use crate::served::Served;

/// Both of its faces, with what they need.
const PACKAGE: &str = "ya-market-api[all]==3.0.0";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/client/ask.py");
/// Well-formed, and issued by nobody here (market-api §1.2).
const STRANGER: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

/// The Python of a virtual environment that has the package.
fn python() -> PathBuf {
    Environment::provide(Path::new(env!("CARGO_TARGET_TMPDIR")), "ya-market-api-3.0.0", &[PACKAGE]).python()
}

/// What the package made of the server's answers to a good and to a wrong key.
fn ask(served: &Served, wrong: &str) -> Value {
    let base_url = format!("http://{}", served.server.said["listen"].as_str().unwrap());
    // Without variables: a proxy of this machine has nothing to do with a server on it.
    let output =
        Command::new(python()).args([SCRIPT, &base_url, &served.token, wrong]).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_package_ya_market_api_reads_name_and_accesses_and_knows_a_wrong_key() {
    let served = Served::new();
    let edit = ["--name", "Выгрузка «1С» 🔑", "--scope", "pricing:read-only", "--scope", "all-methods"];
    let id = served.cabinet.run(&["key", "list"], &[]).json()[0]["id"].as_str().unwrap().to_owned();
    served.cabinet.machine.run(&[&["key", "edit", "--key", &id][..], &edit].concat()).text();
    let told = json!({
        "status": "OK", "name": "Выгрузка «1С» 🔑", "accesses": ["ALL_METHODS", "PRICING_READ_ONLY"]
    });
    let refused = json!({"class": "AuthorizationError", "is_authorization_error": true});
    for wrong in [STRANGER, "nonsense"] {
        let answers = ask(&served, wrong);
        assert_eq!(answers, json!({"sync": [told, refused], "async": [told, refused]}));
    }
    served.cabinet.machine.run(&["key", "delete", "--key", &id]).text();
    mp_testkit::promptly("the deletion", std::time::Duration::from_secs(1), || {
        served.ask(crate::served::plain(&served.token)).status == 401
    });
    assert_eq!(ask(&served, STRANGER)["sync"][0], refused);
}
