//! What the CLAP plug-in sees of its host.
//!
//! A callback that may come from any thread, the audio thread included, only sets bits. The main
//! thread collects them in [`Instance::pump`](crate::instance::Instance::pump). Hence no callback
//! ever calls the VST3 host while the plug-in is in the middle of something, but for a resize that
//! the plug-in asks for on the main thread.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::null;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::ThreadId;

use clap_sys::ext::audio_ports::*;
use clap_sys::ext::audio_ports_config::*;
use clap_sys::ext::gui::*;
use clap_sys::ext::latency::*;
use clap_sys::ext::log::*;
use clap_sys::ext::note_ports::*;
use clap_sys::ext::params::*;
use clap_sys::ext::posix_fd_support::*;
use clap_sys::ext::state::*;
use clap_sys::ext::tail::*;
use clap_sys::ext::thread_check::*;
use clap_sys::ext::timer_support::*;
use clap_sys::host::clap_host;
use clap_sys::version::CLAP_VERSION;

use crate::LogSink;
use crate::guard::{Role, catch, role};
use crate::instance::Instance;
use crate::timers::Timers;

/// What waits for the main thread. The bits of [`Host::take`].
pub(crate) mod pending {
    pub(crate) const CALLBACK: u32 = 1;
    pub(crate) const RESTART: u32 = 1 << 1;
    pub(crate) const FLUSH: u32 = 1 << 2;
    pub(crate) const LATENCY: u32 = 1 << 3;
    pub(crate) const DIRTY: u32 = 1 << 4;
    pub(crate) const PARAM_VALUES: u32 = 1 << 5;
    pub(crate) const PARAM_INFO: u32 = 1 << 6;
    pub(crate) const PARAM_LIST: u32 = 1 << 7;
    pub(crate) const PORT_NAMES: u32 = 1 << 8;
    pub(crate) const PORTS: u32 = 1 << 9;
    pub(crate) const RESIZE: u32 = 1 << 10;
    pub(crate) const CLOSED: u32 = 1 << 11;
    /// A new list of parameters came while the plug-in was active; it is read before the next time.
    pub(crate) const STALE_LIST: u32 = 1 << 12;
}

/// One host per plug-in, at an address that stays.
pub(crate) struct Host {
    raw: clap_host,
    /// Keeps the bytes that `raw.name` points to.
    _name: CString,
    main_thread: ThreadId,
    instance: Weak<Instance>,
    log: Option<LogSink>,
    pending: AtomicU32,
    /// Width and height of a resize that was asked for on another thread.
    size: AtomicU64,
    pub(crate) timers: Timers,
}

// SAFETY: `raw` holds pointers to this host and to constants; everything else is thread-safe.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    /// `[main-thread]` A host that calls itself `name`.
    pub(crate) fn new(name: &str, instance: Weak<Instance>, log: Option<LogSink>) -> Arc<Self> {
        let name = CString::new(name.replace('\0', "")).unwrap_or_default();
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            raw: clap_host {
                clap_version: CLAP_VERSION,
                host_data: this.as_ptr().cast_mut().cast(),
                name: name.as_ptr(),
                vendor: c"".as_ptr(),
                url: c"".as_ptr(),
                version: c"".as_ptr(),
                get_extension: Some(get_extension),
                request_restart: Some(request_restart),
                request_process: Some(request_process),
                request_callback: Some(request_callback),
            },
            _name: name,
            main_thread: std::thread::current().id(),
            instance,
            log,
            pending: AtomicU32::new(0),
            size: AtomicU64::new(0),
            timers: Timers::default(),
        })
    }

    pub(crate) fn as_raw(&self) -> *const clap_host {
        &raw const self.raw
    }

    /// `[thread-safe]` Leaves work for the main thread.
    pub(crate) fn set(&self, bits: u32) {
        self.pending.fetch_or(bits, Ordering::Release);
    }

    /// `[main-thread]` Whether one of the bits waits.
    pub(crate) fn has(&self, bits: u32) -> bool {
        self.pending.load(Ordering::Acquire) & bits != 0
    }

    /// `[main-thread]` The bits of `mask` that are set, and clears them.
    pub(crate) fn take(&self, mask: u32) -> u32 {
        if self.pending.load(Ordering::Relaxed) & mask == 0 {
            return 0;
        }
        self.pending.fetch_and(!mask, Ordering::Acquire) & mask
    }

    /// `[main-thread]` The size that was last asked for from another thread.
    pub(crate) fn requested_size(&self) -> (u32, u32) {
        let size = self.size.load(Ordering::Relaxed);
        ((size >> 32) as u32, size as u32)
    }

    fn is_main_thread(&self) -> bool {
        match role() {
            Role::Main => true,
            Role::Audio => false,
            Role::None => std::thread::current().id() == self.main_thread,
        }
    }
}

