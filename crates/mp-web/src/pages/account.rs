//! `/account`: what belongs to a person.
//!
//! Owns the pages of the account, each in a file of its own. Must never show one person what belongs to another.

pub(crate) mod applications;
pub(crate) mod backup_codes;
pub(crate) mod device;
pub(crate) mod email;
pub(crate) mod everywhere;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod security;
pub(crate) mod sessions;
pub(crate) mod totp;

use askama::Template;

use crate::components::{Notice, Problems, Tone};
use crate::texts::Text;
use crate::visit::Visit;

/// What has just been done, told by the page that one is sent to afterwards.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    done: String,
}

impl Arrival {
    /// The sentence about it; anything else a link may claim says nothing.
    fn notice(&self, visit: &Visit) -> Option<Notice> {
        let text = match self.done.as_str() {
            "password" => visit.t("done-password"),
            "totp-off" => visit.t("done-totp-off"),
            "passkey" => visit.t("done-passkey"),
            "passkey-removed" => visit.t("done-passkey-removed"),
            "session" => visit.t("done-session"),
            "access" => visit.t("done-access"),
            "letter" => visit.t("done-letter"),
            _ => return None,
        };
        Some(Notice::new(Tone::Done, text))
    }
}

/// A question before something that cannot be taken back: what will stop working, one button that does it, a way out.
#[derive(Template)]
#[template(path = "account/question.html")]
struct Question<'a> {
    visit: &'a Visit,
    problems: Problems,
    title: Text<'a>,
    consequences: Vec<Text<'a>>,
    /// What does it. Its form is sent to the page itself.
    button: Text<'a>,
    is_dangerous: bool,
    /// Where one goes instead.
    back: &'static str,
}
