//! Events and their actions in the units of the audio thread.

use segue_rt::game::NameId;
use segue_rt::ids::BusId;

use crate::ids::{EventIx, NodeIx, RtpcIx, StateIx, StingerIx, SwitchIx, TagIx};
use crate::source::{LimitRule, Scope, Shape};
use crate::values::condition::Conditions;

/// What a game calls.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) actions: Box<[Action]>,
    /// 0 is no limit.
    pub(crate) max_instances: u32,
    pub(crate) limit_rule: LimitRule,
    /// Most voices of all its posts; 0 is no limit.
    pub(crate) max_voices: u16,
    /// Frames after an accepted post in which others are refused.
    pub(crate) cooldown: u64,
    pub(crate) tags: Box<[TagIx]>,
}

/// One thing that an event does.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) what: Do,
    pub(crate) scope: Scope,
    pub(crate) delay: u64,
    pub(crate) fade: Fade,
    pub(crate) probability: f32,
    pub(crate) conditions: Conditions,
    pub(crate) eval_at_fire: bool,
    pub(crate) play: Play,
    /// Hash of all that was written of it, by names, which other banks share.
    pub(crate) written: NameId,
    /// The same of what it does alone.
    pub(crate) does: NameId,
}

/// How a play action plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Play {
    pub(crate) priority: u8,
    pub(crate) gain: f32,
    pub(crate) pan: f32,
    pub(crate) pitch_st: f32,
    /// Hz; 0 is off.
    pub(crate) lpf_hz: f32,
    /// Hz; 0 is off.
    pub(crate) hpf_hz: f32,
    pub(crate) bus: Option<BusId>,
    pub(crate) fade_out: Fade,
    /// 0 is for ever.
    pub(crate) loop_count: u32,
    /// Seconds of the asset.
    pub(crate) trim_start_s: f64,
    /// Seconds of the asset; 0 is its end.
    pub(crate) trim_end_s: f64,
}

/// A fade in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fade {
    pub(crate) frames: u32,
    pub(crate) shape: Shape,
}

impl Fade {
    /// At once.
    pub(crate) const NONE: Self = Self {
        frames: 0,
        shape: Shape::Linear,
    };
}

/// Whom an action concerns: a node, or everything in its scope.
pub(crate) type Target = Option<NodeIx>;

/// What an action does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    Nothing,
    Play(NodeIx),
    Continue(NodeIx),
    Stop(Target),
    Pause(Target),
    Resume(Target),
    Break(Target),
    Mute(Target, bool),
    SetVolume(Target, f32),
    SetPitch(Target, f32),
    SetLpf(Target, f32),
    SetHpf(Target, f32),
    /// Number of the bus in the bank, dB.
    SetBusVolume(u32, f32),
    SetState(StateIx, u8),
    SetSwitch(SwitchIx, u8),
    SetRtpc(RtpcIx, f32),
    ResetRtpc(RtpcIx),
    Seek(Target, Place),
    Trigger(StingerIx),
    Post(EventIx),
    FadeTo(Target, f32, bool),
    Reset(Target),
    PlayMusic(u32),
    StopMusic,
    EnterContext(NameId),
    LeaveContext,
    SetSignal(NameId, f32),
}

/// A place in a sound.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Seconds of the asset.
    Seconds(f64),
    /// Frames of the asset.
    Samples(u64),
    /// 0..=1 of its length.
    Share(f64),
}
