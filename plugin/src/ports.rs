//! Audio and note ports, and what hosts ask about parameters.

use std::ffi::CStr;
use std::fmt::{self, Write};

use clack_extensions::audio_ports::{
    AudioPortFlags, AudioPortInfo, AudioPortInfoWriter, AudioPortType, PluginAudioPortsImpl,
};
use clack_extensions::audio_ports_activation::{
    PluginAudioPortsActivationImpl, PluginAudioPortsActivationSetImpl, SampleSize,
};
use clack_extensions::audio_ports_config::{
    AudioPortConfigWriter, AudioPortsConfiguration, MainPortInfo, PluginAudioPortsConfigImpl,
};
use clack_extensions::note_ports::{
    NoteDialect, NoteDialects, NotePortInfo, NotePortInfoWriter, PluginNotePortsImpl,
};
use clack_extensions::params::{
    ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, PluginMainThreadParams,
};
use clack_plugin::events::event_types::ParamValueEvent;
use clack_plugin::events::io::{InputEvents, OutputEvents};
use clack_plugin::prelude::*;
use clack_plugin::utils::Cookie;
use segue_engine::format::container::OutputLayout;
use segue_engine::format::project::MASTER;

use crate::deck::AUX;
use crate::document::host_rtpc;
use crate::kind::Kind;
use crate::main_thread::MainThread;
use crate::params::{COUNT, Param};
use crate::processor::Processor;
use crate::shared::Core;

/// Both layouts, by the number hosts know them by.
const LAYOUTS: [(OutputLayout, &str); 2] = [
    (OutputLayout::Stereo, "Stereo"),
    (OutputLayout::Multi, "Multi-out"),
];

/// The length of a list as hosts count.
pub(crate) fn count_of<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

impl MainThread<'_> {
    fn outputs(layout: OutputLayout) -> u32 {
        match layout {
            OutputLayout::Stereo => 1,
            OutputLayout::Multi => 1 + count_of(&[(); AUX]),
        }
    }

    fn inputs(&self) -> u32 {
        match self.shared.kind {
            Kind::Instrument => 0,
            Kind::Effect => 2,
        }
    }

    fn port_name(&self, index: u32, is_input: bool) -> String {
        let document = self.document();
        let mut buses = document.project().buses.iter().filter(|it| it.id != MASTER);
        match (is_input, index) {
            (true, 0) => "Input".to_owned(),
            (true, _) => "Side-chain".to_owned(),
            (false, 0) => "Main".to_owned(),
            (false, _) => match buses.nth(index as usize - 1) {
                Some(bus) => bus.name.clone().unwrap_or_else(|| bus.id.clone()),
                None => format!("Bus {index}"),
            },
        }
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        if is_input {
            self.inputs()
        } else {
            Self::outputs(self.layout.get())
        }
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut AudioPortInfoWriter) {
        if index >= PluginAudioPortsImpl::count(self, is_input) {
            return;
        }
        let is_main = index == 0;
        writer.set(&AudioPortInfo {
            id: ClapId::new(index + if is_input { 100 } else { 0 }),
            name: self.port_name(index, is_input).as_bytes(),
            channel_count: 2,
            flags: if is_main {
                AudioPortFlags::IS_MAIN
            } else {
                AudioPortFlags::empty()
            },
            port_type: Some(AudioPortType::STEREO),
            in_place_pair: None,
        });
    }
}

impl PluginAudioPortsActivationImpl for MainThread<'_> {
    fn can_activate_while_processing(&self) -> bool {
        true
    }
}

/// Inputs without a signal are silent, which is cheap; outputs that nobody hears are not rendered.
impl PluginAudioPortsActivationSetImpl for MainThread<'_> {
    fn set_active(&self, is_input: bool, port: u32, is_active: bool, size: SampleSize) -> bool {
        set_active(self.core(), is_input, port, (is_active, size))
    }
}

impl PluginAudioPortsActivationSetImpl for Processor<'_> {
    fn set_active(&self, is_input: bool, port: u32, is_active: bool, size: SampleSize) -> bool {
        set_active(&self.shared.core, is_input, port, (is_active, size))
    }
}

fn set_active(
    core: &Core,
    is_input: bool,
    port: u32,
    (is_active, size): (bool, SampleSize),
) -> bool {
    if !is_input {
        core.set_heard(port, is_active);
    }
    size != SampleSize::Float64
}

