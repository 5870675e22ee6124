//! Containers: what selects sounds.

use super::{Curve, Shape};

/// A node above sounds and other containers.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Unique among containers and sounds, at most 128 bytes.
    pub name: String,
    /// What all of them have.
    pub props: Props,
    /// How it selects.
    pub kind: ContainerKind,
}

/// What every container may have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Props {
    /// Added, in dB.
    pub gain_db: f32,
    /// Added, in semitones.
    pub pitch_st: f32,
    /// Added, -1..=1.
    pub pan: f32,
    /// Where its sounds go instead of their own bus.
    pub bus: Option<String>,
    /// RTPCs that move it.
    pub bindings: Vec<Binding>,
    /// Most voices below it at once; 0 is no limit.
    pub max_voices: u16,
}

/// An RTPC that moves a container and everything below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The RTPC.
    pub rtpc: String,
    /// What it moves.
    pub target: BindingTarget,
    /// How much, in the target's unit.
    pub curve: Curve,
}

/// What a binding moves, and how several of them combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BindingTarget {
    /// dB, sum.
    Volume,
    /// Semitones, sum.
    Pitch,
    /// Hz, least.
    Lpf,
    /// Hz, largest.
    Hpf,
    /// -1..=1, sum, clamped.
    Pan,
    /// 0..=2, product.
    Width,
    /// 0.25..=4, product.
    PlaybackRate,
}

/// How a container selects.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerKind {
    /// All children, mixed by an RTPC.
    Blend(Blend),
    /// One child by chance.
    Random(Random),
    /// One after the other in time.
    Sequence(Sequence),
    /// By a switch or state group.
    Switch(Switch),
    /// By conditions.
    Group(Group),
}

/// All children, mixed by an RTPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blend {
    /// The RTPC.
    pub rtpc: String,
    /// Critical smoothing of it, ms to 90 %; at least 10, as faders have it.
    pub smooth_ms: f32,
    /// At most 8.
    pub children: Vec<BlendChild>,
    /// Whether power or amplitude stays constant in a cross-fade.
    pub law: BlendLaw,
    /// The way through a cross-fade.
    pub warp: BlendWarp,
}

/// A child and where it is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlendChild {
    /// Container or sound.
    pub child: String,
    /// First value at which it is heard; the overlap with a neighbour is the cross-fade.
    pub x_lo: f32,
    /// Last value.
    pub x_hi: f32,
    /// Added, in dB.
    pub gain_db: f32,
}

/// What stays constant in a cross-fade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlendLaw {
    /// The sum of squares: cos and sin.
    #[default]
    Power,
    /// The sum: 1-w and w.
    Amplitude,
}

/// The way through a cross-fade, w(u).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlendWarp {
    /// u.
    #[default]
    Linear,
    /// 3u²-2u³.
    Smooth,
    /// log10(1+9u).
    Log,
    /// (10^u-1)/9.
    Exp,
}

/// One child by chance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Random {
    /// At most 16.
    pub children: Vec<RandomChild>,
    /// How the next one is found.
    pub mode: RandomMode,
    /// Children that were played so lately are not played again.
    pub avoid_last: u8,
    /// Random pitch of all, semitones.
    pub pitch_st: [f32; 2],
    /// Random level of all, dB.
    pub volume_db: [f32; 2],
}

/// A child and its chance.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomChild {
    /// Container or sound.
    pub child: String,
    /// Relative to the others; 0 is never.
    pub weight: u32,
    /// Added at random, semitones.
    pub pitch_st: [f32; 2],
    /// Added at random, dB.
    pub volume_db: [f32; 2],
}

/// How a random container finds its next child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RandomMode {
    /// By weight, those played lately excluded.
    #[default]
    Weighted,
    /// All once in a random order, then anew. `avoid_last` holds over the edge between two decks.
    Shuffle,
    /// The same, with an `avoid_last` of 1 at least.
    ShuffleHistory,
    /// In their order.
    RoundRobin,
}

/// One after the other in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// At most 32.
    pub steps: Vec<Step>,
    /// 0.1..=10.
    pub speed: f32,
    /// What comes after the last.
    pub end: SequenceEnd,
}

/// One step of a sequence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Container or sound.
    pub child: String,
    /// From the start of the sequence, at speed 1.
    pub start_ms: f64,
    /// 0 is the sound's own length.
    pub duration_ms: f64,
    /// At its start.
    pub fade_in_ms: f32,
    /// Before its end.
    pub fade_out_ms: f32,
    /// How often the child plays; 0 is until the step ends.
    pub loop_count: u32,
    /// Added, in dB.
    pub gain_db: f32,
}

/// What comes after the last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SequenceEnd {
    /// Nothing.
    #[default]
    Stop,
    /// The first again.
    Loop,
    /// The last goes on.
    HoldLast,
    /// Backwards, and forwards again.
    PingPong,
}

/// By a switch or state group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Switch {
    /// A switch group, or a state group.
    pub group: String,
    /// Children by value.
    pub values: Vec<(String, Vec<String>)>,
    /// Children where the value has none.
    pub default: Vec<String>,
    /// Of children that come by a change.
    pub fade_in_ms: f32,
    /// Of children that go by a change.
    pub fade_out_ms: f32,
    /// A child that comes starts where the one that goes is.
    pub continue_position: bool,
    /// When a change is heard.
    pub on_change: OnChange,
}

/// When a change of a switch is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum OnChange {
    /// At once.
    #[default]
    Immediate,
    /// At the next point of this grid.
    Sync(super::Sync),
    /// When what plays is over.
    AfterEnd,
}

/// By conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Which of those that are allowed.
    pub mode: GroupMode,
    /// In their order.
    pub children: Vec<GroupChild>,
}

/// A child and what must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupChild {
    /// Container or sound.
    pub child: String,
    /// All of them must hold.
    pub conditions: Vec<super::Condition>,
    /// For [`GroupMode::Priority`]: the largest plays.
    pub priority: i32,
    /// For [`GroupMode::Random`].
    pub weight: u32,
}

/// Which children of a group play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupMode {
    /// All that are allowed.
    #[default]
    All,
    /// The first.
    FirstMatch,
    /// That of the highest priority.
    Priority,
    /// One by chance.
    Random,
}

/// A fade of an action or step: how long, and its way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fade {
    /// Milliseconds.
    pub ms: f32,
    /// The way.
    pub shape: Shape,
}
