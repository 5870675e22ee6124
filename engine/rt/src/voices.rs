//! Voices: playing sound instances, their limits, stealing and virtual voices.
//!
//! What a voice does is a function of the absolute frame alone. A voice's course is cut into
//! segments: at its own commands, where a ramp ends, and (while anything moves) at every multiple
//! of 32 frames. Inside a segment gains are straight lines and the pitch is a straight line, so
//! the output does not depend on how time is split into blocks.

mod filter;
pub mod lanes;
mod loops;
mod manage;
mod real;
mod render;
mod table;
#[cfg(test)]
mod tests;
mod virtuals;
mod window;

pub use loops::LoopSpec;
pub use manage::{VoiceCounts, Voices};

use segue_dsp::voice::Quality;

use crate::command::Reason;
use crate::ids::{BusId, SoundId, VoiceId};

/// Ids of the voices that a [`Program`](crate::game::Program) starts have these bits.
pub const GAME_VOICES: u64 = 0b11 << 62;
/// Slots beyond the limit of real voices, for voices that fade out after they were stolen.
pub const TAIL_SLOTS: usize = 16;
/// Default time of a gain or pan change, in seconds.
pub const RAMP_SECONDS: f64 = 0.010;
/// Time in which a voice comes back after a seek or from being virtual, in seconds.
pub const RETURN_SECONDS: f64 = 0.005;
/// Largest frame a voice may start at or jump to.
pub const MAX_PLACE: u64 = 1 << 48;
/// Smallest and largest pitch ratio of a voice.
pub const PITCH_RANGE: (f64, f64) = (0.125, 8.0);

/// Who started a voice, so that it can stop all of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// A call of the control side.
    #[default]
    Call,
    /// A clip on the timeline: its number.
    Clip(u32),
    /// A note.
    Note {
        /// MIDI channel, 0..=15.
        channel: u8,
        /// Key, 0..=127.
        key: u8,
        /// The host's number of the note, or -1.
        note_id: i32,
    },
    /// The program that carries out game calls.
    Game,
}

/// Most containers with a limit around one that has a limit.
pub const OUTER: usize = 7;

/// Voices that share a limit: those of an event, below a container, or on a game object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceGroup {
    /// Which one; 0 is none.
    pub key: u32,
    /// Most real voices of it; 0 is no limit.
    pub limit: u16,
}

/// Everything a voice starts with. Values were range-checked before they were queued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceParams {
    /// What it plays.
    pub sound: SoundId,
    /// Where it is mixed into.
    pub bus: BusId,
    /// Linear gain, 0..=16.
    pub gain: f32,
    /// -1 left to 1 right: -3 dB law for mono sounds, balance for stereo ones.
    pub pan: f32,
    /// Width of a stereo sound, 0..=2: 0 is mono, 1 is as it is, 2 doubles the difference.
    pub width: f32,
    /// Playback rate, [`PITCH_RANGE`].
    pub pitch: f64,
    /// Low-pass cut-off in hertz; 0 is off.
    pub lpf_hz: f32,
    /// High-pass cut-off in hertz; 0 is off.
    pub hpf_hz: f32,
    /// How it is interpolated.
    pub quality: Quality,
    /// 0 (first to go) to 100.
    pub priority: u8,
    /// Who started it.
    pub owner: Owner,
    /// Frames of fade-in.
    pub fade_in: u32,
    /// Frames of fade-out when `end` or `length` ends it or its note is let go.
    pub fade_out: u32,
    /// Frame of the sound it starts at.
    pub start: u64,
    /// Frame of the sound at which it ends, whatever its pitch does: `fade_out` leads there. The
    /// sound's own end, if that comes first; `u64::MAX` leaves it whole.
    pub end: u64,
    /// Output frames until it ends, the fade-out included; `u64::MAX` plays to the sound's end.
    pub length: u64,
    /// What it repeats.
    pub looping: LoopSpec,
    /// Its event, container and game object, in this order.
    pub groups: [VoiceGroup; 3],
    /// Other containers around that container: it counts against the limit of each.
    pub outer: [VoiceGroup; OUTER],
}

