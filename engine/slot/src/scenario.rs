//! A row of spins that were chosen, one after the other.

use crate::Result;
use crate::error::Error;
use crate::force::Outcome;
use crate::game::{FeatureKind, Tier};
use crate::log::{LogRow, Recorder};
use crate::machine::Machine;
use crate::result::SpinResult;

/// Longest pause before a step, in milliseconds.
pub const MAX_DELAY_MS: u32 = 600_000;

/// Most steps of a scenario.
pub const MAX_STEPS: usize = 10_000;

/// Most spins of a scenario that is played a number of times.
pub const MAX_SPINS: u64 = 100_000;

/// What happens, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Name for people.
    pub name: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// What happens after the last one.
    pub repeat: Repeat,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is spun.
    pub what: StepKind,
    /// Pause before it, in milliseconds.
    pub delay_ms: u32,
    /// For people.
    pub note: String,
}

/// What a step spins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Any spin.
    Any,
    /// A spin that gives this.
    Outcome(Outcome),
    /// The spin with these stops.
    Stops(Vec<u16>),
}

/// What happens after the last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing.
    #[default]
    Once,
    /// It begins again, for ever.
    Forever,
    /// It is played so many times in all.
    Count(u32),
    /// Back to the first and forth again, for ever.
    PingPong,
}

/// Names of the built-in scenarios.
pub const PRESETS: [&str; 8] = [
    "win_showcase",
    "free_spins",
    "cascade",
    "jackpot",
    "hold_and_win",
    "stress",
    "audio_test",
    "near_miss",
];

impl Scenario {
    /// A built-in scenario, with what the game can give of it; `None` if there is none of this
    /// name. Where the game gives nothing of it but losses, all else of it: [`Scenario::check`] says
    /// why then. `[thread-safe]`
    pub fn preset(name: &str, machine: &Machine) -> Option<Scenario> {
        use Outcome::*;
        let wins = [Small, Medium, Big, Mega, Epic, Ultra];
        let outcomes: Vec<Outcome> = match name {
            "win_showcase" => [&[Lose][..], &wins].concat(),
            "free_spins" => vec![Lose, Feature(FeatureKind::FreeSpins), Lose],
            "cascade" => vec![Cascade; 3],
            "jackpot" => Tier::ALL.map(Jackpot).to_vec(),
            "hold_and_win" => vec![Lose, Feature(FeatureKind::HoldAndWin), Lose],
            "stress" => Outcome::named().repeat(2),
            "audio_test" => Outcome::named(),
            "near_miss" => vec![NearMiss, Lose, NearMiss],
            _ => return None,
        };
        let mut known: Vec<(Outcome, bool)> = Vec::new();
        let mut can_be = |outcome: &Outcome| {
            let found = known.iter().find(|(other, _)| other == outcome);
            found.map(|&(_, can_be)| can_be).unwrap_or_else(|| {
                let can_be = machine.can_give(*outcome).is_ok();
                known.push((*outcome, can_be));
                can_be
            })
        };
        let possible: Vec<Outcome> = outcomes.iter().copied().filter(&mut can_be).collect();
        // Losses alone show nothing of what the scenario is for.
        let played = match possible.iter().all(|outcome| *outcome == Lose) {
            true => outcomes
                .into_iter()
                .filter(|outcome| *outcome != Lose)
                .collect(),
            false => possible,
        };
        let step = |outcome| Step {
            what: StepKind::Outcome(outcome),
            delay_ms: if name == "stress" { 0 } else { 1000 },
            note: outcome.to_string(),
        };
        Some(Scenario {
            name: name.to_owned(),
            steps: played.into_iter().map(step).collect(),
            repeat: if name == "stress" {
                Repeat::Count(10)
            } else {
                Repeat::Once
            },
        })
    }

