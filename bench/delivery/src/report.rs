//! The rows and their two forms: a table for people, one JSON object a line for scripts.

use std::io::Write;

use serde_json::json;

use crate::Result;

/// One subject doing one piece of work; less is better.
pub(crate) struct Row {
    pub(crate) bench: &'static str,
    pub(crate) work: &'static str,
    pub(crate) subject: String,
    /// `None` where it cannot take part; `quality` then says why.
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    /// What the result is worth.
    pub(crate) quality: String,
    /// What Segue wants to reach: a value, or a ratio to this peer.
    pub(crate) goal: String,
}

/// All rows of a run, in order. Segue's rows are those whose subject begins with `segue`.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// One JSON object a line.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> Result<()> {
        for row in &self.rows {
            // In the order that people read; a JSON object would sort its keys.
            let fields = [
                ("bench", json!(row.bench)),
                ("workload", json!(row.work)),
                ("subject", json!(row.subject)),
                ("value", json!(row.value)),
                ("unit", json!(row.unit)),
                ("ratio_to_best_peer", json!(self.to_best_peer(row))),
                ("quality", json!(row.quality)),
                ("goal", json!(row.goal)),
            ];
            let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
            writeln!(out, "{{{}}}", fields.join(","))?;
        }
        Ok(())
    }

    /// A block of lines for each work: value, how many times Segue's first row it is, goal, quality.
    pub(crate) fn write_table(&self, out: &mut dyn Write) -> Result<()> {
        let mut last = "";
        for row in &self.rows {
            if row.work != last {
                last = row.work;
                let title = format!("{}: {}", row.bench, row.work);
                writeln!(
                    out,
                    "\n{title:<48}{:>12} {:>8}  {:<12} quality",
                    row.unit, "/ segue", "goal"
                )?;
            }
            let value = row
                .value
                .map_or("-".to_owned(), |value| format!("{value:.2}"));
            let ratio = self
                .to_own(row)
                .map_or(String::new(), |ratio| format!("{ratio:.2}x"));
            writeln!(
                out,
                "  {:<46}{value:>12} {ratio:>8}  {:<12} {}",
                row.subject, row.goal, row.quality
            )?;
        }
        Ok(())
    }

    fn rivals<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Row> {
        self.rows
            .iter()
            .filter(|other| other.work == row.work && other.unit == row.unit)
    }

    fn to_own(&self, row: &Row) -> Option<f64> {
        let own = self.rivals(row).find(|other| is_own(other))?;
        (!is_own(row)).then_some(row.value? / own.value.filter(|value| *value > 0.0)?)
    }

    fn to_best_peer(&self, row: &Row) -> Option<f64> {
        let peers = self.rivals(row).filter(|other| !is_own(other));
        let best = peers.filter_map(|peer| peer.value).min_by(f64::total_cmp)?;
        Some(best / row.value.filter(|value| *value > 0.0)?)
    }
}

fn is_own(row: &Row) -> bool {
    row.subject.starts_with("segue")
}
