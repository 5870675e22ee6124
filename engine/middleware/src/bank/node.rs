//! Sounds and containers in the units of the audio thread.

use segue_rt::ids::BusId;
use segue_rt::voices::{LoopSpec, VoiceParams};

use super::event::Place;
use crate::compile::WorldSound;
use crate::containers::blend::BlendPlan;
use crate::containers::group::GroupPlan;
use crate::containers::random::RandomPlan;
use crate::containers::sequence::SequencePlan;
use crate::containers::switch::SwitchPlan;
use crate::ids::{NodeIx, RtpcIx};
use crate::source::BindingTarget;
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
    pub(crate) max_voices: u16,
    pub(crate) kind: Kind,
    /// In the author's order. Empty for sounds and switch containers.
    pub(crate) children: Box<[NodeIx]>,
    /// Frames it takes by itself; `None` where nobody knows beforehand, and for what never ends.
    pub(crate) length: Option<u64>,
    /// The same with every loop that never ends played once; of a sequence one pass.
    pub(crate) once: Option<u64>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Sound(Sound),
    Blend { rtpc: RtpcIx, plan: BlendPlan },
    Random(RandomPlan),
    Sequence(SequencePlan),
    Switch(SwitchPlan),
    Group(GroupPlan),
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

/// A loop of a sound of `frames` frames; none where it never ends, so that the sound plays to its end.
pub(crate) fn once_if_endless(looping: LoopSpec, frames: u64) -> LoopSpec {
    match looping.unrolled(frames) {
        u64::MAX => LoopSpec::default(),
        _ => looping,
    }
}

/// An RTPC that moves a node.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) rtpc: RtpcIx,
    pub(crate) target: BindingTarget,
    pub(crate) curve: Curve,
}

impl Sound {
    /// One that cannot be played.
    pub(crate) const MISSING: Self = Self {
        voice: None,
        frames: 0,
        loudness_db: 0.0,
        scale: 1.0,
    };

    pub(crate) fn new(sound: &WorldSound, rate: f64) -> Self {
        Self {
            voice: sound.voice,
            frames: sound.frames,
            loudness_db: sound.loudness_db,
            scale: rate / sound.asset_rate,
        }
    }

    /// Frames it sounds by itself; `None` when it never ends.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count of frames; a float cast saturates"
    )]
    pub(crate) fn length(&self) -> Option<u64> {
        let voice = self.voice.as_ref()?;
        let unrolled = voice.looping.unrolled(self.frames);
        let left = unrolled.saturating_sub(voice.start);
        (unrolled != u64::MAX).then(|| (left as f64 / voice.pitch).ceil() as u64)
    }

    /// The same, from its start to the end of its file where its loop never ends.
    pub(crate) fn once(&self) -> Option<u64> {
        let voice = self.voice.map(|voice| VoiceParams {
            looping: once_if_endless(voice.looping, self.frames),
            ..voice
        });
        Self { voice, ..*self }.length()
    }
}

impl Sound {
    /// A place as a frame of the engine's rate.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a frame; a float cast saturates"
    )]
    pub(crate) fn frame_of(&self, place: Place, rate: f64) -> u64 {
        let frame = match place {
            Place::Seconds(seconds) => seconds * rate,
            Place::Samples(frame) => frame as f64 * self.scale,
            Place::Share(share) => share * self.frames as f64,
        };
        (frame.round() as u64).min(self.frames)
    }
}