    /// Refuses a scenario that the game cannot play.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Impossible`] for the first step that cannot be.
    /// `[thread-safe]`
    pub fn check(&self, machine: &Machine) -> Result<()> {
        let steps = self.steps.len();
        if !(1..=MAX_STEPS).contains(&steps) {
            let allowed = format!("1..={MAX_STEPS}");
            let way_out = "name steps that the game can give";
            return Err(Error::invalid(
                "steps",
                "the number of steps",
                steps,
                allowed,
                way_out,
            ));
        }
        self.check_repeat()?;
        // Each outcome is looked for once, however many steps ask for it.
        let mut known: Vec<Outcome> = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            if step.delay_ms > MAX_DELAY_MS {
                let (place, what) = (format!("steps[{at}].delay_ms"), "the pause in milliseconds");
                let allowed = format!("0..={MAX_DELAY_MS}");
                let way_out = "make the pause shorter";
                return Err(Error::invalid(place, what, step.delay_ms, allowed, way_out));
            }
            match &step.what {
                StepKind::Any => {}
                StepKind::Outcome(outcome) if known.contains(outcome) => {}
                StepKind::Outcome(outcome) => {
                    known.push(*outcome);
                    let is_possible = machine.can_give(*outcome);
                    is_possible.map_err(|error| error.within(&format!("steps[{at}]")))?;
                }
                StepKind::Stops(stops) => {
                    let stops = machine.stops(stops, None);
                    stops.map_err(|error| error.within(&format!("steps[{at}]")))?;
                }
            }
        }
        Ok(())
    }

    fn check_repeat(&self) -> Result<()> {
        let Repeat::Count(count) = self.repeat else {
            return Ok(());
        };
        let most = MAX_SPINS / self.steps.len().max(1) as u64;
        if (1..=most).contains(&u64::from(count)) {
            return Ok(());
        }
        let what = "how often it is played";
        let way_out = "name a count, or `forever`";
        Err(Error::invalid(
            "repeat.count",
            what,
            count,
            format!("1..={most}"),
            way_out,
        ))
    }

    /// It never ends by itself. `[thread-safe]`
    pub fn is_endless(&self) -> bool {
        matches!(self.repeat, Repeat::Forever | Repeat::PingPong)
    }

    /// The numbers of the steps that are played, in their order: all of a scenario that ends, and the
    /// first `most` of one that does not. `[thread-safe]`
    pub fn played(&self, most: usize) -> impl Iterator<Item = usize> {
        let most = if self.is_endless() { most } else { usize::MAX };
        self.order().take(most)
    }

    /// The numbers of the steps in the order they are played. `[thread-safe]`
    pub fn order(&self) -> Order {
        Order {
            len: self.steps.len(),
            repeat: self.repeat,
            played: 0,
        }
    }

    /// Spins a step.
    ///
    /// # Errors
    /// Those of [`Machine::force`] and [`Machine::stops`]. `[thread-safe]`
    pub fn spin(step: &Step, recorder: &mut Recorder<'_>) -> Result<(LogRow, SpinResult)> {
        Self::spin_while(&|| true, step, recorder)
    }

    /// The same, as long as `goes_on` says so.
    ///
    /// # Errors
    /// Those of [`Machine::force_while`] and [`Machine::stops`]. `[thread-safe]`
    pub fn spin_while(
        goes_on: &dyn Fn() -> bool,
        step: &Step,
        recorder: &mut Recorder<'_>,
    ) -> Result<(LogRow, SpinResult)> {
        match &step.what {
            StepKind::Any => recorder.spin(),
            StepKind::Outcome(outcome) => recorder.force_while(goes_on, *outcome),
            StepKind::Stops(stops) => recorder.spin_at(stops, None),
        }
    }
}

/// The numbers of the steps of a scenario, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    len: usize,
    repeat: Repeat,
    played: u64,
}

