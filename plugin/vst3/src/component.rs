//! The processor's face: `IComponent` and `IAudioProcessor`.

use std::ffi::CString;
use std::sync::Arc;

use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;
use vst3::{Class, ComPtr, ComRef};

use crate::guard::{Role, as_role, catch};
use crate::instance::Instance;
use crate::layout::{Bus, NoteBus};
use crate::library::Library;
use crate::text::wide;
use crate::{Options, state, write_out};

/// MIDI channels of an event bus.
const NOTE_CHANNELS: i32 = 16;
/// A tail of at least this many frames never ends.
const CLAP_INFINITE_TAIL: u32 = i32::MAX as u32;

/// The one object of a plug-in; [`controller`](crate::controller) holds its other face.
pub(crate) struct Component {
    pub(crate) instance: Arc<Instance>,
    context: Option<ComPtr<FUnknown>>,
}

impl Class for Component {
    type Interfaces = (
        IComponent,
        IAudioProcessor,
        IProcessContextRequirements,
        IEditController,
        IUnitInfo,
        IMidiMapping,
        INoteExpressionController,
        INoteExpressionPhysicalUIMapping,
    );
}

impl Component {
    /// `context` serves if the host initialises without one.
    pub(crate) fn new(
        library: Arc<Library>,
        id: CString,
        options: Options,
        context: Option<ComPtr<FUnknown>>,
    ) -> Self {
        Self {
            instance: Instance::new(library, id, options),
            context,
        }
    }

    /// Runs `body` on the main thread's side of the border.
    pub(crate) fn main<T: Copy>(&self, fallback: T, body: impl FnOnce(&Instance) -> T) -> T {
        catch(fallback, || as_role(Role::Main, || body(&self.instance)))
    }
}

impl IPluginBaseTrait for Component {
    unsafe fn initialize(&self, context: *mut FUnknown) -> tresult {
        self.main(kInternalError, |instance| {
            // SAFETY: the host passes a context, or null.
            let context = unsafe { ComRef::from_raw(context) }.map(|context| context.to_com_ptr());
            instance.initialize(context.or_else(|| self.context.clone()))
        })
    }

    unsafe fn terminate(&self) -> tresult {
        self.main(kInternalError, Instance::terminate)
    }
}

impl IComponentTrait for Component {
    /// The controller is this object.
    unsafe fn getControllerClassId(&self, _id: *mut TUID) -> tresult {
        kNotImplemented
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kNotImplemented
    }

    unsafe fn getBusCount(&self, media: MediaType, direction: BusDirection) -> int32 {
        self.main(0, |instance| {
            let layout = instance.layout();
            let count = match (kind(media), is_input(direction)) {
                (Some(Kind::Audio), Some(is_input)) => layout.busses(is_input).len(),
                (Some(Kind::Notes), Some(is_input)) => layout.note_busses(is_input).len(),
                _ => 0,
            };
            count as int32
        })
    }

    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            let layout = instance.layout();
            let found = usize::try_from(index).ok().and_then(|index| {
                let is_input = is_input(direction)?;
                Some(match kind(media)? {
                    Kind::Audio => audio_info(layout.busses(is_input).get(index)?),
                    Kind::Notes => note_info(index, layout.note_busses(is_input).get(index)?),
                })
            });
            let Some(mut found) = found else {
                return kInvalidArgument;
            };
            (found.mediaType, found.direction) = (media, direction);
            // SAFETY: the host passes a place for an info, or null.
            unsafe { write_out(info, found) }
        })
    }

    unsafe fn getRoutingInfo(&self, _from: *mut RoutingInfo, _to: *mut RoutingInfo) -> tresult {
        kNotImplemented
    }

    unsafe fn activateBus(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        state: TBool,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            let (Some(kind), Some(is_input)) = (kind(media), is_input(direction)) else {
                return kInvalidArgument;
            };
            let Ok(index) = usize::try_from(index) else {
                return kInvalidArgument;
            };
            match kind {
                Kind::Audio => instance.activate_bus(is_input, index, state != 0),
                Kind::Notes if index < instance.layout().note_busses(is_input).len() => kResultOk,
                Kind::Notes => kInvalidArgument,
            }
        })
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        self.main(kInternalError, |instance| {
            let result = instance.set_active(state != 0);
            instance.attend();
            result
        })
    }

    unsafe fn setState(&self, stream: *mut IBStream) -> tresult {
        self.main(kInternalError, |instance| {
            let Some(plugin) = instance.plugin() else {
                return kNotInitialized;
            };
            // SAFETY: the host passes a stream, or null.
            let is_loaded = unsafe { state::load(&plugin, stream) };
            if is_loaded {
                instance.refresh_values();
            }
            instance.attend();
            if is_loaded { kResultOk } else { kResultFalse }
        })
    }

    unsafe fn getState(&self, stream: *mut IBStream) -> tresult {
        self.main(kInternalError, |instance| {
            let Some(plugin) = instance.plugin() else {
                return kNotInitialized;
            };
            instance.attend();
            instance.flush_staged();
            // SAFETY: the host passes a stream, or null.
            let is_saved = unsafe { state::save(&plugin, stream) };
            if is_saved { kResultOk } else { kResultFalse }
        })
    }
}

