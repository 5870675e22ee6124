//! The workloads of spec/interactive.md §14, all at 48 kHz in blocks of 128 frames.
//!
//! | name | what plays |
//! |---|---|
//! | `W1/n` | n looping voices, 16 mono and 16 stereo assets of about 1 s; pitch ratios 0.75..1.5, gains, pans; nothing moves |
//! | `W2/n` | the same, and every 10 ms each voice gets a new gain, pan and pitch (on the first block after the 10 ms) |
//! | `W3/n` | as W1 with every ratio exactly 1; the voices stay pitchable, nobody is told that they will not move |
//! | `W4` | 2000 one-shots a second, each of 100 ms: 200 voices at a time, 5 or 6 starts a block |
//! | `W5/n>m` | n looping instances of which the m loudest may sound; counted are the m |
//!
//! W5 with 10 000 instances and 256 sounding is the one the specification names; the small one is there because SoLoud, the only
//! peer with virtual voices, can take part in it.

use std::sync::Arc;

use crate::asset::Asset;
use crate::subject::{BLOCK, Mix, RATE, Result, Setup, Slot, Subject};

/// What happens while the voices play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Nothing.
    Still,
    /// All voices are retargeted every 10 ms.
    Retargets,
    /// Slots are started one after the other, 2000 a second.
    OneShots,
}

/// A setup and what to do with it.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) setup: Setup,
    /// The first (or only) mix of each slot.
    pub(crate) mixes: Vec<Mix>,
    /// The mix that W2 alternates with.
    pub(crate) others: Vec<Mix>,
    pub(crate) motion: Motion,
    /// Voices that sound at a time, on average.
    pub(crate) sounding: usize,
}

/// Blocks after which every pattern of starts and retargets repeats: 40 ms.
pub(crate) const BATCH: usize = 15;

const ONE_SHOTS_PER_SECOND: usize = 2000;
const ONE_SHOT_FRAMES: usize = 4800;
/// A slot comes round after 128 ms, when its 100 ms are over in every engine.
const ONE_SHOT_SLOTS: usize = 256;
/// A little above the 200 under way, because an engine may end a voice some blocks late.
const ONE_SHOT_ROOM: usize = 224;

impl Workload {
    /// Every workload of a run. `quick` leaves the largest one out.
    pub(crate) fn all(quick: bool) -> Vec<Self> {
        let mut sizes = vec![64, 256];
        if !quick {
            sizes.push(1024);
        }
        let mut all: Vec<Self> = sizes.into_iter().map(Self::statics).collect();
        all.extend([64, 256].map(Self::retargets));
        all.extend([64, 256].map(Self::unity));
        all.push(Self::one_shots());
        all.push(Self::instances(1000, 128));
        all.push(Self::instances(10_000, 256));
        all
    }

