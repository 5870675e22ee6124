//! The interactive part of a project as its author wrote it: names, and units for people.
//!
//! Plain data without rules of its own: [`compile`](crate::compile()) checks every range and name
//! and makes a [`Bank`](crate::Bank) of it.

mod adaptive;
mod containers;
mod events;
mod music;
mod posts;
mod stages;
mod syncs;

pub use adaptive::*;
pub use containers::*;
pub use events::*;
pub use music::*;
pub use posts::Posts;
pub use stages::*;
pub use syncs::*;

/// Everything interactive of a project. An empty one is a project without it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interactive {
    /// Continuous game values.
    pub rtpcs: Vec<Rtpc>,
    /// Global discrete values.
    pub states: Vec<StateGroup>,
    /// Discrete values of game objects.
    pub switches: Vec<SwitchGroup>,
    /// What selects sounds. Containers and sounds share one space of names.
    pub containers: Vec<Container>,
    /// What a game calls.
    pub events: Vec<Event>,
    /// What holds for every game object.
    pub game_objects: GameObjects,
    /// Which buses make way for which.
    pub ducks: Vec<Duck>,
    /// Buses with a high dynamic range.
    pub hdr: Vec<Hdr>,
    /// Interactive music.
    pub music: Music,
    /// Adaptive layers; `None` when there are none.
    pub adaptive: Option<Adaptive>,
    /// Notes that post events.
    pub notes: Vec<NoteEvent>,
    /// Macros that move game values.
    pub macros: Vec<MacroRtpc>,
    /// What stages of slot games do.
    pub stages: Stages,
}

/// How a value gets from one point to the next: `s(t)` for t in 0..=1. Monotonic, `s(0) = 0`, and
/// `s(1) = 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// t.
    #[default]
    Linear,
    /// 0 until t = 1.
    Constant,
    /// sin(πt/2).
    Sine,
    /// ln(1+3t)/ln 4.
    Log4,
    /// ln(1+t)/ln 2.
    Log2,
    /// (e^t-1)/(e-1).
    Exp1,
    /// (e^3t-1)/(e³-1).
    Exp3,
    /// 2t², then 1-2(1-t)² from t = ½.
    S2,
    /// 4t³, then 1-4(1-t)³ from t = ½.
    S3,
    /// √(t/2), then 1-√((1-t)/2) from t = ½.
    InvS,
    /// t².
    QuadIn,
    /// 1-(1-t)².
    QuadOut,
    /// As [`Shape::S2`].
    QuadInOut,
    /// t³.
    CubicIn,
    /// 1-(1-t)³.
    CubicOut,
    /// As [`Shape::S3`].
    CubicInOut,
    /// (2^10t-1)/1023.
    ExpoIn,
    /// 1-(2^10(1-t)-1)/1023.
    ExpoOut,
    /// (1-cos πt)/2.
    SineS,
}

/// A note that posts events. Notes it takes do not reach the project's key map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteEvent {
    /// Lowest and highest key, 0..=127.
    pub keys: [u8; 2],
    /// MIDI channel 0..=15; `None` is any.
    pub channel: Option<u8>,
    /// Posted when the key goes down.
    pub on: Option<String>,
    /// Posted when it is let go.
    pub off: Option<String>,
    /// RTPC that is set to the velocity, 0..=1 of its range, before `on` is posted.
    pub velocity: Option<String>,
    /// RTPC that is set to the key, 0..=127 clamped to its range, before `on` is posted.
    pub key: Option<String>,
}

/// A macro of the project that moves an RTPC over its whole range, or part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MacroRtpc {
    /// The macro's id.
    pub macro_id: String,
    /// The RTPC.
    pub rtpc: String,
    /// Its value while the macro is at 0 and at 1; `None` is the RTPC's range.
    pub range: Option<[f32; 2]>,
}
