//! Events: what a game calls.

use super::Fade;

/// A named list of actions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Unique, at most 128 bytes.
    pub name: String,
    /// For people and tools.
    pub category: String,
    /// 1..=64.
    pub actions: Vec<Action>,
    /// Most playing instances at once; 0 is no limit.
    pub max_instances: u16,
    /// What happens at that limit.
    pub limit_rule: LimitRule,
    /// Most voices of all its posts; 0 is no limit. Which one goes, the rules of voices say.
    pub max_voices: u16,
    /// A post within this time after the last accepted one is refused.
    pub cooldown_ms: f32,
    /// At most 16; ducks may name them.
    pub tags: Vec<String>,
}

/// What happens when an event has too many instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimitRule {
    /// The post is refused.
    #[default]
    DiscardNewest,
    /// The oldest instance stops.
    DiscardOldest,
    /// The lowest, then oldest one stops if it is not above the new one; else the post is refused.
    DiscardLowestPriority,
    /// It plays; telemetry says so.
    Ignore,
}

/// What holds for every game object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GameObjects {
    /// Most voices of one object, the global one not counted; 0 is no limit.
    pub max_voices: u16,
}

/// One thing that an event does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// On whom.
    pub scope: Scope,
    /// 0..=100; those of [`PRIORITIES`] have names.
    pub priority: u8,
    /// 0..=2, for play.
    pub gain_lin: f32,
    /// -1..=1, for play.
    pub pan: f32,
    /// -24..=24, for play.
    pub pitch_st: f32,
    /// 20..=20000 Hz, for play; `None` is off.
    pub lpf_hz: Option<f32>,
    /// 20..=20000 Hz, for play; `None` is off.
    pub hpf_hz: Option<f32>,
    /// Where it plays instead, for play.
    pub bus: Option<String>,
    /// 0..=60000 ms from the post.
    pub delay_ms: f32,
    /// In for play and resume, out for stop and pause, the way there for values.
    pub fade: Fade,
    /// For play: before its natural or given end.
    pub fade_out: Fade,
    /// For play: 0 is for ever, 1 once.
    pub loop_count: u32,
    /// For play: first frame of the asset.
    pub trim_start_smp: u64,
    /// For play: frame of the asset at which it ends; 0 is its end.
    pub trim_end_smp: u64,
    /// 0..=1: the chance that it is carried out.
    pub probability: f32,
    /// At most 8; all must hold.
    pub conditions: Vec<Condition>,
    /// Conditions are looked at when it is carried out, not when it is posted.
    pub eval_at_fire: bool,
}

/// The named priorities: lowest, lower, low, normal, high, higher, highest.
pub const PRIORITIES: [u8; 7] = [0, 17, 33, 50, 67, 83, 100];

/// What an action does. Targets are names of containers or sounds, where not said otherwise; an
/// empty target of stop, pause, resume, break, mute, seek and set means everything in the scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ActionKind {
    /// Does nothing.
    #[default]
    None,
    /// Starts the target.
    Play(String),
    /// Starts it where it was stopped last.
    PlayAndContinue(String),
    /// Fades out and ends.
    Stop(String),
    /// The same for everything in the scope.
    StopAll,
    /// Fades out and keeps the place.
    Pause(String),
    /// The same for everything in the scope.
    PauseAll,
    /// Goes on.
    Resume(String),
    /// The same for everything in the scope.
    ResumeAll,
    /// Leaves loops at their end; a sequence ends after its step.
    Break(String),
    /// Silent, but running.
    Mute(String),
    /// Heard again.
    Unmute(String),
    /// Level in dB.
    SetVolume(String, f32),
    /// Semitones.
    SetPitch(String, f32),
    /// Hz; 0 opens it.
    SetLpf(String, f32),
    /// Hz; 0 opens it.
    SetHpf(String, f32),
    /// A bus and its level in dB over its fader.
    SetBusVolume(String, f32),
    /// A state group and a value, or `none`.
    SetState(String, String),
    /// A switch group and a value.
    SetSwitch(String, String),
    /// An RTPC and a value, reached over the fade.
    SetRtpc(String, f32),
    /// An RTPC back to its default.
    ResetRtpc(String),
    /// A place in the target.
    Seek(String, SeekTo),
    /// A stinger.
    Trigger(String),
    /// Another event.
    PostEvent(String),
    /// To this linear gain, and then, if it is set, the end.
    FadeTo(String, f32, bool),
    /// A music segment or playlist, by the transition rules.
    PlayMusic(String),
    /// The music ends with the fade.
    StopMusic,
    /// An adaptive context.
    EnterContext(String),
    /// Back from the context as its exit says.
    LeaveContext,
    /// A signal and a value.
    SetSignal(String, f32),
    /// Takes back what set and mute actions set.
    Reset(String),
}

/// A place in a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SeekTo {
    /// Seconds.
    Seconds(f64),
    /// Frames of the asset.
    Samples(u64),
    /// 0..=1 of its length.
    Fraction(f64),
}

/// On whom an action works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everybody; plays on object 0.
    Global,
    /// The object of the post.
    #[default]
    GameObject,
    /// The emitter of the post.
    Emitter,
    /// Every registered object.
    All,
    /// The instance that plays longest.
    FirstOnly,
    /// One instance by chance.
    Random,
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A state group has this value; `not` inverts.
    State {
        /// The group.
        group: String,
        /// The value, or `none`.
        value: String,
        /// Inverted.
        not: bool,
    },
    /// A switch group has this value on the object.
    Switch {
        /// The group.
        group: String,
        /// The value.
        value: String,
    },
    /// An RTPC is in this range, both ends included.
    Rtpc {
        /// The RTPC.
        rtpc: String,
        /// Least value.
        min: f32,
        /// Largest value.
        max: f32,
    },
}
