//! libsegue takes any bytes as documents, in any order, and answers. `capi/tests/c/fuzz.c` does the same with all
//! functions; this one goes deep where something is parsed.
#![no_main]

use std::ffi::c_char;
use std::ptr::null_mut;

use libfuzzer_sys::fuzz_target;
use segue::SEGUE_ABI;
use segue::engine::{
    segue_engine_config, segue_engine_create, segue_engine_destroy, segue_engine_update,
};
use segue::game::segue_call_line;
use segue::live::read::segue_adapter_check;
use segue::memory::buffer::{segue_buffer, segue_buffer_free};
use segue::project::{segue_project_destroy, segue_project_open_memory};
use segue::slot::{segue_slot_destroy, segue_slot_get_json, segue_slot_open_memory};
use segue::stages::segue_stages_validate;
use segue::status::segue_status::SEGUE_STATUS_PANICKED;

/// An engine that is made quickly.
fn small() -> segue_engine_config {
    // SAFETY: 0 is the default of every field.
    let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
    config.struct_size = std::mem::size_of::<segue_engine_config>() as u32;
    (config.buses, config.inserts, config.sends) = (2, 1, 1);
    (config.sounds, config.real_voices, config.virtual_voices) = (1, 1, 1);
    (config.commands, config.streams) = (64, 1);
    config
}

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    let (bytes, text) = (data.as_ptr(), data.as_ptr().cast::<c_char>());
    let length = data.len();
    let mut out = segue_buffer {
        data: null_mut(),
        length: 0,
        capacity: 0,
    };
    // SAFETY: every pointer lives here, and lengths are those of what they point to.
    let status = unsafe {
        match which % 5 {
            0 => {
                let mut slot = null_mut();
                let status = segue_slot_open_memory(SEGUE_ABI, text, length, &mut slot);
                segue_slot_get_json(slot, &mut out);
                segue_slot_destroy(slot);
                status
            }
            1 => {
                let mut project = null_mut();
                let status = segue_project_open_memory(SEGUE_ABI, bytes, length, &mut project);
                segue_project_destroy(project);
                status
            }
            2 => segue_stages_validate(text, length, &mut out),
            3 => segue_adapter_check(text, length, &mut out),
            _ => {
                let mut engine = null_mut();
                let config = small();
                segue_engine_create(SEGUE_ABI, &config, null_mut(), &mut engine);
                let status = segue_call_line(engine, text, length, 0);
                segue_engine_update(engine);
                segue_engine_destroy(engine);
                status
            }
        }
    };
    // SAFETY: what the library has put there, or nothing.
    unsafe { segue_buffer_free(&mut out) };
    assert_ne!(status, SEGUE_STATUS_PANICKED);
});
