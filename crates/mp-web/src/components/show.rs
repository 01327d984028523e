//! Values that people read, copy and keep.

use std::fmt;

use askama::Template;
use mp_domain::secret::PlainSecret;
use mp_domain::time::Timestamp;

use super::part;
use crate::visit::Visited;

/// A value with a button that copies it. Selectable where scripts are off.
#[derive(Template)]
#[template(path = "components/copyable.html")]
pub(crate) struct Copyable {
    label: String,
    value: String,
    copy: String,
    copied: String,
}
part!(Copyable);

impl Copyable {
    pub(crate) fn new(visit: &Visited, label: impl fmt::Display, value: impl Into<String>) -> Self {
        Self {
            label: label.to_string(),
            value: value.into(),
            copy: visit.t("copy").to_string(),
            copied: visit.t("copied").to_string(),
        }
    }
}

/// A secret, or a list of them, that is shown this once: copy, download, and the sentence that says so.
#[derive(Template)]
#[template(path = "components/secret.html")]
pub(crate) struct Secret {
    label: String,
    /// One line each.
    lines: Vec<String>,
    file_name: String,
    copy: String,
    copied: String,
    download: String,
    warning: String,
    saved: String,
}
part!(Secret);

impl Secret {
    /// `file_name` is what the download is called.
    pub(crate) fn new(
        visit: &Visited,
        label: impl fmt::Display,
        secrets: &[PlainSecret],
        file_name: &str,
    ) -> Self {
        let (warning, saved) = match secrets {
            [_] => (visit.t("secret-once"), visit.t("secret-saved")),
            _ => (visit.t("secrets-once"), visit.t("secrets-saved")),
        };
        Self {
            label: label.to_string(),
            lines: secrets.iter().map(|secret| secret.expose().to_owned()).collect(),
            file_name: file_name.to_owned(),
            copy: visit.t("copy").to_string(),
            copied: visit.t("copied").to_string(),
            download: visit.t("download").to_string(),
            warning: warning.to_string(),
            saved: saved.to_string(),
        }
    }

    /// The lines as a `data:` address (RFC 2397), so that they can be saved without a script.
    fn data_url(&self) -> String {
        let text = self.lines.join("\n") + "\n";
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        format!("data:text/plain;charset=utf-8,{}", encoded.replace('+', "%20"))
    }
}

/// What stands where nothing is yet: what this is, why it is empty, the first step.
#[derive(Template)]
#[template(path = "components/empty.html")]
pub(crate) struct EmptyState {
    title: String,
    text: String,
    /// Path and label of the first step.
    action: Option<(String, String)>,
}
part!(EmptyState);

impl EmptyState {
    pub(crate) fn new(title: impl fmt::Display, text: impl fmt::Display) -> Self {
        Self { title: title.to_string(), text: text.to_string(), action: None }
    }

    /// With a first step.
    #[must_use]
    pub(crate) fn action(self, path: impl Into<String>, label: impl fmt::Display) -> Self {
        Self { action: Some((path.into(), label.to_string())), ..self }
    }
}

/// A moment: relative for people, exact in the title and for machines.
#[derive(Template)]
#[template(path = "components/time.html")]
pub(crate) struct Time {
    machine_readable: String,
    exact: String,
    shown: String,
}
part!(Time);

impl Time {
    /// `5 minutes ago`
    pub(crate) fn relative(visit: &Visited, at: Timestamp) -> Self {
        let moment = visit.moment(at);
        Self { shown: moment.relative(), exact: moment.exact(), machine_readable: moment.machine_readable() }
    }

    /// `22 November 2026, 03:15 UTC`
    pub(crate) fn exact(visit: &Visited, at: Timestamp) -> Self {
        let moment = visit.moment(at);
        Self { shown: moment.exact(), exact: moment.exact(), machine_readable: moment.machine_readable() }
    }

    /// `22 November 2026`
    pub(crate) fn day(visit: &Visited, at: Timestamp) -> Self {
        let moment = visit.moment(at);
        Self { shown: moment.day(), exact: moment.exact(), machine_readable: moment.machine_readable() }
    }
}
