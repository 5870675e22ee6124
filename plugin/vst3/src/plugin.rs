//! A CLAP plug-in and its extensions: the safe face over CLAP's function tables.
//!
//! Every method names the thread that CLAP wants it on. Nothing here locks or calls the VST3 host.

use std::ffi::{CStr, CString, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::audio_ports::*;
use clap_sys::ext::audio_ports_activation::*;
use clap_sys::ext::audio_ports_config::*;
use clap_sys::ext::configurable_audio_ports::*;
use clap_sys::ext::gui::*;
use clap_sys::ext::latency::*;
use clap_sys::ext::note_ports::*;
use clap_sys::ext::params::*;
#[cfg(target_os = "linux")]
use clap_sys::ext::posix_fd_support::*;
use clap_sys::ext::render::*;
use clap_sys::ext::state::*;
use clap_sys::ext::tail::*;
use clap_sys::ext::timer_support::*;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::clap_process;
use clap_sys::stream::{clap_istream, clap_ostream};

use crate::host::Host;
use crate::library::Library;

/// The longest text of a value.
const TEXT_SIZE: usize = 256;

/// A plug-in between `init` and `destroy`; destroys it on drop, which belongs to the main thread.
pub(crate) struct Plugin {
    raw: NonNull<clap_plugin>,
    ext: Extensions,
    pub(crate) host: Arc<Host>,
    /// The entry must outlive the plug-in.
    _library: Arc<Library>,
}

// SAFETY: CLAP says which thread may call which function; `Instance` keeps these rules: functions
// of the audio thread are reached through its gate only, all others from the main thread.
unsafe impl Send for Plugin {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}

type Table<T> = Option<NonNull<T>>;

struct Extensions {
    audio_ports: Table<clap_plugin_audio_ports>,
    audio_ports_activation: Table<clap_plugin_audio_ports_activation>,
    audio_ports_config: Table<clap_plugin_audio_ports_config>,
    audio_ports_config_info: Table<clap_plugin_audio_ports_config_info>,
    configurable_audio_ports: Table<clap_plugin_configurable_audio_ports>,
    gui: Table<clap_plugin_gui>,
    latency: Table<clap_plugin_latency>,
    note_ports: Table<clap_plugin_note_ports>,
    params: Table<clap_plugin_params>,
    #[cfg(target_os = "linux")]
    posix_fd: Table<clap_plugin_posix_fd_support>,
    render: Table<clap_plugin_render>,
    state: Table<clap_plugin_state>,
    tail: Table<clap_plugin_tail>,
    timer: Table<clap_plugin_timer_support>,
}

/// Calls a function of an extension: `Some(result)` unless the plug-in lacks it.
macro_rules! call {
    ($plugin:expr, $extension:ident.$function:ident($($argument:expr),*)) => {
        $plugin.ext.$extension.and_then(|table| {
            // SAFETY: the table of an extension lives as long as its plug-in.
            let function = unsafe { table.as_ref() }.$function?;
            // SAFETY: the plug-in is initialised and not destroyed; each argument is a value or
            // points to something that the calling method keeps alive.
            Some(unsafe { function($plugin.raw.as_ptr(), $($argument),*) })
        })
    };
}

/// The same for a function of the plug-in itself.
macro_rules! call_base {
    ($plugin:expr, $function:ident($($argument:expr),*)) => {{
        // SAFETY: the plug-in is not destroyed.
        let function = unsafe { $plugin.raw.as_ref() }.$function;
        // SAFETY: as in `call!`.
        function.map(|function| unsafe { function($plugin.raw.as_ptr(), $($argument),*) })
    }};
}

impl Plugin {
    /// `[main-thread]` A new plug-in, initialised; `None` if it refuses.
    pub(crate) fn create(library: &Arc<Library>, host: Arc<Host>, id: &CStr) -> Option<Arc<Self>> {
        // SAFETY: the host lives in the plug-in, which destroys the CLAP side before it goes.
        let raw = unsafe { library.create(host.as_raw(), id)? };
        let mut plugin = Self {
            raw,
            ext: Extensions::none(),
            host,
            _library: Arc::clone(library),
        };
        if call_base!(plugin, init()) != Some(true) {
            return None;
        }
        plugin.ext = Extensions::ask(&plugin);
        Some(Arc::new(plugin))
    }

    fn extension<T>(&self, ids: &[&CStr]) -> Table<T> {
        let table = |id: &&CStr| {
            let table: *const c_void = call_base!(self, get_extension(id.as_ptr()))?;
            NonNull::new(table.cast_mut().cast())
        };
        ids.iter().find_map(table)
    }

    /// `[main-thread]`
    pub(crate) fn activate(&self, rate: f64, max_frames: u32) -> bool {
        call_base!(self, activate(rate, 1, max_frames)) == Some(true)
    }

    /// `[main-thread]`
    pub(crate) fn deactivate(&self) {
        call_base!(self, deactivate());
    }

    /// `[audio-thread]`
    pub(crate) fn start_processing(&self) -> bool {
        call_base!(self, start_processing()).unwrap_or(true)
    }

    /// `[audio-thread]`
    pub(crate) fn stop_processing(&self) {
        call_base!(self, stop_processing());
    }

    /// `[audio-thread]` The status of one block, `CLAP_PROCESS_ERROR` if there is no such function.
    ///
    /// # Safety
    /// Everything that `block` points to is valid for its frame count.
    pub(crate) unsafe fn process(&self, block: &clap_process) -> i32 {
        call_base!(self, process(block)).unwrap_or_default()
    }

    /// `[main-thread]`
    pub(crate) fn on_main_thread(&self) {
        call_base!(self, on_main_thread());
    }

    /// `[main-thread]`
    pub(crate) fn audio_ports(&self, is_input: bool) -> Vec<clap_audio_port_info> {
        let count = call!(self, audio_ports.count(is_input)).unwrap_or(0);
        let port = |index| {
            let mut info = MaybeUninit::zeroed();
            let is_known = call!(self, audio_ports.get(index, is_input, info.as_mut_ptr()))?;
            // SAFETY: zeroed, all bit patterns are valid, and the plug-in has filled it.
            is_known.then(|| unsafe { info.assume_init() })
        };
        (0..count).filter_map(port).collect()
    }

    /// `[main-thread]`
    pub(crate) fn note_ports(&self, is_input: bool) -> Vec<clap_note_port_info> {
        let count = call!(self, note_ports.count(is_input)).unwrap_or(0);
        let port = |index| {
            let mut info = MaybeUninit::zeroed();
            let is_known = call!(self, note_ports.get(index, is_input, info.as_mut_ptr()))?;
            // SAFETY: zeroed, all bit patterns are valid, and the plug-in has filled it.
            is_known.then(|| unsafe { info.assume_init() })
        };
        (0..count).filter_map(port).collect()
    }

    /// `[main-thread & !active]`
    pub(crate) fn activate_port(&self, is_input: bool, index: u32, is_active: bool) {
        call!(
            self,
            audio_ports_activation.set_active(is_input, index, is_active, 32)
        );
    }

    /// `[main-thread]`
    pub(crate) fn configs(&self) -> Vec<clap_audio_ports_config> {
        let count = call!(self, audio_ports_config.count()).unwrap_or(0);
        let config = |index| {
            let mut config = MaybeUninit::zeroed();
            let is_known = call!(self, audio_ports_config.get(index, config.as_mut_ptr()))?;
            // SAFETY: zeroed, all bit patterns are valid, and the plug-in has filled it.
            is_known.then(|| unsafe { config.assume_init() })
        };
        (0..count).filter_map(config).collect()
    }

    /// `[main-thread]` The channels of one port of a configuration, where the plug-in can say.
    pub(crate) fn config_channels(&self, config: u32, index: u32, is_input: bool) -> Option<u32> {
        let mut info = MaybeUninit::<clap_audio_port_info>::zeroed();
        let is_known = call!(
            self,
            audio_ports_config_info.get(config, index, is_input, info.as_mut_ptr())
        )?;
        // SAFETY: zeroed, all bit patterns are valid, and the plug-in has filled it.
        is_known.then(|| unsafe { info.assume_init() }.channel_count)
    }

    /// `[main-thread & !active]`
    pub(crate) fn select_config(&self, config: u32) -> bool {
        call!(self, audio_ports_config.select(config)) == Some(true)
    }

    /// `[main-thread & !active]` Asks for these ports; the plug-in applies all or none.
    pub(crate) fn configure(&self, requests: &[clap_audio_port_configuration_request]) -> bool {
        let count = requests.len() as u32;
        call!(
            self,
            configurable_audio_ports.apply_configuration(requests.as_ptr(), count)
        ) == Some(true)
    }

    /// `[main-thread]`
    pub(crate) fn latency(&self) -> u32 {
        call!(self, latency.get()).unwrap_or(0)
    }

    /// `[main-thread, audio-thread]`
    pub(crate) fn tail(&self) -> u32 {
        call!(self, tail.get()).unwrap_or(0)
    }

    /// `[main-thread]`
    pub(crate) fn set_offline(&self, is_offline: bool) {
        let mode = if is_offline {
            CLAP_RENDER_OFFLINE
        } else {
            CLAP_RENDER_REALTIME
        };
        call!(self, render.set(mode));
    }

    /// `[main-thread]`
    pub(crate) fn params(&self) -> Vec<clap_param_info> {
        let count = call!(self, params.count()).unwrap_or(0);
        let param = |index| {
            let mut info = MaybeUninit::zeroed();
            let is_known = call!(self, params.get_info(index, info.as_mut_ptr()))?;
            // SAFETY: zeroed, all bit patterns are valid, and the plug-in has filled it.
            is_known.then(|| unsafe { info.assume_init() })
        };
        (0..count).filter_map(param).collect()
    }

    /// `[main-thread]`
    pub(crate) fn value(&self, id: u32) -> Option<f64> {
        let mut value = 0.0;
        call!(self, params.get_value(id, &raw mut value))?.then_some(value)
    }

    /// `[main-thread]`
    pub(crate) fn text_of(&self, id: u32, value: f64) -> Option<String> {
        let mut text = [0; TEXT_SIZE];
        let size = TEXT_SIZE as u32;
        let is_known = call!(
            self,
            params.value_to_text(id, value, text.as_mut_ptr(), size)
        )?;
        is_known.then(|| crate::text::from_array(&text))
    }

    /// `[main-thread]`
    pub(crate) fn value_of(&self, id: u32, text: &str) -> Option<f64> {
        let text = CString::new(text).ok()?;
        let mut value = 0.0;
        call!(
            self,
            params.text_to_value(id, text.as_ptr(), &raw mut value)
        )?
        .then_some(value)
    }

    /// `[active ? audio-thread : main-thread]`
    pub(crate) fn flush(&self, input: &clap_input_events, output: &clap_output_events) {
        call!(self, params.flush(input, output));
    }

    /// `[main-thread]`
    pub(crate) fn save(&self, stream: &clap_ostream) -> bool {
        call!(self, state.save(stream)) == Some(true)
    }

    /// `[main-thread]`
    pub(crate) fn load(&self, stream: &clap_istream) -> bool {
        call!(self, state.load(stream)) == Some(true)
    }

    /// `[main-thread]`
    pub(crate) fn has_state(&self) -> bool {
        self.ext.state.is_some()
    }

    /// `[main-thread]`
    pub(crate) fn on_timer(&self, id: u32) {
        call!(self, timer.on_timer(id));
    }

    /// `[main-thread]`
    #[cfg(target_os = "linux")]
    pub(crate) fn on_fd(&self, fd: i32, flags: u32) {
        call!(self, posix_fd.on_fd(fd, flags));
    }
}

/// The window. All of it belongs to the main thread.
impl Plugin {
    pub(crate) fn supports_window(&self, api: &CStr) -> bool {
        call!(self, gui.is_api_supported(api.as_ptr(), false)) == Some(true)
    }

    pub(crate) fn create_gui(&self, api: &CStr) -> bool {
        call!(self, gui.create(api.as_ptr(), false)) == Some(true)
    }

    pub(crate) fn destroy_gui(&self) {
        call!(self, gui.destroy());
    }

    pub(crate) fn set_gui_scale(&self, scale: f64) -> bool {
        call!(self, gui.set_scale(scale)) == Some(true)
    }

    pub(crate) fn gui_size(&self) -> Option<(u32, u32)> {
        let (mut width, mut height) = (0, 0);
        call!(self, gui.get_size(&raw mut width, &raw mut height))?.then_some((width, height))
    }

    pub(crate) fn can_resize_gui(&self) -> bool {
        call!(self, gui.can_resize()) == Some(true)
    }

    /// The nearest size that the plug-in can have.
    pub(crate) fn adjust_gui_size(&self, width: u32, height: u32) -> Option<(u32, u32)> {
        let (mut width, mut height) = (width, height);
        call!(self, gui.adjust_size(&raw mut width, &raw mut height))?.then_some((width, height))
    }

    pub(crate) fn set_gui_size(&self, width: u32, height: u32) -> bool {
        call!(self, gui.set_size(width, height)) == Some(true)
    }

    pub(crate) fn set_gui_parent(&self, window: &clap_window) -> bool {
        call!(self, gui.set_parent(window)) == Some(true)
    }

    pub(crate) fn show_gui(&self) {
        call!(self, gui.show());
    }

    pub(crate) fn hide_gui(&self) {
        call!(self, gui.hide());
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        call_base!(self, destroy());
    }
}

impl Extensions {
    fn none() -> Self {
        Self {
            audio_ports: None,
            audio_ports_activation: None,
            audio_ports_config: None,
            audio_ports_config_info: None,
            configurable_audio_ports: None,
            gui: None,
            latency: None,
            note_ports: None,
            params: None,
            #[cfg(target_os = "linux")]
            posix_fd: None,
            render: None,
            state: None,
            tail: None,
            timer: None,
        }
    }

    fn ask(plugin: &Plugin) -> Self {
        Self {
            audio_ports: plugin.extension(&[CLAP_EXT_AUDIO_PORTS]),
            audio_ports_activation: plugin.extension(&[
                CLAP_EXT_AUDIO_PORTS_ACTIVATION,
                CLAP_EXT_AUDIO_PORTS_ACTIVATION_COMPAT,
            ]),
            audio_ports_config: plugin.extension(&[CLAP_EXT_AUDIO_PORTS_CONFIG]),
            audio_ports_config_info: plugin.extension(&[
                CLAP_EXT_AUDIO_PORTS_CONFIG_INFO,
                CLAP_EXT_AUDIO_PORTS_CONFIG_INFO_COMPAT,
            ]),
            configurable_audio_ports: plugin.extension(&[
                CLAP_EXT_CONFIGURABLE_AUDIO_PORTS,
                CLAP_EXT_CONFIGURABLE_AUDIO_PORTS_COMPAT,
            ]),
            gui: plugin.extension(&[CLAP_EXT_GUI]),
            latency: plugin.extension(&[CLAP_EXT_LATENCY]),
            note_ports: plugin.extension(&[CLAP_EXT_NOTE_PORTS]),
            params: plugin.extension(&[CLAP_EXT_PARAMS]),
            #[cfg(target_os = "linux")]
            posix_fd: plugin.extension(&[CLAP_EXT_POSIX_FD_SUPPORT]),
            render: plugin.extension(&[CLAP_EXT_RENDER]),
            state: plugin.extension(&[CLAP_EXT_STATE]),
            tail: plugin.extension(&[CLAP_EXT_TAIL]),
            timer: plugin.extension(&[CLAP_EXT_TIMER_SUPPORT]),
        }
    }
}

/// A buffer of no channels.
pub(crate) const NO_BUFFER: clap_audio_buffer = clap_audio_buffer {
    data32: std::ptr::null_mut(),
    data64: std::ptr::null_mut(),
    channel_count: 0,
    latency: 0,
    constant_mask: 0,
};
