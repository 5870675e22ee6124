//! Loudness, peaks, dynamic range and faults of a whole sound, in one pass and bounded memory.

mod band;
mod dynamics;
mod levels;

use segue_dsp::loudness::{LoudnessMeter, LoudnessReading};
use segue_dsp::true_peak::TruePeakMeter;

use crate::channels::Layout;
use band::Band;
use dynamics::DynamicRange;
use levels::Levels;

pub use dynamics::Dynamics;
pub use levels::Flag;

/// Sounds shorter than this have no useful integrated loudness.
const ONE_SHOT_SECONDS: u64 = 3;

/// Loudness at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessPoint {
    /// M over the 400 ms before it, LUFS; minus infinity in silence.
    pub momentary: f32,
    /// S over the 3 s before it, LUFS.
    pub short_term: f32,
}

/// What a [`Measurer`] found. Levels of silence are minus infinity; see [`Parts`] for what it was not
/// asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Frames per second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u16,
    /// Length in frames, of what was measured.
    pub frames: u64,
    /// I, LUFS (BS.1770-5): minus infinity also below 400 ms.
    pub integrated: f64,
    /// Largest M, LUFS.
    pub max_momentary: f64,
    /// Largest S, LUFS.
    pub max_short_term: f64,
    /// LRA, LU.
    pub range: f64,
    /// dBTP, from 16 points a frame or more.
    pub true_peak: f64,
    /// dBFS.
    pub sample_peak: f64,
    /// RMS over all samples of all channels, dBFS (a full-scale sine has -3.01).
    pub rms: f64,
    /// Largest M with 400 ms of silence on both sides, for sounds below 3 s.
    pub one_shot: Option<f64>,
    /// DR after TT 1.3; `None` in silence.
    pub dynamic_range: Option<u32>,
    /// The same before it is rounded, and what it is made of.
    pub dynamics: Option<Dynamics>,
    /// Mean of each channel, full scale = 1.
    pub dc: Vec<f64>,
    /// Samples at or beyond full scale.
    pub clips: u64,
    /// Frames below -60 dBFS at the start and at the end.
    pub silence: [u64; 2],
    /// What a person should look at.
    pub flags: Vec<Flag>,
    /// M and S every 100 ms, the first after 100 ms; empty unless asked for.
    pub history: Vec<LoudnessPoint>,
}

impl Measurement {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        // Below 2^53 frames: exact.
        self.frames as f64 / f64::from(self.sample_rate.max(1))
    }

    /// The loudness that a target is compared with, and its name: I from 3 s on, else the largest
    /// M with silence around the sound.
    pub fn loudness(&self) -> (f64, &'static str) {
        match self.one_shot {
            Some(level) => (level, "max_m"),
            None => (self.integrated, "i"),
        }
    }
}

/// What a [`Measurer`] looks at. What it does not look at is NaN, 0 or empty in its [`Measurement`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parts {
    /// M, S, I, LRA, the one-shot's M, the history, and the largest sample.
    pub loudness: bool,
    /// True peak.
    pub true_peak: bool,
    /// The largest sample.
    pub sample_peak: bool,
    /// RMS, DC, clips, silence, flags.
    pub levels: bool,
    /// DR.
    pub dynamics: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Self = Self {
        loudness: true,
        true_peak: true,
        sample_peak: true,
        levels: true,
        dynamics: true,
    };
}

/// Takes a sound in blocks of any size; the result does not depend on them.
pub struct Measurer {
    rate: u32,
    layout: Layout,
    meter: Option<LoudnessMeter>,
    /// Runs until the sound is as long as [`ONE_SHOT_SECONDS`].
    one_shot: Option<LoudnessMeter>,
    /// One a channel, if there is no meter that knows it.
    true_peak: Vec<TruePeakMeter>,
    /// The largest sample, if there is no meter that knows it.
    sample_peak: Option<f32>,
    dynamics: Option<DynamicRange>,
    levels: Option<Levels>,
    band: Option<Band>,
    history: Option<Vec<LoudnessPoint>>,
    frames: u64,
}

/// BS.1770 weights of a layout: 0 for the LFE, 1.41 for the surrounds, 1 for the rest.
pub fn weights(layout: Layout) -> Vec<f32> {
    const LFE: u32 = 1 << 3;
    const BACK: u32 = 0x30;
    const SIDE: u32 = 0x600;
    let mask = layout.mask();
    if mask == 0 {
        return vec![1.0; usize::from(layout.channels())];
    }
    let surround = if mask & SIDE != 0 { SIDE } else { BACK };
    (0..32)
        .map(|bit| 1u32 << bit)
        .filter(|speaker| mask & speaker != 0)
        .map(|speaker| match speaker {
            LFE => 0.0,
            s if s & surround != 0 => 1.41,
            _ => 1.0,
        })
        .collect()
}

