//! The rows and their two forms: a table for people, one JSON object a line for scripts.

use std::io::Write;

use serde::Serialize;

use crate::quality::EXACT;
use crate::subject::{Contender, Result, Role};

/// All rows of a run, in order.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    bench: &'static str,
    workload: String,
    contender: Contender,
    value: Option<f64>,
    unit: &'static str,
    /// Why there is no value.
    note: &'static str,
}

/// A line of `--json`. `ratio_to_best_peer` is the best peer's value divided by this value, so above 1 is better than every
/// peer; `null` where no peer has a value and for decibels, which do not divide. `value` is `null` where the subject cannot do
/// the work.
#[derive(Serialize)]
struct Line<'a> {
    bench: &'a str,
    workload: &'a str,
    subject: &'a str,
    value: Option<f64>,
    unit: &'a str,
    ratio_to_best_peer: Option<f64>,
}

impl Report {
    /// Adds a measured value; less is better.
    pub(crate) fn value(
        &mut self,
        bench: &'static str,
        workload: &str,
        contender: &Contender,
        unit: &'static str,
        value: f64,
    ) {
        let value = Some(value).filter(|value| value.is_finite());
        self.push(Row {
            bench,
            workload: workload.into(),
            contender: *contender,
            value,
            unit,
            note: "",
        });
    }

    /// Adds a row without a value.
    pub(crate) fn refuse(
        &mut self,
        bench: &'static str,
        workload: &str,
        contender: &Contender,
        unit: &'static str,
        note: &'static str,
    ) {
        let workload = workload.into();
        self.push(Row {
            bench,
            workload,
            contender: *contender,
            value: None,
            unit,
            note,
        });
    }

    /// One JSON object a line.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> Result<()> {
        for row in &self.rows {
            let line = Line {
                bench: row.bench,
                workload: &row.workload,
                subject: row.contender.name,
                value: row.value,
                unit: row.unit,
                ratio_to_best_peer: self.ratio(row),
            };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
        Ok(())
    }

    /// A block of lines per workload; `quality`, `control` and `engine` are one block a unit.
    pub(crate) fn write_table(&self, out: &mut dyn Write) -> Result<()> {
        let mut done: Vec<(&str, &str)> = Vec::new();
        for row in &self.rows {
            let title = row.title();
            if !done.contains(&title) {
                done.push(title);
                self.write_block(out, title)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn write_block(&self, out: &mut dyn Write, title: (&str, &str)) -> Result<()> {
        let rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.title() == title)
            .collect();
        let columns = unique(rows.iter().map(|row| row.column()));
        // In the order of the line-up, whatever order the rows came in.
        let subjects = unique(self.rows.iter().map(|row| row.contender.name));
        write!(out, "\n{:<34}", format!("{} {}", title.0, title.1))?;
        for column in &columns {
            write!(out, "{column:>24}")?;
        }
        writeln!(out, "{:>8}", "vs peer")?;
        for subject in subjects {
            let of: Vec<&&Row> = rows
                .iter()
                .filter(|row| row.contender.name == subject)
                .collect();
            let Some(first) = of.first() else { continue };
            write!(out, "  {subject:<13}{:<19}", first.contender.quality)?;
            for column in &columns {
                let cell = of.iter().find(|row| row.column() == *column);
                write!(out, "{:>24}", cell.map_or(String::new(), |row| row.cell()))?;
            }
            let ratio = self
                .ratio(first)
                .map_or(String::new(), |ratio| format!("{ratio:.2}x"));
            writeln!(out, "{ratio:>8}")?;
        }
        Ok(())
    }

    fn ratio(&self, row: &Row) -> Option<f64> {
        let best = self
            .rows
            .iter()
            .filter(|peer| peer.contender.role == Role::Peer && peer.same_contest(row))
            .filter_map(|peer| peer.value.filter(|value| *value > 0.0))
            .min_by(f64::total_cmp)?;
        let value = row.value.filter(|value| row.unit != "dB" && *value > 0.0)?;
        Some(best / value)
    }
}

impl Row {
    /// Bench and workload, or the bench alone where its workloads are the columns.
    fn title(&self) -> (&str, &str) {
        if self.columns_are_workloads() {
            (self.bench, self.unit)
        } else {
            (self.bench, &self.workload)
        }
    }

    fn column(&self) -> &str {
        if self.columns_are_workloads() {
            &self.workload
        } else {
            self.unit
        }
    }

    fn columns_are_workloads(&self) -> bool {
        matches!(self.bench, "quality" | "control" | "engine")
    }

    fn same_contest(&self, other: &Self) -> bool {
        (self.bench, &self.workload, self.unit) == (other.bench, &other.workload, other.unit)
    }

    fn cell(&self) -> String {
        match self.value {
            None => self.note.into(),
            Some(EXACT) => "bit-exact".into(),
            Some(value) if value.abs() >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
            Some(value) => format!("{value:.2}"),
        }
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}
