//! One engine in the middle of one workload, checked before anything is timed.

use std::collections::HashMap;

use crate::subject::{BLOCK, Contender, Error, Mix, PanLaw, RATE, Result, Subject};
use crate::workload::{Motion, Workload};

/// A running engine and where it is.
pub(crate) struct Stage<'a> {
    pub(crate) contender: &'a Contender,
    workload: &'a Workload,
    subject: Box<dyn Subject>,
    block: usize,
    out: [f32; 2 * BLOCK],
}

impl<'a> Stage<'a> {
    /// Builds the engine, starts the voices, lets it settle and checks that it plays what it should.
    pub(crate) fn open(contender: &'a Contender, workload: &'a Workload) -> Result<Self> {
        let subject = (contender.create)(&workload.setup)?;
        let mut stage = Self {
            contender,
            workload,
            subject,
            block: 0,
            out: [0.0; 2 * BLOCK],
        };
        workload.begin(stage.subject.as_mut())?;
        for _ in 0..SETTLE {
            stage.step()?;
        }
        stage.check_level()?;
        Ok(stage)
    }

    /// Control calls that are due, then one block.
    pub(crate) fn step(&mut self) -> Result<()> {
        self.control()?;
        self.render()
    }

    /// Control calls that are due before the next block; returns how many.
    pub(crate) fn control(&mut self) -> Result<usize> {
        self.workload.control(self.subject.as_mut(), self.block)
    }

    /// One block.
    pub(crate) fn render(&mut self) -> Result<()> {
        self.block += 1;
        self.subject.render_block(&mut self.out)?;
        std::hint::black_box(&self.out);
        Ok(())
    }

    /// The level of one second must be what gains, pans and assets add up to.
    fn check_level(&mut self) -> Result<()> {
        let mut heard = [0.0; 2];
        for _ in 0..LISTEN {
            self.step()?;
            for frame in self.out.chunks_exact(2) {
                heard[0] += f64::from(frame[0]).powi(2);
                heard[1] += f64::from(frame[1]).powi(2);
            }
        }
        let expected = expected_power(self.workload, self.contender.pan_gains);
        for side in 0..2 {
            let heard = heard[side] / (LISTEN * BLOCK) as f64;
            let off = 10.0 * (heard / expected[side]).log10();
            if off.is_nan() || off.abs() > tolerance(self.workload.motion) {
                let name = ["left", "right"][side];
                return Err(self.wrong(format!("{name} is {off:+.2} dB from what it should be")));
            }
        }
        Ok(())
    }

    fn wrong(&self, what: String) -> Error {
        let workload = self.workload.name.clone();
        Error::WrongSound {
            subject: self.contender.name,
            workload,
            what,
        }
    }
}

/// Blocks before the check: 0.4 s, longer than any smoothing here.
const SETTLE: usize = 150;
/// Blocks of the check: one second.
const LISTEN: usize = RATE as usize / BLOCK;

/// In dB. Noise of finite length is never quite uncorrelated, interpolators droop a little, and under retargets every engine has
/// its own idea of the way from one value to the next.
fn tolerance(motion: Motion) -> f64 {
    if motion == Motion::Still { 1.0 } else { 1.5 }
}

/// Mean square of left and right.
fn expected_power(workload: &Workload, pan_gains: [PanLaw; 2]) -> [f64; 2] {
    let both =
        [&workload.mixes, &workload.others].map(|mixes| power_of(workload, mixes, pan_gains));
    match workload.motion {
        Motion::Still => both[0],
        Motion::Retargets => [0, 1].map(|side| (both[0][side] + both[1][side]) / 2.0),
        Motion::OneShots => {
            let share = workload.sounding as f64 / workload.mixes.len() as f64;
            both[0].map(|power| power * share)
        }
    }
}

/// Voices of the same asset at the same ratio are in step, so their amplitudes add; all others add as power.
fn power_of(workload: &Workload, mixes: &[Mix], pan_gains: [PanLaw; 2]) -> [f64; 2] {
    let mut in_step: HashMap<(usize, u64), [f64; 2]> = HashMap::new();
    for (index, slot) in loudest(workload, mixes) {
        let mix = mixes[slot];
        let asset = workload.setup.slots[slot].asset;
        // One-shots of one asset start at different times.
        let start = if workload.motion == Motion::OneShots {
            index as u64
        } else {
            0
        };
        let law = pan_gains[workload.setup.assets[asset].channels - 1];
        let sum = in_step
            .entry((asset, mix.ratio.to_bits() ^ start))
            .or_default();
        for (sum, gain) in sum.iter_mut().zip(law(mix.pan)) {
            *sum += f64::from(gain * mix.gain);
        }
    }
    let powers: Vec<[f64; 2]> = workload.setup.assets.iter().map(|a| a.power()).collect();
    let mut total = [0.0; 2];
    for ((asset, _), sum) in in_step {
        for side in 0..2 {
            total[side] += sum[side].powi(2) * powers[asset][side];
        }
    }
    total
}

/// The slots that sound, numbered.
fn loudest(workload: &Workload, mixes: &[Mix]) -> Vec<(usize, usize)> {
    let mut slots: Vec<usize> = (0..mixes.len()).collect();
    slots.sort_by(|a, b| mixes[*b].gain.total_cmp(&mixes[*a].gain));
    if workload.setup.needs_virtual {
        slots.truncate(workload.setup.audible);
    }
    slots.into_iter().enumerate().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    #[test]
    fn every_workload_is_as_loud_as_it_should_be() {
        for workload in Workload::all(true)
            .iter()
            .filter(|w| !w.setup.needs_virtual)
        {
            Stage::open(&reference::LINEAR, workload).unwrap();
        }
    }

    #[test]
    fn silence_is_refused() {
        let workload = Workload::statics(64);
        let result = Stage::open(&reference::DEAF, &workload);
        assert!(matches!(result, Err(Error::WrongSound { .. })));
    }
}
