//! `segue slot enumerate`: exact odds.

use super::super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use clap::Args;
use segue_engine::slot::exact::{JackpotOdds, JointTally, Odds, SpinOdds, Tally};
use segue_engine::slot::{Machine, count_all, odds_value, open_game};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Count the odds of a game: return, hits, variance, and how often it pays what
#[derive(Debug, Args)]
pub(crate) struct Enumerate {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// Look at every stop vector too, whatever their number
    #[arg(long, visible_alias = "brute")]
    brute_force: bool,
    /// Threads for --brute-force [default: one for each core]
    #[arg(long, short = 'j')]
    jobs: Option<usize>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Enumerate {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let machine = open_game(&self.game)?;
        let bar = Bar::new(console, "Counting");
        let mut progress = |done, total| {
            bar.at(done, total);
            cancel.flow()
        };
        let mut odds = machine
            .odds(&mut progress)
            .map_err(|error| Failure::from(segue_engine::Error::from(error)))?;
        if self.brute_force {
            let joint = count_all(&machine, self.jobs, &mut progress)?;
            odds.spin = SpinOdds::Exact(joint);
        }
        drop(bar);
        console.answer(
            || text(&machine, &odds),
            || {
                let mut value = odds_value(machine.game(), &odds);
                value["brute_force"] = json!(self.brute_force);
                value
            },
        )
    }
}

fn text(machine: &Machine, odds: &Odds) -> String {
    let percent = |value: f64| format!("{:.4} %", 100.0 * value);
    let mut text = format!(
        "{}\n  stop vectors {}\n  return {} ({})\n",
        machine.game().name,
        odds.states,
        percent(odds.rtp.float),
        odds.basis.name()
    );
    // Writing to a String cannot fail.
    if let Some(sigma) = odds.rtp_sigma {
        let _ = writeln!(text, "  standard error of the return {}", percent(sigma));
    }
    for reason in &odds.reasons {
        let _ = writeln!(text, "  {reason}");
    }
    let _ = writeln!(
        text,
        "  of lines {}, of scatters {}",
        percent(odds.rtp_lines.float),
        percent(odds.rtp_scatters.float)
    );
    for (row, feature) in odds.features.iter().zip(&machine.game().features) {
        let _ = writeln!(
            text,
            "  of {} {}: {} awards, {:.4} credits each",
            feature.name,
            percent(row.rtp.float),
            row.awards,
            row.average.map_or(0.0, |average| average.float)
        );
    }
    for row in &odds.jackpots {
        let _ = writeln!(
            text,
            "  of jackpot {} {}: {}",
            row.tier.name(),
            percent(row.rtp.float),
            stated(row)
        );
    }
    for scatter in &odds.scatters {
        let name = &machine.game().symbols[usize::from(scatter.symbol)].name;
        let tally = &scatter.tally;
        let _ = writeln!(
            text,
            "  {name}: {} hits, {} credits at a bet of 1",
            tally.hits, tally.sum
        );
    }
    if let Some(line) = &odds.line {
        tally(&mut text, "one line at one credit", line);
    }
    let (joint, how): (&JointTally, _) = match &odds.spin {
        SpinOdds::Exact(joint) => (joint, "a spin without features"),
        SpinOdds::Estimate(joint) => (joint, "a spin without features, estimated from draws"),
    };
    tally(&mut text, how, &joint.wins);
    text
}

/// How often a jackpot is won and what it pays.
fn stated(row: &JackpotOdds) -> String {
    if row.chance == 0.0 {
        return "never won".to_owned();
    }
    let counted = row.counts.map_or_else(String::new, |(outcomes, all)| {
        format!(" ({outcomes} of {all})")
    });
    let average = row.average_bets;
    if row.chance > 1.0 {
        let times = row.chance;
        return format!("{times:.4} times a spin{counted}, {average:.4} bets each");
    }
    let one_in = 1.0 / row.chance;
    format!("1 in {one_in:.1} spins{counted}, {average:.4} bets each")
}

fn tally(text: &mut String, what: &str, tally: &Tally) {
    let _ = writeln!(
        text,
        "  {what}: {} of {} win ({:.4} %), {} credits, standard deviation {:.4}",
        tally.hits,
        tally.states,
        100.0 * tally.hit_frequency().float,
        tally.sum,
        tally.variance().float.max(0.0).sqrt()
    );
    if tally.histogram.len() <= 24 {
        for (credits, times) in &tally.histogram {
            let _ = writeln!(text, "    {credits:>8} {times:>14}");
        }
    }
}
