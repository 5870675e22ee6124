//! Traces of simulated spins.

use super::{named_profile, told};
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, seed, up_to};
use clap::Args;
use segue_engine::format::limits::INTERACTIVE_LIST;
use segue_engine::format::stages as format;
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::bind::StageTable;
use segue_engine::middleware::stage::lint::{Award, spins};
use segue_engine::project::open;
use segue_engine::slot::log::LogRow;
use segue_engine::slot::{SessionOptions, awards, open_game, open_scenario, spin_session};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Stages of a trace at most.
const TRACE_STAGES: usize = INTERACTIVE_LIST;
/// Spins that are played before it is known whether all of them fit into a trace.
const FIRST_PART: u32 = 1000;

/// Options of spins that are played: beside a trace they have no effect.
pub(super) const SPUN: [&str; 7] = [
    "spins", "game", "seed", "scenario", "coin", "pause", "gamble",
];

/// Which spins.
#[derive(Clone, Debug, Args)]
pub(super) struct Spins {
    /// How many spins, one after the other, behind those of the scenario [default: 1, with a
    /// scenario none]; a trace that is written holds 65,536 stages, some 3000 spins
    #[arg(long, value_name = "N", value_parser = up_to::<100_000>)]
    spins: Option<u32>,
    /// The slot game: a file or a built-in one
    #[arg(long, value_name = "GAME", default_value = "demo-studio")]
    game: PathBuf,
    /// Seed of the spins
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    #[command(flatten)]
    session: Session,
    /// The timing profile: normal, turbo, mobile, studio, instant, one of the project, or a file of
    /// the format segue.timing (FILE.json); NAME@K is K times as slow [default: normal, or that of
    /// the trace]
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

/// How a session goes, besides its spins.
#[derive(Clone, Debug, Args)]
pub(crate) struct Session {
    /// Spins that are chosen: a scenario's file or a built-in one, as of `segue slot scenario`
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<PathBuf>,
    /// Value of one credit in minor units
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    coin: i64,
    /// Between one spin and the next, in milliseconds
    #[arg(long, default_value_t = 500.0, value_name = "MS")]
    pause: f64,
    /// Rounds for which the player risks every win, where the game has a gamble
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=5))]
    gamble: u32,
}

impl Session {
    /// Whether it says something that only a slot game has.
    pub(crate) fn is_chosen(&self) -> bool {
        self.scenario.is_some() || self.gamble > 0
    }
}

/// Make a trace of simulated spins, or give times to a trace that has none
#[derive(Debug, Args)]
pub(super) struct Make {
    #[command(flatten)]
    spins: Spins,
    /// The project whose timing profiles and win tiers hold
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// A trace without times, to which the timing profile gives them; nothing is spun
    #[arg(long, value_name = "FILE", conflicts_with_all = SPUN)]
    resolve: Option<PathBuf>,
    /// The trace to write; without it standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Make {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let table = match &self.project {
            Some(path) => open(path)?.stage_table(),
            None => StageTable::default(),
        };
        let (trace, spins) = match &self.resolve {
            Some(path) => self.resolved(path, &table)?,
            None => self.spins.written(&table)?,
        };
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
                let spins = count(spins, "spin");
                format!("{}: {spins}, {}", path.display(), count(events, "stage"))
            },
            || json!({"path": path.display().to_string(), "spins": spins, "events": events, "ms": last}),
        )
    }
}

impl Make {
    /// A trace with the times of the profile, and how many spins it has.
    fn resolved(&self, path: &Path, table: &StageTable) -> Result<(StageTrace, usize), Failure> {
        let told = told(table, path, self.spins.profile.as_deref())?;
        if !told.resolved {
            let text = format!("{}: this trace has times already", path.display());
            return Err(Failure::usage(text).hint("leave --resolve out, and use it as it is"));
        }
        let spins = spins(&told.trace).len();
        Ok((told.trace, spins))
    }
}

impl Spins {
    /// The trace of a session that is to be written, and how many spins it has. More than a trace holds is found
    /// before all of it is played.
    fn written(&self, table: &StageTable) -> Result<(StageTrace, usize), Failure> {
        let mut played = self.played();
        let wanted = played.spins;
        played.spins = wanted.map(|spins| spins.min(FIRST_PART));
        loop {
            let (trace, count) = played.trace(table)?;
            if trace.events.len() > TRACE_STAGES {
                return Err(too_many(&trace));
            }
            if played.spins == wanted {
                return Ok((trace, count));
            }
            // A session begins as a shorter one does.
            let twice = |(spins, wanted): (u32, u32)| spins.saturating_mul(2).min(wanted);
            played.spins = played.spins.zip(wanted).map(twice);
        }
    }

    /// What is played.
    pub(super) fn played(&self) -> Played<'_> {
        Played {
            game: &self.game,
            spins: self.spins,
            seed: self.seed,
            session: &self.session,
            profile: self.profile.as_deref().unwrap_or("normal"),
        }
    }
}

/// A trace does not hold the stages of all spins.
fn too_many(trace: &StageTrace) -> Failure {
    let fitting = spins(trace)
        .iter()
        .filter(|spin| spin.end <= TRACE_STAGES)
        .count();
    let text = format!("the stages of so many spins are more than the {TRACE_STAGES} of a trace");
    Failure::usage(text).hint(format!(
        "the first {} fit; `segue stages report PROJECT --game GAME` and `segue run PROJECT --slot GAME` play \
         more without a trace",
        count(fitting, "spin")
    ))
}

/// A session that is played.
pub(crate) struct Played<'a> {
    /// The game: a file or a built-in one.
    pub(crate) game: &'a Path,
    /// Drawn spins; `None` is one without a scenario, and none with one.
    pub(crate) spins: Option<u32>,
    /// Of everything that is drawn.
    pub(crate) seed: u64,
    /// The rest.
    pub(crate) session: &'a Session,
    /// The timing profile's name.
    pub(crate) profile: &'a str,
}

impl Played<'_> {
    /// What the game advertises.
    pub(super) fn awards(&self) -> Result<Vec<Award>, Failure> {
        Ok(awards(&open_game(self.game)?))
    }

    /// The trace of the session, with the tiers and profiles of a table, and how many spins it has.
    pub(crate) fn trace(&self, table: &StageTable) -> Result<(StageTrace, usize), Failure> {
        let (trace, rows) = self.logged(table)?;
        Ok((trace, rows.len()))
    }

    /// The same, with a row of a log for each spin.
    pub(crate) fn logged(&self, table: &StageTable) -> Result<(StageTrace, Vec<LogRow>), Failure> {
        let machine = open_game(self.game)?;
        let scenario = self.session.scenario.as_deref();
        let scenario = scenario.map(|path| open_scenario(path, &machine));
        let scenario = scenario.transpose()?;
        let options = SessionOptions {
            scenario: scenario.as_ref(),
            spins: self.spins,
            seed: self.seed,
            coin: self.session.coin,
            pause_ms: self.session.pause,
            gamble: self.session.gamble,
        };
        let session = spin_session(&machine, &options, &|_, _| ControlFlow::Continue(()))?;
        let profile = named_profile(table, self.profile)?;
        let trace = session.trace(&machine, table, profile);
        let rows = session.spins.into_iter().map(|it| it.row);
        Ok((trace, rows.collect()))
    }
}
