//! What is doubtful about operations, whatever document they come from.
//!
//! Owns the rules that need nothing but facts. Must never refuse what only looks strange: that is a warning.

use std::collections::BTreeSet;

use mp_domain::catalog::Catalog;
use mp_domain::operation::{ANSWERED_HERE, Deprecation, Operation};
use mp_domain::scope::AccessScope;

use crate::finding::{Finding, Place};

/// Everything that is found, in no particular order.
#[must_use]
pub fn check(operations: &[Operation]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(flaws) = Catalog::new(operations.to_vec()) {
        findings.extend(flaws.all().iter().map(|flaw| Finding::error(&Place::default(), flaw)));
    }
    let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.id).collect();
    findings.extend(operations.iter().flat_map(|operation| check_one(operation, &ids)));
    findings.extend(crossing(operations));
    findings.extend(opening_nothing(operations));
    findings
}

fn check_one(operation: &Operation, ids: &BTreeSet<&str>) -> Vec<Finding> {
    let place = Place::from(operation);
    let mut findings = Vec::new();
    if operation.any_of.is_empty() {
        findings.push(Finding::error(
            &place,
            "no access opens it: list those that do in `x-marketpass-accesses`",
        ));
    }
    if operation.sellers.iter().next().is_none() {
        findings.push(Finding::error(
            &place,
            "no kind of seller may call it: list those that may in `x-marketpass-sellers`",
        ));
    }
    if operation.limit.is_none() {
        findings.push(Finding::warning(
            &place,
            "it has no limit: say in `x-marketpass-limit` how much is allowed",
        ));
    }
    let Some(Deprecation { since, sunset, replacement }) = operation.deprecation else { return findings };
    if since.is_none() && sunset.is_none() {
        findings.push(Finding::warning(
            &place,
            "it is deprecated without a date: say in `x-marketpass-deprecation` since when and until when",
        ));
    }
    if since.zip(sunset).is_some_and(|(since, sunset)| sunset < since) {
        findings.push(Finding::warning(&place, "it ends before it is deprecated: look at both dates"));
    }
    if let Some(missing) = replacement.filter(|id| !ids.contains(id)) {
        findings.push(Finding::warning(
            &place,
            format!("{missing} takes its place and is no operation: correct the operationId"),
        ));
    }
    findings
}

/// Accesses that a key could be given for nothing but what marketpass answers itself, which most open. A document about
/// something else altogether may leave most unused, so all of them are told at once.
fn opening_nothing(operations: &[Operation]) -> Option<Finding> {
    let is_own = |operation: &Operation| ANSWERED_HERE.iter().any(|own| own.id == operation.id);
    let others = || operations.iter().filter(|operation| !is_own(operation));
    let opens = |access| others().any(|operation| operation.any_of.contains(access));
    let idle: Vec<_> =
        AccessScope::all().filter(|access| !opens(*access)).map(AccessScope::written_name).collect();
    let message = || {
        format!(
            "no operation is opened by {}: a key with nothing else could call at most what marketpass answers itself",
            idle.join(", ")
        )
    };
    (!idle.is_empty() && others().next().is_some()).then(|| Finding::warning(&Place::default(), message()))
}

/// Pairs of paths that some requests match both, where neither is the more fixed one.
fn crossing(operations: &[Operation]) -> Vec<Finding> {
    let cut = |operation: &'static str| operation.split('/').collect::<Vec<_>>();
    let cut: Vec<_> = operations.iter().map(|operation| (operation, cut(operation.template))).collect();
    let mut findings = Vec::new();
    for (at, (one, parts)) in cut.iter().enumerate() {
        let others =
            cut[at + 1..].iter().filter(|(other, others)| other.verb == one.verb && cross(parts, others));
        let message = |(other, _): &(&Operation, _)| {
            let told = format!(
                "some requests match {} ({}) as well: tell the paths apart by a fixed segment",
                other.template, other.id
            );
            Finding::warning(&Place::from(*one), told)
        };
        findings.extend(others.map(message));
        if findings.len() > 1000 {
            break;
        }
    }
    findings
}

fn cross(one: &[&str], other: &[&str]) -> bool {
    let is_parameter = |part: &str| part.starts_with('{');
    let pairs = || one.iter().zip(other);
    let is_wider = |(one, other): (&&str, &&str)| is_parameter(one) && !is_parameter(other);
    one.len() == other.len()
        && pairs().all(|(one, other)| one == other || is_parameter(one) || is_parameter(other))
        && pairs().any(is_wider)
        && pairs().any(|(one, other)| is_wider((other, one)))
}
