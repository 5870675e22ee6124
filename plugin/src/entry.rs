//! The way in: which plug-ins and presets this library has.

use std::ffi::CStr;

use clack_extensions::audio_ports::PluginAudioPorts;
use clack_extensions::audio_ports_activation::PluginAudioPortsActivation;
use clack_extensions::audio_ports_config::PluginAudioPortsConfig;
use clack_extensions::gui::PluginGui;
use clack_extensions::latency::PluginLatency;
use clack_extensions::note_ports::PluginNotePorts;
use clack_extensions::params::PluginParams;
use clack_extensions::preset_discovery::prelude::*;
use clack_extensions::render::PluginRender;
use clack_extensions::state::PluginState;
use clack_extensions::tail::PluginTail;
use clack_plugin::entry::prelude::*;
use clack_plugin::prelude::*;

use crate::kind::Kind;
use crate::main_thread::MainThread;
use crate::preset::Presets;
use crate::processor::Processor;
use crate::shared::Shared;

/// The CLAP entry of this library, for adapters that drive it in the same process. `[thread-safe]`
pub fn entry() -> &'static EntryDescriptor {
    &crate::clap_entry
}

/// What a host finds behind the entry: a factory of plug-ins and one of presets.
pub struct SegueEntry {
    plugins: PluginFactoryWrapper<Plugins>,
    presets: PresetDiscoveryFactoryWrapper<Presets>,
}

impl Entry for SegueEntry {
    fn new(_bundle_path: Option<&CStr>) -> Result<Self, EntryLoadError> {
        Ok(Self {
            plugins: PluginFactoryWrapper::new(Plugins {
                descriptors: Kind::ALL.map(Kind::descriptor),
            }),
            presets: PresetDiscoveryFactoryWrapper::new(Presets::new()),
        })
    }

    fn declare_factories<'a>(&'a self, builder: &mut EntryFactories<'a>) {
        builder
            .register_factory(&self.plugins)
            .register_factory(&self.presets);
    }
}

/// The factory of both plug-ins.
struct Plugins {
    descriptors: [PluginDescriptor; 2],
}

impl PluginFactoryImpl for Plugins {
    fn plugin_count(&self) -> u32 {
        crate::ports::count_of(&self.descriptors)
    }

    fn plugin_descriptor(&self, index: u32) -> Option<&PluginDescriptor> {
        self.descriptors.get(index as usize)
    }

    fn create_plugin<'a>(
        &'a self,
        host_info: HostInfo<'a>,
        plugin_id: &CStr,
    ) -> Option<PluginInstance<'a>> {
        let number = Kind::ALL.iter().position(|kind| kind.id() == plugin_id)?;
        let kind = Kind::ALL[number];
        Some(PluginInstance::new::<Segue>(
            host_info,
            &self.descriptors[number],
            move |host| Ok(Shared::new(kind, host)),
            |host, shared| Ok(MainThread::new(host, shared)?),
        ))
    }
}

/// Both plug-ins; which one an instance is, its [`Shared`] knows.
pub(crate) struct Segue;

impl Plugin for Segue {
    type AudioProcessor<'a> = Processor<'a>;
    type Shared<'a> = Shared<'a>;
    type MainThread<'a> = MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, shared: Option<&Shared<'_>>) {
        builder
            .register::<PluginParams>()
            .register::<PluginState>()
            .register::<PluginAudioPorts>()
            .register::<PluginAudioPortsActivation>()
            .register::<PluginAudioPortsConfig>()
            .register::<PluginLatency>()
            .register::<PluginTail>()
            .register::<PluginRender>()
            .register::<PluginGui>()
            .register::<PluginPresetLoad>();
        if shared.is_some_and(|shared| shared.kind == Kind::Instrument) {
            builder.register::<PluginNotePorts>();
        }
    }
}
