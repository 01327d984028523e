//! `catalog`: which methods there are, what opens them and how much of them is allowed.
//!
//! Owns where a document comes from and how operations, findings and changes are shown.

mod shadow;

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use clap::{Args, Subcommand};
use mp_catalog::{Change, Finding, Import, MOST_BYTES, Severity};
use mp_domain::event::Actor;
use mp_domain::operation::{Operation, Parallel};
use mp_domain::scope::ScopeSet;
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::Timestamp;
use mp_gateway::fetch;
use mp_service::Service;
use mp_service::catalogs::{Comparison, SHIPPED};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, joined, or_dash};

/// How long a document may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// `catalog …`
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Bring the methods of an OpenAPI document into force, or those again that marketpass brings along
    Import {
        /// Which
        #[command(flatten)]
        document: DocumentArgument,
        /// Say what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Put it on trial instead: calls are judged by it as well, and decided by what is in force
        #[arg(long, conflicts_with = "dry_run")]
        shadow: bool,
    },
    /// List the methods in force
    Show,
    /// Look for what is wrong with a document or doubtful in it
    Check {
        /// An OpenAPI document, JSON or YAML: a file, a URL, or - for standard input [default: what is in force]
        #[arg(value_name = "FILE|URL")]
        document: Option<String>,
    },
    /// Say what importing a document would open, close, tighten and loosen, and for whom
    Diff(DocumentArgument),
    /// Show which calls would be refused or let in by the methods on trial, other than by those in force
    Shadow {
        /// End the trial
        #[arg(long)]
        stop: bool,
    },
}

/// A document, or what stands in for one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct DocumentArgument {
    /// An OpenAPI document, JSON or YAML: a file, a URL, or - for standard input
    #[arg(value_name = "FILE|URL")]
    document: Option<String>,
    /// The methods that marketpass brings along; a newer marketpass brings newer ones
    #[arg(long)]
    shipped: bool,
}

impl DocumentArgument {
    /// How the audit trail calls it.
    fn source(&self) -> &str {
        self.document.as_deref().map_or(SHIPPED, source)
    }

    /// What importing it would change.
    async fn compare(&self, service: &Service) -> Result<Comparison, Failure> {
        Ok(match &self.document {
            Some(document) => service.compare_catalog(read(document).await?).await?,
            None => service.compare_shipped_catalog().await?,
        })
    }

    async fn import(&self, service: &Service) -> Result<Comparison, Failure> {
        let source = self.source().to_owned();
        Ok(match &self.document {
            Some(document) => service.import_catalog(Actor::Operator, read(document).await?, source).await?,
            None => service.return_to_shipped_catalog(Actor::Operator).await?,
        })
    }

    async fn try_out(&self, service: &Service) -> Result<Comparison, Failure> {
        let source = self.source().to_owned();
        Ok(match &self.document {
            Some(document) => service.put_on_trial(Actor::Operator, read(document).await?, source).await?,
            None => service.put_shipped_on_trial(Actor::Operator).await?,
        })
    }
}

/// Runs the command.
pub(crate) async fn run(command: CatalogCommand, service: &Service, output: Output) -> Result<(), Failure> {
    match command {
        CatalogCommand::Import { document, dry_run, shadow } => {
            let (compared, purpose) = match (dry_run, shadow) {
                (true, _) => (document.compare(service).await?, Purpose::Tell),
                (false, true) => (document.try_out(service).await?, Purpose::Try),
                (false, false) => (document.import(service).await?, Purpose::Import),
            };
            show_import(document.source(), &compared, purpose, output)
        }
        CatalogCommand::Show => show(service, output).await,
        CatalogCommand::Check { document: Some(document) } => check_document(&document, output).await,
        CatalogCommand::Check { document: None } => {
            let in_force = service.catalog_in_force().await?.catalog;
            show_findings(&mp_catalog::check(in_force.operations()), output)
        }
        CatalogCommand::Diff(document) => {
            let compared = document.compare(service).await?;
            warn(&compared.findings);
            output.show(compared.difference.changes(), |changes| {
                format!("{}{}.\n", lines(changes), capitalised(&compared.difference.summary()))
            })
        }
        CatalogCommand::Shadow { stop } => shadow::run(stop, service, output).await,
    }
}

/// Looks at a document alone: what is in force does not matter to it.
pub(crate) async fn check_document(document: &str, output: Output) -> Result<(), Failure> {
    show_findings(&Import::read(&read(document).await?)?.findings(), output)
}

/// What a script needs to know of an import.
#[derive(Serialize)]
struct ShownImport<'a> {
    source: &'a str,
    operations: usize,
    imported: bool,
    on_trial: bool,
    summary: String,
    changes: &'a [Change],
    findings: &'a [Finding],
}

/// What a document was read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Tell,
    Try,
    Import,
}

