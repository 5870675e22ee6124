//! What an engine is made for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use segue_dsp::simd::SimdLevel;
use segue_format::project;
use segue_rt::limits::{LIMITS, Limits};
use segue_rt::voices::{OnLimit, StealMode, VirtualMode, VoicePolicy};

use crate::error::{Error, Result};

/// Sizes and rules of one engine, fixed while it lives.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Frames a second, 8,000..=384,000.
    pub sample_rate: u32,
    /// Frames of the largest block that is expected; recorded only, any block works.
    pub max_block: u32,
    /// Seed of everything random, until a game gives another one.
    pub seed: u64,
    /// How many of everything.
    pub limits: Limits,
    /// The rules of its voices.
    pub policy: VoicePolicy,
    /// Which kernels render voices. All give the same bits.
    pub simd: SimdLevel,
    /// True to record everything that reaches the renderer; see
    /// [`Control::record_to`](crate::Control::record_to).
    pub record: bool,
    /// Streamed sounds that can play at a time.
    pub streams: usize,
    /// Sounds of at least this many seconds are streamed, unless their asset says otherwise.
    pub stream_above_seconds: f64,
    /// Where decoded sounds are kept; `None` is the user's cache folder.
    pub cache: Option<PathBuf>,
    /// True while somebody works on the project: an audio file that has another hash than its asset says is
    /// played, and told in [`LoadReport::renewed`](crate::LoadReport::renewed), instead of refused. A project that is loaded again
    /// takes it in any case.
    pub takes_changed: bool,
}

/// Frames each stream may be ahead of its voice: 0.7 s at 48 kHz.
pub(crate) const STREAM_FRAMES: usize = 32_768;

impl EngineConfig {
    /// An engine with default sizes at `sample_rate` hertz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            max_block: 4_096,
            seed: 0,
            limits: Limits::default(),
            policy: VoicePolicy::new(f64::from(sample_rate)),
            simd: SimdLevel::detect(),
            record: false,
            streams: 32,
            stream_above_seconds: 20.0,
            cache: None,
            takes_changed: false,
        }
    }

    /// An engine for `project`: at its rate unless `sample_rate` names another one, with its seed
    /// and its rules for voices.
    pub fn for_project(project: &project::Project, sample_rate: Option<u32>) -> Self {
        let rate = sample_rate.or(project.sample_rate).unwrap_or(48_000);
        let mut config = Self::new(rate);
        config.seed = project.seed.0;
        config.policy = policy(&project.voices, f64::from(rate));
        config.limits.real_voices = config.policy.max_real;
        config.limits.virtual_voices = config.policy.max_virtual;
        let buses = project.buses.len() + 1;
        let inserts = project.buses.iter().map(|bus| bus.inserts.len()).sum();
        let sends = project.buses.iter().map(|bus| bus.sends.len()).sum();
        config.limits.buses = config.limits.buses.max(buses);
        config.limits.inserts = config.limits.inserts.max(inserts);
        config.limits.sends = config.limits.sends.max(sends);
        // Sounds that are loaded again while they play need places of their own.
        let sounds = project.sounds.len() + project.sounds.len() / 2;
        config.limits.sounds = config
            .limits
            .sounds
            .max(sounds.min(segue_format::limits::SOUNDS));
        config
    }

    /// Checks every size against the limit table. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Argument`] for the rate or a size that is too small, [`Error::Limit`] for one that is too
    /// large; nothing was allocated.
    pub(crate) fn check(&self) -> Result<()> {
        if !(8_000..=384_000).contains(&self.sample_rate) {
            return Err(Error::Argument {
                what: "sample_rate",
                value: self.sample_rate.to_string(),
                allowed: "8000..=384000",
            });
        }
        for (name, value) in self.sizes() {
            let row = LIMITS.iter().find(|row| row.name == name);
            if row.is_some_and(|row| value < row.min) {
                return Err(Error::Argument {
                    what: name,
                    value: value.to_string(),
                    allowed: "its range in docs/limits.md: it is too small",
                });
            }
            if let Some(row) = row.filter(|row| value > row.max) {
                let (limit, max) = (row.name, row.max);
                return Err(segue_rt::limits::LimitError { limit, value, max }.into());
            }
        }
        Ok(())
    }

    /// Every size by its name in the limit table.
    pub(crate) fn sizes(&self) -> [(&'static str, usize); 8] {
        [
            ("buses", self.limits.buses),
            ("inserts", self.limits.inserts),
            ("sends", self.limits.sends),
            ("sounds", self.limits.sounds),
            ("real_voices", self.limits.real_voices),
            ("virtual_voices", self.limits.virtual_voices),
            ("commands", self.limits.commands),
            ("streams", self.streams),
        ]
    }

    /// Takes over the sizes of a session log; names that are unknown say nothing.
    pub(crate) fn set_sizes(&mut self, sizes: &BTreeMap<String, u64>) {
        for (name, size) in sizes {
            let place = match name.as_str() {
                "buses" => &mut self.limits.buses,
                "inserts" => &mut self.limits.inserts,
                "sends" => &mut self.limits.sends,
                "sounds" => &mut self.limits.sounds,
                "real_voices" => &mut self.limits.real_voices,
                "virtual_voices" => &mut self.limits.virtual_voices,
                "commands" => &mut self.limits.commands,
                "streams" => &mut self.streams,
                _ => continue,
            };
            *place = usize::try_from(*size).unwrap_or(usize::MAX);
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "levels and frames of a validated project"
)]
#[allow(clippy::cast_sign_loss, reason = "a time is not negative")]
fn policy(voices: &project::Voices, rate: f64) -> VoicePolicy {
    let level = |db: f64| segue_dsp::math::db_to_gain(db as f32);
    VoicePolicy {
        max_real: voices.max_real as usize,
        max_virtual: voices.max_virtual as usize,
        steal_mode: match voices.steal_mode {
            project::StealMode::None => StealMode::None,
            project::StealMode::Oldest => StealMode::Oldest,
            project::StealMode::Quietest => StealMode::Quietest,
            project::StealMode::LowestPriority => StealMode::LowestPriority,
        },
        steal_fade: (voices.steal_fade_ms * rate / 1_000.0).round() as u32,
        on_limit: match voices.on_limit {
            project::OnLimit::Reject => OnLimit::Reject,
            project::OnLimit::Virtual => OnLimit::Virtual,
        },
        virtual_mode: match voices.virtual_mode {
            project::VirtualMode::Stop => VirtualMode::Stop,
            project::VirtualMode::Elapsed => VirtualMode::Elapsed,
            project::VirtualMode::Freeze => VirtualMode::Freeze,
            project::VirtualMode::Restart => VirtualMode::Restart,
        },
        virtual_below: level(voices.virtual_below_db),
        real_above: level(voices.real_above_db),
        protect_loops: voices.protect_loops,
    }
}