impl PluginAudioPortsConfigImpl for MainThread<'_> {
    fn count(&self) -> u32 {
        count_of(&LAYOUTS)
    }

    fn get(&self, index: u32, writer: &mut AudioPortConfigWriter) {
        let Some((layout, name)) = LAYOUTS.get(index as usize) else {
            return;
        };
        let main = MainPortInfo {
            channel_count: 2,
            port_type: Some(AudioPortType::STEREO),
        };
        writer.write(&AudioPortsConfiguration {
            id: ClapId::new(index),
            name: name.as_bytes(),
            input_port_count: self.inputs(),
            output_port_count: Self::outputs(*layout),
            main_input: (self.inputs() > 0).then_some(main),
            main_output: Some(main),
        });
    }

    fn select(&self, config_id: ClapId) -> Result<(), PluginError> {
        let found = LAYOUTS.get(config_id.get() as usize);
        let (layout, _) = found.ok_or(PluginError::Message("there is no such layout"))?;
        self.select_layout(*layout);
        Ok(())
    }
}

impl PluginNotePortsImpl for MainThread<'_> {
    /// One for each direction: what comes in goes out again.
    fn count(&self, _is_input: bool) -> u32 {
        u32::from(self.shared.kind == Kind::Instrument)
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut NotePortInfoWriter) {
        if index < PluginNotePortsImpl::count(self, is_input) {
            writer.set(&NotePortInfo {
                id: ClapId::new(u32::from(!is_input)),
                name: if is_input { b"Notes" } else { b"Notes out" },
                supported_dialects: NoteDialects::CLAP | NoteDialects::MIDI,
                preferred_dialect: Some(NoteDialect::Clap),
            });
        }
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        count_of(&[(); COUNT])
    }

    fn get_info(&self, param_index: u32, info: &mut ParamInfoWriter) {
        let Some(param) = Param::from_index(param_index as usize) else {
            return;
        };
        let (name, module) = self.param_name(param);
        let (min_value, max_value, default_value) = param.range();
        let automatable = ParamInfoFlags::IS_AUTOMATABLE;
        info.set(&ParamInfo {
            id: ClapId::new(param.number()),
            flags: match param {
                Param::Bypass => {
                    automatable | ParamInfoFlags::IS_BYPASS | ParamInfoFlags::IS_STEPPED
                }
                _ => automatable | ParamInfoFlags::IS_MODULATABLE,
            },
            cookie: Cookie::empty(),
            name: name.as_bytes(),
            module: module.as_bytes(),
            min_value,
            max_value,
            default_value,
        });
    }

    fn get_value(&self, param_id: ClapId) -> Option<f64> {
        let param = Param::from_number(param_id.get())?;
        Some(self.core().values.get(param))
    }

    fn value_to_text(
        &self,
        param_id: ClapId,
        value: f64,
        writer: &mut ParamDisplayWriter,
    ) -> fmt::Result {
        let param = Param::from_number(param_id.get()).ok_or(fmt::Error)?;
        let mut text = String::new();
        param.write(value, &mut text)?;
        writer.write_str(&text)
    }

    fn text_to_value(&self, param_id: ClapId, text: &CStr) -> Option<f64> {
        Param::from_number(param_id.get())?.read(text.to_str().ok()?)
    }

    fn flush(&self, input: &InputEvents, output: &mut OutputEvents) {
        for event in input {
            let Some(event) = event.as_event::<ParamValueEvent>() else {
                continue;
            };
            let param = event.param_id().and_then(|id| Param::from_number(id.get()));
            if let Some(param) = param.filter(|_| event.value().is_finite()) {
                self.core().values.set(param, event.value());
            }
        }
        self.send_edits(output);
    }
}

impl MainThread<'_> {
    /// A parameter's name, which follows the project, and its group.
    pub(crate) fn param_name(&self, param: Param) -> (String, &'static str) {
        match param {
            Param::Bypass => ("Bypass".to_owned(), ""),
            Param::MasterGain => ("Master gain".to_owned(), ""),
            Param::Macro(number) => {
                let document = self.document();
                let entry = document.project().macros.get(number);
                let name =
                    entry.map_or_else(|| format!("Macro {}", number + 1), |it| it.name.clone());
                (name, "Macros")
            }
            Param::Rtpc(number) => {
                let document = self.document();
                let entry = host_rtpc(document.project(), number);
                let name =
                    entry.map_or_else(|| format!("RTPC {}", number + 1), |it| it.name.clone());
                (name, "RTPCs")
            }
        }
    }
}
