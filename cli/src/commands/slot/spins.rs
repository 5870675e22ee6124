//! `segue slot spin`, `force`, `scenario` and `replay`.

use super::super::Output;
use super::{check_outputs, coin, money, stop};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, seed, up_to};
use clap::Args;
use segue_engine::middleware::stage::timing::TimingProfile;
use segue_engine::slot::log::{LogRow, Recorder};
use segue_engine::slot::result::SpinResult;
use segue_engine::slot::scenario::Scenario;
use segue_engine::slot::stages::StageRules;
use segue_engine::slot::{
    Machine, SlotError, open_game, open_log, open_scenario, outcome_from_text, row_to_json,
    spun_value, write_file,
};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where random numbers come from, and what is written.
#[derive(Debug, Args)]
struct Source {
    /// Seed of the random numbers
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    /// Stream of the seed
    #[arg(long, default_value = "0")]
    stream: u64,
    /// Value of one credit in minor units of the currency
    #[arg(long, default_value = "1", allow_negative_numbers = true, value_parser = coin)]
    coin: i64,
    /// Write a row per spin, one JSON object a line, that `segue slot replay` plays again; a file that is there
    /// is replaced
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Name the stages of each spin in its row; it makes the log some ten times as long
    #[arg(long, requires = "log")]
    stages: bool,
}

/// Spin a game
#[derive(Debug, Args)]
pub(crate) struct Spin {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// How many spins: 250, 1e3
    #[arg(long, default_value = "1", value_parser = up_to::<1_000_000>)]
    count: u32,
    /// Stops to spin in place of drawn ones, one per reel: 3,1,4,1,5
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true, value_parser = stop)]
    stops: Vec<u16>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Find spins that give what you ask for
///
/// Every spin is a legal one, as likely as any other that gives it; if the game cannot give it, the
/// answer says so. Outcomes: lose, small, medium, big, mega, epic, ultra, near_miss, cascade,
/// free_spins, hold_and_win, pick, wheel, jackpot:mini|minor|major|grand, between:FROM..TO in
/// hundredths of the bet, shows:SYMBOLxCOUNT.
#[derive(Debug, Args)]
pub(crate) struct Force {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// What the spin is to give
    outcome: String,
    /// How many spins: 250, 1e3
    #[arg(long, default_value = "1", value_parser = up_to::<100_000>)]
    count: u32,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Play a row of chosen spins
///
/// Built-in scenarios: win_showcase, free_spins, cascade, jackpot, hold_and_win, stress,
/// audio_test, near_miss.
#[derive(Debug, Args)]
pub(crate) struct Play {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// The scenario: a file or a built-in one
    scenario: PathBuf,
    /// Steps at most of a scenario that goes on for ever; others are played to their end
    #[arg(long, default_value = "100", value_parser = up_to::<100_000>)]
    steps: u32,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Play the rows of a log again and compare
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The game that was played
    game: PathBuf,
    /// The log
    log: PathBuf,
    #[command(flatten)]
    pub(super) output: Output,
}

type Played = (LogRow, SpinResult);

impl Spin {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let machine = open_game(&self.game)?;
        self.source.check(&self.game)?;
        let mut recorder = self.source.recorder(&machine)?;
        let played = play(0..self.count, |_, _| match self.stops.as_slice() {
            [] => recorder.spin(),
            stops => recorder.spin_at(stops, None),
        })?;
        self.source.answer(console, &machine, &played)
    }
}

impl Force {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let machine = open_game(&self.game)?;
        self.source.check(&self.game)?;
        let outcome = outcome_from_text(&self.outcome, machine.game());
        let outcome = outcome.map_err(|error| Failure::usage(error.to_string()))?;
        let mut recorder = self.source.recorder(&machine)?;
        let played = play(0..self.count, |_, goes_on| {
            recorder.force_while(goes_on, outcome)
        })?;
        self.source.answer(console, &machine, &played)
    }
}

impl Play {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let machine = open_game(&self.game)?;
        self.source.check(&self.game)?;
        self.source.check(&self.scenario)?;
        let scenario = open_scenario(&self.scenario, &machine)?;
        let mut recorder = self.source.recorder(&machine)?;
        let order = scenario.played(self.steps as usize);
        let played = play(order, |at, goes_on| {
            Scenario::spin_while(goes_on, &scenario.steps[at], &mut recorder)
        })?;
        self.source.answer(console, &machine, &played)
    }
}