    /// True for its name, and for what stands before the slash.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.name.split('/').next() == Some(name)
    }

    /// W1.
    pub(crate) fn statics(voices: usize) -> Self {
        let mixes = (0..voices).map(|i| spread(i, voices, voices)).collect();
        Self::looping(format!("W1/{voices}"), mixes, Motion::Still, voices)
    }

    /// W2.
    pub(crate) fn retargets(voices: usize) -> Self {
        let mixes = (0..voices).map(|i| spread(i, voices, voices)).collect();
        Self::looping(format!("W2/{voices}"), mixes, Motion::Retargets, voices)
    }

    /// W3.
    fn unity(voices: usize) -> Self {
        let mixes = (0..voices)
            .map(|i| Mix {
                ratio: 1.0,
                ..spread(i, voices, voices)
            })
            .collect();
        Self::looping(format!("W3/{voices}"), mixes, Motion::Still, voices)
    }

    /// W4.
    pub(crate) fn one_shots() -> Self {
        const ASSETS: usize = 16;
        let sounding = ONE_SHOTS_PER_SECOND * ONE_SHOT_FRAMES / RATE as usize;
        let ratio = |asset: usize| ratio_at(asset, ASSETS);
        let assets = (0..ASSETS)
            .map(|a| {
                Arc::new(Asset::noise(
                    1 + a % 2,
                    frames(ONE_SHOT_FRAMES, ratio(a)),
                    900 + a as u64,
                ))
            })
            .collect();
        let slots = (0..ONE_SHOT_SLOTS)
            .map(|slot| Slot {
                asset: slot % ASSETS,
                looping: false,
            })
            .collect();
        let mixes: Vec<Mix> = (0..ONE_SHOT_SLOTS)
            .map(|i| Mix {
                ratio: ratio(i % ASSETS),
                ..spread(i, ONE_SHOT_SLOTS, sounding)
            })
            .collect();
        Self {
            name: "W4".into(),
            setup: Setup {
                assets,
                slots,
                audible: ONE_SHOT_ROOM,
                needs_virtual: false,
                retargets: false,
            },
            others: mixes.clone(),
            mixes,
            motion: Motion::OneShots,
            sounding,
        }
    }

    /// W5. The gains fall over 40 dB, in an order that has nothing to do with the order of the starts.
    fn instances(count: usize, audible: usize) -> Self {
        let mixes = (0..count)
            .map(|i| {
                let rank = (i * 7919) % count;
                let fall = 10f32.powf(-2.0 * unit(rank as f64 / count as f64));
                Mix {
                    gain: full_gain(audible) * fall,
                    ..spread(i, count, audible)
                }
            })
            .collect();
        Self::looping(
            format!("W5/{count}>{audible}"),
            mixes,
            Motion::Still,
            audible,
        )
    }

    fn looping(name: String, mixes: Vec<Mix>, motion: Motion, sounding: usize) -> Self {
        const ASSETS: usize = 32;
        let assets = (0..ASSETS)
            .map(|a| Arc::new(Asset::noise(1 + a % 2, 43_000 + 337 * a, a as u64 + 1)))
            .collect();
        let slots = (0..mixes.len())
            .map(|i| Slot {
                asset: i % ASSETS,
                looping: true,
            })
            .collect();
        let others = mixes.iter().map(|mix| moved(*mix)).collect();
        Self {
            name,
            setup: Setup {
                assets,
                slots,
                audible: sounding,
                needs_virtual: mixes.len() > sounding,
                retargets: motion == Motion::Retargets,
            },
            mixes,
            others,
            motion,
            sounding,
        }
    }

    /// Starts what plays from the beginning.
    pub(crate) fn begin(&self, subject: &mut dyn Subject) -> Result<()> {
        if self.motion == Motion::OneShots {
            return Ok(());
        }
        for (slot, mix) in self.mixes.iter().enumerate() {
            subject.start(slot, *mix)?;
        }
        subject.commit()
    }

    /// Does what is due before block number `block`; returns the number of calls made.
    pub(crate) fn control(&self, subject: &mut dyn Subject, block: usize) -> Result<usize> {
        let calls = match self.motion {
            Motion::Still => 0,
            Motion::Retargets => self.retarget_due(subject, block)?,
            Motion::OneShots => self.start_due(subject, block)?,
        };
        if calls > 0 {
            subject.commit()?;
        }
        Ok(calls)
    }

    fn retarget_due(&self, subject: &mut dyn Subject, block: usize) -> Result<usize> {
        let due = |block: usize| block * BLOCK * 100 / RATE as usize;
        let tick = due(block);
        if block == 0 || tick == due(block - 1) {
            return Ok(0);
        }
        for slot in 0..self.mixes.len() {
            let mixes = if (tick + slot).is_multiple_of(2) {
                &self.mixes
            } else {
                &self.others
            };
            subject.retarget(slot, mixes[slot])?;
        }
        Ok(self.mixes.len())
    }

    fn start_due(&self, subject: &mut dyn Subject, block: usize) -> Result<usize> {
        let due = |block: usize| block * BLOCK * ONE_SHOTS_PER_SECOND / RATE as usize;
        let starts = due(block)..due(block + 1);
        for start in starts.clone() {
            let slot = start % self.mixes.len();
            subject.start(slot, self.mixes[slot])?;
        }
        Ok(starts.len())
    }
}

/// Voice `i` of `n` in a mix loud enough for `sounding` voices and never clipping.
fn spread(i: usize, n: usize, sounding: usize) -> Mix {
    let golden = |k: f64| unit((i as f64 * k).fract());
    Mix {
        gain: full_gain(sounding) * (0.5 + 0.5 * golden(0.618_033_988_75)),
        pan: -0.9 + 1.8 * golden(0.754_877_666_25),
        ratio: ratio_at(i, n),
    }
}

/// A neighbour of `mix`: 1.6 dB, some of the way to the right, a third of a semitone.
fn moved(mix: Mix) -> Mix {
    Mix {
        gain: mix.gain * 1.2,
        pan: mix.pan * 0.5 + 0.3,
        ratio: mix.ratio * 1.02,
    }
}

fn full_gain(sounding: usize) -> f32 {
    0.5 / unit(sounding as f64).sqrt()
}

/// 0.75..=1.5 in equal musical steps.
fn ratio_at(i: usize, n: usize) -> f64 {
    0.75 * (i as f64 / (n.max(2) - 1) as f64).exp2()
}

#[expect(clippy::cast_possible_truncation, reason = "small positive numbers")]
fn unit(value: f64) -> f32 {
    value as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length in frames, positive and small"
)]
fn frames(count: usize, ratio: f64) -> usize {
    (count as f64 * ratio).round() as usize
}
