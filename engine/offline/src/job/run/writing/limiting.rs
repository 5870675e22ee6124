//! The limiter behind the gain.

use segue_dsp::denormals::FlushGuard;
use segue_dsp::insert::Insert;
use segue_dsp::limiter::Limiter;
use segue_dsp::processor::Setup;

use super::super::super::gain::{self, Decision};
use super::super::super::planes::{self, BLOCK_FRAMES, Planes};
use super::super::super::report::{Detail, Rule};
use super::super::super::settings::Normalise;
use super::super::super::{Job, Stage};
use super::super::Ticker;
use super::super::measuring::{Measured, pass};
use super::OutputStage;
use crate::error::Result;

/// Frames between two looks at the gain reduction; the limiter reports on its last 64.
const LOOK: usize = 64;
/// Rounds of correction, and how close they bring the level to the target, LU.
const ROUNDS: u32 = 3;
const CLOSE_ENOUGH: f64 = 0.02;

/// A limiter whose latency is removed.
pub(super) struct LimiterStage {
    insert: Insert,
    at: u64,
    skip: usize,
    lowest_db: f64,
}

impl LimiterStage {
    pub(super) fn new(ceiling: f64, rate: u32, channels: usize) -> Result<Self> {
        let setup = Setup::new(f64::from(rate), channels)?;
        #[allow(clippy::cast_possible_truncation, reason = "a parameter is an f32")]
        let limiter = Limiter::new(setup, &[(Limiter::CEILING, ceiling as f32)])?;
        let insert = Insert::new(Box::new(limiter), setup, BLOCK_FRAMES);
        let skip = insert.latency() as usize;
        Ok(Self {
            insert,
            at: 0,
            skip,
            lowest_db: 0.0,
        })
    }

    pub(super) fn process(&mut self, block: &mut Planes) {
        let _flush = FlushGuard::new();
        let frames = planes::frames(block);
        for start in (0..frames).step_by(LOOK) {
            let end = frames.min(start + LOOK);
            let mut io: Vec<&mut [f32]> = block
                .iter_mut()
                .map(|plane| &mut plane[start..end])
                .collect();
            self.insert.process(self.at, &mut io, None);
            self.at += (end - start) as u64;
            self.lowest_db = self.lowest_db.min(f64::from(self.insert.reading()));
        }
        let drop = self.skip.min(frames);
        self.skip -= drop;
        block.iter_mut().for_each(|plane| {
            plane.drain(..drop);
        });
    }

    /// Replaces `block` by what is still inside.
    pub(super) fn flush(&mut self, block: &mut Planes) {
        let latency = self.insert.latency() as usize;
        block
            .iter_mut()
            .for_each(|plane| *plane = vec![0.0; latency]);
        self.process(block);
    }

    /// Largest gain reduction so far, 0 or more.
    pub(super) fn reduction_db(&self) -> f64 {
        -self.lowest_db
    }
}

/// Makes up for what the limiter takes from the level, as far as it may work.
pub(super) fn tune(
    job: &Job,
    measured: &Measured,
    decision: Decision,
    normalise: &Normalise,
    ceiling: f64,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Decision> {
    let prepared = &measured.prepared;
    let peak = measured.measurement().map_or(0.0, |m| m.true_peak);
    let most = ceiling - peak + normalise.max_limiting;
    let mut decision = decision;
    for _ in 0..ROUNDS {
        if decision.gain_db >= most {
            break;
        }
        super::super::start(ticker, Stage::Measure, prepared.plan.frames);
        let parts = super::super::parts(&job.settings, Detail::Needed);
        let mut stage = OutputStage::new(prepared, &decision, parts)?;
        let mut frames = 0;
        pass(job, prepared, &measured.kept, |block| {
            frames += planes::frames(block) as u64;
            stage.process(block);
            ticker.at(frames)
        })?;
        let mut rest: Planes = vec![Vec::new(); usize::from(prepared.layout.channels())];
        stage.finish(&mut rest);
        let Some(result) = stage.into_result().0 else {
            break;
        };
        let missing = normalise.target - gain::level(normalise.mode, &result).0;
        if !missing.is_finite() || missing.abs() < CLOSE_ENOUGH {
            break;
        }
        let wanted = decision.gain_db + missing;
        decision.gain_db = wanted.min(most);
        decision.rule = if wanted > most {
            Rule::Limiting
        } else {
            decision.rule
        };
    }
    Ok(decision)
}
