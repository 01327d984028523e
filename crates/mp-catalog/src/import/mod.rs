//! From a document to operations.
//!
//! Owns which parts of a document are looked at. Goes on after an error, so that one run tells all there are. Must never
//! take prose along: descriptions, summaries and examples are not even read.

mod cost;
mod deprecation;
mod extensions;
mod limit;
mod naming;
mod number;
mod work;

use std::collections::BTreeSet;
use std::fmt;

use mp_domain::catalog::Catalog;
use mp_domain::interned::intern;
use mp_domain::operation::{Operation, Parallel, Verb, unversioned};
use url::Url;

use self::extensions::Extensions;
use self::work::Work;
use crate::check::check;
use crate::document::{Document, Node, Unreadable, shortened};
use crate::finding::{Finding, Place, Severity};

/// What was read of a document.
#[derive(Debug)]
pub struct Import {
    /// The operations that could be read.
    pub operations: Vec<Operation>,
    findings: Vec<Finding>,
}

/// Why a document was not imported: it has errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(Vec<Finding>);

impl Refused {
    /// Everything that was found, the errors first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.iter().filter(|finding| finding.severity == Severity::Error).count();
        let first = self.0.first().expect("there is at least one error");
        let (Finding { place, message, .. }, others) = (first, errors - 1);
        write!(f, "{place}: {message}")?;
        match others {
            0 => Ok(()),
            others => write!(f, "; and {others} more errors, which `marketpass catalog check FILE` shows"),
        }
    }
}

impl std::error::Error for Refused {}

impl Import {
    /// Reads a document, JSON or YAML.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let document = Document::read(bytes)?;
        let paths = paths(&document)?;
        let mut importer = Importer {
            document: &document,
            work: Work::default(),
            base: String::new(),
            operations: Vec::new(),
            findings: Vec::new(),
        };
        importer.base = importer.base_path();
        for (path, item) in paths {
            importer.path(path, item);
            if importer.operations.len() > MOST_OPERATIONS {
                return Err(Unreadable::TooMany(MOST_OPERATIONS));
            }
        }
        let Importer { mut operations, mut findings, .. } = importer;
        drop_taken_short_forms(&mut operations);
        if operations.is_empty() && findings.is_empty() {
            findings
                .push(Finding::error(&Place::default(), "it has no operation: there is nothing to import"));
        }
        Ok(Self { operations, findings })
    }

    /// Everything found in the document, the errors first.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut all = self.findings.clone();
        all.extend(check(&self.operations));
        all.sort();
        all.dedup();
        all
    }

    /// The catalogue, unless the document has errors.
    pub fn catalog(self) -> Result<Catalog, Refused> {
        let findings = self.findings();
        if findings.first().is_some_and(|first| first.severity == Severity::Error) {
            return Err(Refused(findings));
        }
        let flawed = |error| Refused(vec![Finding::error(&Place::default(), error)]);
        Catalog::new(self.operations).map_err(flawed)
    }
}

/// Every path with what stands under it.
pub(crate) fn paths(document: &Document) -> Result<impl Iterator<Item = (&str, &Node)>, Unreadable> {
    let not_openapi = |why: String| Unreadable::NotOpenApi(why);
    let Some(Node::Text(version) | Node::Number(version)) = document.root().get("openapi") else {
        return Err(not_openapi("it has no `openapi: 3.…` at its top".to_owned()));
    };
    if !version.starts_with("3.0") && !version.starts_with("3.1") {
        return Err(not_openapi(format!("it says that it is {}", shortened(version))));
    }
    match document.root().get("paths").map(Node::map) {
        Some(Some(paths)) => Ok(paths.iter().map(|(path, item)| (&**path, &**item))),
        _ => Err(not_openapi("it has no `paths`".to_owned())),
    }
}

/// The path of a server's address as it is written: whoever resolves an address takes segments of dots out.
fn path_of_server(url: &str) -> Option<&str> {
    if url.starts_with('/') {
        return Some(url);
    }
    Url::parse(url).ok()?;
    let (_, rest) = url.split_once("://")?;
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    Some(rest.find(['/', '\\']).map_or("", |path| &rest[path..]))
}

/// An unversioned form that another operation has as its own path is the other's.
fn drop_taken_short_forms(operations: &mut [Operation]) {
    let taken: BTreeSet<_> =
        operations.iter().map(|operation| (operation.verb.as_str(), operation.template)).collect();
    for operation in operations {
        operation.is_unversioned &=
            !taken.contains(&(operation.verb.as_str(), unversioned(operation.template)));
    }
}

/// No platform has more.
const MOST_OPERATIONS: usize = 10_000;
const VERBS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What else a path holds (OpenAPI 3.1 §4.8.9).
const BESIDE_VERBS: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];

struct Importer<'d> {
    document: &'d Document,
    work: Work,
    /// What stands before every path: the path of the first server's address.
    base: String,
    operations: Vec<Operation>,
    findings: Vec<Finding>,
}

impl<'d> Importer<'d> {
    fn base_path(&mut self) -> String {
        let servers = self.document.root().get("servers").and_then(Node::list);
        let url = servers.and_then(|mut servers| servers.next()?.get("url")?.text());
        let Some(url) = url else { return String::new() };
        let problem = match path_of_server(url) {
            Some(path) if !path.contains(['{', '%', '\\']) => {
                let path = path.strip_suffix('/').unwrap_or(path);
                if path.split('/').skip(1).all(|segment| !matches!(segment, "" | "." | "..")) {
                    return path.to_owned();
                }
                "has an empty segment or one of dots, and not everybody takes that for the same path"
            }
            _ => "is not fixed",
        };
        let message = format!("the path of the first server, {}, {problem}: write it out", shortened(url));
        self.findings.push(Finding::error(&Place::default(), message));
        String::new()
    }

