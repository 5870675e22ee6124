//! `segue slot sim`: a great many spins.

use super::super::Output;
use super::{check_outputs, coin, spins};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::{count, seed};
use clap::Args;
use segue_engine::slot::exact::Basis;
use segue_engine::slot::game::Tier;
use segue_engine::slot::sim::Interval;
use segue_engine::slot::{
    Machine, SimOptions, SimReport, html, open_game, png, sim_value, simulate, write_file,
};
use std::path::PathBuf;

/// Play a great many spins and compare them with the counted odds
#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// How many spins: 250000, 1e8
    #[arg(long, default_value = "1e6", value_parser = spins)]
    spins: u64,
    /// Seed of the random numbers
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    /// Value of one credit in minor units of the currency
    #[arg(long, default_value = "1", allow_negative_numbers = true, value_parser = coin)]
    coin: i64,
    /// Threads [default: one for each core]
    #[arg(long, short = 'j')]
    jobs: Option<usize>,
    /// Sessions of which the report shows the balance
    #[arg(long, default_value = "12", value_parser = clap::value_parser!(u64).range(0..=200))]
    sessions: u64,
    /// Spins of such a session
    #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    session_spins: u64,
    /// Write a report with pictures as one HTML file; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the pictures as a PNG file; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Sim {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let machine = open_game(&self.game)?;
        let options = SimOptions {
            spins: self.spins,
            seed: self.seed,
            coin: self.coin,
            workers: self.jobs,
            sessions: (self.sessions, self.session_spins),
        };
        let outputs = [
            ("--report", self.report.as_deref()),
            ("--png", self.png.as_deref()),
        ];
        check_outputs(&self.game, &outputs)?;
        let bar = Bar::new(console, "Spinning");
        let report = simulate(&machine, &options, &mut |progress| {
            if let Some(rtp) = progress.rtp {
                bar.say(interval(rtp));
            }
            bar.at(progress.done, progress.total);
            cancel.flow()
        })?;
        drop(bar);
        if let Some(path) = &self.report {
            write_file(path, html(machine.game(), &report, self.seed).as_bytes())?;
        }
        if let Some(path) = &self.png {
            write_file(path, &png(&report, path)?)?;
        }
        for warning in rare(&machine, &report) {
            console.warn(&warning);
        }
        console.answer(|| text(&machine, &report), || sim_value(&machine, &report))
    }
}

/// Awards below which an interval says little about them.
const FEW: u64 = 30;

/// What pays a good part of the return, and came too seldom for its interval to know.
fn rare(machine: &Machine, report: &SimReport) -> Vec<String> {
    let (odds, sums) = (&report.odds, &report.statistics);
    let features = machine.game().features.iter().zip(&odds.features);
    let features = features
        .zip(&sums.awards)
        .map(|((feature, odds), &came)| (feature.name.clone(), odds.rtp.float, came));
    let jackpots = odds.jackpots.iter().map(|odds| {
        let name = format!("{} jackpot", odds.tier.name());
        (name, odds.rtp.float, sums.jackpots_of(odds.tier))
    });
    let is_rare = |(_, rtp, came): &(String, f64, u64)| *came < FEW && *rtp > 0.01 * odds.rtp.float;
    let told = |(name, rtp, came): (String, f64, u64)| {
        let times = count(usize::try_from(came).unwrap_or(usize::MAX), "time");
        format!(
            "{name} came {times} and should return {:.4} %: the interval does not know it yet; play \
             more spins",
            100.0 * rtp
        )
    };
    features.chain(jackpots).filter(is_rare).map(told).collect()
}

/// `96.20 % (96.15 to 96.25)`
fn interval(rtp: Interval) -> String {
    let (low, high) = rtp.bounds_95();
    format!(
        "return {:.4} % ({:.4} to {:.4})",
        100.0 * rtp.value,
        100.0 * low,
        100.0 * high
    )
}

fn text(machine: &Machine, report: &SimReport) -> String {
    let (odds, sums) = (&report.odds, &report.statistics);
    let share = |count: u64| format!("{:.5} %", 100.0 * sums.share(count).value);
    let what = match odds.basis {
        Basis::Exact | Basis::Counted => "counted",
        Basis::Estimated => "estimated",
    };
    // Where every spin won the same there is nothing to measure by.
    let apart = match sums.rtp().sigma {
        0.0 => String::new(),
        sigma => {
            let apart = (sums.rtp().value - odds.rtp.float) / sigma;
            format!("; {apart:+.2} standard errors apart")
        }
    };
    let mut lines = vec![
        format!("{}: {} spins", machine.game().name, sums.spins),
        format!("  {}, 95 % interval", interval(sums.rtp())),
        format!("  {what} {:.4} %{apart}", 100.0 * odds.rtp.float),
        format!(
            "  wins {}, standard deviation {:.4} bets",
            share(sums.hits),
            sums.variance().sqrt()
        ),
        format!(
            "  no more than the bet {}, 20 bets and more {}, near misses {}, cascades {}",
            share(sums.losses_as_wins),
            share(sums.big_wins),
            share(sums.near_misses),
            share(sums.cascades)
        ),
    ];
    for (feature, &awards) in machine.game().features.iter().zip(&sums.awards) {
        lines.push(format!("  {} {}", feature.name, share(awards)));
    }
    for tier in Tier::ALL
        .into_iter()
        .filter(|tier| sums.jackpots_of(*tier) > 0)
    {
        lines.push(format!(
            "  {} jackpot {}",
            tier.name(),
            sums.jackpots_of(tier)
        ));
    }
    lines.join("\n")
}
