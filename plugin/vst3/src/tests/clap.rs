//! A small CLAP plug-in with everything that the adapter has to translate. Knows CLAP only.
//!
//! Audio: main output = main input x gain + side-chain / 2 + one impulse per note, as high as its
//! velocity, at its exact frame. The auxiliary output is the side-chain. Notes are echoed. Writing to
//! the parameter `COMMAND` makes it do one of the things of [`command`].

mod gui;

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::entry::clap_plugin_entry;
use clap_sys::events::*;
use clap_sys::ext::audio_ports::*;
use clap_sys::ext::gui::*;
use clap_sys::ext::latency::*;
use clap_sys::ext::note_ports::*;
use clap_sys::ext::params::*;
use clap_sys::ext::state::*;
use clap_sys::ext::tail::*;
use clap_sys::ext::thread_check::*;
use clap_sys::factory::plugin_factory::*;
use clap_sys::host::clap_host;
use clap_sys::id::CLAP_INVALID_ID;
use clap_sys::plugin::*;
use clap_sys::process::*;
use clap_sys::stream::*;
use clap_sys::version::CLAP_VERSION;

pub(crate) const ID: &CStr = c"org.example.test-gain";
pub(crate) const GAIN: u32 = 0x8000_0001;
pub(crate) const MODE: u32 = 1;
pub(crate) const BYPASS: u32 = 2;
pub(crate) const METER: u32 = 3;
pub(crate) const COMMAND: u32 = 4;

/// What a value of `COMMAND` makes the plug-in do.
pub(crate) mod command {
    pub(crate) const GESTURE: f64 = 1.0;
    pub(crate) const DIRTY: f64 = 2.0;
    pub(crate) const LATENCY: f64 = 3.0;
    pub(crate) const RENAME: f64 = 4.0;
    pub(crate) const VALUES: f64 = 5.0;
    pub(crate) const RESIZE: f64 = 6.0;
    pub(crate) const LONE: f64 = 7.0;
    pub(crate) const HOLD: f64 = 8.0;
    pub(crate) const FAIL: f64 = 9.0;
}

/// Calls on a thread that CLAP does not allow, over all instances.
pub(crate) static VIOLATIONS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// Instances made on this thread that still exist.
    pub(crate) static ALIVE: Cell<u32> = const { Cell::new(0) };
    /// The last MIDI message, song position and block length that this thread processed.
    pub(crate) static LAST_MIDI: Cell<[u8; 3]> = const { Cell::new([0; 3]) };
    pub(crate) static LAST_BEATS: Cell<i64> = const { Cell::new(0) };
    pub(crate) static LAST_BLOCK: Cell<u32> = const { Cell::new(0) };
}

const MAGIC: &[u8; 4] = b"GAIN";
const STATE_SIZE: usize = 4 + 8 + 8 + 8;

struct Gain {
    plugin: clap_plugin,
    host: *const clap_host,
    /// Plain values as bits, by id without the top bit (`GAIN` is 0).
    values: [AtomicU64; 5],
    is_active: AtomicBool,
    is_started: AtomicBool,
    is_failing: AtomicBool,
    is_renamed: AtomicBool,
    latency: AtomicU32,
    pending: AtomicU32,
    gui: AtomicU64,
    has_gui: AtomicBool,
}

static FEATURES: Features = Features([
    c"audio-effect".as_ptr(),
    c"instrument".as_ptr(),
    c"stereo".as_ptr(),
    null(),
]);
struct Features([*const c_char; 4]);
// SAFETY: pointers to constants.
unsafe impl Sync for Features {}

static DESCRIPTOR: clap_plugin_descriptor = clap_plugin_descriptor {
    clap_version: CLAP_VERSION,
    id: ID.as_ptr(),
    name: c"Test Gain".as_ptr(),
    vendor: c"Example".as_ptr(),
    url: c"https://example.org".as_ptr(),
    manual_url: c"".as_ptr(),
    support_url: c"".as_ptr(),
    version: c"1.2.3".as_ptr(),
    description: c"".as_ptr(),
    features: FEATURES.0.as_ptr(),
};