impl Measurer {
    /// A meter of everything for `rate` Hz. `history` keeps M and S of every 100 ms (8 bytes each).
    pub fn new(rate: u32, layout: Layout, history: bool) -> Self {
        Self::of(Parts::ALL, rate, layout, history)
    }

    /// The same for some parts only.
    pub fn of(parts: Parts, rate: u32, layout: Layout, history: bool) -> Self {
        let weights = weights(layout);
        let meter = parts.loudness.then(|| {
            let meter = LoudnessMeter::new(f64::from(rate), &weights);
            if parts.true_peak {
                meter
            } else {
                meter.without_true_peak()
            }
        });
        let one_shot = meter.clone().map(|meter| {
            let mut meter = meter.without_true_peak();
            let silence = vec![0.0; 4 * rate as usize / 10];
            meter.process(&vec![silence.as_slice(); weights.len()]);
            meter
        });
        let own_peaks = parts.true_peak && !parts.loudness;
        let count = if own_peaks { weights.len() } else { 0 };
        Self {
            rate,
            layout,
            meter,
            one_shot,
            true_peak: vec![TruePeakMeter::new(f64::from(rate)); count],
            sample_peak: (parts.sample_peak && !parts.loudness).then_some(0.0),
            dynamics: parts
                .dynamics
                .then(|| DynamicRange::new(rate, weights.len())),
            levels: parts.levels.then(|| Levels::new(weights.len())),
            band: parts.levels.then(|| Band::new(rate)).flatten(),
            history: (history && parts.loudness).then(Vec::new),
            frames: 0,
        }
    }

    /// Measures the next frames, one slice of equal length per channel.
    pub fn push(&mut self, planes: &[&[f32]]) {
        let frames = planes.first().map_or(0, |plane| plane.len());
        if let Some(dynamics) = &mut self.dynamics {
            dynamics.push(planes);
        }
        if let Some(levels) = &mut self.levels {
            levels.push(planes);
        }
        if let Some(band) = &mut self.band {
            band.push(planes);
        }
        self.push_peaks(planes);
        if let Some(peak) = &mut self.sample_peak {
            *peak = planes
                .iter()
                .fold(*peak, |peak, plane| peak.max(peak_of(plane)));
        }
        self.push_one_shot(planes, frames);
        if let Some(mut meter) = self.meter.take() {
            match self.history.take() {
                None => meter.process(planes),
                Some(mut history) => {
                    self.push_in_steps(&mut meter, planes, frames, &mut history);
                    self.history = Some(history);
                }
            }
            self.meter = Some(meter);
        }
        self.frames += frames as u64;
    }

    fn push_one_shot(&mut self, planes: &[&[f32]], frames: usize) {
        if self.frames + frames as u64 >= ONE_SHOT_SECONDS * u64::from(self.rate) {
            self.one_shot = None;
        }
        if let Some(meter) = &mut self.one_shot {
            meter.process(planes);
        }
    }

    /// Stops at every 100 ms to look at the meter.
    fn push_in_steps(
        &self,
        meter: &mut LoudnessMeter,
        planes: &[&[f32]],
        frames: usize,
        history: &mut Vec<LoudnessPoint>,
    ) {
        let mut at = 0;
        while at < frames {
            let edge = (history.len() as u64 + 1) * u64::from(self.rate);
            // Edges lie at round(k·rate/10), as those of the meter.
            let edge = (edge * 2 + 10) / 20;
            let left = edge.saturating_sub(self.frames + at as u64);
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(frames - at);
            let part: Vec<&[f32]> = planes.iter().map(|plane| &plane[at..at + n]).collect();
            meter.process(&part);
            at += n;
            if n as u64 == left {
                let reading = meter.reading();
                history.push(LoudnessPoint {
                    momentary: reading.momentary.0,
                    short_term: reading.short_term.0,
                });
            }
        }
    }

    /// Runs the sound through the meter before it counts: what follows is measured as the next
    /// round of a loop, and I is its loudness however short it is.
    pub fn pre_roll(&mut self, planes: &[&[f32]]) {
        self.one_shot = None;
        if let Some(meter) = &mut self.meter {
            meter.pause();
            meter.process(planes);
            meter.resume();
        }
        self.push_peaks(planes);
    }