impl Replay {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let machine = open_game(&self.game)?;
        let rows = open_log(&self.log)?;
        for row in &rows {
            machine.replay(row).map_err(failure)?;
        }
        let text = format!("{} played again, all the same", count(rows.len(), "spin"));
        console.answer(|| text, || json!({"spins": rows.len(), "identical": true}))
    }
}

/// Spins step after step; Ctrl-C ends it, within a search too.
fn play<T>(
    steps: impl Iterator<Item = T>,
    mut spin: impl FnMut(T, &dyn Fn() -> bool) -> Result<Played, SlotError>,
) -> Result<Vec<Played>, Failure> {
    let cancel = Cancel::listen(|| ())?;
    let goes_on = || !cancel.is_pressed();
    let mut played = Vec::new();
    for step in steps {
        if !goes_on() {
            return Err(Failure::cancelled());
        }
        played.push(spin(step, &goes_on).map_err(failure)?);
    }
    Ok(played)
}

fn failure(error: SlotError) -> Failure {
    Failure::from(segue_engine::Error::from(error))
}

impl Source {
    fn recorder<'a>(&self, machine: &'a Machine) -> Result<Recorder<'a>, Failure> {
        Recorder::new(machine, self.seed, self.stream, self.coin).map_err(failure)
    }

    /// The log must not take the place of what is played.
    fn check(&self, input: &Path) -> Result<(), Failure> {
        check_outputs(input, &[("--log", self.log.as_deref())])
    }

    fn answer(
        &self,
        console: &Console,
        machine: &Machine,
        played: &[Played],
    ) -> Result<(), Failure> {
        if let Some(path) = &self.log {
            write_log(path, machine, played, self.stages)?;
        }
        console.answer(|| text(machine, played), || object(machine, played))
    }
}

fn write_log(
    path: &Path,
    machine: &Machine,
    played: &[Played],
    with_stages: bool,
) -> Result<(), Failure> {
    let mut text = String::new();
    let rules = StageRules::new(TimingProfile::normal(), machine.game());
    for (row, result) in played {
        let mut row = LogRow {
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..row.clone()
        };
        if with_stages {
            let stages = rules.spin(result).events.into_iter();
            row.stages = stages.map(|it| it.stage.id().name().to_owned()).collect();
        }
        text += &row_to_json(&row).map_err(|error| Failure::new(error.to_string()))?;
        text.push('\n');
    }
    Ok(write_file(path, text.as_bytes())?)
}

fn object(machine: &Machine, played: &[Played]) -> Value {
    let spins = played
        .iter()
        .map(|(row, result)| spun_value(machine, row, result));
    json!({"game": machine.game().id, "spins": spins.collect::<Vec<_>>()})
}

fn text(machine: &Machine, played: &[Played]) -> String {
    let mut text = String::new();
    for (row, result) in played {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Spin {}: {}", row.spin, spin_line(machine, result));
        for row in 0..result.window.iter().map(Vec::len).max().unwrap_or(0) {
            let name = |reel: &Vec<u8>| {
                let symbol = reel.get(row).map(|&symbol| usize::from(symbol));
                symbol.map_or(String::new(), |at| machine.game().symbols[at].name.clone())
            };
            let names: Vec<String> = result
                .window
                .iter()
                .map(|reel| format!("{:<8}", name(reel)))
                .collect();
            let _ = writeln!(text, "  {}", names.concat().trim_end());
        }
    }
    text
}

/// Stops, bet, win, and what else happened.
fn spin_line(machine: &Machine, result: &SpinResult) -> String {
    let exponent = machine.game().currency_exponent;
    let mut line = format!(
        "stops {:?}, bet {}, win {}",
        result.stops,
        money(result.bet, exponent),
        money(result.total_win, exponent)
    );
    if !result.cascade.is_empty() {
        line += &format!(", {}", count(result.cascade.len(), "cascade"));
    }
    for feature in &result.features {
        let name = &machine.game().features[usize::from(feature.index)].name;
        line += &format!(", {name} {}", money(feature.total_win, exponent));
    }
    for jackpot in result.all_jackpots() {
        line += &format!(
            ", {} jackpot {}",
            jackpot.tier.name(),
            money(jackpot.amount, exponent)
        );
    }
    if result.near_miss.is_some() {
        line += ", near miss";
    }
    line
}
