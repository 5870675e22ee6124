//! Control threads against the audio thread. `cargo xtask capi threads` runs it under ThreadSanitizer.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::engine::audio::segue_engine_process_interleaved;
use segue::engine::{
    segue_engine, segue_engine_create, segue_engine_destroy, segue_engine_get_state,
    segue_engine_state, segue_engine_update,
};
use segue::events::segue_engine_dispatch;
use segue::meters::{segue_bus_take_levels, segue_levels};
use segue::mixer::{
    segue_bus_add, segue_bus_control, segue_bus_find, segue_bus_remove, segue_bus_set,
    segue_mixer_commit,
};
use segue::status::segue_status;
use segue::transport::{segue_transport_play, segue_transport_seek};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};

/// Turns of each control thread.
const TURNS: usize = 300;

/// A handle is a number to its threads.
#[derive(Clone, Copy)]
struct Shared(*mut segue_engine);

// SAFETY: the functions of libsegue check handles on any thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn engine(&self) -> *mut segue_engine {
        self.0
    }
}

/// What a call may answer while others come between and the handle may end.
fn sound(status: segue_status) {
    let allowed = [
        SEGUE_STATUS_OK,
        SEGUE_STATUS_DEFERRED,
        SEGUE_STATUS_BUSY,
        SEGUE_STATUS_QUEUE_FULL,
        SEGUE_STATUS_STALE_ID,
        SEGUE_STATUS_STALE_HANDLE,
        SEGUE_STATUS_EXISTS,
    ];
    assert!(allowed.contains(&status), "{status:?}: {}", last_error());
}

fn render(shared: Shared, is_over: &AtomicBool) {
    let mut block = [0.0_f32; 2 * 64];
    while !is_over.load(Ordering::Relaxed) {
        let engine = shared.engine();
        sound(unsafe { segue_engine_process_interleaved(engine, block.as_mut_ptr(), 2, 64) });
        assert!(block.iter().all(|sample| sample.is_finite()));
    }
}

fn control(shared: Shared) {
    let (name, length) = c("master");
    let gain = segue_bus_control::SEGUE_BUS_GAIN_DB as i32;
    let mut master = 0;
    sound(unsafe { segue_bus_find(shared.engine(), name, length, &mut master) });
    for turn in 0..TURNS {
        let engine = shared.engine();
        let (name, length) = c("another");
        let mut bus = 0;
        sound(unsafe { segue_transport_play(engine, 0) });
        sound(unsafe { segue_transport_seek(engine, turn as f64, 0) });
        sound(unsafe { segue_bus_set(engine, master, gain, -6.0, 0.1, 0) });
        sound(unsafe { segue_bus_add(engine, name, length, master, &mut bus) });
        sound(unsafe { segue_mixer_commit(engine) });
        sound(unsafe { segue_bus_remove(engine, bus) });
        sound(unsafe { segue_mixer_commit(engine) });
        sound(unsafe { segue_engine_update(engine) });
    }
}

fn look(shared: Shared) {
    let mut state: segue_engine_state = unsafe { std::mem::zeroed() };
    let mut levels: segue_levels = unsafe { std::mem::zeroed() };
    state.struct_size = size_of::<segue_engine_state>() as u32;
    levels.struct_size = size_of::<segue_levels>() as u32;
    let (name, length) = c("master");
    let mut master = 0;
    sound(unsafe { segue_bus_find(shared.engine(), name, length, &mut master) });
    for _ in 0..TURNS {
        let engine = shared.engine();
        sound(unsafe { segue_engine_get_state(engine, &mut state) });
        sound(unsafe { segue_bus_take_levels(engine, master, &mut levels) });
        sound(unsafe { segue_engine_dispatch(engine, None, null_mut(), 0, null_mut()) });
    }
}

#[test]
fn control_audio_and_observers_do_not_disturb_one_another() {
    let engine = Shared(made(|out| unsafe {
        segue_engine_create(SEGUE_ABI, null(), null_mut(), out)
    }));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let audio = scope.spawn(|| render(engine, &is_over));
        let others = [
            scope.spawn(move || control(engine)),
            scope.spawn(move || control(engine)),
            scope.spawn(move || look(engine)),
        ];
        for other in others {
            other.join().unwrap();
        }
        // While it renders: the audio thread gets silence from then on.
        ok(unsafe { segue_engine_destroy(engine.engine()) });
        is_over.store(true, Ordering::Relaxed);
        audio.join().unwrap();
    });
}