impl IAudioProcessorTrait for Component {
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        input_count: int32,
        outputs: *mut SpeakerArrangement,
        output_count: int32,
    ) -> tresult {
        // SAFETY: the host passes as many arrangements as it says.
        let (inputs, outputs) = unsafe { (list(inputs, input_count), list(outputs, output_count)) };
        let (Some(inputs), Some(outputs)) = (inputs, outputs) else {
            return kInvalidArgument;
        };
        self.main(kInternalError, |instance| instance.arrange(inputs, outputs))
    }

    unsafe fn getBusArrangement(
        &self,
        direction: BusDirection,
        index: int32,
        arrangement: *mut SpeakerArrangement,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            let layout = instance.layout();
            let bus = usize::try_from(index)
                .ok()
                .and_then(|index| layout.busses(is_input(direction)?).get(index));
            match bus {
                // SAFETY: the host passes a place for an arrangement, or null.
                Some(bus) => unsafe { write_out(arrangement, bus.arrangement()) },
                None => kInvalidArgument,
            }
        })
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        if size == SymbolicSampleSizes_::kSample32 as int32 {
            kResultOk
        } else {
            kResultFalse
        }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        self.main(0, Instance::latency)
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        // SAFETY: the host passes a set-up, or null.
        let Some(setup) = (unsafe { setup.as_ref() }) else {
            return kInvalidArgument;
        };
        self.main(kInternalError, |instance| instance.set_up(setup))
    }

    unsafe fn setProcessing(&self, state: TBool) -> tresult {
        catch(kInternalError, || self.instance.set_processing(state != 0))
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        // SAFETY: the host passes data, or null.
        let Some(data) = (unsafe { data.as_ref() }) else {
            return kInvalidArgument;
        };
        // SAFETY: what the data points to is valid for the call.
        catch(kInternalError, || unsafe { self.instance.process(data) })
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        self.main(kNoTail, |instance| {
            let tail = instance.plugin().map_or(kNoTail, |plugin| plugin.tail());
            if tail >= CLAP_INFINITE_TAIL {
                kInfiniteTail
            } else {
                tail
            }
        })
    }
}

impl IProcessContextRequirementsTrait for Component {
    unsafe fn getProcessContextRequirements(&self) -> uint32 {
        use vst3::Steinberg::Vst::IProcessContextRequirements_::Flags_::*;
        let needs = kNeedTransportState | kNeedTempo | kNeedTimeSignature | kNeedProjectTimeMusic;
        (needs | kNeedBarPositionMusic | kNeedCycleMusic) as uint32
    }
}

enum Kind {
    Audio,
    Notes,
}

fn kind(media: MediaType) -> Option<Kind> {
    match media as MediaTypes {
        MediaTypes_::kAudio => Some(Kind::Audio),
        MediaTypes_::kEvent => Some(Kind::Notes),
        _ => None,
    }
}

fn is_input(direction: BusDirection) -> Option<bool> {
    match direction as BusDirections {
        BusDirections_::kInput => Some(true),
        BusDirections_::kOutput => Some(false),
        _ => None,
    }
}

fn audio_info(bus: &Bus) -> BusInfo {
    let mut info = bus_info(&bus.name, bus.channels as i32, bus.is_main);
    if !bus.is_main {
        info.flags = 0;
    }
    info
}

fn note_info(index: usize, bus: &NoteBus) -> BusInfo {
    bus_info(&bus.name, NOTE_CHANNELS, index == 0)
}

fn bus_info(name: &str, channels: i32, is_main: bool) -> BusInfo {
    let kind = if is_main {
        BusTypes_::kMain
    } else {
        BusTypes_::kAux
    };
    BusInfo {
        mediaType: 0,
        direction: 0,
        channelCount: channels,
        name: wide(name),
        busType: kind as BusType,
        flags: BusInfo_::BusFlags_::kDefaultActive as uint32,
    }
}

/// # Safety
/// `list` is null or points to `count` arrangements.
unsafe fn list<'a>(
    list: *const SpeakerArrangement,
    count: int32,
) -> Option<&'a [SpeakerArrangement]> {
    match usize::try_from(count).ok()? {
        0 => Some(&[]),
        _ if list.is_null() => None,
        // SAFETY: the caller vouches for it.
        count => Some(unsafe { std::slice::from_raw_parts(list, count) }),
    }
}
