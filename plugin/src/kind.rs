//! The two plug-ins of this library.

use std::ffi::CStr;

use clack_plugin::plugin::PluginDescriptor;
use clack_plugin::plugin::features;
use segue_engine::format::project::{Bus, MASTER, PanLaw, Project};

/// The bus that the effect's main input plays into, when a project has it; else the master.
pub(crate) const INPUT_BUS: &str = "input";
/// The bus that the effect's side-chain plays into, when a project has it; else it is not heard.
pub(crate) const SIDECHAIN_BUS: &str = "sidechain";

/// Which of the two plug-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Segue: notes and the host's transport play a project.
    Instrument,
    /// Segue FX: audio and a side-chain run through a project's buses.
    Effect,
}

impl Kind {
    /// Both, in the order of the factory.
    pub const ALL: [Kind; 2] = [Kind::Instrument, Kind::Effect];

    /// The stable id. Never changes: hosts' sessions name it.
    pub fn id(self) -> &'static CStr {
        match self {
            Kind::Instrument => c"audio.segue.segue",
            Kind::Effect => c"audio.segue.segue-fx",
        }
    }

    /// The name people see.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Instrument => "Segue",
            Kind::Effect => "Segue FX",
        }
    }

    pub(crate) fn descriptor(self) -> PluginDescriptor {
        let (about, features) = match self {
            Kind::Instrument => (
                "Plays interactive-audio projects with notes and the host's transport",
                [features::INSTRUMENT, features::SAMPLER, features::STEREO],
            ),
            Kind::Effect => (
                "Runs audio and a side-chain through a project's buses and inserts",
                [
                    features::AUDIO_EFFECT,
                    features::MULTI_EFFECTS,
                    features::STEREO,
                ],
            ),
        };
        PluginDescriptor::new(&self.id().to_string_lossy(), self.name())
            .with_vendor("Segue")
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_description(about)
            .with_features(features)
    }

    /// What a new instance holds.
    pub(crate) fn new_project(self) -> Project {
        let mut project = Project::new("Untitled");
        if self == Kind::Effect {
            // Muted: a key is taken before mute and fader, so the side-chain is not heard itself.
            let mut sidechain = Bus::new(SIDECHAIN_BUS);
            sidechain.mute = true;
            let passing = |id| Bus {
                pan_law: PanLaw::Balance,
                ..Bus::new(id)
            };
            project.buses = vec![passing(MASTER), passing(INPUT_BUS), sidechain];
        }
        project
    }
}
