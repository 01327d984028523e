//! What is said beside the things themselves.

use std::fmt;

use askama::Template;

use super::part;

/// How something is meant. Never told by colour alone: each has its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Done,
    Attention,
    Danger,
    /// Neither good nor bad: over, switched off.
    Quiet,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Done => "done",
            Self::Attention => "attention",
            Self::Danger => "danger",
            Self::Quiet => "quiet",
        }
    }
}

/// A sentence or two above what it is about.
#[derive(Template)]
#[template(path = "components/notice.html")]
pub(crate) struct Notice {
    tone: Tone,
    text: String,
}
part!(Notice);

impl Notice {
    pub(crate) fn new(tone: Tone, text: impl fmt::Display) -> Self {
        Self { tone, text: text.to_string() }
    }

    /// Read aloud when it appears: attention and danger at once.
    fn role(&self) -> &'static str {
        match self.tone {
            Tone::Attention | Tone::Danger => "alert",
            Tone::Info | Tone::Done | Tone::Quiet => "status",
        }
    }
}

/// A state in a word: an icon and the word.
#[derive(Template)]
#[template(path = "components/status.html")]
pub(crate) struct Status {
    tone: Tone,
    word: String,
}
part!(Status);

impl Status {
    pub(crate) fn new(tone: Tone, word: impl fmt::Display) -> Self {
        Self { tone, word: word.to_string() }
    }
}