pub(crate) static ENTRY: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(entry_init),
    deinit: Some(entry_deinit),
    get_factory: Some(entry_factory),
};

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(plugin_count),
    get_plugin_descriptor: Some(plugin_descriptor),
    create_plugin: Some(create_plugin),
};

unsafe extern "C" fn entry_init(path: *const c_char) -> bool {
    !path.is_null()
}

unsafe extern "C" fn entry_deinit() {}

unsafe extern "C" fn entry_factory(id: *const c_char) -> *const c_void {
    // SAFETY: the host passes a text.
    let is_it = unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID;
    if is_it {
        (&raw const FACTORY).cast()
    } else {
        null()
    }
}

unsafe extern "C" fn plugin_count(_factory: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn plugin_descriptor(
    _factory: *const clap_plugin_factory,
    _index: u32,
) -> *const clap_plugin_descriptor {
    &raw const DESCRIPTOR
}

unsafe extern "C" fn create_plugin(
    _factory: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the host passes a text.
    if unsafe { CStr::from_ptr(id) } != ID {
        return null();
    }
    let defaults = [1.0_f64, 0.0, 0.0, 0.0, 0.0];
    let gain = Box::into_raw(Box::new(Gain {
        plugin: clap_plugin {
            desc: &raw const DESCRIPTOR,
            plugin_data: null_mut(),
            init: Some(init),
            destroy: Some(destroy),
            activate: Some(activate),
            deactivate: Some(deactivate),
            start_processing: Some(start_processing),
            stop_processing: Some(stop_processing),
            reset: Some(reset),
            process: Some(process),
            get_extension: Some(get_extension),
            on_main_thread: Some(on_main_thread),
        },
        host,
        values: defaults.map(|value| AtomicU64::new(value.to_bits())),
        is_active: AtomicBool::new(false),
        is_started: AtomicBool::new(false),
        is_failing: AtomicBool::new(false),
        is_renamed: AtomicBool::new(false),
        latency: AtomicU32::new(0),
        pending: AtomicU32::new(0),
        gui: AtomicU64::new(gui::size_bits(400, 300)),
        has_gui: AtomicBool::new(false),
    }));
    ALIVE.set(ALIVE.get() + 1);
    // SAFETY: the box is alive until `destroy`.
    unsafe {
        (*gain).plugin.plugin_data = gain.cast();
        &raw const (*gain).plugin
    }
}

/// # Safety
/// `plugin` is one of ours and alive.
unsafe fn of<'a>(plugin: *const clap_plugin) -> &'a Gain {
    // SAFETY: `plugin_data` is the box.
    unsafe { &*(*plugin).plugin_data.cast::<Gain>() }
}

impl Gain {
    fn value(&self, id: u32) -> f64 {
        f64::from_bits(self.values[(id & 7) as usize % 5].load(Ordering::Relaxed))
    }

    fn index(id: u32) -> Option<usize> {
        match id {
            GAIN => Some(0),
            MODE..=COMMAND => Some(id as usize),
            _ => None,
        }
    }

    fn get(&self, id: u32) -> Option<f64> {
        let index = Self::index(id)?;
        Some(f64::from_bits(self.values[index].load(Ordering::Relaxed)))
    }

    fn set(&self, id: u32, value: f64) {
        if let Some(index) = Self::index(id) {
            self.values[index].store(value.to_bits(), Ordering::Relaxed);
        }
    }

    fn extension<T>(&self, id: &CStr) -> &T {
        // SAFETY: the host has all extensions that are asked for here.
        unsafe {
            let table = ((*self.host).get_extension.unwrap())(self.host, id.as_ptr());
            &*table.cast::<T>()
        }
    }

    fn expect(&self, is_right: bool) {
        if !is_right {
            VIOLATIONS.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn is_on_main(&self) -> bool {
        let check: &clap_host_thread_check = self.extension(CLAP_EXT_THREAD_CHECK);
        // SAFETY: the host is alive.
        unsafe { (check.is_main_thread.unwrap())(self.host) }
    }

    fn is_on_audio(&self) -> bool {
        let check: &clap_host_thread_check = self.extension(CLAP_EXT_THREAD_CHECK);
        // SAFETY: the host is alive.
        unsafe { (check.is_audio_thread.unwrap())(self.host) }
    }
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_main());
    true
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: ours, and not used any more.
    let gain = unsafe { Box::from_raw((*plugin).plugin_data.cast::<Gain>()) };
    gain.expect(gain.is_on_main());
    gain.expect(!gain.is_active.load(Ordering::Relaxed));
    gain.expect(!gain.has_gui.load(Ordering::Relaxed));
    ALIVE.set(ALIVE.get().wrapping_sub(1));
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, min: u32, max: u32) -> bool {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_main());
    gain.expect(!gain.is_active.swap(true, Ordering::Relaxed));
    gain.expect(rate > 0.0 && min >= 1 && max >= min);
    true
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_main());
    gain.expect(gain.is_active.swap(false, Ordering::Relaxed));
    gain.expect(!gain.is_started.load(Ordering::Relaxed));
}

