//! A session: chosen spins, drawn ones behind them, wins that are risked; and what is heard of it.

use crate::error::Result;
use segue_middleware::stage::StageTrace;
use segue_middleware::stage::bind::StageTable;
use segue_middleware::stage::lint::Award;
use segue_middleware::stage::timing::TimingProfile;
use segue_slot::gamble::GambleGame;
use segue_slot::game::Jackpot;
use segue_slot::log::{LogRow, Recorder};
use segue_slot::result::SpinResult;
use segue_slot::scenario::{Scenario, Step};
use segue_slot::stages::StageRules;
use segue_slot::{Error as SlotError, Machine, Rng};
use std::ops::ControlFlow;

/// The stream of a seed that gambles draw from: another one than that of the spins, so that those stay.
pub const GAMBLES: u64 = 1;

/// Most steps of a scenario that goes on for ever.
const STEPS: usize = 10_000;

/// How a session goes.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions<'a> {
    /// What is chosen first; it was checked against the game.
    pub scenario: Option<&'a Scenario>,
    /// Drawn spins behind it; `None` is one without a scenario, and none with one.
    pub spins: Option<u32>,
    /// Of everything that is drawn.
    pub seed: u64,
    /// Value of a credit in minor units, 1 or more.
    pub coin: i64,
    /// Before each drawn spin but the first one, in milliseconds.
    pub pause_ms: f64,
    /// Rounds for which every win is risked, where the game has a gamble.
    pub gamble: u32,
}

/// A session that was played.
#[derive(Clone, Debug)]
pub struct SlotSession {
    /// Its spins, in their order.
    pub spins: Vec<SessionSpin>,
    seed: u64,
}

/// A spin of a session.
#[derive(Clone, Debug)]
pub struct SessionSpin {
    /// What is waited before it, in milliseconds.
    pub pause_ms: f64,
    /// Its row of a log.
    pub row: LogRow,
    /// What it gave, with the gamble behind it.
    pub result: SpinResult,
}

/// Plays a session. `progress` gets how many spins are done and how many there are, again and again,
/// also within a search; `Break` ends it. Blocks. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Slot`]: for a credit, for what no spin gives, and when `progress` breaks.
pub fn spin_session(
    machine: &Machine,
    options: &SessionOptions<'_>,
    progress: &dyn Fn(u64, u64) -> ControlFlow<()>,
) -> Result<SlotSession> {
    let mut recorder = Recorder::new(machine, options.seed, 0, options.coin)?;
    let mut gambles = Rng::new(options.seed, GAMBLES);
    let chosen = options.scenario.into_iter();
    let chosen = chosen.flat_map(|it| it.played(STEPS).map(move |at| Some(&it.steps[at])));
    let drawn = u32::from(options.scenario.is_none());
    let drawn = std::iter::repeat_n(None, options.spins.unwrap_or(drawn) as usize);
    let steps: Vec<Option<&Step>> = chosen.chain(drawn).collect();
    let total = steps.len() as u64;
    let mut spins = Vec::new();
    for step in steps {
        let done = spins.len() as u64;
        let goes_on = || progress(done, total).is_continue();
        if !goes_on() {
            return Err(SlotError::Cancelled.into());
        }
        let (row, mut result) = match step {
            Some(step) => Scenario::spin_while(&goes_on, step, &mut recorder)?,
            None => recorder.spin()?,
        };
        gamble(machine, &mut result, options.gamble, &mut gambles)?;
        let pause_ms = step.map_or(options.pause_ms, |step| f64::from(step.delay_ms));
        spins.push(SessionSpin {
            // Nothing is waited for before the first one.
            pause_ms: if done == 0 { 0.0 } else { pause_ms },
            row,
            result,
        });
    }
    let seed = options.seed;
    Ok(SlotSession { spins, seed })
}

