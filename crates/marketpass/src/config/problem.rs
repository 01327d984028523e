//! What can be wrong with a configuration.
//!
//! Owns the sentences: where, what, and what to do. Must never repeat a value that may be a secret.

use std::path::Path;

use serde::Serialize;

use super::layers::Source;
use super::settings::Setting;
use super::values::ListenAddress;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{message}", .at.as_ref().map(|source| format!("{source}: ")).unwrap_or_default())]
pub(crate) struct Problem {
    /// Where; `None` if the file as a whole cannot be read.
    pub(crate) at: Option<Source>,
    /// What, and what to do.
    pub(crate) message: String,
}

impl Problem {
    fn at(source: Source, message: String) -> Self {
        Self { at: Some(source), message }
    }

    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let message = format!(
            "the configuration file {} cannot be read: {error}; check the path given to --config and its permissions",
            path.display()
        );
        Self { at: None, message }
    }

    pub(crate) fn not_toml(source: Source, why: &str) -> Self {
        let why = why.lines().collect::<Vec<_>>().join(" ");
        Self::at(source, format!("this is not TOML: {why}; correct that line"))
    }

    pub(crate) fn not_text(source: Source) -> Self {
        Self::at(source, "the value is not UTF-8: set the variable to a readable text".to_owned())
    }

    pub(crate) fn unknown_setting(source: Source, name: &str) -> Self {
        let advice = match Setting::nearest_to(name) {
            Some(nearest) => format!("did you mean {}?", nearest.name),
            None => "`marketpass config show` lists the settings there are".to_owned(),
        };
        Self::at(source, format!("there is no setting '{name}': {advice}"))
    }

    pub(crate) fn invalid_value(source: Source, setting: Setting, why: &str) -> Self {
        Self::at(source, format!("{} has a wrong value: {why}", setting.name))
    }

    pub(crate) fn wrong_kind(source: Source, setting: Setting) -> Self {
        Self::at(source, format!("{}: {}", setting.name, setting.expectation()))
    }

    pub(crate) fn two_ways_of_mail(source: Source) -> Self {
        let message = "mail.smtp_url and mail.folder are both set: letters go one way, remove one";
        Self::at(source, message.to_owned())
    }

    pub(crate) fn mail_from_nobody(source: Source) -> Self {
        let message = "mail.smtp_url needs mail.from: mail servers take letters of addresses they know only";
        Self::at(source, message.to_owned())
    }

    pub(crate) fn half_of_a_pair(source: Source, named: &str, missing: &str) -> Self {
        Self::at(source, format!("{named} needs {missing}: TLS takes both"))
    }

    pub(crate) fn upstream_without_listener(source: Source) -> Self {
        let message = "gateway.upstream needs api.listen: what an upstream answers has to stay on an origin apart from \
                       the pages; set [api] listen or --api-listen";
        Self::at(source, message.to_owned())
    }

    /// `source` belongs to `name`; both settings name the same address.
    pub(crate) fn same_address(source: Source, name: &str, other: &str, address: ListenAddress) -> Self {
        let message =
            format!("{name} and {other} are both {address}: give each an address or a port of its own");
        Self::at(source, message)
    }
}

/// Everything that is wrong; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl std::error::Error for Problems {}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("nothing is wrong"),
            [only] => only.fmt(f),
            [first, rest @ ..] => {
                write!(f, "{first} (and {} more: `marketpass config check` lists them)", rest.len())
            }
        }
    }
}
