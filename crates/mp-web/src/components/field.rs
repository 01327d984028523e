//! What people fill in.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use askama::Template;

use super::part;

/// A labelled line of text: label, hint, error, control.
#[derive(Template)]
#[template(path = "components/field.html")]
pub(crate) struct Field {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    hint: Option<String>,
    error: Option<String>,
    autocomplete: &'static str,
    inputmode: Option<&'static str>,
    max_length: Option<u32>,
    is_required: bool,
    has_focus: bool,
    /// Whether the form comes back with a summary of what is wrong, which is read before any field.
    is_second_time: bool,
}
part!(Field);

impl Field {
    /// A line that must be filled in; its id is `field-<name>`.
    pub(crate) fn text(name: &'static str, label: impl fmt::Display) -> Self {
        Self {
            name,
            label: label.to_string(),
            kind: "text",
            value: String::new(),
            hint: None,
            error: None,
            autocomplete: "off",
            inputmode: None,
            max_length: None,
            is_required: true,
            has_focus: false,
            is_second_time: false,
        }
    }

    /// For the password of `autocomplete` `current-password` or `new-password`.
    pub(crate) fn password(name: &'static str, label: impl fmt::Display, autocomplete: &'static str) -> Self {
        Self { kind: "password", autocomplete, ..Self::text(name, label) }
    }

    /// For an e-mail address.
    pub(crate) fn email(name: &'static str, label: impl fmt::Display) -> Self {
        Self { kind: "email", autocomplete: "email", ..Self::text(name, label) }
    }

    /// For a code that is read off something.
    pub(crate) fn code(name: &'static str, label: impl fmt::Display) -> Self {
        Self { autocomplete: "one-time-code", ..Self::text(name, label) }
    }

    /// With what is filled in already.
    #[must_use]
    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// With a line below the label.
    #[must_use]
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }

    /// With what is wrong with it, taken from `problems`.
    #[must_use]
    pub(crate) fn judged(self, problems: &Problems) -> Self {
        let error = problems.of(self.name).map(str::to_owned);
        Self { error, is_second_time: !problems.is_empty(), ..self }
    }

    /// With the purpose browsers fill it in for (HTML §4.10.18.7).
    #[must_use]
    pub(crate) fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    /// With the keyboard that a phone shows.
    #[must_use]
    pub(crate) fn inputmode(self, inputmode: &'static str) -> Self {
        Self { inputmode: Some(inputmode), ..self }
    }

    /// At most that many characters.
    #[must_use]
    pub(crate) fn max_length(self, characters: u32) -> Self {
        Self { max_length: Some(characters), ..self }
    }

    /// May stay empty.
    #[must_use]
    pub(crate) fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// The first thing to fill in on its page.
    #[must_use]
    pub(crate) fn focused(self) -> Self {
        Self { has_focus: true, ..self }
    }

    /// Whether it is read off something, and shown letter by letter.
    fn is_code(&self) -> bool {
        self.autocomplete == "one-time-code"
    }

    fn takes_focus(&self) -> bool {
        self.has_focus && !self.is_second_time
    }

    /// What describes the control to those who cannot see it.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("hint-{}", self.name));
        let error = self.error.as_ref().map(|_| format!("error-{}", self.name));
        let ids: Vec<_> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// One choice of several.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) is_chosen: bool,
}

/// A list of choices with explanations, of which one (`radio`) or any number (`checkbox`) may be taken.
#[derive(Template)]
#[template(path = "components/choices.html")]
#[expect(clippy::struct_field_names, reason = "a list of choices is called so, and so is what it holds")]
pub(crate) struct Choices {
    pub(crate) name: &'static str,
    pub(crate) legend: String,
    pub(crate) hint: Option<String>,
    pub(crate) error: Option<String>,
    /// `radio` or `checkbox`.
    pub(crate) kind: &'static str,
    pub(crate) choices: Vec<Choice>,
}
part!(Choices);

/// What is wrong with a form: a summary on top that leads to the fields, whose order it has.
#[derive(Template, Default)]
#[template(path = "components/problems.html")]
pub(crate) struct Problems {
    title: String,
    /// Name of the field, and what is wrong; an empty name where it is the form as a whole.
    list: Vec<(Cow<'static, str>, String)>,
    /// How long to wait where the form was sent too often.
    wait: Option<Duration>,
}
part!(Problems);

impl Problems {
    /// Nothing is wrong, so far. `title` stands above the summary.
    pub(crate) fn none(title: impl fmt::Display) -> Self {
        Self { title: title.to_string(), ..Self::default() }
    }

    /// Something is wrong with a field.
    pub(crate) fn add(&mut self, field: impl Into<Cow<'static, str>>, problem: impl fmt::Display) {
        self.list.push((field.into(), problem.to_string()));
    }

    /// The form was sent too often: it can be sent again after `wait`.
    pub(crate) fn add_wait(&mut self, wait: Duration, problem: impl fmt::Display) {
        self.add("", problem);
        self.wait = Some(wait);
    }

    /// How long to wait where the form was sent too often.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What is wrong with that field, first of all.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.list.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem.as_str())
    }
}