    fn path(&mut self, path: &str, item: &'d Node) {
        let place =
            Place { path: Some(path.chars().filter(|c| !c.is_control()).collect()), ..Place::default() };
        if !path.starts_with('/') {
            // Extensions may stand among the paths.
            if !path.starts_with("x-") {
                self.findings.push(Finding::error(&place, "a path begins with a slash"));
            }
            return;
        }
        match self.document.resolve(item) {
            Ok(item) => {
                self.strangers(item, &place);
                for verb in VERBS {
                    if let Some(node) = item.get(verb) {
                        let place = Place { verb: Some(verb.to_uppercase()), ..place.clone() };
                        self.operation(path, item, node, place);
                    }
                }
            }
            Err(error) => self.findings.push(Finding::error(&place, error)),
        }
    }

    /// Whatever would be left out without a word: an operation could be among it.
    fn strangers(&mut self, item: &Node, place: &Place) {
        let Some(map) = item.map() else {
            let message =
                format!("a path holds verbs with their operations, and this one is {}", item.shown());
            return self.findings.push(Finding::error(place, message));
        };
        let is_known =
            |key: &str| VERBS.contains(&key) || BESIDE_VERBS.contains(&key) || key.starts_with("x-");
        for key in map.keys().filter(|key| !is_known(key)) {
            let is_verb = VERBS.contains(&key.to_ascii_lowercase().as_str());
            let shown = shortened(key);
            self.findings.push(if is_verb {
                Finding::error(place, format!("{shown} is read by nobody: write verbs in small letters"))
            } else {
                Finding::warning(
                    place,
                    format!("{shown} is neither a verb nor anything else that a path holds: it is left out"),
                )
            });
        }
    }

    fn operation(&mut self, path: &str, item: &'d Node, node: &'d Node, place: Place) {
        let mut reader =
            Reader { document: self.document, work: &mut self.work, item, node, place, findings: Vec::new() };
        let operation = reader.operation(&format!("{}{path}", self.base));
        // What could be read with an error is left out: nothing is checked against half an operation.
        let is_whole = reader.findings.iter().all(|finding| finding.severity != Severity::Error);
        self.operations.extend(operation.filter(|_| is_whole));
        self.findings.append(&mut reader.findings);
    }
}

/// Reads one operation.
struct Reader<'d, 'w> {
    document: &'d Document,
    work: &'w mut Work,
    /// The path item that it is a part of.
    item: &'d Node,
    node: &'d Node,
    place: Place,
    findings: Vec<Finding>,
}

impl<'d> Reader<'d, '_> {
    fn operation(&mut self, path: &str) -> Option<Operation> {
        let id = self.id()?;
        let verb: Verb = match self.place.verb.as_deref().unwrap_or_default().parse() {
            Ok(verb) => verb,
            Err(_) => return self.failed("TRACE would show credentials: leave the operation out"),
        };
        let says = Extensions { node: self.node };
        for name in says.unknown() {
            self.error(format!("{} is no extension that is known: correct or remove it", shortened(name)));
        }
        // All of it is read before anything is given up, so that all errors are told.
        let (any_of, sellers) = (self.said(says.accesses()), self.said(says.sellers()));
        let (limit, parallel) = (self.said(says.limit()), self.said(says.slots()));
        let (deprecation, number) = (self.said(says.deprecation()), self.said(says.number(id)));
        let is_unversioned = self.said(says.flag("x-marketpass-unversioned"));
        let takes_oauth = self.said(says.flag("x-marketpass-oauth"));
        let names = self.names(path);
        self.check_cost(limit.flatten());
        let (fields, template) = names?;
        let is_legacy = says.is_of_the_market() && template.starts_with("/v2/");
        Some(Operation {
            number: number?,
            id: intern(id),
            verb,
            template: intern(&template),
            is_unversioned: is_unversioned?.unwrap_or(is_legacy),
            any_of: any_of?,
            sellers: sellers?,
            limit: limit?,
            parallel: parallel?.map_or(Parallel::Shared, Parallel::Own),
            fields: Vec::leak(fields),
            deprecation: deprecation?,
            takes_oauth: takes_oauth?.unwrap_or(true),
            ignores_switch: false,
        })
    }

    fn id(&mut self) -> Option<&'d str> {
        match self.node.get("operationId").map(Node::text) {
            Some(Some(id)) => {
                self.place.operation = Some(id.chars().filter(|c| !c.is_control()).take(128).collect());
                Some(id)
            }
            _ => self
                .failed("it has no operationId: give it one, by which counters and the audit trail know it"),
        }
    }

    /// What was said, or nothing and a finding.
    fn said<T>(&mut self, said: Result<T, String>) -> Option<T> {
        said.map_err(|problem| self.error(problem)).ok()
    }

    fn failed<T>(&mut self, problem: impl fmt::Display) -> Option<T> {
        self.error(problem);
        None
    }

    fn error(&mut self, problem: impl fmt::Display) {
        self.findings.push(Finding::error(&self.place, problem));
    }
}