impl VoiceParams {
    /// The whole of `sound` on `bus`, unchanged.
    pub fn new(sound: SoundId, bus: BusId) -> Self {
        Self {
            sound,
            bus,
            gain: 1.0,
            pan: 0.0,
            width: 1.0,
            pitch: 1.0,
            lpf_hz: 0.0,
            hpf_hz: 0.0,
            quality: Quality::default(),
            priority: 50,
            owner: Owner::Call,
            fade_in: 0,
            fade_out: 0,
            start: 0,
            end: u64::MAX,
            length: u64::MAX,
            looping: LoopSpec::default(),
            groups: [VoiceGroup::default(); 3],
            outer: [VoiceGroup::default(); OUTER],
        }
    }

    /// Its event, its containers and its object, as far as they limit it, with the reasons why.
    pub(crate) fn limits(&self) -> impl Iterator<Item = (Reason, VoiceGroup)> {
        let [event, inner, object] = self.groups;
        let event = std::iter::once((Reason::LimitEvent, event));
        let containers = std::iter::once(inner).chain(self.outer);
        let containers = containers.map(|group| (Reason::LimitContainer, group));
        let all = event
            .chain(containers)
            .chain([(Reason::LimitObject, object)]);
        all.filter(|(_, group)| group.key != 0 && group.limit > 0)
    }

    /// Whether it is of such an event, below such a container, or of such an object.
    pub(crate) fn is_in(&self, (reason, group): (Reason, VoiceGroup)) -> bool {
        let [event, inner, object] = self.groups;
        match reason {
            Reason::LimitEvent => event.key == group.key,
            Reason::LimitObject => object.key == group.key,
            _ => inner.key == group.key || self.outer.iter().any(|it| it.key == group.key),
        }
    }

    /// From now on no limit of those counts it.
    pub(crate) fn ungroup(&mut self) {
        self.groups = Default::default();
        self.outer = Default::default();
    }

    /// Length of what it plays of a sound of `frames` frames, loops unrolled; `u64::MAX` when it
    /// never ends. `[thread-safe]`
    pub fn unrolled(&self, frames: u64) -> u64 {
        self.looping.unrolled(frames.min(self.end))
    }
}

/// A wish concerning voices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VoiceCommand {
    /// Starts a voice under an id that was never used before.
    Start {
        /// Its id, not 0.
        voice: VoiceId,
        /// What and how.
        params: VoiceParams,
    },
    /// Fades a voice out over `fade` frames and ends it.
    Stop {
        /// Which voice.
        voice: VoiceId,
        /// Frames until silence.
        fade: u32,
    },
    /// Fades out and keeps the position.
    Pause {
        /// Which voice.
        voice: VoiceId,
        /// Frames until silence.
        fade: u32,
    },
    /// Goes on where it was paused.
    Resume {
        /// Which voice.
        voice: VoiceId,
        /// Frames until full level.
        fade: u32,
    },
    /// Moves the gain.
    Gain {
        /// Which voice.
        voice: VoiceId,
        /// Linear gain, 0..=16.
        gain: f32,
        /// Frames until it is reached.
        ramp: u32,
    },
    /// Moves the pan, -1..=1.
    Pan {
        /// Which voice.
        voice: VoiceId,
        /// -1 left to 1 right.
        pan: f32,
        /// Frames until it is reached.
        ramp: u32,
    },
    /// Moves the width, 0..=2.
    Width {
        /// Which voice.
        voice: VoiceId,
        /// 0 mono, 1 as it is, 2 twice as wide.
        width: f32,
        /// Frames until it is reached.
        ramp: u32,
    },
    /// Moves the pitch.
    Pitch {
        /// Which voice.
        voice: VoiceId,
        /// Playback rate, [`PITCH_RANGE`].
        ratio: f64,
        /// Frames until it is reached.
        ramp: u32,
    },
    /// Moves the filters.
    Filter {
        /// Which voice.
        voice: VoiceId,
        /// Low-pass cut-off in hertz; 0 opens it.
        lpf_hz: f32,
        /// High-pass cut-off in hertz; 0 opens it.
        hpf_hz: f32,
    },
    /// Changes how easily it is stolen, 0..=100.
    Priority {
        /// Which voice.
        voice: VoiceId,
        /// 0 (first to go) to 100.
        priority: u8,
    },
    /// Jumps to a frame of the sound, without a click.
    Seek {
        /// Which voice.
        voice: VoiceId,
        /// Frame of the sound.
        frame: u64,
    },
    /// Leaves the loop at its end.
    LeaveLoop {
        /// Which voice.
        voice: VoiceId,
    },
    /// Says that a voice is on its way out, by its gain: it counts against no limit but that of all voices
    /// any more, so that what takes its place finds room.
    Leave {
        /// Which voice.
        voice: VoiceId,
    },
    /// Stops every voice.
    StopAll {
        /// Frames until silence.
        fade: u32,
    },
    /// Limits how many voices may play on a bus and on all that play into it; 0 is no limit.
    BusLimit {
        /// Which bus.
        bus: BusId,
        /// Most real voices.
        limit: u32,
    },
}