/// Runs `body` with the host that the plug-in was given; `fallback` for null.
///
/// # Safety
/// `host` is null or what [`Host::as_raw`] returned, of a host that is alive.
unsafe fn with<T: Copy>(host: *const clap_host, fallback: T, body: impl FnOnce(&Host) -> T) -> T {
    catch(fallback, || {
        // SAFETY: the caller vouches for `host`; `host_data` is the address of the whole `Host`.
        let host = unsafe { host.as_ref().map(|host| &*host.host_data.cast::<Host>()) };
        host.map_or(fallback, body)
    })
}

/// The same for the main thread's instance. Never on the audio thread: the last reference to an
/// instance must not be dropped there.
///
/// # Safety
/// As for [`with`].
unsafe fn with_instance<T: Copy>(
    host: *const clap_host,
    fallback: T,
    body: impl FnOnce(&Instance) -> T,
) -> T {
    let on_main = |host: &Host| {
        let is_main = host.is_main_thread();
        let instance = is_main.then(|| host.instance.upgrade()).flatten();
        instance.map_or(fallback, |instance| body(&instance))
    };
    // SAFETY: the caller vouches for `host`.
    unsafe { with(host, fallback, on_main) }
}

/// A callback that leaves `bits` for the main thread.
macro_rules! leave {
    ($name:ident($($argument:ident: $type:ty),*), $bits:expr) => {
        unsafe extern "C" fn $name(host: *const clap_host $(, $argument: $type)*) {
            // SAFETY: the plug-in passes the host that it was given.
            unsafe { with(host, (), |host| host.set($bits)) }
        }
    };
}

leave!(request_restart(), pending::RESTART);
leave!(request_callback(), pending::CALLBACK);
leave!(latency_changed(), pending::LATENCY);
leave!(mark_dirty(), pending::DIRTY);
leave!(request_flush(), pending::FLUSH);
leave!(rescan_params(flags: u32), bits_of_params(flags));
leave!(rescan_audio_ports(flags: u32), bits_of_ports(flags));
leave!(rescan_config(), pending::PORTS);
leave!(rescan_note_ports(flags: u32), bits_of_note_ports(flags));
leave!(gui_closed(was_destroyed: bool), if was_destroyed { pending::CLOSED } else { 0 });

/// A VST3 host processes for as long as the plug-in is active.
unsafe extern "C" fn request_process(_host: *const clap_host) {}

/// A VST3 host asks for the tail when it wants to know it.
unsafe extern "C" fn tail_changed(_host: *const clap_host) {}

/// VST3 cannot take automation back.
unsafe extern "C" fn clear_param(_host: *const clap_host, _id: u32, _flags: u32) {}

/// The view asks for the hints at each resize.
unsafe extern "C" fn resize_hints_changed(_host: *const clap_host) {}

fn bits_of_params(flags: u32) -> u32 {
    let mut bits = 0;
    if flags & (CLAP_PARAM_RESCAN_VALUES | CLAP_PARAM_RESCAN_TEXT) != 0 {
        bits |= pending::PARAM_VALUES;
    }
    if flags & CLAP_PARAM_RESCAN_INFO != 0 {
        bits |= pending::PARAM_INFO;
    }
    if flags & CLAP_PARAM_RESCAN_ALL != 0 {
        bits |= pending::PARAM_LIST;
    }
    bits
}

fn bits_of_ports(flags: u32) -> u32 {
    let is_more = flags & !CLAP_AUDIO_PORTS_RESCAN_NAMES != 0;
    if is_more {
        pending::PORTS
    } else {
        pending::PORT_NAMES
    }
}

fn bits_of_note_ports(flags: u32) -> u32 {
    let is_more = flags & CLAP_NOTE_PORTS_RESCAN_ALL != 0;
    if is_more {
        pending::PORTS
    } else {
        pending::PORT_NAMES
    }
}

unsafe extern "C" fn is_rescan_flag_supported(_host: *const clap_host, _flag: u32) -> bool {
    true
}

unsafe extern "C" fn supported_dialects(_host: *const clap_host) -> u32 {
    CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI
}

unsafe extern "C" fn is_main_thread(host: *const clap_host) -> bool {
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with(host, false, Host::is_main_thread) }
}

unsafe extern "C" fn is_audio_thread(_host: *const clap_host) -> bool {
    role() == Role::Audio
}

unsafe extern "C" fn log(host: *const clap_host, severity: i32, text: *const c_char) {
    let write = |host: &Host| {
        if let Some(sink) = host.log
            && !text.is_null()
        {
            // SAFETY: the plug-in passes a text that ends with zero.
            sink(severity, unsafe { CStr::from_ptr(text) });
        }
    };
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with(host, (), write) }
}

unsafe extern "C" fn request_resize(host: *const clap_host, width: u32, height: u32) -> bool {
    let resize = |host: &Host| {
        if host.is_main_thread() {
            let instance = host.instance.upgrade();
            return instance.is_some_and(|instance| instance.resize_view(width, height));
        }
        let size = (u64::from(width) << 32) | u64::from(height);
        host.size.store(size, Ordering::Relaxed);
        host.set(pending::RESIZE);
        true
    };
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with(host, false, resize) }
}