unsafe extern "C" fn start_processing(plugin: *const clap_plugin) -> bool {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_audio());
    gain.expect(!gain.is_started.swap(true, Ordering::Relaxed));
    true
}

unsafe extern "C" fn stop_processing(plugin: *const clap_plugin) {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_audio());
    gain.expect(gain.is_started.swap(false, Ordering::Relaxed));
}

unsafe extern "C" fn reset(_plugin: *const clap_plugin) {}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_main());
    let command = f64::from(gain.pending.swap(0, Ordering::Relaxed));
    // SAFETY: the host is alive and has these extensions.
    unsafe {
        if command == command::DIRTY {
            let state: &clap_host_state = gain.extension(CLAP_EXT_STATE);
            (state.mark_dirty.unwrap())(gain.host);
        } else if command == command::LATENCY {
            gain.latency.fetch_add(64, Ordering::Relaxed);
            let latency: &clap_host_latency = gain.extension(CLAP_EXT_LATENCY);
            (latency.changed.unwrap())(gain.host);
        } else if command == command::RENAME {
            gain.is_renamed.store(true, Ordering::Relaxed);
            let params: &clap_host_params = gain.extension(CLAP_EXT_PARAMS);
            (params.rescan.unwrap())(gain.host, CLAP_PARAM_RESCAN_INFO);
        } else if command == command::VALUES {
            gain.set(GAIN, 0.25);
            let params: &clap_host_params = gain.extension(CLAP_EXT_PARAMS);
            (params.rescan.unwrap())(gain.host, CLAP_PARAM_RESCAN_VALUES);
        } else if command == command::RESIZE {
            let gui: &clap_host_gui = gain.extension(CLAP_EXT_GUI);
            if (gui.request_resize.unwrap())(gain.host, 500, 350) {
                gain.gui.store(gui::size_bits(500, 350), Ordering::Relaxed);
            }
        }
    }
}

/// Does what `event` says; returns the velocity of a note that starts.
unsafe fn handle(
    gain: &Gain,
    event: *const clap_event_header,
    out: *const clap_output_events,
) -> f64 {
    // SAFETY: the host's events are what their types say; its lists are alive.
    unsafe {
        match (*event).type_ {
            CLAP_EVENT_PARAM_VALUE => {
                let param = &*event.cast::<clap_event_param_value>();
                gain.set(param.param_id, param.value);
                if param.param_id == COMMAND {
                    obey(gain, param.value, out);
                }
            }
            CLAP_EVENT_NOTE_ON => {
                ((*out).try_push.unwrap())(out, event);
                return (*event.cast::<clap_event_note>()).velocity;
            }
            CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_EXPRESSION => {
                ((*out).try_push.unwrap())(out, event);
            }
            CLAP_EVENT_MIDI => {
                LAST_MIDI.set((*event.cast::<clap_event_midi>()).data);
            }
            _ => {}
        }
        0.0
    }
}

