//! What a game calls, and what carries it out on the audio thread.
//!
//! The renderer knows no events and no music: it hands [`GameCall`]s to a [`Program`], wakes it at
//! the frames it asks for, and lends it a [`Desk`] to play on.

use crate::command::Plain;
use crate::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use crate::keymap::NoteEvent;
use crate::tempo::Grid;
use crate::transport::GridPoint;
use crate::voices::{VoiceCommand, VoiceParams, VoiceReport};

/// A name as the audio thread knows it: FNV-1a-64 of its bytes. 0 is "none". Calls and session logs
/// carry it, so they mean the same after a bank was exchanged. `[thread-safe]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u64);

impl NameId {
    /// No name.
    pub const NONE: Self = Self(0);

    /// The id of a name.
    pub const fn of(name: &str) -> Self {
        Self(fnv1a(name.as_bytes(), FNV_BASIS))
    }
}

/// Start of an FNV-1a-64 hash.
pub const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Carries the FNV-1a-64 hash `state` on over `bytes`.
pub const fn fnv1a(bytes: &[u8], mut state: u64) -> u64 {
    let mut n = 0;
    while n < bytes.len() {
        state = (state ^ bytes[n] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        n += 1;
    }
    state
}

/// A game object; 0 is the global one, which always exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// The object that always exists.
    pub const GLOBAL: Self = Self(0);
}

/// What one accepted post plays. Given by the caller, never reused; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayingId(pub u64);

/// A call of the game. Values were range-checked before it was queued; an unknown name or object
/// makes it do nothing but be counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GameCall {
    /// Makes a game object, or moves one that is there.
    Register {
        /// Which, not 0.
        object: ObjectId,
        /// -1 left to 1 right.
        pan: f32,
        /// Stereo width of what it plays, 0..=2; 1 is as it is.
        width: f32,
        /// What it plays ends with it, within 20 ms; else it plays on.
        stop_on_unregister: bool,
    },
    /// Places one emitter of an object.
    Place {
        /// Which object.
        object: ObjectId,
        /// 0..8.
        emitter: u8,
        /// -1 left to 1 right, added to the object's.
        pan: f32,
        /// 0..=2, times the object's.
        width: f32,
    },
    /// Ends a game object.
    Unregister {
        /// Which.
        object: ObjectId,
    },
    /// Posts an event.
    Post {
        /// Which.
        event: NameId,
        /// On which object.
        object: ObjectId,
        /// From which of its emitters, 0..8.
        emitter: u8,
        /// Of all that it plays, linear, 0..=16; 1 is as it is.
        gain: f32,
        /// What it plays is called so.
        playing: PlayingId,
    },
    /// Fades out what a post plays.
    StopPlaying {
        /// Which.
        playing: PlayingId,
        /// Frames.
        fade: u32,
    },
    /// Stops or goes on with what a post plays.
    PausePlaying {
        /// Which.
        playing: PlayingId,
        /// True: pause.
        on: bool,
        /// Frames.
        fade: u32,
    },
    /// Stops everything on an object; on the global one: everything.
    StopAll {
        /// Which object.
        object: ObjectId,
        /// Frames.
        fade: u32,
    },
    /// Sets an RTPC.
    SetRtpc {
        /// Which.
        rtpc: NameId,
        /// On which object; 0 for everybody.
        object: ObjectId,
        /// Only for what this post plays; 0 for all of the object.
        playing: PlayingId,
        /// In its unit; clamped to its range.
        value: f32,
        /// Frames until it is reached, on top of the RTPC's own way; 0 is at once.
        ramp: u32,
    },
    /// Takes a value of an RTPC back.
    ResetRtpc {
        /// Which.
        rtpc: NameId,
        /// On which object.
        object: ObjectId,
        /// Only for what this post plays; 0 for all of the object.
        playing: PlayingId,
    },
    /// Sets a state group.
    SetState {
        /// Which.
        group: NameId,
        /// Its value; [`NameId::NONE`] is `none`.
        value: NameId,
    },
    /// Sets a switch group.
    SetSwitch {
        /// Which.
        group: NameId,
        /// On which object.
        object: ObjectId,
        /// Its value.
        value: NameId,
    },
    /// Sets an adaptive signal. Of several within 10 ms the last counts.
    Signal {
        /// Which.
        signal: NameId,
        /// Raw value.
        value: f32,
    },
    /// Enters an adaptive context.
    EnterContext {
        /// Which.
        context: NameId,
        /// 0..=1, for those that begin by strength.
        strength: f32,
    },
    /// Leaves the adaptive context as its exit says.
    LeaveContext {
        /// 0 none, 1 small, 2 big, 3 mega: which summary stinger plays.
        summary: u8,
    },
    /// Sets the adaptive level, whatever the rules say.
    SetLevel {
        /// 0..=4.
        level: u8,
    },
    /// A new spin or round begins.
    NewSpin,
    /// Plays a stinger of the music.
    Stinger {
        /// Which.
        stinger: NameId,
    },
    /// The next play of a container on an object is that of this number: to hear a choice of a seed
    /// log again.
    SetPlayCount {
        /// Which container.
        container: NameId,
        /// On which object.
        object: ObjectId,
        /// Plays before it.
        play_n: u64,
    },
    /// From here on everything random is drawn as if the project had begun with this seed. What was
    /// played and what is planned stays.
    Reseed {
        /// Any number.
        seed: u64,
    },
}

