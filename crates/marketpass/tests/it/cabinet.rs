//! A cabinet to try things on.

use serde_json::Value;

use crate::installation::{Ended, Installation};

/// A machine with a business, its owner and two stores.
pub(crate) struct Cabinet {
    pub(crate) machine: Installation,
    pub(crate) business: String,
    pub(crate) campaigns: [String; 2],
}

impl Cabinet {
    pub(crate) fn new() -> Self {
        Self::on(Installation::new())
    }

    /// The same on a machine that is configured already.
    pub(crate) fn on(machine: Installation) -> Self {
        add_account(&machine, "owner");
        let created = ["--json", "business", "create", "--name", "Ёлки и палки", "--owner", "owner"];
        let business = machine.run(&created).json()["id"].to_string();
        let campaigns = ["Север", "Юг"].map(|name| {
            let created = ["--json", "campaign", "create", "--business", &business, "--name", name];
            machine.run(&created).json()["id"].to_string()
        });
        Self { machine, business, campaigns }
    }

    /// Runs a command about this cabinet.
    pub(crate) fn run(&self, command: &[&str], rest: &[&str]) -> Ended {
        self.machine.run(&[&["--json"], command, &["--business", &self.business], rest].concat())
    }

    /// Makes a key with one access.
    pub(crate) fn key(&self, name: &str) -> Value {
        self.run(&["key", "create"], &["--name", name, "--scope", "pricing"]).json()
    }
}

/// Registers a person.
pub(crate) fn add_account(machine: &Installation, login: &str) {
    let email = format!("{login}@example.org");
    let arguments = ["account", "create", "--login", login, "--email", &email, "--password-stdin"];
    machine.run_with(&arguments, &[], "correct horse battery").text();
}