unsafe fn obey(gain: &Gain, command: f64, out: *const clap_output_events) {
    // SAFETY: the host is alive, and so is its list.
    unsafe {
        if command == command::GESTURE || command == command::HOLD {
            push_gesture(out, CLAP_EVENT_PARAM_GESTURE_BEGIN);
            push_value(gain, out, 0.5);
            if command == command::GESTURE {
                push_gesture(out, CLAP_EVENT_PARAM_GESTURE_END);
            }
        } else if command == command::LONE {
            push_value(gain, out, 1.5);
        } else if command == command::FAIL {
            gain.is_failing.store(true, Ordering::Relaxed);
        } else if command > 0.0 {
            gain.pending.store(command as u32, Ordering::Relaxed);
            ((*gain.host).request_callback.unwrap())(gain.host);
        }
    }
}

unsafe fn push_gesture(out: *const clap_output_events, kind: u16) {
    let event = clap_event_param_gesture {
        header: header::<clap_event_param_gesture>(kind),
        param_id: GAIN,
    };
    // SAFETY: the list is the host's.
    unsafe { ((*out).try_push.unwrap())(out, &raw const event.header) };
}

unsafe fn push_value(gain: &Gain, out: *const clap_output_events, value: f64) {
    gain.set(GAIN, value);
    let event = clap_event_param_value {
        header: header::<clap_event_param_value>(CLAP_EVENT_PARAM_VALUE),
        param_id: GAIN,
        cookie: null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    };
    // SAFETY: the list is the host's.
    unsafe { ((*out).try_push.unwrap())(out, &raw const event.header) };
}

fn header<T>(kind: u16) -> clap_event_header {
    clap_event_header {
        size: size_of::<T>() as u32,
        time: 0,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: kind,
        flags: 0,
    }
}

unsafe extern "C" fn process(
    plugin: *const clap_plugin,
    process: *const clap_process,
) -> clap_process_status {
    // SAFETY: ours; the host passes a valid block.
    unsafe {
        let (gain, block) = (of(plugin), &*process);
        gain.expect(gain.is_on_audio() && gain.is_started.load(Ordering::Relaxed));
        gain.expect((block.audio_inputs_count, block.audio_outputs_count) == (2, 2));
        LAST_BLOCK.set(block.frames_count);
        if let Some(transport) = block.transport.as_ref() {
            LAST_BEATS.set(transport.song_pos_beats);
        }
        let list = block.in_events;
        let (mut next, count) = (0, ((*list).size.unwrap())(list));
        let mut last = 0;
        for frame in 0..block.frames_count {
            let mut impulse = 0.0;
            while next < count {
                let event = ((*list).get.unwrap())(list, next);
                gain.expect((*event).time >= last && (*event).time < block.frames_count);
                if (*event).time > frame {
                    break;
                }
                last = (*event).time;
                impulse += handle(gain, event, block.out_events);
                next += 1;
            }
            render(gain, block, frame as usize, impulse as f32);
        }
        gain.expect(next == count);
        if gain.is_failing.load(Ordering::Relaxed) {
            return CLAP_PROCESS_ERROR;
        }
        let is_silent = (0..2).all(|bus| (*block.audio_inputs.add(bus)).constant_mask == 3);
        if is_silent && count == 0 {
            (*block.audio_outputs).constant_mask = 3;
            (*block.audio_outputs.add(1)).constant_mask = 3;
        }
    }
    CLAP_PROCESS_CONTINUE
}

/// # Safety
/// The block is valid and has the frame.
unsafe fn render(gain: &Gain, block: &clap_process, frame: usize, impulse: f32) {
    // SAFETY: two stereo ports each way, as declared.
    unsafe {
        let sample = |bus: *const clap_audio_buffer, channel: usize| {
            (*(*bus).data32.add(channel)).add(frame)
        };
        let amount = if gain.value(BYPASS) > 0.5 {
            1.0
        } else {
            gain.value(0)
        } as f32;
        for channel in 0..2 {
            let input = *sample(block.audio_inputs, channel);
            let side = *sample(block.audio_inputs.add(1), channel);
            *sample(block.audio_outputs, channel) = input * amount + side * 0.5 + impulse;
            *sample(block.audio_outputs.add(1), channel) = side;
        }
    }
}

