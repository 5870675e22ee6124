//! Sounds and containers in the units of the audio thread.

use segue_rt::ids::BusId;
use segue_rt::voices::VoiceParams;

use crate::containers::blend::BlendPlan;
use crate::containers::group::GroupPlan;
use crate::containers::random::RandomPlan;
use crate::containers::sequence::SequencePlan;
use crate::containers::switch::SwitchPlan;
use crate::ids::{NodeIx, RtpcIx};
use crate::source::BindingTarget;
use crate::values::condition::Conditions;
use crate::values::curve::Curve;
use crate::values::states::TargetIx;

/// A sound or a container.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Linear.
    pub(crate) gain: f32,
    pub(crate) pitch_st: f32,
    pub(crate) pan: f32,
    /// Where its sounds go instead.
    pub(crate) bus: Option<BusId>,
    pub(crate) bindings: Box<[Binding]>,
    /// What states do to it.
    pub(crate) state: Option<TargetIx>,
    /// Most voices below it; 0 is no limit.
    pub(crate) max_voices: u32,
    pub(crate) kind: Kind,
    /// In the author's order. Empty for sounds and switch containers.
    pub(crate) children: Box<[NodeIx]>,
    /// Frames it takes by itself; `None` where nobody knows beforehand, and for what never ends.
    pub(crate) length: Option<u64>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Sound(Sound),
    Blend {
        rtpc: RtpcIx,
        plan: BlendPlan,
    },
    Random(RandomPlan),
    Sequence(SequencePlan),
    Switch(SwitchPlan),
    Group {
        plan: GroupPlan,
        conditions: Box<[Conditions]>,
    },
}

/// A sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    /// How it plays by itself; `None` when its asset is missing.
    pub(crate) voice: Option<VoiceParams>,
    /// Length in frames of the engine.
    pub(crate) frames: u64,
    /// Loudness in dB.
    pub(crate) loudness_db: f32,
    /// Frames of the engine for one of the asset.
    pub(crate) scale: f64,
}

/// An RTPC that moves a node.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) rtpc: RtpcIx,
    pub(crate) target: BindingTarget,
    pub(crate) curve: Curve,
}
