//! Hosts that tell the beat in whole ticks: the exact beat behind what they say.
//!
//! Ardour, for one, rounds a block's beat to 1/1920, some frames away from where the block is. Where
//! clips start would then depend on how it happens to cut blocks. The frame that it says is exact,
//! and at a steady tempo so is the beat that follows from it.

use vst3::Steinberg::Vst::ProcessContext;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::*;

/// Ticks a beat; coarser grids in use divide it.
const TICKS: f64 = 1_920.0;
/// What a double may be off, in ticks.
const NOTHING: f64 = 1e-6;

/// Where beat and frame were last known to meet, and the tempo since.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    frame: f64,
    beat: f64,
    tempo: f64,
}

impl Ticks {
    /// `[audio-thread]` The host's context with the exact beat. A beat that is no whole tick, one
    /// that does not follow from the frame, and that of a host that stands still stay as told.
    pub(crate) fn exact(&mut self, context: &ProcessContext, rate: f64) -> ProcessContext {
        let mut exact = *context;
        let needed = (kPlaying | kTempoValid | kProjectTimeMusicValid) as u32;
        let told = context.projectTimeMusic;
        let ticks = told * TICKS;
        if context.state & needed != needed || (ticks - ticks.round()).abs() > NOTHING {
            *self = Self::default();
            return exact;
        }
        let here = Self {
            frame: context.projectTimeSamples as f64,
            beat: told,
            tempo: context.tempo,
        };
        let origin = Self {
            tempo: context.tempo,
            ..Self::default()
        };
        let known = [*self, origin];
        let mut known = known.iter().filter(|known| known.tempo == here.tempo);
        match known.find(|known| known.explains(&here, rate)) {
            Some(known) => {
                *self = *known;
                exact.projectTimeMusic = known.beat_at(here.frame, rate);
            }
            None => *self = here,
        }
        exact
    }

    fn beat_at(&self, frame: f64, rate: f64) -> f64 {
        self.beat + (frame - self.frame) / rate * self.tempo / 60.0
    }

    /// Whether the beat that follows from the frame is less than a tick away from the one told.
    fn explains(&self, here: &Self, rate: f64) -> bool {
        (self.beat_at(here.frame, rate) - here.beat).abs() * TICKS < 1.0 + NOTHING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;
    const TEMPO: f64 = 117.0;

    fn context(frame: i64, beat: f64) -> ProcessContext {
        // SAFETY: plain numbers, for which zero is valid.
        let mut context: ProcessContext = unsafe { std::mem::zeroed() };
        context.state = (kPlaying | kTempoValid | kProjectTimeMusicValid) as u32;
        context.tempo = TEMPO;
        context.projectTimeSamples = frame;
        context.projectTimeMusic = beat;
        context
    }

    fn beat(frame: i64) -> f64 {
        frame as f64 / RATE * TEMPO / 60.0
    }

    /// The largest difference between the exact beats and those of blocks that start at `first`,
    /// when the host rounds them.
    fn worst(first: i64, offset: f64, round: fn(f64) -> f64) -> f64 {
        let mut ticks = Ticks::default();
        let starts = (0..200).scan(first, |frame, number| {
            *frame += [64, 1_000, 333][number % 3];
            Some(*frame)
        });
        starts.fold(0.0, |worst: f64, frame| {
            let told = round((beat(frame) + offset) * TICKS) / TICKS;
            let exact = ticks.exact(&context(frame, told), RATE);
            worst.max((exact.projectTimeMusic - beat(frame) - offset).abs())
        })
    }

    #[test]
    fn whole_ticks_become_exact_beats() {
        for round in [f64::round, f64::floor, f64::ceil] {
            assert!(worst(0, 0.0, round) < 1e-9);
            assert!(worst(7_777_777, 0.0, round) < 1e-9);
        }
        // Another tempo came before: exact but for what the first block was rounded by.
        assert!(worst(7_777_777, 3.123, f64::round) <= 0.5 / TICKS + 1e-9);
    }

    #[test]
    fn exact_beats_jumps_and_stops_stay_as_told() {
        let mut ticks = Ticks::default();
        for (frame, beat) in [(100, 0.000_3), (24_000, 55.25), (24_100, 8.0), (0, 0.0)] {
            let exact = ticks.exact(&context(frame, beat), RATE);
            assert_eq!(exact.projectTimeMusic, beat);
        }
        let mut stopped = context(10, 1.0 / TICKS);
        stopped.state = kProjectTimeMusicValid as u32;
        let exact = ticks.exact(&stopped, RATE);
        assert_eq!(exact.projectTimeMusic, stopped.projectTimeMusic);
    }
}