static AUDIO_PORTS: clap_plugin_audio_ports = clap_plugin_audio_ports {
    count: Some(audio_port_count),
    get: Some(audio_port),
};

unsafe extern "C" fn audio_port_count(_plugin: *const clap_plugin, _is_input: bool) -> u32 {
    2
}

unsafe extern "C" fn audio_port(
    _plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_audio_port_info,
) -> bool {
    let name = match (is_input, index) {
        (true, 0) => c"Input",
        (true, _) => c"Side-chain",
        (false, 0) => c"Output",
        (false, _) => c"Aux",
    };
    // SAFETY: the host passes a place for an info.
    unsafe {
        (*info).id = index;
        copy(name, &mut (*info).name);
        (*info).flags = if index == 0 {
            CLAP_AUDIO_PORT_IS_MAIN
        } else {
            0
        };
        (*info).channel_count = 2;
        (*info).port_type = CLAP_PORT_STEREO.as_ptr();
        (*info).in_place_pair = if index == 0 { 0 } else { CLAP_INVALID_ID };
    }
    true
}

fn copy(text: &CStr, array: &mut [c_char]) {
    for (target, byte) in array.iter_mut().zip(text.to_bytes_with_nul()) {
        *target = *byte as c_char;
    }
}

static NOTE_PORTS: clap_plugin_note_ports = clap_plugin_note_ports {
    count: Some(note_port_count),
    get: Some(note_port),
};

unsafe extern "C" fn note_port_count(_plugin: *const clap_plugin, _is_input: bool) -> u32 {
    1
}

unsafe extern "C" fn note_port(
    _plugin: *const clap_plugin,
    _index: u32,
    _is_input: bool,
    info: *mut clap_note_port_info,
) -> bool {
    // SAFETY: the host passes a place for an info.
    unsafe {
        (*info).id = 0;
        (*info).supported_dialects = CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI;
        (*info).preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
        copy(c"Notes", &mut (*info).name);
    }
    true
}

static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(param_count),
    get_info: Some(param_info),
    get_value: Some(param_value),
    value_to_text: Some(value_to_text),
    text_to_value: Some(text_to_value),
    flush: Some(flush),
};

unsafe extern "C" fn param_count(_plugin: *const clap_plugin) -> u32 {
    5
}

unsafe extern "C" fn param_info(
    plugin: *const clap_plugin,
    index: u32,
    info: *mut clap_param_info,
) -> bool {
    let automatable = CLAP_PARAM_IS_AUTOMATABLE;
    let stepped = CLAP_PARAM_IS_STEPPED;
    let table = [
        (GAIN, c"Gain", c"Levels", automatable, 2.0, 1.0),
        (
            MODE,
            c"Mode",
            c"Levels/Deep",
            automatable | stepped | CLAP_PARAM_IS_ENUM,
            2.0,
            0.0,
        ),
        (
            BYPASS,
            c"Bypass",
            c"",
            automatable | stepped | CLAP_PARAM_IS_BYPASS,
            1.0,
            0.0,
        ),
        (METER, c"Meter", c"", CLAP_PARAM_IS_READONLY, 1.0, 0.0),
        (COMMAND, c"Command", c"", stepped, 16.0, 0.0),
    ];
    // SAFETY: ours, and the host passes a place for an info.
    unsafe {
        let (id, name, module, flags, max, default) = table[index as usize];
        let is_renamed = index == 0 && of(plugin).is_renamed.load(Ordering::Relaxed);
        (*info).id = id;
        (*info).flags = flags;
        (*info).cookie = null_mut();
        copy(if is_renamed { c"Louder" } else { name }, &mut (*info).name);
        copy(module, &mut (*info).module);
        (*info).min_value = 0.0;
        (*info).max_value = max;
        (*info).default_value = default;
    }
    true
}

unsafe extern "C" fn param_value(plugin: *const clap_plugin, id: u32, value: *mut f64) -> bool {
    // SAFETY: ours, and the host passes a place for a value.
    unsafe {
        let found = of(plugin).get(id);
        *value = found.unwrap_or(0.0);
        found.is_some()
    }
}