    /// A further round of a loop: it counts for loudness and true peak only.
    pub fn push_round(&mut self, planes: &[&[f32]]) {
        if let Some(meter) = &mut self.meter {
            meter.process(planes);
        }
        self.push_peaks(planes);
    }

    fn push_peaks(&mut self, planes: &[&[f32]]) {
        for (meter, plane) in self.true_peak.iter_mut().zip(planes) {
            meter.process(plane);
        }
    }

    /// The values of everything that was pushed.
    pub fn finish(mut self) -> Measurement {
        let one_shot = self.one_shot.take().map(|mut meter| {
            let silence = vec![0.0; 4 * self.rate as usize / 10];
            meter.process(&vec![
                silence.as_slice();
                usize::from(self.layout.channels())
            ]);
            f64::from(meter.reading().max_momentary.0)
        });
        let mut levels = self.levels.take().map(|levels| levels.finish(self.frames));
        let is_upsampled = self.band.take().is_some_and(|band| band.is_upsampled());
        if let Some(levels) = levels.as_mut().filter(|_| is_upsampled) {
            levels.flags.push(Flag::Upsampled);
        }
        let dynamics = self.dynamics.take().and_then(DynamicRange::finish);
        let has_true_peak = self
            .meter
            .as_ref()
            .is_some_and(LoudnessMeter::has_true_peak);
        let reading = self.meter.take().map(|mut meter| {
            meter.finish();
            meter.reading()
        });
        let true_peak = match &reading {
            Some(reading) => has_true_peak.then_some(reading.true_peak),
            None => self.own_true_peak(),
        };
        let sample_peak = reading.as_ref().map(|r| r.sample_peak);
        let peak = |peak: Option<f32>| peak.map_or(f64::NAN, |peak| decibels(f64::from(peak)));
        let loudness = |value: fn(&LoudnessReading) -> f32| {
            reading.as_ref().map_or(f64::NAN, |r| f64::from(value(r)))
        };
        let known = levels.as_ref();
        Measurement {
            sample_rate: self.rate,
            channels: self.layout.channels(),
            frames: self.frames,
            integrated: loudness(|r| r.integrated.0),
            max_momentary: loudness(|r| r.max_momentary.0),
            max_short_term: loudness(|r| r.max_short_term.0),
            range: loudness(|r| r.range),
            true_peak: peak(true_peak),
            sample_peak: peak(sample_peak.or(self.sample_peak)),
            rms: known.map_or(f64::NAN, |levels| levels.rms),
            one_shot,
            dynamic_range: dynamics.map(|found| dynamics::rounded(found.range)),
            dynamics,
            clips: known.map_or(0, |levels| levels.clips),
            silence: known.map_or([0; 2], |levels| levels.silence),
            dc: known.map_or(Vec::new(), |levels| levels.dc.clone()),
            flags: levels.map_or(Vec::new(), |levels| levels.flags),
            history: self.history.unwrap_or_default(),
        }
    }

    /// Of the meters that look at nothing else.
    fn own_true_peak(&mut self) -> Option<f32> {
        let ended = self.true_peak.iter_mut().map(|meter| {
            meter.finish();
            meter.peak()
        });
        ended.reduce(f32::max)
    }
}

/// The largest |x|, in lanes of their own.
fn peak_of(x: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = lane.max(x.abs());
        }
    }
    let rest = rest.iter().fold(0.0, |peak: f32, x| peak.max(x.abs()));
    lanes.iter().fold(rest, |peak, lane| peak.max(*lane))
}

/// 20·log10; 0 gives minus infinity.
pub(crate) fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

/// Integrated loudness of several sounds as one programme, from their histories: the gates are
/// those of BS.1770 over the blocks of all of them.
pub fn group_loudness<'a>(histories: impl Iterator<Item = &'a [LoudnessPoint]>) -> f64 {
    // The first block is complete after 400 ms.
    let energies: Vec<f64> = histories
        .flat_map(|history| history.iter().skip(3))
        .map(|point| 10f64.powf((f64::from(point.momentary) + 0.691) / 10.0))
        .collect();
    let gated = |above: f64| {
        let (mut sum, mut count) = (0.0, 0.0);
        for energy in energies.iter().filter(|energy| **energy > above) {
            sum += energy;
            count += 1.0;
        }
        if count == 0.0 { 0.0 } else { sum / count }
    };
    let absolute = 10f64.powf((-70.0 + 0.691) / 10.0);
    let relative = gated(absolute) * 0.1;
    -0.691 + 10.0 * gated(absolute.max(relative)).log10()
}

#[cfg(test)]
mod tests;
