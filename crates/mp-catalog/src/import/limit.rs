//! How much of an operation is allowed.
//!
//! Owns both spellings of limits. Must never take a limit that says too little for none.

use mp_domain::operation::{Cost, Limit};
use mp_domain::time::parse_duration;
use mp_domain::window::{Period, Quota};

use super::extensions::{Extensions, known_parts, text, whole};
use crate::document::Node;

const NEUTRAL: &str = "x-marketpass-limit";
const MARKET: &str = "x-resource-limit-config";
const SLOTS: &str = "parallel-limit-value";

impl Extensions<'_> {
    pub(super) fn limit(&self) -> Result<Option<Limit>, String> {
        match self.first([NEUTRAL, MARKET]) {
            None => Ok(None),
            Some((NEUTRAL, node)) => neutral(node).map(Some),
            Some((_, node)) => market(node).map(Some),
        }
    }

    /// How many at once, where the operation has a number of its own.
    pub(super) fn slots(&self) -> Result<Option<u16>, String> {
        let market = self.node.get(MARKET).and_then(|limit| Some((SLOTS, limit.get(SLOTS)?)));
        let name = "x-marketpass-parallel";
        let Some((name, node)) = self.node.get(name).map(|node| (name, node)).or(market) else {
            return Ok(None);
        };
        match whole(name, node)? {
            0 => Err(format!("`{name}` is 0, so nobody could call it: a number from 1 to 65535 is expected")),
            slots => Ok(Some(slots)),
        }
    }
}

/// `{cost: req.offers, amount: 100, period: 1h, medium: {amount: 200, period: 1h}}`
fn neutral(given: &Node) -> Result<Limit, String> {
    known_parts(NEUTRAL, given, &["cost", "amount", "period", "medium"])?;
    let cost = given.get("cost").map_or(Ok(Cost::Request), |cost| parsed_cost(NEUTRAL, cost))?;
    let none = neutral_quota(given)?;
    let medium = given.get("medium").map(|tier| {
        known_parts("medium", tier, &["amount", "period"])?;
        neutral_quota(tier)
    });
    Ok(Limit { cost, none, medium: medium.transpose()?.unwrap_or(none) })
}

fn neutral_quota(given: &Node) -> Result<Quota, String> {
    let period = given.get("period").ok_or_else(|| no_period(NEUTRAL))?;
    let span = parse_duration(text("period", period)?).map_err(|error| error.to_string())?;
    Ok(Quota { amount: amount(NEUTRAL, given)?, period: period_of(span.as_secs())? })
}

/// `{path: resp, none: {amount: 100, period: hours, period-duration: 1}, medium: …}` (market-api §5.2)
fn market(given: &Node) -> Result<Limit, String> {
    let cost =
        given.get("path").ok_or_else(|| format!("`{MARKET}` has no path, by which its cost is told"))?;
    let cost = parsed_cost(MARKET, cost)?;
    let none = given.get("none").ok_or_else(|| format!("`{MARKET}` has no amount for `none`"))?;
    let none = market_quota(none)?;
    let medium = given.get("medium").map(market_quota).transpose()?;
    Ok(Limit { cost, none, medium: medium.unwrap_or(none) })
}

fn market_quota(given: &Node) -> Result<Quota, String> {
    let unit = given.get("period").ok_or_else(|| no_period(MARKET))?;
    let seconds: u64 = match text("period", unit)? {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        _ => return Err(format!("the period {} is none of seconds, minutes, hours, days", unit.shown())),
    };
    let count: u32 = given.get("period-duration").map_or(Ok(1), |count| whole("period-duration", count))?;
    Ok(Quota { amount: amount(MARKET, given)?, period: period_of(u64::from(count) * seconds)? })
}

fn amount(name: &str, node: &Node) -> Result<u32, String> {
    let given =
        node.get("amount").ok_or_else(|| format!("`{name}` has no amount: say how much is allowed"))?;
    match whole("amount", given)? {
        0 => Err(format!("`{name}` allows nothing: leave the operation out, or allow something")),
        amount => Ok(amount),
    }
}

fn no_period(name: &str) -> String {
    format!("`{name}` has no period: say how long the amount must last")
}

fn period_of(seconds: u64) -> Result<Period, String> {
    let period = u32::try_from(seconds).ok().and_then(Period::from_seconds);
    period
        .ok_or_else(|| format!("{seconds} seconds are no period: one second to a hundred years are expected"))
}

fn parsed_cost(name: &str, node: &Node) -> Result<Cost, String> {
    text(name, node)?.parse().map_err(|error| format!("`{name}`: {error}"))
}