/// Which voice has to go when a limit is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StealMode {
    /// None: the new voice gives way.
    None,
    /// The one that started first.
    Oldest,
    /// The quietest, then the lowest priority, then the oldest.
    Quietest,
    /// The lowest priority, then the quietest, then the oldest.
    #[default]
    LowestPriority,
}

/// What becomes of the voice that gives way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLimit {
    /// It ends, or is refused when it is the new one.
    Reject,
    /// It becomes virtual.
    #[default]
    Virtual,
}

/// Where a virtual voice is when it comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VirtualMode {
    /// A voice that would become virtual ends instead: one that is not heard for 50 ms (and is not on its
    /// way up) too.
    Stop,
    /// Where it would have been, to the frame.
    #[default]
    Elapsed,
    /// Where it became virtual.
    Freeze,
    /// At its start.
    Restart,
}

/// The rules of an engine's voices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoicePolicy {
    /// Most voices that are rendered, 1..=10,000.
    pub max_real: usize,
    /// Most voices that are only kept track of, 0..=65,536.
    pub max_virtual: usize,
    /// Who goes first.
    pub steal_mode: StealMode,
    /// Frames in which a stolen voice fades.
    pub steal_fade: u32,
    /// What becomes of it.
    pub on_limit: OnLimit,
    /// Where virtual voices come back.
    pub virtual_mode: VirtualMode,
    /// Linear level under which a voice becomes virtual after 50 ms.
    pub virtual_below: f32,
    /// Linear level above which a virtual voice may come back.
    pub real_above: f32,
    /// Looping voices become virtual, but never end, at a limit.
    pub protect_loops: bool,
}

impl VoicePolicy {
    /// The defaults of the reference at `rate` hertz: 256 real and 4,096 virtual voices, 5 ms.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "5 ms of frames"
    )]
    pub fn new(rate: f64) -> Self {
        Self {
            max_real: 256,
            max_virtual: 4_096,
            steal_mode: StealMode::default(),
            steal_fade: (rate * 0.005).round() as u32,
            on_limit: OnLimit::default(),
            virtual_mode: VirtualMode::default(),
            virtual_below: 1e-4,
            real_above: 2e-4,
            protect_loops: true,
        }
    }
}

/// What happened to a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceEvent {
    /// It sounds.
    Started,
    /// It was not started.
    Refused,
    /// It is kept track of but not rendered.
    Virtual,
    /// It sounds again.
    Real,
    /// It is over.
    Ended,
}

/// One row of voice telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceReport {
    /// Absolute frame.
    pub at: u64,
    /// Which voice.
    pub voice: VoiceId,
    /// What happened.
    pub event: VoiceEvent,
    /// Why.
    pub reason: Reason,
    /// Frames since it started.
    pub age: u64,
}

/// Where voices are mixed into: the mixer, as voices see it.
pub trait BusInputs {
    /// True while `bus` exists.
    fn exists(&self, bus: BusId) -> bool;
    /// The input of `bus` for the present span, left and right, or `None` when it does not exist.
    fn input(&mut self, bus: BusId) -> Option<[&mut [f32]; 2]>;
    /// Linear gain from `bus` to the master output.
    fn path_gain(&self, bus: BusId) -> f32;
    /// True when `bus` is `of`, or its outputs lead to it.
    fn is_inside(&self, bus: BusId, of: BusId) -> bool {
        bus == of
    }
}
