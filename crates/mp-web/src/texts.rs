//! What the pages say, in each language.
//!
//! Owns the messages (`locales/`, in Fluent's syntax) and how numbers are written. Must never know a page.

mod language;
mod moment;
mod numbers;

use std::fmt;
use std::sync::LazyLock;

use askama::{FastWritable, Values};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

pub(crate) use language::Language;
pub(crate) use moment::Moment;

type Bundle = FluentBundle<FluentResource>;

/// One file per part of the pages; the same names in every language.
macro_rules! sources {
    ($language:literal) => {
        [
            include_str!(concat!("../locales/", $language, "/common.ftl")),
            include_str!(concat!("../locales/", $language, "/errors.ftl")),
            include_str!(concat!("../locales/", $language, "/sign-in.ftl")),
            include_str!(concat!("../locales/", $language, "/account.ftl")),
            include_str!(concat!("../locales/", $language, "/applications.ftl")),
            include_str!(concat!("../locales/", $language, "/cabinet.ftl")),
            include_str!(concat!("../locales/", $language, "/refusals.ftl")),
            include_str!(concat!("../locales/", $language, "/authorize.ftl")),
        ]
    };
}

const ENGLISH_SOURCES: [&str; 8] = sources!("en");
const RUSSIAN_SOURCES: [&str; 8] = sources!("ru");

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));
static RUSSIAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Russian));

fn sources(language: Language) -> [&'static str; 8] {
    match language {
        Language::English => ENGLISH_SOURCES,
        Language::Russian => RUSSIAN_SOURCES,
    }
}

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.identifier()]);
    // Both languages run from left to right: nothing needs to be isolated.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(numbers::formatter(language)));
    for source in sources(language) {
        let resource = FluentResource::try_new(source.to_owned()).expect("a test reads every file");
        bundle.add_resource(resource).expect("a test compares the keys of all files");
    }
    bundle
}

fn bundle_of(language: Language) -> &'static Bundle {
    match language {
        Language::English => &ENGLISH,
        Language::Russian => &RUSSIAN,
    }
}

/// A message on its way to the page: `{{ visit.t("moment-days-ago").with("count", 3) }}`.
#[derive(Clone)]
pub(crate) struct Text<'a> {
    language: Language,
    key: &'static str,
    arguments: Vec<(&'static str, FluentValue<'a>)>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(language: Language, key: &'static str) -> Self {
        Self { language, key, arguments: Vec::new() }
    }

    /// With the value of a variable of the message.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<FluentValue<'a>>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bundle = bundle_of(self.language);
        let pattern = bundle.get_message(self.key).and_then(|message| message.value());
        debug_assert!(pattern.is_some(), "no message is called {}", self.key);
        let Some(pattern) = pattern else { return f.write_str(self.key) };
        let arguments: FluentArgs<'_> = self.arguments.iter().cloned().collect();
        let mut errors = Vec::new();
        bundle.write_pattern(f, pattern, Some(&arguments), &mut errors)?;
        debug_assert!(errors.is_empty(), "the message {} is incomplete: {errors:?}", self.key);
        Ok(())
    }
}

impl FastWritable for Text<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

#[cfg(test)]
mod tests;
