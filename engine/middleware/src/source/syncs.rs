//! Game syncs and what follows them: RTPCs, states, switches, ducking.

use super::Shape;

/// A continuous game value.
#[derive(Clone, Debug, PartialEq)]
pub struct Rtpc {
    /// At most 128 bytes, unique.
    pub name: String,
    /// For people.
    pub unit: String,
    /// Least value.
    pub min: f32,
    /// Largest value, above `min`.
    pub max: f32,
    /// Before anybody sets it.
    pub default: f32,
    /// How it gets to a new value.
    pub interp: Interp,
    /// Number of the host parameter that moves it, 0..64; ids are stable.
    pub host_param: Option<u8>,
    /// What it moves everywhere.
    pub targets: Vec<RtpcTarget>,
}

/// How an RTPC gets to a new value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Interp {
    /// At once.
    #[default]
    None,
    /// With a constant slope; arrives after `up_ms` or `down_ms`.
    Linear {
        /// Milliseconds upwards.
        up_ms: f32,
        /// Milliseconds downwards.
        down_ms: f32,
    },
    /// One-pole with these time constants.
    Exponential {
        /// Milliseconds upwards.
        up_ms: f32,
        /// Milliseconds downwards.
        down_ms: f32,
    },
    /// At most so much a second.
    Slew {
        /// Units a second, above 0.
        per_s: f32,
    },
    /// Critically damped; 90 % after `t90_ms`.
    Critical {
        /// Milliseconds to 90 %.
        t90_ms: f32,
    },
}

/// Something global that an RTPC moves.
#[derive(Clone, Debug, PartialEq)]
pub struct RtpcTarget {
    /// What.
    pub target: GlobalTarget,
    /// How much, in the target's unit.
    pub curve: Curve,
}

/// What an RTPC may move besides containers.
#[derive(Clone, Debug, PartialEq)]
pub enum GlobalTarget {
    /// Level of a bus in dB, added.
    BusVolume(String),
    /// Level of a send in dB: from bus, to bus. `reverb_send` and `delay_send` are sends to the
    /// buses of that name.
    Send(String, String),
    /// A parameter of an insert, in its unit: bus, insert, parameter.
    InsertParam(String, String, String),
}

/// A curve over an RTPC's range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// 2..=64 points with ascending x; the ends hold beyond.
    pub points: Vec<CurvePoint>,
}

/// A point of a curve and the shape of the way to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurvePoint {
    /// In the RTPC's unit.
    pub x: f32,
    /// In the target's unit.
    pub y: f32,
    /// To the next point; of no effect on the last.
    pub shape: Shape,
}

/// A global discrete value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateGroup {
    /// Unique.
    pub name: String,
    /// 1..=64 values besides `none`, the first state of every group.
    pub values: Vec<StateValue>,
    /// Milliseconds of a change without an entry of its own.
    pub default_transition_ms: f32,
    /// Milliseconds by the names of both values; `*` is any.
    pub transition_ms: Vec<(String, String, f32)>,
}

/// One value of a state group and what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateValue {
    /// Unique in the group; not `none`.
    pub name: String,
    /// What it changes while it holds.
    pub changes: Vec<StateChange>,
}

/// What a state does to a container, a sound, or a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct StateChange {
    /// Whom.
    pub target: StateTarget,
    /// Added, in dB.
    pub volume_db: f32,
    /// Added, in semitones; not for buses.
    pub pitch_st: f32,
    /// Least low-pass cut-off in Hz that holds; `None` leaves it alone. Not for buses.
    pub lpf_hz: Option<f32>,
    /// Largest high-pass cut-off in Hz that holds; `None` leaves it alone. Not for buses.
    pub hpf_hz: Option<f32>,
}

/// Whom a state change concerns.
#[derive(Clone, Debug, PartialEq)]
pub enum StateTarget {
    /// A container or a sound, and everything below it.
    Object(String),
    /// A bus.
    Bus(String),
}

/// A discrete value of each game object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwitchGroup {
    /// Unique.
    pub name: String,
    /// 1..=64 values.
    pub values: Vec<String>,
    /// Used where neither the object nor object 0 has one; `None` is the first.
    pub default: Option<String>,
    /// Follow an RTPC instead of calls.
    pub follow: Option<SwitchFollow>,
}

/// A switch group that follows an RTPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwitchFollow {
    /// The RTPC.
    pub rtpc: String,
    /// Ascending thresholds between the values of the group in their order: one fewer than values.
    pub thresholds: Vec<f32>,
    /// Width around a threshold in which the value stays, in the RTPC's unit.
    pub hysteresis: f32,
}

/// A bus that makes way.
#[derive(Clone, Debug, PartialEq)]
pub struct Duck {
    /// For telemetry and errors; unique.
    pub name: String,
    /// Who pushes.
    pub source: DuckSource,
    /// Which bus makes way.
    pub target_bus: String,
    /// -96..=0 dB.
    pub depth_db: f32,
    /// 0..=5000 ms.
    pub attack_ms: f32,
    /// 0..=10000 ms.
    pub hold_ms: f32,
    /// 0..=10000 ms.
    pub release_ms: f32,
    /// What counts as pushing.
    pub trigger: DuckTrigger,
    /// Linear RMS over 10 ms; 3 dB of hysteresis.
    pub threshold_lin: f32,
    /// Of the envelope.
    pub curve: Shape,
}

/// Who pushes others away.
#[derive(Clone, Debug, PartialEq)]
pub enum DuckSource {
    /// A bus.
    Bus(String),
    /// Everything started by events with this tag.
    Tag(String),
}

/// What counts as pushing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuckTrigger {
    /// The level of the source. Tags have none: they count by activity.
    #[default]
    Level,
    /// That a voice of the source plays.
    Activity,
}

/// A bus whose loudest voice sets a window: what is far below it makes way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hdr {
    /// The bus.
    pub bus: String,
    /// Level in dB from which on the window moves up.
    pub threshold_db: f32,
    /// Decibels above the threshold for each that comes out, 1..=100; large: the output stays.
    pub ratio: f32,
    /// The window falls back within this time, in ms.
    pub release_ms: f32,
    /// Voices further below the window's top than this are silent, in dB.
    pub range_db: f32,
}
