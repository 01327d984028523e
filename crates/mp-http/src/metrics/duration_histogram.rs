//! A histogram of very short times.
//!
//! Owns its bounds. Must never take a lock: it is filled on the hot path.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds in nanoseconds; a last bucket takes the rest.
const BOUNDS: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Counts of durations by size.
#[derive(Debug, Default)]
pub(crate) struct DurationHistogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

/// What a histogram shows.
#[derive(Debug, PartialEq)]
pub(crate) struct Distribution {
    /// All durations together, in seconds.
    pub(crate) sum: f64,
    /// How many there were.
    pub(crate) count: u64,
    /// Upper bound in seconds, and how many were between it and the bound before.
    pub(crate) buckets: Vec<(f64, u64)>,
}

impl DurationHistogram {
    pub(crate) fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| nanos <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[place].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(crate) fn distribution(&self) -> Distribution {
        let bounds = BOUNDS.iter().map(|nanos| seconds(*nanos)).chain([f64::INFINITY]);
        let counts = self.buckets.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        Distribution { sum: seconds(self.nanos.load(Ordering::Relaxed)), count, buckets }
    }
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_the_bucket_of_their_size() {
        let histogram = DurationHistogram::default();
        for nanos in [250, 251, 5_000_000_000] {
            histogram.observe(Duration::from_nanos(nanos));
        }
        let Distribution { sum, count, buckets } = histogram.distribution();
        assert_eq!((count, format!("{sum:.9}").as_str()), (3, "5.000000501"));
        let filled: Vec<_> = buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(2.5e-7, 1), (5e-7, 1), (f64::INFINITY, 1)]);
    }
}
