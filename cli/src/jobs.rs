//! What the commands for audio files share: options, progress, reports.

pub(crate) mod chain;
pub(crate) mod options;
pub(crate) mod progress;
pub(crate) mod reading;
pub(crate) mod rows;
pub(crate) mod sides;

use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::{Failure, with_flags, with_words};
use progress::Watch;
use segue_engine::Error;
use segue_engine::jobs::batch::{BatchItem, BatchOptions, Outcome, run_batch};
use serde_json::Value;
use std::collections::BTreeSet;

/// The row of each job of the shard, in order; jobs of other shards have none.
pub(crate) struct Done {
    pub(crate) rows: Vec<Value>,
    pub(crate) failed: usize,
    pub(crate) cancelled: usize,
}

/// What the options of jobs are called where the user gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hints {
    /// `--bits 32f`
    Flags,
    /// `"bits": "32f"`
    Manifest,
}

/// Does the jobs with a bar, and says on standard error what failed. `names` are the paths as the
/// user wrote them, `hints` says what options are called.
pub(crate) fn run(
    console: &Console,
    cancel: &Cancel,
    items: &[BatchItem],
    names: &[rows::Names],
    options: &BatchOptions,
    hints: Hints,
) -> Result<Done, Failure> {
    let watch = Watch::new(console, cancel, items.len());
    let row = |number: usize, report: &_| rows::report(number, &names[number], report).to_string();
    let outcomes =
        run_batch(items, options, &row, &|event| watch.at(event)).map_err(Error::from)?;
    drop(watch);
    let mut done = Done {
        rows: Vec::new(),
        failed: 0,
        cancelled: 0,
    };
    // What befalls a group befalls each of its jobs, and is said once.
    let mut said = BTreeSet::new();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let mut row = match outcome {
            None => continue,
            Some(Outcome::Done(row)) => {
                let row = parse(&row)?;
                warn(console, &row, hints);
                row
            }
            Some(Outcome::Skipped(row)) => rows::renamed(parse(&row)?, number, &names[number]),
            Some(Outcome::Cancelled) => {
                done.cancelled += 1;
                rows::cancelled(number, &names[number])
            }
            Some(Outcome::Failed(error)) => {
                done.failed += 1;
                let row = rows::failed(number, &names[number], &error);
                if said.insert(error.clone()) {
                    console.problem(&match hints {
                        Hints::Flags => with_flags(&error),
                        Hints::Manifest => with_words(&error),
                    });
                }
                row
            }
        };
        // A row of a journal knows the place that its job had then.
        row["index"] = number.into();
        row["of"] = items.len().into();
        done.rows.push(row);
    }
    Ok(done)
}

/// A row comes from this program or from a journal, whose lines are checked.
fn parse(row: &str) -> Result<Value, Failure> {
    serde_json::from_str(row)
        .map_err(|e| Failure::new(format!("a row of the journal is no JSON: {e}")))
}

/// What serde says of a text, without the names of this program's types.
pub(crate) fn plain(error: &serde_json::Error) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("struct Line", "an object"),
        ("struct JobOptions", "an object"),
        ("struct Chain", "an object"),
        ("struct Insert", "an object"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        (
            "expected u32",
            "expected a whole number from 0 to 4294967295",
        ),
        ("expected f32", "expected a number"),
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected an object"),
        ("expected path string", "expected a text"),
        ("expected a string", "expected a text"),
        ("invalid type: sequence", "invalid type: a list"),
        ("invalid type: map", "invalid type: an object"),
    ];
    let text = error.to_string();
    WORDS
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

/// What is wrong with a result that is there.
fn warn(console: &Console, row: &Value, hints: Hints) {
    let name = row["output"].as_str().unwrap_or_default();
    let warnings = row["warnings"].as_array();
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        console.warn(&format!("{name}: {warning}"));
    }
    if let Some(clips) = row["clips"].as_u64().filter(|clips| *clips > 0) {
        let (ceiling, floats) = match hints {
            Hints::Flags => ("--ceiling -1", "--bits 32f"),
            Hints::Manifest => ("\"ceiling\": -1", "\"bits\": \"32f\""),
        };
        console.warn(&format!(
            "{name}: {clips} samples were beyond full scale and were clipped; give {ceiling}, or \
             {floats}"
        ));
    }
}

impl Done {
    /// The end of the command: cancelled, some failed, or fine.
    pub(crate) fn verdict(&self, console: &Console) -> Result<(), Failure> {
        if self.cancelled > 0 {
            // The rows say so as well: a script needs no other object.
            console.problem("cancelled");
            return Err(Failure::stopped());
        }
        match self.failed {
            0 => Ok(()),
            _ => Err(Failure::found()),
        }
    }
}