/// What carries out game calls: it lives on the audio thread, is made and dropped on the control
/// thread, and never allocates, frees, locks or waits. `[audio-thread]`
///
/// How the renderer uses it, at every frame at which something is due:
/// 1. [`Program::call`] and [`Program::note`] for what arrives, in its order;
/// 2. [`Program::run`], when [`Program::next_boundary`] has come;
/// 3. [`Program::tick`] at every 10 ms of the absolute clock, after what happened to voices was put
///    on the desk.
///
/// What it does may depend on nothing but the frames at which it is called and on the desk.
pub trait Program: Send {
    /// Carries out a call at frame `at`.
    fn call(&mut self, at: u64, call: &GameCall, desk: &mut dyn Desk);

    /// A note; true when it was taken and the key map shall not hear of it.
    fn note(&mut self, at: u64, note: &NoteEvent, desk: &mut dyn Desk) -> bool;

    /// The next frame at which [`Program::run`] has something to do, not before `at`;
    /// [`u64::MAX`] for never.
    fn next_boundary(&self, at: u64) -> u64;

    /// Does everything that is due at frame `at`.
    fn run(&mut self, at: u64, desk: &mut dyn Desk);

    /// From frame `at` on the transport goes another way than it was about to: what was planned by
    /// [`Desk::grid_point`] may be elsewhere. Comes before [`Program::run`].
    fn transport_turned(&mut self, _at: u64, _desk: &mut dyn Desk) {}

    /// Every 10 ms of the absolute clock.
    fn tick(&mut self, at: u64, desk: &mut dyn Desk);

    /// Takes over the state of the program that it replaces: positions, values, what plays. What is
    /// left of `old` is dropped on the control thread.
    fn take_over(&mut self, at: u64, old: &mut dyn Program, desk: &mut dyn Desk);

    /// For [`Program::take_over`]: the value itself.
    fn as_any(&mut self) -> &mut dyn std::any::Any;
}

/// Voices, buses and transport as a [`Program`] sees them, at one frame. `[audio-thread]`
pub trait Desk {
    /// Starts a voice now and returns its id. Whether it sounds, a report tells.
    fn start(&mut self, params: &VoiceParams) -> VoiceId;

    /// Does something to a voice now; nothing if it is over.
    fn voice(&mut self, command: &VoiceCommand);

    /// Moves the gain that the game has over a bus, besides its fader: linear 0..=16, in a straight
    /// line over `ramp` frames; 0 is at once.
    fn bus_trim(&mut self, bus: BusId, gain: f32, ramp: u32);

    /// The same over a send.
    fn send_trim(&mut self, send: SendId, gain: f32, ramp: u32);

    /// Sets a parameter of an insert in its unit.
    fn insert_param(&mut self, insert: InsertId, param: u16, value: f32);

    /// Mean square of a bus after its fader over the last 10 ms, the mean of both sides, as of the
    /// last tick.
    fn bus_power(&self, bus: BusId) -> f32;

    /// Linear gain from a bus to the master's output.
    fn path_gain(&self, bus: BusId) -> f32;

    /// Length of a sound in frames at the engine's rate; `None` while it is not in the pool.
    fn sound_frames(&self, sound: SoundId) -> Option<u64>;

    /// Where a voice is in its unrolled sound, in frames; `None` when it is over.
    fn voice_place(&self, voice: VoiceId) -> Option<u64>;

    /// The next thing that happened to a voice and was not read yet, in order; to be read in ticks. What
    /// happens in a tick after the reading waits for the next one.
    fn next_report(&mut self) -> Option<VoiceReport>;

    /// Whether more happened, since this was asked last, than there was room for in the reports. A
    /// voice of which [`Desk::voice_place`] knows nothing is over. `[audio-thread]`
    fn reports_lost(&mut self) -> bool {
        false
    }

    /// Frames by which the call in hand came after its own frame; 0 while there is none.
    fn late(&self) -> u64 {
        0
    }

    /// Whether the transport runs.
    fn is_rolling(&self) -> bool;

    /// The first point of a grid of the transport at or after frame `earliest`, which may be one to come, as
    /// its tempo map and its time signatures say or its host does; `None` while it stands.
    fn grid_point(&self, grid: Grid, earliest: u64) -> Option<GridPoint>;
}

impl From<GameCall> for Plain {
    fn from(call: GameCall) -> Self {
        Self::Game(call)
    }
}