impl SlotSession {
    /// The stages of it, one spin after the other, with the win tiers of a table and the times of one of its
    /// profiles. `[thread-safe]`
    pub fn trace(
        &self,
        machine: &Machine,
        table: &StageTable,
        profile: TimingProfile,
    ) -> StageTrace {
        let game = machine.game();
        let mut rules = StageRules::new(profile, game);
        rules.tiers = Some(table.tiers().clone());
        let mut trace = rules.session(self.spins.iter().map(|it| (it.pause_ms, &it.result)));
        trace.game_id.clone_from(&game.id);
        trace.trace_id = format!("{}-{:x}-{}", game.id, self.seed, self.spins.len());
        let seed = ("seed".to_owned(), format!("{:016x}", self.seed));
        trace.metadata = vec![seed];
        trace
    }
}

/// The jackpots of a game that a spin wins by itself, by chance or by its symbols, as what it advertises: its
/// document states no odds. What only features pay is part of these. `[thread-safe]`
pub fn awards(machine: &Machine) -> Vec<Award> {
    #[expect(clippy::cast_precision_loss, reason = "odds are compared with 10^8")]
    let award = |jackpot: &Jackpot| match machine.jackpot_counts(jackpot.trigger) {
        (0, _) => None,
        (outcomes, all) => Some(Award {
            name: format!("the {} jackpot", jackpot.tier.name()),
            one_in: all as f64 / outcomes as f64,
            stated: false,
        }),
    };
    machine.game().jackpots.iter().filter_map(award).collect()
}

/// Risks a win for some rounds, on sides that are drawn.
fn gamble(
    machine: &Machine,
    result: &mut SpinResult,
    rounds: u32,
    rng: &mut Rng,
) -> Result<(), SlotError> {
    let Some(rules) = machine.game().gamble.as_ref() else {
        return Ok(());
    };
    if rounds == 0 || result.total_win < 1 {
        return Ok(());
    }
    let mut game = GambleGame::new(rules, result.total_win)?;
    for _ in 0..rounds {
        if game.is_over() {
            break;
        }
        let side = rng.below(u64::from(game.choices()));
        game.choose(u8::try_from(side).unwrap_or(0), rng)?;
    }
    result.gamble = Some(game.collect());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::open_game;
    use std::cell::Cell;
    use std::path::Path;

    fn options(scenario: Option<&Scenario>) -> SessionOptions<'_> {
        SessionOptions {
            scenario,
            spins: None,
            seed: 1,
            coin: 5,
            pause_ms: 500.0,
            gamble: 0,
        }
    }

    #[test]
    fn a_session_is_chosen_first_and_drawn_then() {
        let machine = open_game(Path::new("demo-studio")).unwrap();
        let mut scenario = Scenario::preset("cascade", &machine).unwrap();
        scenario.steps.truncate(2);
        scenario.steps[1].delay_ms = 70;
        let last = Cell::new((0, 0));
        let at = |done, total| {
            last.set((done, total));
            ControlFlow::Continue(())
        };
        let how = SessionOptions {
            spins: Some(2),
            ..options(Some(&scenario))
        };
        let session = spin_session(&machine, &how, &at).unwrap();
        let pauses: Vec<f64> = session.spins.iter().map(|it| it.pause_ms).collect();
        assert_eq!(pauses, [0.0, 70.0, 500.0, 500.0]);
        assert!(
            session.spins[..2]
                .iter()
                .all(|it| !it.result.cascade.is_empty())
        );
        assert_eq!(last.get(), (3, 4));
        let count =
            |how: &SessionOptions<'_>| spin_session(&machine, how, &at).unwrap().spins.len();
        assert_eq!(count(&options(Some(&scenario))), 2);
        assert_eq!(count(&options(None)), 1);
        let table = StageTable::default();
        let trace = session.trace(&machine, &table, TimingProfile::normal());
        assert_eq!(trace.trace_id, "demo-studio-1-4");
        let stopped = spin_session(&machine, &how, &|_, _| ControlFlow::Break(()));
        assert_eq!(
            stopped.unwrap_err().kind(),
            crate::error::ErrorKind::Cancelled
        );
    }
}
