//! The message loop of the main thread, through a timer of the system.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{Mutex, Weak};

use vst3::ComPtr;
use vst3::Steinberg::{FUnknown, IPlugFrame};

use super::{TICK_MS, tick};
use crate::guard::{lock, swap};
use crate::instance::Instance;

#[link(name = "user32")]
unsafe extern "system" {
    fn SetTimer(
        window: *mut c_void,
        id: usize,
        milliseconds: u32,
        callback: Option<unsafe extern "system" fn(*mut c_void, u32, usize, u32)>,
    ) -> usize;
    fn KillTimer(window: *mut c_void, id: usize) -> i32;
}

/// Which instance a timer of the system belongs to: the system passes its id only.
static OWNERS: Mutex<BTreeMap<usize, Weak<Instance>>> = Mutex::new(BTreeMap::new());

/// A timer of the thread that initialised the instance.
#[derive(Default)]
pub(crate) struct RunLoop(Mutex<Option<usize>>);

impl RunLoop {
    /// `[main-thread]` Starts the tick.
    pub(crate) fn start(&self, instance: &Weak<Instance>, _context: Option<ComPtr<FUnknown>>) {
        self.stop();
        // SAFETY: a timer without a window calls back on this thread.
        let id = unsafe { SetTimer(std::ptr::null_mut(), 0, TICK_MS as u32, Some(on_timer)) };
        if id != 0 {
            lock(&OWNERS).insert(id, Weak::clone(instance));
            *lock(&self.0) = Some(id);
        }
    }

    /// `[main-thread]` The system's loop is there without a frame.
    pub(crate) fn use_frame(&self, _: &Weak<Instance>, _: Option<&ComPtr<IPlugFrame>>) {}

    /// `[main-thread]` Stops the tick.
    pub(crate) fn stop(&self) {
        if let Some(id) = swap(&self.0, None) {
            // SAFETY: the timer was set by this thread.
            unsafe { KillTimer(std::ptr::null_mut(), id) };
            let owner = lock(&OWNERS).remove(&id);
            drop(owner);
        }
    }

    /// Windows has no file descriptors.
    pub(crate) fn add_fd(&self, _: &Weak<Instance>, _fd: i32, _flags: u32) -> bool {
        false
    }

    /// Windows has no file descriptors.
    pub(crate) fn modify_fd(&self, _fd: i32, _flags: u32) -> bool {
        false
    }

    /// Windows has no file descriptors.
    pub(crate) fn remove_fd(&self, _fd: i32) -> bool {
        false
    }
}

unsafe extern "system" fn on_timer(_window: *mut c_void, _message: u32, id: usize, _time: u32) {
    let owner = lock(&OWNERS).get(&id).cloned();
    if let Some(owner) = owner {
        tick(&owner);
    }
}
