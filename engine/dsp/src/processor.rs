//! What every insert is: a [`Processor`], and the table of parameters it comes with.

mod params;
mod presets;
mod table;

use std::any::Any;

pub use params::{ParamInfo, Scale, Setup, resolve};
pub use presets::{Preset, presets};
pub use table::{PROCESSORS, ProcessorInfo, ProcessorKind, build, info, kind_from_id};

/// Something large that a processor works with, such as an impulse response: made and dropped on
/// the control thread.
pub type Resource = Box<dyn Any + Send>;

/// What is shown of a processor, as [`Insert::reading`](crate::insert::Insert::reading).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The gain that it applies, dB: at most 0 for dynamics.
    GainChange,
    /// Level of the output over that of the input, dB, -60 to 60: over 100 ms, all channels together.
    LevelChange,
    /// Correlation of the first two channels that come out, -1 to 1: over 100 ms.
    Correlation,
}

/// How long a processor sounds after its input fell silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Frames until the output is below -120 dBFS.
    Frames(u64),
    /// Never falls silent by itself.
    Infinite,
}

/// Where the song is, for processors in time with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// The absolute frame it holds for.
    pub at: u64,
    /// Quarter notes a minute, above 0.
    pub bpm: f64,
    /// Position in quarter-note beats from the start of the song.
    pub beats: f64,
    /// Whether the position moves.
    pub playing: bool,
}

impl Clock {
    /// What a processor goes by that was never told: 120 beats a minute, standing at the start.
    pub const STOPPED: Self = Self {
        at: 0,
        bpm: 120.0,
        beats: 0.0,
        playing: false,
    };

    /// Position at frame `at` when the tempo stays, in quarter-note beats.
    #[must_use]
    pub fn beats_at(&self, at: u64, sample_rate: f64) -> f64 {
        if !self.playing {
            return self.beats;
        }
        let frames = at.wrapping_sub(self.at).cast_signed() as f64;
        self.beats + frames * self.bpm / (60.0 * sample_rate)
    }
}

/// One signal processor on a bus.
///
/// Life cycle:
/// 1. built on the control thread, sized for its rate and channel count (may allocate);
/// 2. `set_param`, `process` and `reading` are called on the audio thread in any order;
/// 3. `reset` brings it back to its state after construction, parameters kept;
/// 4. dropped on the control thread.
pub trait Processor: Send {
    /// Frames by which the output lags the input. Constant for the life of the processor.
    /// `[thread-safe]`
    fn latency(&self) -> u32;

    /// How long it sounds after its input fell silent, for the current parameters.
    /// `[audio-thread]`
    fn tail(&self) -> Tail;

    /// Clears all signal memory and jumps every smoothed parameter to its target. The same input
    /// then gives the same bits as after construction. `[audio-thread]`
    fn reset(&mut self);

    /// Sets the target of parameter `param` (its row in the processor's table) in its unit.
    /// The caller has checked the range; the change is smoothed from here on. `[audio-thread]`
    fn set_param(&mut self, param: u16, value: f32);

    /// Says where the song is at frame `clock.at`; it goes on from there at its tempo until the
    /// next call. Processors in time with it look at the cell boundaries of the absolute clock,
    /// so it is told there. `[audio-thread]`
    fn set_clock(&mut self, _clock: Clock) {}

    /// Processes `io` in place: planar channels of equal length, 1 to 8, as many as built for.
    /// `at` is the absolute frame of the first one. `key` is the side-chain signal, of the same
    /// length, stereo, or `None` to listen to `io` itself. `[audio-thread]`
    fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>);

    /// What the editor shows beside it. `[thread-safe]`
    fn shows(&self) -> Shows {
        Shows::LevelChange
    }

    /// Gain change in dB of a processor that [`shows`](Self::shows) it; of others the slot around it
    /// measures what is shown. `[audio-thread]`
    fn reading(&self) -> f32 {
        0.0
    }

    /// Takes over a resource, at once before the first frame and with a fade afterwards. What comes
    /// back is to be dropped elsewhere: a resource it has no use for, or one that was still
    /// waiting for its turn. `[audio-thread]`
    fn exchange(&mut self, resource: Resource) -> Option<Resource> {
        Some(resource)
    }

    /// A resource that it has let go of, to be dropped elsewhere. `[audio-thread]`
    fn take_spent(&mut self) -> Option<Resource> {
        None
    }
}

#[cfg(test)]
mod suite;
