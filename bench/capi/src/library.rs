//! The functions of the built library, as a game's linker finds them.

use std::ffi::{c_char, c_void};
use std::path::Path;

use segue::engine::{segue_engine_config, segue_engine_state};
use segue::memory::buffer::segue_buffer;
use segue::meters::segue_levels;
use segue::mixer::segue_bus_info;
use segue::transport::segue_host_transport;

use crate::Result;

/// A handle of any kind.
pub(crate) type Root = *mut c_void;
/// `segue_status`, whatever its number: 0 is success, 1 success later.
pub(crate) type Status = i32;

macro_rules! functions {
    ($($name:ident($($argument:ty),*);)*) => {
        /// The functions that are measured or needed for it.
        pub(crate) struct Library {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) -> Status,)*
            /// Unloaded last.
            _file: libloading::Library,
        }

        impl Library {
            /// Loads the library and finds every function.
            pub(crate) fn open(path: &Path) -> Result<Self> {
                // SAFETY: it is libsegue, whose initialisers do nothing.
                let file = unsafe { libloading::Library::new(path) }?;
                Ok(Self {
                    // SAFETY: the types are those of segue.h.
                    $($name: *unsafe { file.get(concat!(stringify!($name), "\0").as_bytes()) }?,)*
                    _file: file,
                })
            }
        }
    };
}

functions! {
    segue_error_get_text(*mut c_char, usize, *mut usize);
    segue_buffer_free(*mut segue_buffer);
    segue_project_open_memory(u32, *const u8, usize, *mut Root);
    segue_project_destroy(Root);
    segue_engine_create(u32, *const segue_engine_config, Root, *mut Root);
    segue_engine_destroy(Root);
    segue_engine_load(Root, Root, *mut Root);
    segue_engine_update(Root);
    segue_engine_process(Root, *const *mut f32, u32, u32);
    segue_engine_get_frame(Root, *mut u64);
    segue_engine_get_state(Root, *mut segue_engine_state);
    segue_job_wait(Root, u32);
    segue_job_get_result(Root, *mut segue_buffer);
    segue_job_destroy(Root);
    segue_name_find(Root, i32, *const c_char, usize, *mut u64);
    segue_bus_find(Root, *const c_char, usize, *mut u64);
    segue_engine_listen(Root, u32);
    segue_engine_dispatch(Root, *const c_void, *mut c_void, u32, *mut u32);
    segue_bus_get_info(Root, u64, *mut segue_bus_info);
    segue_insert_find(Root, *const c_char, usize, *const c_char, usize, *mut u64);
    segue_insert_get_reading(Root, u64, *mut f32);
    segue_insert_set_param(Root, u64, u32, f32, u64);
    segue_insert_set_mix(Root, u64, f32, u64);
    segue_insert_set_bypass(Root, u64, u32, u64);
    segue_send_find(Root, *const c_char, usize, *const c_char, usize, *mut u64);
    segue_send_set_gain(Root, u64, f32, u64);
    segue_bus_take_levels(Root, u64, *mut segue_levels);
    segue_bus_set(Root, u64, i32, f32, f64, u64);
    segue_sound_find(Root, *const c_char, usize, *mut u64);
    segue_voice_play(Root, u64, *const c_void, u64, *mut u64);
    segue_voice_set(Root, u64, i32, f32, f64, u64);
    segue_voice_stop(Root, u64, f64, u64);
    segue_voice_pause(Root, u64, u32, f64, u64);
    segue_voice_seek(Root, u64, u64, u64);
    segue_voice_set_filter(Root, u64, f32, f32, u64);
    segue_note_send(Root, u32, u32, f32, u64);
    segue_rtpc_get(Root, u64, u64, *mut f32);
    segue_rtpc_reset(Root, u64, u64, u64, u64);
    segue_state_get(Root, u64, *mut u64);
    segue_state_set(Root, u64, u64, u64);
    segue_switch_get(Root, u64, u64, *mut u64);
    segue_switch_set(Root, u64, u64, u64, u64);
    segue_signal_get(Root, u64, *mut f32);
    segue_signal_set(Root, u64, f32, u64);
    segue_macro_set(Root, u32, f32, u64);
    segue_level_set(Root, u32, u64);
    segue_playing_stop(Root, u64, f64, u64);
    segue_object_place(Root, u64, u32, f32, f32, u64);
    segue_spin_begin(Root, u64);
    segue_transport_follow_host(Root, *const segue_host_transport, u64);
    segue_rtpc_set(Root, u64, u64, u64, f32, f64, u64);
    segue_event_post(Root, u64, u64, *const c_void, u64, *mut u64);
    segue_transport_play(Root, u64);
    segue_transport_seek(Root, f64, u64);
}
