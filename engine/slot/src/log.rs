//! One row per spin, enough to play it again alone.

use crate::force::{Forced, Outcome};
use crate::jackpot::Meters;
use crate::machine::Machine;
use crate::result::SpinResult;
use crate::rng::Rng;
use crate::stages::StageRules;
use crate::{Error, Result};
use segue_middleware::stage::timing::TimingProfile;

/// A spin of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRow {
    /// Number of the spin, from 0.
    pub spin: u64,
    /// Seed of the random stream.
    pub seed: u64,
    /// The stream.
    pub stream: u64,
    /// Numbers drawn before it.
    pub counter_before: u64,
    /// Numbers drawn after it.
    pub counter_after: u64,
    /// Value of a credit in minor units.
    pub coin: i64,
    /// The stops were given by hand or by a search, not drawn.
    pub given: bool,
    /// Where each reel stopped.
    pub stops: Vec<u16>,
    /// Rows in view, one number per reel.
    pub rows: Vec<u8>,
    /// What the jackpots stood at before, in millionths of a minor unit.
    pub meters: Vec<i128>,
    /// Minor units.
    pub bet: i64,
    /// All it won, in minor units.
    pub win: i64,
    /// Names of its stages, where they were asked for.
    pub stages: Vec<String>,
    /// What the audio engine decided, where a project played the spin: `post EVENT`, `refuse EVENT REASON`,
    /// `choose CONTAINER CHILD REASON`.
    pub audio_decisions: Vec<String>,
    /// Hash of the project that sounded, if one did.
    pub project_hash: String,
    /// Version of the engine.
    pub engine_version: String,
}

/// A player that logs what it plays.
#[derive(Clone, Debug)]
pub struct Recorder<'a> {
    machine: &'a Machine,
    rng: Rng,
    meters: Meters,
    coin: i64,
    spin: u64,
}

/// Where a player stands, without its game.
#[derive(Clone, Debug)]
pub struct Standing {
    rng: Rng,
    meters: Meters,
    coin: i64,
    spin: u64,
}

impl Standing {
    /// Number of the next spin, from 0. `[thread-safe]`
    pub fn spin(&self) -> u64 {
        self.spin
    }
}

