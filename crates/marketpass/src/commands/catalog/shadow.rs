//! `catalog shadow`: what the methods on trial would do to calls.
//!
//! Owns how a trial and its report are shown. Must never judge a call: servers did, when it came.

use mp_domain::event::Actor;
use mp_domain::ids::BusinessId;
use mp_domain::shadow::{Cabinet, Verdict};
use mp_domain::time::Timestamp;
use mp_service::Service;
use mp_service::catalogs::{ShadowDifference, ShadowReport, Trial};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Column, Output, table};

const BEGIN_ONE: &str = "`marketpass catalog import FILE --shadow` puts the methods of a document on trial";

/// A trial; empty as long as there was none.
#[derive(Default, Serialize)]
struct ShownReport {
    on_trial: bool,
    source: Option<String>,
    begun_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    judged: i64,
    differences: Vec<ShownDifference>,
}

/// Calls that are judged otherwise in the same way.
#[derive(Serialize)]
struct ShownDifference {
    operation: String,
    verdict: Verdict,
    reason: String,
    business_id: Option<BusinessId>,
    other_businesses: bool,
    calls: i64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl From<ShadowReport> for ShownReport {
    fn from(report: ShadowReport) -> Self {
        let Trial { source, begun_at, ended_at, judged, .. } = report.trial;
        Self {
            on_trial: ended_at.is_none(),
            source: Some(source),
            begun_at: Some(begun_at),
            ended_at,
            judged,
            differences: report.differences.into_iter().map(ShownDifference::from).collect(),
        }
    }
}

impl From<ShadowDifference> for ShownDifference {
    fn from(difference: ShadowDifference) -> Self {
        let ShadowDifference { operation, verdict, reason, cabinet, calls, first_at, last_at } = difference;
        let business_id = if let Cabinet::One(id) = cabinet { Some(id) } else { None };
        let other_businesses = cabinet == Cabinet::Others;
        Self { operation, verdict, reason, business_id, other_businesses, calls, first_at, last_at }
    }
}

impl ShownDifference {
    fn business(&self) -> String {
        match self.business_id {
            Some(id) => id.to_string(),
            None if self.other_businesses => "others".to_owned(),
            None => "-".to_owned(),
        }
    }
}

/// Runs the command.
pub(super) async fn run(stop: bool, service: &Service, output: Output) -> Result<(), Failure> {
    if stop && !service.end_trial(Actor::Operator).await? {
        return Err(Failure::new(format!("nothing is on trial: {BEGIN_ONE}")));
    }
    let report = service.shadow_report().await?.map(ShownReport::from).unwrap_or_default();
    output.show(&report, text)
}

fn text(report: &ShownReport) -> String {
    let (Some(source), Some(begun_at)) = (&report.source, report.begun_at) else {
        return format!("Nothing is on trial: {BEGIN_ONE}.\n");
    };
    let since = match report.ended_at {
        None => format!("{source} has been on trial since {begun_at}."),
        Some(ended_at) => format!("{source} was on trial from {begun_at} to {ended_at}."),
    };
    let judged = match report.judged {
        1 => "One call of methods that it rules otherwise was judged".to_owned(),
        judged => format!("{judged} calls of methods that it rules otherwise were judged"),
    };
    if report.differences.is_empty() {
        return format!("{since} {judged}, none of them otherwise than by what is in force.\n");
    }
    let columns = [
        Column("CALLS", |difference: &ShownDifference| difference.calls.to_string()),
        Column("VERDICT", |difference| difference.verdict.to_string()),
        Column("REASON", |difference| difference.reason.clone()),
        Column("METHOD", |difference| difference.operation.clone()),
        Column("CABINET", ShownDifference::business),
        Column("FIRST", |difference| difference.first_at.to_string()),
        Column("LAST", |difference| difference.last_at.to_string()),
    ];
    let sum = |verdict| {
        let of = report.differences.iter().filter(|difference| difference.verdict == verdict);
        of.map(|difference| difference.calls).sum::<i64>()
    };
    let (refused, allowed) = (sum(Verdict::WouldRefuse), sum(Verdict::WouldAllow));
    let end = format!("{judged}: {refused} would be refused and {allowed} let in.");
    format!("{}{since} {end}\n", table(&report.differences, &columns))
}
