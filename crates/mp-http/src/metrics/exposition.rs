//! The metrics as `/metrics` shows them.
//!
//! Owns their names, labels and help texts. Must never count: it reads what others counted, when asked.

use std::fmt;
use std::sync::Arc;

use mp_domain::shadow::Verdict;
use mp_service::shadow::ShadowGauges;
use mp_service::{Gauges, Node};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::CheckMetrics;
use super::duration_histogram::Distribution;

/// Everything there is to show.
pub(crate) struct Exposition(Registry);

impl Exposition {
    pub(crate) fn new(node: Arc<Node>, checks: Arc<CheckMetrics>) -> Self {
        let mut registry = Registry::with_prefix("marketpass");
        registry.register_collector(Box::new(Reader { node, checks }));
        Self(registry)
    }

    /// The present numbers in the text format of `OpenMetrics`, which Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0).expect("writing to a string cannot fail");
        text
    }
}

struct Reader {
    node: Arc<Node>,
    checks: Arc<CheckMetrics>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl Collector for Reader {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.build()?;
        self.show_checks(&mut page)?;
        let gauges = self.node.gauges();
        show_node(&mut page, &gauges)?;
        gauges.shadow.map_or(Ok(()), |shadow| show_shadow(&mut page, shadow))
    }
}

impl Reader {
    fn show_checks(&self, page: &mut Page<'_>) -> fmt::Result {
        let decisions = self.checks.decisions();
        page.counters(
            "decisions",
            "Decisions by operation and reason",
            decisions
                .map(|(operation, reason, count)| ([("operation", operation), ("reason", reason)], count)),
        )?;
        page.counters(
            "oauth_decisions",
            "Decisions about Authorization headers by reason",
            self.checks.oauth_decisions().into_iter().map(|(reason, count)| ([("reason", reason)], count)),
        )?;
        page.counters(
            "key_lookups",
            "Well-formed keys looked up in memory",
            self.checks.lookups().map(|(result, count)| ([("result", result)], count)),
        )?;
        page.histogram(
            "check_duration_seconds",
            "Time of one decision",
            &self.checks.durations.distribution(),
        )
    }
}

fn show_node(page: &mut Page<'_>, gauges: &Gauges) -> fmt::Result {
    page.gauge("secrets", "Secrets in memory, those of deleted keys included", &gauges.secrets)?;
    page.gauge("oauth_tokens", "OAuth tokens in memory, dead ones included", &gauges.tokens)?;
    page.gauge("limit_counters", "Limit counters in memory", &gauges.limit_counters)?;
    page.gauge("slots_taken", "Requests under way that count against a parallel limit", &gauges.slots_taken)?;
    page.counters(
        "refusals_left_out",
        "Refusals of known credentials that were too many to be kept for their owners",
        [([], gauges.refusals_left_out)],
    )?;
    page.gauge("limits_scale", "Factor on every limit, 1 outside of load tests", &gauges.limits_scale)?;
    page.gauge("event_position", "Number of the newest event in force", &gauges.event_position)?;
    let age = gauges.feed_age.as_secs_f64();
    page.gauge("feed_age_seconds", "Time since the event log was last read to its end", &age)?;
    let transactions = &gauges.transactions;
    page.counters(
        "store_transactions",
        "Ended transactions by name",
        transactions.iter().map(|(name, timing)| ([("transaction", *name)], timing.count)),
    )?;
    page.counters(
        "store_transactions_failed",
        "Transactions that ended without being committed",
        transactions.iter().map(|(name, timing)| ([("transaction", *name)], timing.failed)),
    )?;
    page.counters(
        "store_transaction_seconds",
        "Time of transactions, from being queued to being committed",
        transactions.iter().map(|(name, timing)| ([("transaction", *name)], timing.seconds)),
    )
}

/// While something is on trial.
fn show_shadow(page: &mut Page<'_>, shadow: ShadowGauges) -> fmt::Result {
    let ShadowGauges { judged, differences } = shadow;
    page.counters("shadow_calls", "Calls that the rules on trial have judged, too", [([], judged)])?;
    let difference = |(operation, verdict, reason, calls): (&'static str, Verdict, &'static str, u64)| {
        ([("operation", operation), ("verdict", verdict.as_str()), ("reason", reason)], calls)
    };
    page.counters(
        "shadow_differences",
        "Calls that the rules on trial judge otherwise",
        differences.into_iter().map(difference),
    )
}

/// What the metrics are written on.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn build(&mut self) -> fmt::Result {
        let help = "The running program";
        self.0
            .encode_descriptor("build", help, None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }

    fn gauge(&mut self, name: &str, help: &str, value: &impl EncodeGaugeValue) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(value)
    }

    fn counters<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = ([(&'l str, &'l str); N], impl EncodeCounterValue)>,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, shown: &Distribution) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Histogram)?.encode_histogram::<NoLabelSet>(
            shown.sum,
            shown.count,
            &shown.buckets,
            None,
        )
    }
}