unsafe extern "C" fn value_to_text(
    plugin: *const clap_plugin,
    id: u32,
    value: f64,
    text: *mut c_char,
    size: u32,
) -> bool {
    // SAFETY: ours, and the host passes `size` bytes.
    unsafe {
        let gain = of(plugin);
        gain.expect(gain.is_on_main());
        let unit = if id == GAIN { " x" } else { "" };
        let words = std::ffi::CString::new(format!("{value:.3}{unit}")).unwrap();
        copy(&words, std::slice::from_raw_parts_mut(text, size as usize));
    }
    true
}

unsafe extern "C" fn text_to_value(
    _plugin: *const clap_plugin,
    _id: u32,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    // SAFETY: the host passes a text and a place for a value.
    unsafe {
        let text = CStr::from_ptr(text).to_str().unwrap_or("");
        let Ok(number) = text.trim_end_matches(" x").parse() else {
            return false;
        };
        *value = number;
    }
    true
}

unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    input: *const clap_input_events,
    out: *const clap_output_events,
) {
    // SAFETY: ours; the lists are the host's.
    unsafe {
        let gain = of(plugin);
        let is_active = gain.is_active.load(Ordering::Relaxed);
        gain.expect(if is_active {
            gain.is_on_audio()
        } else {
            gain.is_on_main()
        });
        for index in 0..((*input).size.unwrap())(input) {
            handle(gain, ((*input).get.unwrap())(input, index), out);
        }
    }
}

static STATE: clap_plugin_state = clap_plugin_state {
    save: Some(save),
    load: Some(load),
};

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: ours; the stream is the host's.
    unsafe {
        let gain = of(plugin);
        let mut bytes = MAGIC.to_vec();
        for id in [GAIN, MODE, BYPASS] {
            bytes.extend(gain.get(id).unwrap().to_le_bytes());
        }
        let size = bytes.len() as u64;
        ((*stream).write.unwrap())(stream, bytes.as_ptr().cast(), size) == size as i64
    }
}

unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    let mut bytes = Vec::new();
    // SAFETY: ours; the stream is the host's.
    unsafe {
        let mut part = [0_u8; 7];
        loop {
            let count = ((*stream).read.unwrap())(stream, part.as_mut_ptr().cast(), 7);
            match usize::try_from(count) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&part[..count]),
                Err(_) => return false,
            }
        }
        let value = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        if bytes.len() != STATE_SIZE || bytes[..4] != *MAGIC || !value(4).is_finite() {
            return false;
        }
        for (id, at) in [(GAIN, 4), (MODE, 12), (BYPASS, 20)] {
            of(plugin).set(id, value(at));
        }
    }
    true
}

static LATENCY: clap_plugin_latency = clap_plugin_latency { get: Some(latency) };

unsafe extern "C" fn latency(plugin: *const clap_plugin) -> u32 {
    // SAFETY: ours.
    unsafe { of(plugin) }.latency.load(Ordering::Relaxed)
}

static TAIL: clap_plugin_tail = clap_plugin_tail { get: Some(tail) };

unsafe extern "C" fn tail(_plugin: *const clap_plugin) -> u32 {
    u32::MAX
}

unsafe extern "C" fn get_extension(
    _plugin: *const clap_plugin,
    id: *const c_char,
) -> *const c_void {
    // SAFETY: the host passes a text.
    let id = unsafe { CStr::from_ptr(id) };
    let table: [(&CStr, *const c_void); 7] = [
        (CLAP_EXT_AUDIO_PORTS, (&raw const AUDIO_PORTS).cast()),
        (CLAP_EXT_NOTE_PORTS, (&raw const NOTE_PORTS).cast()),
        (CLAP_EXT_PARAMS, (&raw const PARAMS).cast()),
        (CLAP_EXT_STATE, (&raw const STATE).cast()),
        (CLAP_EXT_LATENCY, (&raw const LATENCY).cast()),
        (CLAP_EXT_TAIL, (&raw const TAIL).cast()),
        (CLAP_EXT_GUI, (&raw const gui::TABLE).cast()),
    ];
    let found = table.iter().find(|(name, _)| *name == id);
    found.map_or(null(), |(_, table)| *table)
}