fn show_import(source: &str, compared: &Comparison, purpose: Purpose, output: Output) -> Result<(), Failure> {
    let Comparison { operations, difference, findings, is_in_force, is_on_trial } = compared;
    let (changes, summary) = (difference.changes(), difference.summary());
    let imported = purpose == Purpose::Import && !is_in_force;
    let on_trial = *is_on_trial && !imported;
    warn(findings);
    let shown =
        ShownImport { source, operations: *operations, imported, on_trial, summary, changes, findings };
    output.show(&shown, |ShownImport { summary, .. }| {
        let end = match purpose {
            _ if *is_in_force => {
                format!("{source} changes nothing: these {operations} methods are in force already")
            }
            Purpose::Tell => format!("{}; nothing is imported yet", capitalised(summary)),
            Purpose::Try => {
                format!("{operations} methods are on trial, and what is in force stays: {summary}")
            }
            Purpose::Import if *is_on_trial => {
                format!("{operations} methods are in force, and no longer on trial: {summary}")
            }
            Purpose::Import => format!("{operations} methods are in force: {summary}"),
        };
        format!("{}{end}.\n", lines(changes))
    })
}

fn show_findings(findings: &[Finding], output: Output) -> Result<(), Failure> {
    output.show(findings, |findings| {
        if findings.is_empty() { "Nothing is wrong.\n".to_owned() } else { lines(findings) }
    })?;
    match findings.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => Ok(()),
        1 => {
            Err(Failure::new("one error keeps the document from being imported: correct it and check again"))
        }
        count => Err(Failure::new(format!(
            "{count} errors keep the document from being imported: correct them and check again"
        ))),
    }
}

/// Doubts do not stand among the results.
fn warn(findings: &[Finding]) {
    for finding in findings {
        eprintln!("{finding}");
    }
}

fn lines<T: Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect::<Vec<_>>().concat()
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// A method in force.
#[derive(Serialize)]
struct ShownOperation {
    id: &'static str,
    number: u16,
    verb: &'static str,
    path: &'static str,
    unversioned: bool,
    accesses: ScopeSet,
    sellers: Vec<SellerKind>,
    oauth: bool,
    limit: Option<ShownLimit>,
    parallel: Option<u16>,
    names: Vec<String>,
    deprecated: bool,
    deprecated_since: Option<Timestamp>,
    sunset: Option<Timestamp>,
    replacement: Option<&'static str>,
}

/// How much of it is allowed.
#[derive(Serialize)]
struct ShownLimit {
    cost: String,
    amount: u32,
    period_seconds: u32,
    medium_amount: u32,
    medium_period_seconds: u32,
}

impl From<&Operation> for ShownOperation {
    fn from(operation: &Operation) -> Self {
        let end = operation.deprecation;
        let limit = operation.limit.map(|limit| ShownLimit {
            cost: limit.cost.to_string(),
            amount: limit.none.amount,
            period_seconds: limit.none.period.seconds(),
            medium_amount: limit.medium.amount,
            medium_period_seconds: limit.medium.period.seconds(),
        });
        Self {
            id: operation.id,
            number: operation.number,
            verb: operation.verb.as_str(),
            path: operation.template,
            unversioned: operation.is_unversioned,
            accesses: operation.any_of,
            sellers: operation.sellers.iter().collect(),
            oauth: operation.takes_oauth,
            limit,
            parallel: if let Parallel::Own(slots) = operation.parallel { Some(slots) } else { None },
            names: operation.fields.iter().map(ToString::to_string).collect(),
            deprecated: end.is_some(),
            deprecated_since: end.and_then(|end| end.since),
            sunset: end.and_then(|end| end.sunset),
            replacement: end.and_then(|end| end.replacement),
        }
    }
}

async fn show(service: &Service, output: Output) -> Result<(), Failure> {
    let in_force = service.catalog_in_force().await?;
    if !output.json {
        match &in_force.imported {
            Some((source, at)) => eprintln!("Imported from {source} at {at}."),
            None => eprintln!("As marketpass brings it along; nothing was imported."),
        }
    }
    let operations = in_force.catalog.operations();
    if output.json {
        let shown: Vec<_> = operations.iter().map(ShownOperation::from).collect();
        return output.list(&shown, &[]);
    }
    let columns = [
        Column("ID", |operation: &&Operation| operation.id.to_owned()),
        Column("VERB", |operation| operation.verb.to_string()),
        Column("PATH", |operation| operation.template.to_owned()),
        Column("LIMIT", |operation| or_dash(operation.limit)),
        Column("SELLERS", |operation| joined(operation.sellers.iter())),
        Column("ACCESSES", |operation| match operation.any_of {
            ScopeSet::ALL => "any".to_owned(),
            some => joined(some.iter()),
        }),
    ];
    crate::output::write_bytes(
        crate::output::table(&operations.iter().collect::<Vec<_>>(), &columns).as_bytes(),
    )
}

/// How a document is remembered: what stands behind the question mark of an address may be a secret.
fn source(document: &str) -> &str {
    match document {
        "-" => "standard input",
        url if is_url(url) => url.split(['?', '#']).next().unwrap_or(url),
        file => file,
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

async fn read(document: &str) -> Result<Vec<u8>, Failure> {
    if is_url(document) {
        return Ok(fetch(document, MOST_BYTES, PATIENCE).await?);
    }
    let mut bytes = Vec::new();
    // One byte more than may be, so that whoever reads the document sees that it is too large.
    let most = MOST_BYTES as u64 + 1;
    let read = match document {
        "-" => io::stdin().lock().take(most).read_to_end(&mut bytes),
        file => File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    read.map_err(|error| {
        Failure::new(format!(
            "{} cannot be read: {error}; name an OpenAPI document, or its address",
            source(document)
        ))
    })?;
    Ok(bytes)
}
