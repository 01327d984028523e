//! Reading what the file, the environment and the flags say, each with the place where it says so.
//!
//! Owns the spelling of the three sources. Must never judge a value: `load` does.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use toml::Value;
use toml::de::DeTable;

use super::problem::Problem;

/// Where the configuration file is looked for when nobody names one.
pub(crate) const DEFAULT_FILE: &str = "marketpass.toml";

/// What variables of the environment that are meant for marketpass begin with, rightly or not.
const VARIABLE_STEM: &str = "MARKETPASS_";

/// What variables of the environment begin with.
const VARIABLE_PREFIX: &str = "MARKETPASS__";

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody said anything.
    Default,
    /// A line of the file.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One thing that a source says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment {
    /// `section.key`, right or wrong.
    pub(crate) name: String,
    /// The value, and what else it may mean: a variable is a TOML value, or else the text as it is.
    pub(crate) readings: Vec<Value>,
    /// Who says it.
    pub(crate) source: Source,
}

/// What the file says. A file that nobody named need not exist.
pub(crate) fn read_file(named: Option<&Path>) -> Result<Vec<Assignment>, Problem> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => parse_file(path, &text),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Problem::unreadable(path, &error)),
    }
}

fn parse_file(path: &Path, text: &str) -> Result<Vec<Assignment>, Problem> {
    let at = |offset: usize| Source::File { path: path.to_owned(), line: line_of(text, offset) };
    let not_toml = |error: toml::de::Error| {
        Problem::not_toml(at(error.span().map_or(0, |span| span.start)), error.message())
    };
    // Parsed twice: the first reading knows the places, the second the plain values.
    let places = DeTable::parse(text).map_err(not_toml)?;
    let values: toml::Table = toml::from_str(text).map_err(not_toml)?;
    let mut found = Vec::new();
    let mut say = |name, value, offset| found.push((offset, assignment(name, value, at(offset))));
    for (section, content) in places.get_ref() {
        let section_name = section.get_ref().as_ref();
        let Some(keys) = content.get_ref().as_table() else {
            let value = values[section_name].clone();
            say(section_name.to_owned(), value, section.span().start);
            continue;
        };
        for key in keys.keys() {
            let name = format!("{section_name}.{}", key.get_ref());
            let value = values[section_name][key.get_ref().as_ref()].clone();
            say(name, value, key.span().start);
        }
    }
    // A table knows no order, a reader of the file does.
    found.sort_by_key(|(offset, _)| *offset);
    Ok(found.into_iter().map(|(_, assignment)| assignment).collect())
}

fn assignment(name: String, value: Value, source: Source) -> Assignment {
    Assignment { name, readings: vec![value], source }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// What the environment says: `MARKETPASS__SECTION__KEY`.
pub(crate) fn read_environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<Result<Assignment, Problem>> {
    variables
        .into_iter()
        .filter_map(|(variable, value)| {
            let variable = variable.into_string().ok()?;
            let name = variable.strip_prefix(VARIABLE_PREFIX)?.to_ascii_lowercase().replacen("__", ".", 1);
            let source = Source::Environment(variable);
            let Ok(text) = value.into_string() else {
                return Some(Err(Problem::not_text(source)));
            };
            Some(Ok(Assignment { name, readings: readings_of(text), source }))
        })
        .collect()
}

/// Variables that were probably meant as settings, but have one underscore where there must be two.
pub(crate) fn misspelt_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = String> {
    let names = variables.into_iter().filter_map(|(variable, _)| variable.into_string().ok());
    names.filter(|name| name.starts_with(VARIABLE_STEM) && !name.starts_with(VARIABLE_PREFIX))
}

fn readings_of(text: String) -> Vec<Value> {
    let parsed = text.parse::<Value>().ok();
    parsed.into_iter().chain([Value::String(text)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_and_lines(text: &str) -> Vec<(String, String)> {
        let found = parse_file(Path::new("m.toml"), text).unwrap();
        found.into_iter().map(|a| (a.name, a.source.to_string())).collect()
    }

    #[test]
    fn every_spelling_of_a_table_has_its_line() {
        let said = names_and_lines("[http]\nlisten = 1\n\n[limits]\n# louder\nscale = 2\n");
        assert_eq!(
            said,
            [("http.listen".into(), "m.toml:2".into()), ("limits.scale".into(), "m.toml:6".into())]
        );
        assert_eq!(names_and_lines("\nhttp.listen = 1"), [("http.listen".into(), "m.toml:2".into())]);
        assert_eq!(names_and_lines("http = 5"), [("http".into(), "m.toml:1".into())]);
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let problem = parse_file(Path::new("m.toml"), "[http]\nlisten = \n").unwrap_err();
        assert_eq!(problem.at.unwrap().to_string(), "m.toml:2");
    }

    #[test]
    fn a_variable_is_a_toml_value_or_else_a_text() {
        let read = |value: &str| {
            let mut read = read_environment([("MARKETPASS__HTTP__PUBLIC_URL".into(), value.into())]);
            read.remove(0).unwrap()
        };
        assert_eq!(read("https://x").name, "http.public_url");
        assert_eq!(read("https://x").readings, [Value::from("https://x")]);
        assert_eq!(read("5").readings, [Value::from(5), Value::from("5")]);
        assert_eq!(read("[\"a\"]").readings[0], Value::from(vec!["a"]));
    }

    #[test]
    fn one_underscore_is_noticed() {
        let names = ["PATH", "MARKETPASS_HTTP_LISTEN", "MARKETPASS__HTTP__LISTEN", "MARKETPASS"];
        let misspelt = misspelt_variables(names.map(|name| (name.into(), "1".into())));
        assert_eq!(misspelt.collect::<Vec<_>>(), ["MARKETPASS_HTTP_LISTEN"]);
    }

    #[test]
    fn other_variables_are_none_of_our_business() {
        assert!(
            read_environment([("PATH".into(), "/bin".into()), ("MARKETPASS_X".into(), "1".into())])
                .is_empty()
        );
    }
}