/// VST3's user opens and closes windows, not the plug-in.
unsafe extern "C" fn refuse(_host: *const clap_host) -> bool {
    false
}

unsafe extern "C" fn register_timer(host: *const clap_host, period: u32, id: *mut u32) -> bool {
    let register = |host: &Host| {
        if id.is_null() {
            return false;
        }
        // SAFETY: not null, and the plug-in passes a place for an id.
        unsafe { id.write(host.timers.add(period)) };
        true
    };
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with(host, false, register) }
}

unsafe extern "C" fn unregister_timer(host: *const clap_host, id: u32) -> bool {
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with(host, false, |host| host.timers.remove(id)) }
}

unsafe extern "C" fn register_fd(host: *const clap_host, fd: i32, flags: u32) -> bool {
    // SAFETY: the plug-in passes the host that it was given.
    unsafe {
        with_instance(host, false, |instance| {
            instance.run_loop.add_fd(instance.this(), fd, flags)
        })
    }
}

unsafe extern "C" fn modify_fd(host: *const clap_host, fd: i32, flags: u32) -> bool {
    // SAFETY: the plug-in passes the host that it was given.
    unsafe {
        with_instance(host, false, |instance| {
            instance.run_loop.modify_fd(fd, flags)
        })
    }
}

unsafe extern "C" fn unregister_fd(host: *const clap_host, fd: i32) -> bool {
    // SAFETY: the plug-in passes the host that it was given.
    unsafe { with_instance(host, false, |instance| instance.run_loop.remove_fd(fd)) }
}

static PARAMS: clap_host_params = clap_host_params {
    rescan: Some(rescan_params),
    clear: Some(clear_param),
    request_flush: Some(request_flush),
};
static STATE: clap_host_state = clap_host_state {
    mark_dirty: Some(mark_dirty),
};
static LATENCY: clap_host_latency = clap_host_latency {
    changed: Some(latency_changed),
};
static TAIL: clap_host_tail = clap_host_tail {
    changed: Some(tail_changed),
};
static AUDIO_PORTS: clap_host_audio_ports = clap_host_audio_ports {
    is_rescan_flag_supported: Some(is_rescan_flag_supported),
    rescan: Some(rescan_audio_ports),
};
static AUDIO_PORTS_CONFIG: clap_host_audio_ports_config = clap_host_audio_ports_config {
    rescan: Some(rescan_config),
};
static NOTE_PORTS: clap_host_note_ports = clap_host_note_ports {
    supported_dialects: Some(supported_dialects),
    rescan: Some(rescan_note_ports),
};
static GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(resize_hints_changed),
    request_resize: Some(request_resize),
    request_show: Some(refuse),
    request_hide: Some(refuse),
    closed: Some(gui_closed),
};
static TIMER: clap_host_timer_support = clap_host_timer_support {
    register_timer: Some(register_timer),
    unregister_timer: Some(unregister_timer),
};
static POSIX_FD: clap_host_posix_fd_support = clap_host_posix_fd_support {
    register_fd: Some(register_fd),
    modify_fd: Some(modify_fd),
    unregister_fd: Some(unregister_fd),
};
static LOG: clap_host_log = clap_host_log { log: Some(log) };
static THREAD_CHECK: clap_host_thread_check = clap_host_thread_check {
    is_main_thread: Some(is_main_thread),
    is_audio_thread: Some(is_audio_thread),
};

unsafe extern "C" fn get_extension(_host: *const clap_host, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return null();
    }
    // SAFETY: not null, and the plug-in passes a text that ends with zero.
    let id = unsafe { CStr::from_ptr(id) };
    let table: &[(&CStr, *const c_void)] = &[
        (CLAP_EXT_PARAMS, (&raw const PARAMS).cast()),
        (CLAP_EXT_STATE, (&raw const STATE).cast()),
        (CLAP_EXT_LATENCY, (&raw const LATENCY).cast()),
        (CLAP_EXT_TAIL, (&raw const TAIL).cast()),
        (CLAP_EXT_AUDIO_PORTS, (&raw const AUDIO_PORTS).cast()),
        (
            CLAP_EXT_AUDIO_PORTS_CONFIG,
            (&raw const AUDIO_PORTS_CONFIG).cast(),
        ),
        (CLAP_EXT_NOTE_PORTS, (&raw const NOTE_PORTS).cast()),
        (CLAP_EXT_GUI, (&raw const GUI).cast()),
        (CLAP_EXT_TIMER_SUPPORT, (&raw const TIMER).cast()),
        (CLAP_EXT_LOG, (&raw const LOG).cast()),
        (CLAP_EXT_THREAD_CHECK, (&raw const THREAD_CHECK).cast()),
    ];
    let is_fd = cfg!(target_os = "linux") && id == CLAP_EXT_POSIX_FD_SUPPORT;
    if is_fd {
        return (&raw const POSIX_FD).cast();
    }
    let found = table.iter().find(|(name, _)| *name == id);
    found.map_or(null(), |(_, table)| *table)
}