impl<'a> Recorder<'a> {
    /// Begins at the start of a stream, with jackpots at their seeds.
    ///
    /// # Errors
    /// Those of [`Machine::bet`]. `[thread-safe]`
    pub fn new(machine: &'a Machine, seed: u64, stream: u64, coin: i64) -> Result<Recorder<'a>> {
        Ok(Recorder {
            machine,
            rng: Rng::new(seed, stream),
            meters: Meters::new(machine, coin)?,
            coin,
            spin: 0,
        })
    }

    /// Goes on where another player of the same game stands. `[thread-safe]`
    pub fn resume(machine: &'a Machine, standing: Standing) -> Recorder<'a> {
        let Standing {
            rng,
            meters,
            coin,
            spin,
        } = standing;
        Recorder {
            machine,
            rng,
            meters,
            coin,
            spin,
        }
    }

    /// Where it stands. `[thread-safe]`
    pub fn standing(self) -> Standing {
        Standing {
            rng: self.rng,
            meters: self.meters,
            coin: self.coin,
            spin: self.spin,
        }
    }

    /// The next spin. `[thread-safe]`
    ///
    /// # Errors
    /// None: the bet was checked when the recorder was made.
    pub fn spin(&mut self) -> Result<(LogRow, SpinResult)> {
        let row = self.row();
        let mut ahead = self.rng.clone();
        let stops = self.machine.draw(0, &mut ahead);
        let result = self
            .machine
            .spin(&mut self.rng, &mut self.meters, self.coin)?;
        let row = LogRow {
            rows: stops.rows().to_vec(),
            ..row
        };
        Ok((self.close(row, &result), result))
    }

    /// A spin at given stops.
    ///
    /// # Errors
    /// Those of [`Machine::stops`]. `[thread-safe]`
    pub fn spin_at(&mut self, at: &[u16], rows: Option<&[u8]>) -> Result<(LogRow, SpinResult)> {
        let stops = self.machine.stops(at, rows)?;
        let row = LogRow {
            given: true,
            rows: stops.rows().to_vec(),
            ..self.row()
        };
        let (rng, meters) = (&mut self.rng, &mut self.meters);
        let result = self.machine.play(stops, rng, meters, self.coin)?;
        Ok((self.close(row, &result), result))
    }

    /// A spin that gives an outcome.
    ///
    /// # Errors
    /// Those of [`Machine::force`]. `[thread-safe]`
    pub fn force(&mut self, outcome: Outcome) -> Result<(LogRow, SpinResult)> {
        self.force_while(&|| true, outcome)
    }

    /// The same, as long as `goes_on` says so; where it ends, the recorder is where it was.
    ///
    /// # Errors
    /// Those of [`Machine::force_while`]. `[thread-safe]`
    pub fn force_while(
        &mut self,
        goes_on: &dyn Fn() -> bool,
        outcome: Outcome,
    ) -> Result<(LogRow, SpinResult)> {
        let row = self.row();
        let mut rng = Rng::at(self.rng.seed(), self.rng.stream(), self.rng.counter());
        let (machine, meters) = (self.machine, &mut self.meters);
        let forced: Forced = machine.force_while(goes_on, outcome, &mut rng, meters, self.coin)?;
        self.rng = rng;
        let row = LogRow {
            counter_before: forced.counter,
            given: forced.given,
            rows: forced.stops.rows().to_vec(),
            ..row
        };
        Ok((self.close(row, &forced.result), forced.result))
    }

    fn row(&self) -> LogRow {
        LogRow {
            spin: self.spin,
            seed: self.rng.seed(),
            stream: self.rng.stream(),
            counter_before: self.rng.counter(),
            coin: self.coin,
            meters: self.meters.parts().to_vec(),
            ..LogRow::default()
        }
    }

    fn close(&mut self, row: LogRow, result: &SpinResult) -> LogRow {
        self.spin += 1;
        LogRow {
            counter_after: self.rng.counter(),
            stops: result.stops.clone(),
            bet: result.bet,
            win: result.total_win,
            ..row
        }
    }
}

impl Machine {
    /// Plays a row of a log again.
    ///
    /// # Errors
    /// [`Error::Differs`] with the first of stops, rows, bet, win, numbers drawn and stages that is not
    /// what the row says, which means that the game or the row has changed; [`Error::Invalid`] if the
    /// row cannot be. `[thread-safe]`
    pub fn replay(&self, row: &LogRow) -> Result<SpinResult> {
        let mut rng = Rng::at(row.seed, row.stream, row.counter_before);
        let mut meters = Meters::from_parts(self, row.coin, &row.meters)?;
        let result = if row.given {
            let stops = self.stops(&row.stops, Some(&row.rows))?;
            self.play(stops, &mut rng, &mut meters, row.coin)?
        } else {
            self.spin(&mut rng, &mut meters, row.coin)?
        };
        let differs = |what, logged: String, now: String| Error::Differs {
            spin: row.spin,
            what,
            logged,
            now,
        };
        let heights: Vec<u8> = result.window.iter().map(|reel| reel.len() as u8).collect();
        let stages = self.stages_again(row, &result);
        // What the jackpots stood at is taken from the row: the rows before it decided that.
        for (what, logged, now) in [
            (
                "the stops are",
                format!("{:?}", row.stops),
                format!("{:?}", result.stops),
            ),
            (
                "the rows in view are",
                format!("{:?}", row.rows),
                format!("{heights:?}"),
            ),
            ("the bet is", row.bet.to_string(), result.bet.to_string()),
            (
                "the win is",
                row.win.to_string(),
                result.total_win.to_string(),
            ),
            (
                "the numbers drawn are",
                row.counter_after.to_string(),
                rng.counter().to_string(),
            ),
        ] {
            if logged != now {
                return Err(differs(what, logged, now));
            }
        }
        if let Some(now) = stages {
            let at = (0_usize..)
                .zip(&row.stages)
                .find(|(at, stage)| now.get(*at) != Some(*stage))
                .map_or(row.stages.len(), |(at, _)| at);
            let one = |stages: &[String]| match stages.get(at) {
                Some(stage) => format!("{stage:?} at place {}", at + 1),
                None => format!("{} in all", stages.len()),
            };
            if row.stages != now {
                return Err(differs("the stages are", one(&row.stages), one(&now)));
            }
        }
        Ok(result)
    }

    /// The names of the stages that a row names. A project makes stages of its own times and tiers, which
    /// the row does not hold: there is nothing to compare with.
    fn stages_again(&self, row: &LogRow, result: &SpinResult) -> Option<Vec<String>> {
        if row.stages.is_empty() || !row.project_hash.is_empty() {
            return None;
        }
        let rules = StageRules::new(TimingProfile::normal(), self.game());
        let events = rules.spin(result).events.into_iter();
        Some(events.map(|it| it.stage.id().name().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::{Volatility, demo};

    #[test]
    fn any_row_replays_alone_and_identically() {
        let machine = Machine::new(demo(Volatility::Studio)).unwrap();
        let mut recorder = Recorder::new(&machine, 11, 2, 5).unwrap();
        let mut rows: Vec<_> = (0..400).map(|_| recorder.spin().unwrap()).collect();
        rows.push(recorder.spin_at(&[3, 1, 4, 1, 5], None).unwrap());
        rows.push(recorder.force(Outcome::Big).unwrap());
        rows.push(
            recorder
                .force(Outcome::Feature(crate::game::FeatureKind::FreeSpins))
                .unwrap(),
        );
        rows.push(recorder.spin().unwrap());
        assert!(rows.iter().any(|(_, result)| !result.features.is_empty()));
        assert!(rows.iter().any(|(_, result)| !result.jackpots.is_empty()));
        for (row, result) in rows.iter().rev() {
            assert_eq!(machine.replay(row).unwrap(), *result, "spin {}", row.spin);
        }
    }

    #[test]
    fn a_row_that_was_changed_is_refused() {
        let machine = Machine::new(demo(Volatility::Low)).unwrap();
        let (row, _) = Recorder::new(&machine, 1, 0, 1).unwrap().spin().unwrap();
        let wrong = LogRow {
            win: row.win + 1,
            ..row.clone()
        };
        let text = machine.replay(&wrong).unwrap_err().to_string();
        assert!(text.contains("the win"), "{text}");
        let spin = machine.replay(&row).unwrap();
        let rules = StageRules::new(TimingProfile::normal(), machine.game());
        let stages = rules.spin(&spin).events.into_iter();
        let stages: Vec<String> = stages.map(|it| it.stage.id().name().to_owned()).collect();
        let told = LogRow {
            stages: stages.clone(),
            ..row.clone()
        };
        assert_eq!(machine.replay(&told).unwrap(), spin);
        let change = |change: fn(&mut LogRow)| {
            let mut row = told.clone();
            change(&mut row);
            machine.replay(&row).unwrap_err().to_string()
        };
        for (text, expected) in [
            (change(|row| row.bet += 1), "the bet is"),
            (change(|row| row.rows[1] -= 1), "the rows in view are [3, 2"),
            (
                change(|row| row.stages[0].push('x')),
                "the stages are \"ui_spin_pressx\" at place 1",
            ),
            (
                change(|row| {
                    row.stages.pop();
                }),
                "in all in the log",
            ),
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        // A project's stages are its own.
        let heard = LogRow {
            stages: vec!["spin_end".to_owned()],
            project_hash: "ab".to_owned(),
            ..row.clone()
        };
        assert_eq!(machine.replay(&heard).unwrap(), spin);
        let mut moved = row.clone();
        moved.stops[2] ^= 1;
        let refused = machine.replay(&moved);
        assert!(matches!(
            refused,
            Err(Error::Differs {
                what: "the stops are",
                ..
            })
        ));
    }
}
