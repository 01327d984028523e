//! What a measurement says: a table for people, one object of named figures for scripts.

use serde_json::{Map, Value};

/// Named figures, in the order they were measured.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<(String, f64, &'static str)>,
}

impl Report {
    pub(crate) fn add(&mut self, name: impl Into<String>, figure: f64, unit: &'static str) {
        self.rows.push((name.into(), figure, unit));
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            let figures: Map<String, Value> =
                self.rows.iter().map(|(name, figure, _)| (name.clone(), Value::from(*figure))).collect();
            println!("{}", Value::Object(figures));
            return;
        }
        let width = self.rows.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
        for (name, figure, unit) in &self.rows {
            let digits = if figure.abs() < 10.0 { 3 } else { 0 };
            println!("{name:width$}  {figure:>12.digits$} {unit}");
        }
    }
}

/// The figure below which so many of a thousand lie, of figures in order.
pub(crate) fn quantile(sorted: &[u32], share: usize) -> f64 {
    sorted.last().map_or(f64::NAN, |_| f64::from(sorted[(sorted.len() - 1) * share / 1000]))
}

/// The middle of an odd number of figures.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
