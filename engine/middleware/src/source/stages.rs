//! Sounds of stages: which event a stage posts.

use crate::stage::tiers::WinTiers;
use crate::stage::timing::TimingProfile;

/// What stages do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stages {
    /// Stages and what they post, at most 4,096.
    pub bindings: Vec<StageBinding>,
    /// Win tiers; `None` is the usual table.
    pub tiers: Option<WinTiers>,
    /// Timing profiles besides the built-in ones; one of the same name goes before.
    pub profiles: Vec<TimingProfile>,
}

/// A stage and what it posts.
#[derive(Clone, Debug, PartialEq)]
pub struct StageBinding {
    /// A name (`REEL_STOP_2`) or a qualified one (`feature_enter.free_spins`).
    pub stage: String,
    /// The event.
    pub event: String,
    /// A stage that goes on posts every time it comes, not only when it begins.
    pub each: bool,
    /// What a stage that goes on plays ends with this fade, 0..=60,000.
    pub fade_ms: f32,
    /// Fields of the stage and the RTPCs that are set to them before the post.
    pub rtpcs: Vec<(String, String)>,
}

impl Default for StageBinding {
    fn default() -> Self {
        Self {
            stage: String::new(),
            event: String::new(),
            each: false,
            fade_ms: 50.0,
            rtpcs: Vec::new(),
        }
    }
}
