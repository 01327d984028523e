//! The messages themselves: complete, equal in every language, and used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;

use super::*;

/// Each message and the variables in it.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for source in sources(language) {
        FluentResource::try_new(source.to_owned())
            .unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) =
                line.split_once('=').filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                name.trim().clone_into(&mut key);
                assert!(
                    found.insert(key.clone(), BTreeSet::new()).is_none(),
                    "{language:?}: {key} stands there twice"
                );
            }
            let names = line.split('$').skip(1).map(|rest| {
                rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                    .next()
                    .unwrap()
                    .to_owned()
            });
            found.entry(key.clone()).or_default().extend(names);
        }
    }
    found.remove("");
    found
}

/// Every template and source file, after another.
fn all_pages() -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, text);
            } else {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    for folder in ["src", "templates"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text);
    }
    text
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let (english, russian) = (messages(Language::English), messages(Language::Russian));
    for (key, variables) in &english {
        assert_eq!(russian.get(key), Some(variables), "{key} in Russian");
    }
    for key in russian.keys() {
        assert!(english.contains_key(key), "{key} in English");
    }
}

#[test]
fn every_message_that_a_page_names_is_there_with_its_variables() {
    let (known, pages) = (messages(Language::English), all_pages());
    let mut named = 0;
    for call in pages.split(".t(\"").skip(1) {
        let (key, rest) = call.split_once('"').unwrap();
        let variables = known.get(key).unwrap_or_else(|| panic!("no message is called {key}"));
        let given: BTreeSet<_> = given_after(rest).collect();
        assert_eq!(given, variables.iter().map(String::as_str).collect(), "the variables of {key}");
        named += 1;
    }
    assert!(named > 50, "the calls were not found");
}

/// The names in the `.with("name", …)` that follow a call, up to the end of the expression.
fn given_after(rest: &str) -> impl Iterator<Item = &str> {
    let mut rest = rest.strip_prefix(')').unwrap_or("");
    std::iter::from_fn(move || {
        let call = rest.trim_start().strip_prefix(".with(\"")?;
        let (name, tail) = call.split_once('"')?;
        rest = &tail[end_of_call(tail)..];
        Some(name)
    })
}

/// The place after the bracket that closes the call.
fn end_of_call(text: &str) -> usize {
    let mut depth = 1;
    for (place, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    text.len()
}

#[test]
fn every_message_is_used() {
    let pages = all_pages();
    for key in messages(Language::English).keys() {
        assert!(pages.contains(&format!("\"{key}\"")), "nothing says {key}");
    }
}

#[test]
fn counting_follows_the_language() {
    let said =
        |language, count: u32| Text::new(language, "moment-minutes-ago").with("count", count).to_string();
    assert_eq!(said(Language::English, 1), "1 minute ago");
    assert_eq!(said(Language::Russian, 1), "1 минуту назад");
    assert_eq!(said(Language::Russian, 22), "22 минуты назад");
    assert_eq!(said(Language::Russian, 25), "25 минут назад");
}
