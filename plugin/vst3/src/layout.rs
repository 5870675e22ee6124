//! Busses: CLAP's ports in the words of VST3.

use std::sync::atomic::{AtomicBool, Ordering};

use clap_sys::ext::audio_ports::{CLAP_AUDIO_PORT_IS_MAIN, clap_audio_port_info};
use clap_sys::ext::audio_ports_config::clap_audio_ports_config;
use clap_sys::ext::configurable_audio_ports::clap_audio_port_configuration_request;
use clap_sys::ext::note_ports::*;
use vst3::Steinberg::Vst::{SpeakerArr, SpeakerArrangement};

use crate::plugin::Plugin;
use crate::text::from_array;

/// More channels than any arrangement has bits.
const MOST_CHANNELS: u32 = 64;

/// An audio bus.
#[derive(Debug)]
pub(crate) struct Bus {
    pub(crate) name: String,
    pub(crate) channels: u32,
    pub(crate) is_main: bool,
    /// The bus of the other direction that may share its buffers.
    pub(crate) pair: Option<usize>,
    /// What the host last said about it. The audio thread reads it.
    is_active: AtomicBool,
}

impl Bus {
    pub(crate) fn is_active(&self) -> bool {
        self.is_active.load(Ordering::Relaxed)
    }

    pub(crate) fn set_active(&self, is_active: bool) {
        self.is_active.store(is_active, Ordering::Relaxed);
    }

    pub(crate) fn arrangement(&self) -> SpeakerArrangement {
        arrangement(self.channels)
    }
}

/// An event bus.
#[derive(Clone, Debug)]
pub(crate) struct NoteBus {
    pub(crate) name: String,
    pub(crate) speaks_clap: bool,
    pub(crate) speaks_midi: bool,
}

/// All busses of a plug-in, in the order of its ports.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) inputs: Vec<Bus>,
    pub(crate) outputs: Vec<Bus>,
    pub(crate) note_inputs: Vec<NoteBus>,
    pub(crate) note_outputs: Vec<NoteBus>,
}

impl Layout {
    /// `[main-thread]` The busses as they are now.
    pub(crate) fn read(plugin: &Plugin) -> Self {
        let inputs = plugin.audio_ports(true);
        let outputs = plugin.audio_ports(false);
        Self {
            inputs: busses(&inputs, &outputs),
            outputs: busses(&outputs, &inputs),
            note_inputs: plugin.note_ports(true).iter().map(note_bus).collect(),
            note_outputs: plugin.note_ports(false).iter().map(note_bus).collect(),
        }
    }

    pub(crate) fn busses(&self, is_input: bool) -> &[Bus] {
        if is_input {
            &self.inputs
        } else {
            &self.outputs
        }
    }

    pub(crate) fn note_busses(&self, is_input: bool) -> &[NoteBus] {
        if is_input {
            &self.note_inputs
        } else {
            &self.note_outputs
        }
    }

    /// Hosts that activate busses say so for each; until then every bus counts as active, because
    /// others never say anything. From the first word on, only main busses are active unasked.
    pub(crate) fn expect_activation(&self) {
        for bus in self.inputs.iter().chain(&self.outputs) {
            bus.set_active(bus.is_main);
        }
    }

    /// A bit for each output bus that a host that activates busses does not use. It cannot use those
    /// behind the last one.
    pub(crate) fn inactive_outputs(&self) -> u64 {
        let busses = (0..u64::BITS).zip(&self.outputs);
        busses
            .filter(|(_, bus)| bus.is_active())
            .fold(u64::MAX, |set, (index, _)| set & !(1 << index))
    }

    /// Whether `other` has as many busses with as many channels each.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let channels =
            |busses: &[Bus]| -> Vec<u32> { busses.iter().map(|bus| bus.channels).collect() };
        channels(&self.inputs) == channels(&other.inputs)
            && channels(&self.outputs) == channels(&other.outputs)
            && self.note_inputs.len() == other.note_inputs.len()
            && self.note_outputs.len() == other.note_outputs.len()
    }

    /// Takes over what the host said about the busses of `former`.
    pub(crate) fn inherit(&self, former: &Self) {
        let pairs = self.inputs.iter().zip(&former.inputs);
        for (bus, old) in pairs.chain(self.outputs.iter().zip(&former.outputs)) {
            bus.set_active(old.is_active());
        }
    }
}

fn busses(ports: &[clap_audio_port_info], others: &[clap_audio_port_info]) -> Vec<Bus> {
    let bus = |(index, port): (usize, &clap_audio_port_info)| Bus {
        name: from_array(&port.name),
        channels: port.channel_count.min(MOST_CHANNELS),
        is_main: index == 0 && port.flags & CLAP_AUDIO_PORT_IS_MAIN != 0,
        pair: others
            .iter()
            .position(|other| other.id == port.in_place_pair),
        is_active: AtomicBool::new(true),
    };
    ports.iter().enumerate().map(bus).collect()
}

fn note_bus(port: &clap_note_port_info) -> NoteBus {
    let midi = CLAP_NOTE_DIALECT_MIDI | CLAP_NOTE_DIALECT_MIDI_MPE;
    NoteBus {
        name: from_array(&port.name),
        speaks_clap: port.supported_dialects & CLAP_NOTE_DIALECT_CLAP != 0,
        speaks_midi: port.supported_dialects & midi != 0,
    }
}

