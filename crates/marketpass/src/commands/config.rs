//! `config`: what is in force and where it comes from, or what is wrong.
//!
//! Owns how a configuration is shown. Must never show a secret.

use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;

use crate::config::{Loaded, Problem, Problems, SETTINGS, Source, misspelt_variables};
use crate::failure::Failure;
use crate::output::{Column, Output};

/// `config show|check`
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting, its value and where that comes from
    Show,
    /// Say what is wrong with the configuration
    Check,
}

/// One setting in force.
#[derive(Serialize)]
struct ShownSetting {
    name: &'static str,
    value: Value,
    source: &'static str,
    /// The line, the variable or the flag; `null` for a default.
    at: Option<String>,
}

/// What `config check` found.
#[derive(Serialize)]
struct Verdict {
    ok: bool,
    problems: Vec<Problem>,
}

/// Runs the command on what was loaded, or on what went wrong while loading.
pub(crate) fn run(
    command: ConfigCommand,
    loaded: Result<Loaded, Problems>,
    output: Output,
) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show => show(&loaded?, output),
        ConfigCommand::Check => check(loaded, output),
    }
}

fn show(loaded: &Loaded, output: Output) -> Result<(), Failure> {
    let values =
        serde_json::to_value(&loaded.config).expect("a configuration is plain structures with text keys");
    let settings: Vec<ShownSetting> = SETTINGS
        .iter()
        .map(|setting| {
            let (section, key) = setting.section_and_key();
            let source = loaded.source_of(setting.name);
            ShownSetting {
                name: setting.name,
                value: values[section][key].clone(),
                source: kind_of(source),
                at: (*source != Source::Default).then(|| source.to_string()),
            }
        })
        .collect();
    let columns = [
        Column("SETTING", |setting: &ShownSetting| setting.name.to_owned()),
        Column("VALUE", |setting| plain(&setting.value)),
        Column("FROM", |setting| setting.at.clone().unwrap_or_else(|| setting.source.to_owned())),
    ];
    output.list(&settings, &columns)
}

fn kind_of(source: &Source) -> &'static str {
    match source {
        Source::Default => "default",
        Source::File { .. } => "file",
        Source::Environment(_) => "environment",
        Source::Flag(_) => "flag",
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn check(loaded: Result<Loaded, Problems>, output: Output) -> Result<(), Failure> {
    for variable in misspelt_variables(std::env::vars_os()) {
        eprintln!(
            "warning: {variable} is no setting: settings begin with MARKETPASS__, with two underscores"
        );
    }
    let problems = loaded.err().map(|Problems(problems)| problems).unwrap_or_default();
    let count = problems.len();
    output.show(&Verdict { ok: count == 0, problems }, |verdict| {
        let lines = verdict.problems.iter().map(|problem| format!("{problem}\n"));
        if verdict.ok { "The configuration is good.\n".to_owned() } else { lines.collect() }
    })?;
    match count {
        0 => Ok(()),
        1 => Err(Failure::new("the configuration has a problem: correct it as said above")),
        _ => Err(Failure::new(format!("the configuration has {count} problems: correct them as said above"))),
    }
}
