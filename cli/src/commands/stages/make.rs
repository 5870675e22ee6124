//! Traces of simulated spins.

use super::{named_profile, read_file};
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, seed};
use clap::{Args, ValueEnum};
use segue_engine::format::slot::game_from_json;
use segue_engine::format::stages as format;
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::bind::StageTable;
use segue_engine::slot::presets::{Volatility, demo};
use segue_engine::slot::result::SpinResult;
use segue_engine::slot::stages::StageRules;
use segue_engine::slot::{Machine, Meters, Rng};
use serde_json::json;
use std::path::PathBuf;

/// Which spins.
#[derive(Clone, Debug, Args)]
pub(super) struct Spins {
    /// How many spins, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) spins: u32,
    /// The slot game: a JSON file
    #[arg(long, value_name = "FILE")]
    game: Option<PathBuf>,
    /// The demo game of this volatility
    #[arg(long, value_enum, default_value = "studio", conflicts_with = "game")]
    demo: Demo,
    /// Seed of the spins
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    /// Value of one credit in minor units
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    coin: i64,
    /// Between one spin and the next, in milliseconds
    #[arg(long, default_value_t = 500.0, value_name = "MS")]
    pause: f64,
    /// The timing profile: normal, turbo, mobile, studio, instant, or one of the project
    #[arg(long, default_value = "normal", value_name = "NAME")]
    pub(super) profile: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Demo {
    Low,
    Medium,
    High,
    Studio,
}

/// Make a trace of simulated spins
#[derive(Debug, Args)]
pub(super) struct Make {
    #[command(flatten)]
    spins: Spins,
    /// The trace to write; without it standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Make {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let trace = self.spins.trace(&StageTable::default())?;
        let text = format::trace_to_json(&trace);
        let text = text.map_err(|error| {
            let failure = Failure::new(error.to_string());
            failure.hint("fewer spins make a smaller trace")
        })?;
        let Some(path) = &self.out else {
            return console.write(&text);
        };
        std::fs::write(path, text).map_err(|error| Failure::io(path, "write", &error))?;
        let events = trace.events.len();
        let last = trace.events.last().map_or(0.0, |event| event.timestamp_ms);
        console.answer(
            || {
                let spins = count(self.spins.spins as usize, "spin");
                format!("{}: {spins}, {}", path.display(), count(events, "stage"))
            },
            || json!({"path": path.display().to_string(), "spins": self.spins.spins, "events": events, "ms": last}),
        )
    }
}

impl Spins {
    /// The trace of the spins, with the tiers and profiles of a table.
    pub(super) fn trace(&self, table: &StageTable) -> Result<StageTrace, Failure> {
        let wrong = |error: segue_engine::slot::SlotError| Failure::new(error.to_string());
        let game = match &self.game {
            Some(path) => read_file(path, game_from_json)?,
            None => demo(match self.demo {
                Demo::Low => Volatility::Low,
                Demo::Medium => Volatility::Medium,
                Demo::High => Volatility::High,
                Demo::Studio => Volatility::Studio,
            }),
        };
        let machine = Machine::new(game).map_err(wrong)?;
        let mut meters = Meters::new(&machine, self.coin).map_err(wrong)?;
        let mut rng = Rng::new(self.seed, 0);
        let spins = (0..self.spins).map(|_| machine.spin(&mut rng, &mut meters, self.coin));
        let spins: Vec<SpinResult> = spins.collect::<Result<_, _>>().map_err(wrong)?;
        let mut rules = StageRules::new(named_profile(table, &self.profile)?);
        rules.tiers = Some(table.tiers().clone());
        let mut trace = rules.spins(&spins, self.pause);
        trace.game_id.clone_from(&machine.game().id);
        trace.trace_id = format!("{}-{:x}-{}", machine.game().id, self.seed, self.spins);
        let seed = ("seed".to_owned(), format!("{:016x}", self.seed));
        trace.metadata = vec![seed];
        Ok(trace)
    }
}