/// VST3's arrangement of so many channels.
fn arrangement(channels: u32) -> SpeakerArrangement {
    match channels {
        0 => SpeakerArr::kEmpty,
        1 => SpeakerArr::kMono,
        2 => SpeakerArr::kStereo,
        3 => SpeakerArr::k30Cine,
        4 => SpeakerArr::k40Music,
        5 => SpeakerArr::k50,
        6 => SpeakerArr::k51,
        7 => SpeakerArr::k70Cine,
        8 => SpeakerArr::k71Cine,
        64.. => SpeakerArrangement::MAX,
        more => (1 << more) - 1,
    }
}

/// `[main-thread & !active]` Chooses the configuration with the most output ports among those that
/// start with the same main ports as the current one.
///
/// A VST3 host counts the busses once. Only an extra layout that is there from the start can be
/// reached, and its extra busses cost nothing while they are inactive.
pub(crate) fn select_widest(plugin: &Plugin) {
    let configs = plugin.configs();
    let current = Layout::read(plugin);
    let main = |busses: &[Bus]| {
        busses
            .iter()
            .find(|bus| bus.is_main)
            .map(|bus| bus.channels)
    };
    let (input, output) = (main(&current.inputs), main(&current.outputs));
    let is_candidate = |config: &&clap_audio_ports_config| {
        let of = |is_there: bool, channels: u32| is_there.then_some(channels);
        of(config.has_main_input, config.main_input_channel_count) == input
            && of(config.has_main_output, config.main_output_channel_count) == output
            && config.input_port_count as usize >= current.inputs.len()
            && config.output_port_count as usize > current.outputs.len()
    };
    let candidates = configs.iter().filter(is_candidate);
    if let Some(widest) = candidates.max_by_key(|config| config.output_port_count) {
        plugin.select_config(widest.id);
    }
}

/// `[main-thread & !active]` Tries to give the busses these arrangements: as they are, through the
/// configurable ports, or through a configuration. `false` leaves everything as it was.
///
/// An empty arrangement stands for a bus that the host does not use; it keeps its channels. So do
/// the busses behind the last one that the host names.
pub(crate) fn arrange(
    plugin: &Plugin,
    layout: &Layout,
    inputs: &[SpeakerArrangement],
    outputs: &[SpeakerArrangement],
) -> bool {
    if inputs.len() > layout.inputs.len() || outputs.len() > layout.outputs.len() {
        return false;
    }
    let inputs = wishes(&layout.inputs, inputs);
    let outputs = wishes(&layout.outputs, outputs);
    let fits = |busses: &[Bus], wishes: &[u32]| {
        let mut pairs = busses.iter().zip(wishes);
        pairs.all(|(bus, wish)| bus.channels == *wish)
    };
    if fits(&layout.inputs, &inputs) && fits(&layout.outputs, &outputs) {
        return true;
    }
    let requests: Vec<_> = (requests(true, &inputs).chain(requests(false, &outputs))).collect();
    if plugin.configure(&requests) {
        return true;
    }
    let configs = plugin.configs();
    let mut matching = configs
        .iter()
        .filter(|config| matches(plugin, config, layout, &inputs, &outputs));
    matching.any(|config| plugin.select_config(config.id))
}

/// The channels that the host wants on each bus.
fn wishes(busses: &[Bus], arrangements: &[SpeakerArrangement]) -> Vec<u32> {
    let wish = |(index, bus): (usize, &Bus)| match arrangements.get(index) {
        None | Some(&SpeakerArr::kEmpty) => bus.channels,
        Some(arrangement) => arrangement.count_ones(),
    };
    busses.iter().enumerate().map(wish).collect()
}

fn requests(
    is_input: bool,
    wishes: &[u32],
) -> impl Iterator<Item = clap_audio_port_configuration_request> {
    use clap_sys::ext::audio_ports::{CLAP_PORT_MONO, CLAP_PORT_STEREO};
    (0..).zip(wishes).map(
        move |(port_index, channels)| clap_audio_port_configuration_request {
            is_input,
            port_index,
            channel_count: *channels,
            port_type: match channels {
                1 => CLAP_PORT_MONO.as_ptr(),
                2 => CLAP_PORT_STEREO.as_ptr(),
                _ => std::ptr::null(),
            },
            port_details: std::ptr::null(),
        },
    )
}

/// Whether a configuration has as many ports as now with the channels of the wishes.
fn matches(
    plugin: &Plugin,
    config: &clap_audio_ports_config,
    layout: &Layout,
    inputs: &[u32],
    outputs: &[u32],
) -> bool {
    let main_of = |busses: &[Bus], wishes: &[u32]| {
        let is_main = busses.first().is_some_and(|bus| bus.is_main);
        is_main.then(|| wishes[0])
    };
    let fits = |is_input: bool, wishes: &[u32]| {
        (0..).zip(wishes).all(|(index, wish)| {
            let channels = plugin.config_channels(config.id, index, is_input);
            channels.is_none_or(|channels| channels == *wish)
        })
    };
    let has = |is_there: bool, channels: u32| is_there.then_some(channels);
    config.input_port_count as usize == inputs.len()
        && config.output_port_count as usize == outputs.len()
        && has(config.has_main_input, config.main_input_channel_count)
            == main_of(&layout.inputs, inputs)
        && has(config.has_main_output, config.main_output_channel_count)
            == main_of(&layout.outputs, outputs)
        && fits(true, inputs)
        && fits(false, outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_have_as_many_speakers_as_channels() {
        for channels in 0..=MOST_CHANNELS {
            assert_eq!(arrangement(channels).count_ones(), channels);
        }
    }
}
