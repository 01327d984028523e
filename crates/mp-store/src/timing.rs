//! How long transactions take, by name.
//!
//! Owns the counting. Must never know how the numbers are published.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

/// Upper bounds of the histogram's buckets, in seconds; one more bucket follows for everything slower.
pub const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0];

/// What is known of all transactions of one name.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TransactionTiming {
    /// How many ended, however.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Their time together, in seconds, from being queued to being committed.
    pub seconds: f64,
    /// How many took at most as long as the bound of the same place in [`BUCKETS`]; the last place counts the rest.
    pub buckets: [u64; BUCKETS.len() + 1],
}

#[derive(Default)]
pub(crate) struct Timings(Mutex<BTreeMap<&'static str, TransactionTiming>>);

impl Timings {
    pub(crate) fn record(&self, name: &'static str, took: Duration, succeeded: bool) {
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(BUCKETS.len());
        let mut all = self.0.lock();
        let timing = all.entry(name).or_default();
        timing.count += 1;
        timing.failed += u64::from(!succeeded);
        timing.seconds += seconds;
        timing.buckets[bucket] += 1;
    }

    pub(crate) fn all(&self) -> Vec<(&'static str, TransactionTiming)> {
        self.0.lock().iter().map(|(name, timing)| (*name, *timing)).collect()
    }
}