impl Iterator for Order {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let len = self.len as u64;
        let (round, at) = (self.played.checked_div(len)?, self.played.checked_rem(len)?);
        self.played += 1;
        let goes_on = match self.repeat {
            Repeat::Once => round == 0,
            Repeat::Count(count) => round < u64::from(count),
            Repeat::Forever | Repeat::PingPong => true,
        };
        // There and back is a round of 2 n - 2 steps.
        let back_and_forth = (2 * len - 2).max(1);
        let at = match self.repeat {
            Repeat::PingPong => {
                let at = (self.played - 1) % back_and_forth;
                at.min(back_and_forth - at)
            }
            _ => at,
        };
        goes_on.then_some(at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::{Payback, Volatility, demo, lobstermania};

    fn order(steps: usize, repeat: Repeat) -> Vec<usize> {
        let step = Step {
            what: StepKind::Any,
            delay_ms: 0,
            note: String::new(),
        };
        let scenario = Scenario {
            name: String::new(),
            steps: vec![step; steps],
            repeat,
        };
        scenario.order().take(8).collect()
    }

    #[test]
    fn steps_repeat_as_they_should() {
        assert_eq!(order(3, Repeat::Once), [0, 1, 2]);
        assert_eq!(order(3, Repeat::Count(2)), [0, 1, 2, 0, 1, 2]);
        assert_eq!(order(3, Repeat::Forever), [0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(order(3, Repeat::PingPong), [0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(order(1, Repeat::PingPong), [0; 8]);
        assert_eq!(order(0, Repeat::Forever), [0; 0]);
    }

    #[test]
    fn presets_play_what_they_say() {
        let machine = Machine::new(demo(Volatility::Studio)).unwrap();
        for name in PRESETS {
            let scenario = Scenario::preset(name, &machine).unwrap();
            scenario.check(&machine).unwrap();
            let mut recorder = Recorder::new(&machine, 3, 0, 1).unwrap();
            for step in &scenario.steps {
                let StepKind::Outcome(outcome) = step.what else {
                    panic!("{name} has outcomes only");
                };
                let (row, result) = Scenario::spin(step, &mut recorder).unwrap();
                assert!(outcome.matches(&result), "{name}: {outcome}");
                assert_eq!(machine.replay(&row).unwrap(), result);
            }
        }
    }

    /// The highest win of three reels with one stop that wins is 3 bets.
    #[test]
    fn wins_that_a_game_cannot_give_are_left_out() {
        let symbol = |name: &str, pays| crate::game::Symbol {
            name: name.to_owned(),
            kind: crate::game::SymbolKind::Regular,
            excludes: Vec::new(),
            pays,
        };
        let pay = crate::game::Pay {
            count: 3,
            credits: 3,
        };
        let game = crate::game::Game {
            id: "three".to_owned(),
            name: "Three".to_owned(),
            bet_credits: 1,
            rows: vec![1; 3],
            symbols: vec![symbol("A", vec![pay]), symbol("B", Vec::new())],
            strips: vec![vec![0, 1]; 3],
            mode: crate::game::Mode::Lines(vec![vec![0; 3]]),
            ..crate::game::Game::default()
        };
        let machine = Machine::new(game).unwrap();
        for name in ["win_showcase", "audio_test", "stress"] {
            let scenario = Scenario::preset(name, &machine).unwrap();
            let mut outcomes: Vec<&str> = scenario.steps.iter().map(|step| &*step.note).collect();
            outcomes.truncate(2);
            assert_eq!(outcomes, ["lose", "small"], "{name}");
            let mut recorder = Recorder::new(&machine, 3, 0, 1).unwrap();
            for step in &scenario.steps {
                Scenario::spin(step, &mut recorder).unwrap();
            }
        }
        let text = machine.can_give(Outcome::Medium).unwrap_err().to_string();
        assert!(text.contains("a spin wins no more than 3 bets"), "{text}");
        let never = Outcome::Between {
            from: 100,
            to: Some(200),
        };
        let text = machine.can_give(never).unwrap_err().to_string();
        assert!(text.contains("all 8 stops were looked at"), "{text}");
    }

    #[test]
    fn only_what_never_ends_is_cut() {
        let machine = Machine::new(demo(Volatility::Studio)).unwrap();
        let mut scenario = Scenario::preset("cascade", &machine).unwrap();
        scenario.steps = vec![scenario.steps[0].clone(); 150];
        let played = |scenario: &Scenario| scenario.played(100).count();
        assert_eq!(played(&scenario), 150);
        scenario.repeat = Repeat::Count(2);
        assert_eq!(played(&scenario), 300);
        for endless in [Repeat::Forever, Repeat::PingPong] {
            scenario.repeat = endless;
            assert_eq!(played(&scenario), 100);
        }
        let stress = Scenario::preset("stress", &machine).unwrap();
        assert_eq!(played(&stress), stress.steps.len() * 10);
        scenario.repeat = Repeat::Count(0);
        let text = scenario.check(&machine).unwrap_err().to_string();
        assert!(
            text.contains("repeat.count: how often it is played is 0, but must be 1..=666"),
            "{text}"
        );
        scenario.repeat = Repeat::Count(667);
        assert!(scenario.check(&machine).is_err());
    }

    #[test]
    fn a_game_with_line_triggers_plays_the_presets_that_it_can() {
        let machine = Machine::new(lobstermania(Payback::High, 15)).unwrap();
        for name in ["near_miss", "win_showcase"] {
            let scenario = Scenario::preset(name, &machine).unwrap();
            scenario.check(&machine).unwrap();
            let mut recorder = Recorder::new(&machine, 3, 0, 1).unwrap();
            for step in &scenario.steps {
                let (row, result) = Scenario::spin(step, &mut recorder).unwrap();
                assert_eq!(machine.replay(&row).unwrap(), result);
            }
        }
        for name in ["stress", "audio_test"] {
            let scenario = Scenario::preset(name, &machine).unwrap();
            let near = StepKind::Outcome(Outcome::NearMiss);
            assert!(
                scenario.steps.iter().any(|step| step.what == near),
                "{name}"
            );
            scenario.check(&machine).unwrap();
        }
        // Nothing can be missed: that is refused at sight.
        let mut game = lobstermania(Payback::High, 15);
        game.features.clear();
        let machine = Machine::new(game).unwrap();
        let scenario = Scenario::preset("near_miss", &machine).unwrap();
        assert!(scenario.check(&machine).is_err());
        assert!(machine.can_give(Outcome::NearMiss).is_err());
    }

    #[test]
    fn what_a_game_cannot_give_is_refused() {
        let machine = Machine::new(lobstermania(Payback::High, 15)).unwrap();
        assert!(
            Scenario::preset("jackpot", &machine)
                .unwrap()
                .check(&machine)
                .is_err()
        );
        for (name, expected) in [
            ("jackpot", "its rules have no jackpots"),
            ("cascade", "its rules have no cascade"),
            ("free_spins", "its rules have no free spins"),
            ("hold_and_win", "its rules have no hold and win"),
        ] {
            let scenario = Scenario::preset(name, &machine).unwrap();
            let text = scenario.check(&machine).unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
        let mut scenario = Scenario::preset("near_miss", &machine).unwrap();
        scenario.steps[0].what = StepKind::Stops(vec![47, 0, 0, 0, 0]);
        let text = scenario.check(&machine).unwrap_err().to_string();
        assert!(
            text.contains("stops[0]") && text.contains("0..=46"),
            "{text}"
        );
        scenario.steps[0].what = StepKind::Outcome(Outcome::Shows {
            symbol: 99,
            count: 1,
        });
        assert!(matches!(
            scenario.check(&machine),
            Err(Error::Impossible { .. })
        ));
    }
}
