//! What the check counts about itself.
//!
//! Owns the counters of decisions. Must never look a counter up by name while a request waits: each is reached by its
//! place. How they are shown is in `exposition`.

mod duration_histogram;
mod exposition;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mp_domain::denial::Denial;
use mp_domain::key_token::MalformedToken;
use mp_domain::operation::Operation;

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

/// Counters of the decisions about everything that is answered here.
#[derive(Debug, Default)]
pub(crate) struct CheckMetrics {
    by_key: ByOperation,
    by_token: ByOperation,
    durations: DurationHistogram,
}

/// Outcomes of each operation that was asked for, in pages of 256 by its number: a look-up is two steps, and what nobody
/// calls takes no memory.
#[derive(Debug)]
struct ByOperation([OnceLock<Box<Page>>; 256]);

type Page = [OnceLock<Box<Outcomes>>; 256];

impl Default for ByOperation {
    fn default() -> Self {
        Self([const { OnceLock::new() }; 256])
    }
}

impl ByOperation {
    fn of(&self, operation: &Operation) -> &Outcomes {
        let [page, place] = operation.number.to_be_bytes().map(usize::from);
        let page = self.0[page].get_or_init(|| Box::new([const { OnceLock::new() }; 256]));
        page[place].get_or_init(|| Box::new(Outcomes { operation: operation.id, ..Outcomes::default() }))
    }

    fn all(&self) -> impl Iterator<Item = &Outcomes> {
        let pages = self.0.iter().filter_map(OnceLock::get);
        pages.flat_map(|page| page.iter().filter_map(|outcomes| outcomes.get().map(AsRef::as_ref)))
    }
}

/// How often what came of it.
#[derive(Debug, Default)]
struct Outcomes {
    /// `operationId`.
    operation: &'static str,
    allowed: AtomicU64,
    /// In the order of [`Denial::REASONS`].
    refused: Refused,
}

/// An array of more than 32 has no default of its own.
#[derive(Debug)]
struct Refused([AtomicU64; Denial::REASONS.len()]);

impl Default for Refused {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; Denial::REASONS.len()])
    }
}

impl Outcomes {
    /// Every outcome by its reason.
    fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let refused = Denial::REASONS.into_iter().zip(self.refused.0.iter().map(count));
        [("allowed", count(&self.allowed))].into_iter().chain(refused)
    }

    fn refused(&self, denial: &Denial) -> u64 {
        count(&self.refused.0[denial.place()])
    }
}

impl CheckMetrics {
    /// Counts one decision: a refusal for that reason, or none.
    pub(crate) fn record(
        &self,
        operation: &Operation,
        is_oauth: bool,
        denial: Option<&Denial>,
        took: Duration,
    ) {
        let outcomes = if is_oauth { &self.by_token } else { &self.by_key }.of(operation);
        let counter = denial.map_or(&outcomes.allowed, |denial| &outcomes.refused.0[denial.place()]);
        counter.fetch_add(1, Ordering::Relaxed);
        self.durations.observe(took);
    }

    /// Every decision by operation and reason, whatever the credential was.
    fn decisions(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let mut sums = BTreeMap::new();
        for outcomes in self.by_key.all().chain(self.by_token.all()) {
            for (reason, count) in outcomes.counts().filter(|(_, count)| *count > 0) {
                *sums.entry((outcomes.operation, reason)).or_default() += count;
            }
        }
        sums.into_iter().map(|((operation, reason), count)| (operation, reason, count))
    }

    /// Every decision about an `Authorization` header by its reason, whatever the operation was.
    fn oauth_decisions(&self) -> Vec<(&'static str, u64)> {
        let mut all: Vec<_> = Outcomes::default().counts().collect();
        for outcomes in self.by_token.all() {
            all.iter_mut().zip(outcomes.counts()).for_each(|((_, sum), (_, count))| *sum += count);
        }
        all
    }

    /// How many look-ups in memory found a key, and how many did not.
    fn lookups(&self) -> [(&'static str, u64); 2] {
        let sum = |denial: &Denial| self.by_key.all().map(|outcomes| outcomes.refused(denial)).sum::<u64>();
        let without_lookup: u64 = HEADER_FLAWS.iter().map(sum).sum();
        let unknown = sum(&Denial::Unknown);
        let all: u64 = self.by_key.all().flat_map(Outcomes::counts).map(|(_, count)| count).sum();
        // Counters move between two reads, never backwards: `all` was read last.
        [("known", all - unknown - without_lookup), ("unknown", unknown)]
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use mp_domain::operation::{GET_AUTH_TOKEN_INFO, GET_CAMPAIGN};

    use super::*;

    #[test]
    fn decisions_are_counted_by_reason_and_lookups_follow_from_them() {
        let metrics = CheckMetrics::default();
        let denials =
            [None, None, Some(Denial::Paused), Some(Denial::Unknown), Some(Denial::CredentialsMissing)];
        for denial in &denials {
            metrics.record(&GET_AUTH_TOKEN_INFO, false, denial.as_ref(), Duration::from_micros(1));
        }
        metrics.record(&GET_CAMPAIGN, true, None, Duration::from_micros(1));
        metrics.record(&GET_CAMPAIGN, true, Some(&Denial::LoggedOut), Duration::from_micros(1));
        let counted: Vec<_> = metrics.decisions().collect();
        let (token_info, campaign) = ("getAuthTokenInfo", "getCampaign");
        assert_eq!(
            counted,
            [
                (token_info, "allowed", 2),
                (token_info, "credentials_missing", 1),
                (token_info, "paused", 1),
                (token_info, "unknown", 1),
                (campaign, "allowed", 1),
                (campaign, "oauth_logged_out", 1),
            ]
        );
        let by_token: Vec<_> =
            metrics.oauth_decisions().into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(by_token, [("allowed", 1), ("oauth_logged_out", 1)]);
        assert_eq!(metrics.lookups(), [("known", 3), ("unknown", 1)], "of keys alone");
    }
}
