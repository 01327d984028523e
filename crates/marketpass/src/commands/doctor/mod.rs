//! `doctor`: a list of checks, each with what was found and what to do about it.
//!
//! Owns the list and how it is shown. Must never change anything it looks at.

mod certificates;
mod database;
mod files;
mod machine;

use serde::Serialize;

use crate::config::{Config, Loaded, Problems, misspelt_variables};
use crate::failure::Failure;
use crate::output::{Output, aligned};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// As it should be.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work, or is not safe.
    Fail,
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    status: Status,
    message: String,
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, status: Status::Ok, message: message.into(), advice: None }
    }

    fn warn(check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, status: Status::Warn, message: message.into(), advice: Some(advice.into()) }
    }

    fn fail(check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, status: Status::Fail, message: message.into(), advice: Some(advice.into()) }
    }
}

/// Runs every check; fails if one of them does. Blocks.
pub(crate) fn run(loaded: &Result<Loaded, Problems>, output: Output) -> Result<(), Failure> {
    let mut findings = match loaded {
        Ok(loaded) => examine(&loaded.config),
        Err(problems) => {
            problems.0.iter().map(|problem| failed_configuration(&problem.to_string())).collect()
        }
    };
    findings.extend(misspelt_variables(std::env::vars_os()).map(|variable| misspelt(&variable)));
    output.show(&findings, |findings| report(findings))?;
    match findings.iter().filter(|finding| finding.status == Status::Fail).count() {
        0 => Ok(()),
        1 => Err(Failure::new("one check failed: do what is said above, then run `marketpass doctor` again")),
        count => Err(Failure::new(format!(
            "{count} checks failed: do what is said above, then run `marketpass doctor` again"
        ))),
    }
}

fn failed_configuration(problem: &str) -> Finding {
    Finding::fail("configuration", problem, "correct it; everything else is looked at once it can be read")
}

fn misspelt(variable: &str) -> Finding {
    let found = format!("{variable} is set, but is no setting");
    Finding::warn("environment", found, "write MARKETPASS__SECTION__KEY, with two underscores, or unset it")
}

fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = configuration(config);
    findings.extend(files::examine(config));
    findings.extend(certificates::examine(config));
    findings.extend(database::examine(config));
    findings.extend(machine::examine(config));
    findings
}

fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("configuration", "every value is valid")];
    if config.http.public_url.is_unprotected() {
        findings.push(Finding::warn(
            "public address",
            format!("{} sends keys and passwords readable over the network", config.http.public_url),
            "put a proxy that speaks TLS in front and set [http] public_url to its https:// address",
        ));
    }
    if config.limits.scale.is_unusual() {
        findings.push(Finding::warn(
            "limits",
            format!("every limit is multiplied by {}", config.limits.scale.factor()),
            "remove [limits] scale unless this is a load test",
        ));
    }
    findings
}

/// A line for each check, and below it what to do.
fn report(findings: &[Finding]) -> String {
    let mut rows = Vec::new();
    for finding in findings {
        let status = match finding.status {
            Status::Ok => "ok",
            Status::Warn => "WARN",
            Status::Fail => "FAIL",
        };
        rows.push([status.to_owned(), finding.check.to_owned(), finding.message.clone()]);
        rows.extend(
            finding.advice.as_ref().map(|advice| [String::new(), String::new(), format!("-> {advice}")]),
        );
    }
    aligned(&rows)
}
