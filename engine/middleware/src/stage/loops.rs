//! Which stages still go on, and what ends them.
//!
//! | loop | ends at |
//! |---|---|
//! | `reel_spin_loop` | the `reel_stop` of the last reel that turned; without known reels `evaluate_wins` |
//! | `reel_spinning_start` | `reel_spinning_stop` of its reel |
//! | `anticipation_on`, `anticipation_tension_layer` | `anticipation_off` of its reel |
//! | `rollup_tick` | `rollup_end` |
//! | `jackpot_celebration` | `jackpot_end` |
//! | `idle_loop` | `ui_spin_press` |
//!
//! `spin_end` ends whatever of a spin is left.

use super::table::{Stage, StageId};

/// A loop: its stage, and the reel where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loop {
    /// The stage that began it.
    pub stage: StageId,
    /// Its reel.
    pub reel: Option<u8>,
}

/// What a stage did to the loops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The loop that it began.
    pub begun: Option<Loop>,
    /// It is a loop that goes on already.
    pub goes_on: bool,
    /// Loops that it ended.
    pub ended: Vec<Loop>,
    /// Loops that only the end of the spin ended: their own end never came.
    pub cut: Vec<Loop>,
}

/// Follows the loops of one game.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    open: Vec<(Loop, usize)>,
    /// Reels that turn, a bit each.
    turning: u16,
    seen: usize,
}

impl Loops {
    /// No loops.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loops that go on, each with the place of the event that began it.
    pub fn open(&self) -> &[(Loop, usize)] {
        &self.open
    }

    /// Takes the next stage.
    pub fn take(&mut self, stage: &Stage) -> Change {
        let index = self.seen;
        self.seen += 1;
        let mut change = Change::default();
        self.close(stage, &mut change);
        if stage.id().loops() {
            let it = Loop {
                stage: stage.id(),
                reel: stage.reel(),
            };
            change.goes_on = self.open.iter().any(|(open, _)| *open == it);
            if !change.goes_on {
                self.open.push((it, index));
                change.begun = Some(it);
            }
        }
        change
    }

    /// Ends all loops, as when the game is gone.
    pub fn end_all(&mut self) -> Vec<Loop> {
        self.turning = 0;
        self.open.drain(..).map(|(it, _)| it).collect()
    }

    fn close(&mut self, stage: &Stage, change: &mut Change) {
        let ended = &mut change.ended;
        match stage {
            Stage::UiSpinPress {} => {
                self.turning = 0;
                self.end(ended, |it| it.stage == IDLE_LOOP);
            }
            Stage::ReelSpinningStart { reel } => self.turning |= bit(*reel),
            Stage::ReelSpinningStop { reel } => {
                self.end(ended, |it| {
                    it.stage == REEL_SPINNING && it.reel == Some(*reel)
                });
            }
            Stage::ReelStop { reel, .. } => {
                let were = self.turning;
                self.turning &= !bit(*reel);
                if were != 0 && self.turning == 0 {
                    self.end(ended, |it| it.stage == REEL_SPIN_LOOP);
                }
            }
            Stage::EvaluateWins {} if self.turning == 0 => {
                self.end(ended, |it| it.stage == REEL_SPIN_LOOP);
            }
            Stage::AnticipationOff { reel } => self.end(ended, |it| {
                matches!(it.stage, ANTICIPATION | TENSION) && it.reel == Some(*reel)
            }),
            Stage::RollupEnd { .. } => self.end(ended, |it| it.stage == ROLLUP),
            Stage::JackpotEnd {} => self.end(ended, |it| it.stage == CELEBRATION),
            Stage::SpinEnd {} => {
                self.turning = 0;
                self.end(&mut change.cut, |it| it.stage != IDLE_LOOP);
            }
            _ => {}
        }
    }

    fn end(&mut self, ended: &mut Vec<Loop>, is_it: impl Fn(&Loop) -> bool) {
        self.open.retain(|(it, _)| {
            let over = is_it(it);
            ended.extend(over.then_some(*it));
            !over
        });
    }
}

fn bit(reel: u8) -> u16 {
    1_u16.checked_shl(u32::from(reel)).unwrap_or(0)
}

const REEL_SPIN_LOOP: StageId = StageId(0x0102);
const REEL_SPINNING: StageId = StageId(0x0104);
const ANTICIPATION: StageId = StageId(0x0201);
const TENSION: StageId = StageId(0x0203);
const ROLLUP: StageId = StageId(0x0304);
const CELEBRATION: StageId = StageId(0x0805);
const IDLE_LOOP: StageId = StageId(0x0902);
