//! What the check counts about itself.
//!
//! Owns the counters of decisions. Must never look a counter up by name while a request waits: each is reached by its
//! place. How they are shown is in `exposition`.

mod duration_histogram;
mod exposition;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mp_domain::decision::Denial;
use mp_domain::key_token::MalformedToken;

use duration_histogram::DurationHistogram;
pub(crate) use exposition::Exposition;

/// Refusals for the header alone: nothing was looked up.
const HEADER_FLAWS: [Denial; 6] = [
    Denial::CredentialsMissing,
    Denial::ApiKeyMissing,
    Denial::ApiKeyRepeated,
    Denial::Malformed(MalformedToken::Prefix),
    Denial::Malformed(MalformedToken::Length),
    Denial::Malformed(MalformedToken::Format),
];

/// Counters of the decisions about token-info.
#[derive(Debug, Default)]
pub(crate) struct CheckMetrics {
    allowed: AtomicU64,
    /// In the order of [`Denial::REASONS`].
    refused: [AtomicU64; Denial::REASONS.len()],
    durations: DurationHistogram,
}

impl CheckMetrics {
    /// Counts one decision: a refusal for that reason, or none.
    pub(crate) fn record(&self, denial: Option<&Denial>, took: Duration) {
        let counter = denial.map_or(&self.allowed, |denial| &self.refused[denial.place()]);
        counter.fetch_add(1, Ordering::Relaxed);
        self.durations.observe(took);
    }

    /// Every decision by its reason.
    fn decisions(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let refused = Denial::REASONS.into_iter().zip(self.refused.iter().map(count));
        [("allowed", count(&self.allowed))].into_iter().chain(refused)
    }

    /// How many look-ups in memory found a key, and how many did not.
    fn lookups(&self) -> [(&'static str, u64); 2] {
        let refused = |denial: &Denial| count(&self.refused[denial.place()]);
        let without_lookup: u64 = HEADER_FLAWS.iter().map(refused).sum();
        let unknown = refused(&Denial::Unknown);
        let all: u64 = self.decisions().map(|(_, count)| count).sum();
        // Counters move between two reads, never backwards: `all` was read last.
        [("known", all - unknown - without_lookup), ("unknown", unknown)]
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_counted_by_reason_and_lookups_follow_from_them() {
        let metrics = CheckMetrics::default();
        let denials =
            [None, None, Some(Denial::Paused), Some(Denial::Unknown), Some(Denial::CredentialsMissing)];
        for denial in &denials {
            metrics.record(denial.as_ref(), Duration::from_micros(1));
        }
        let counted: Vec<_> = metrics.decisions().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("allowed", 2), ("credentials_missing", 1), ("unknown", 1), ("paused", 1)]);
        assert_eq!(metrics.lookups(), [("known", 3), ("unknown", 1)]);
    }
}
