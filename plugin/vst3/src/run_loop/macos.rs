//! The main run loop of the system.

use std::ffi::c_void;
use std::ptr::null;
use std::sync::{Mutex, Weak};

use vst3::ComPtr;
use vst3::Steinberg::{FUnknown, IPlugFrame};

use super::{TICK_MS, tick};
use crate::guard::{lock, swap};
use crate::instance::Instance;

#[repr(C)]
struct Context {
    version: isize,
    info: *mut c_void,
    retain: *const c_void,
    release: *const c_void,
    describe: *const c_void,
}

#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    static kCFRunLoopCommonModes: *const c_void;
    fn CFAbsoluteTimeGetCurrent() -> f64;
    fn CFRunLoopGetMain() -> *mut c_void;
    fn CFRunLoopAddTimer(run_loop: *mut c_void, timer: *mut c_void, mode: *const c_void);
    fn CFRunLoopTimerCreate(
        allocator: *const c_void,
        first: f64,
        interval: f64,
        flags: usize,
        order: isize,
        callback: unsafe extern "C" fn(*mut c_void, *mut c_void),
        context: *mut Context,
    ) -> *mut c_void;
    fn CFRunLoopTimerInvalidate(timer: *mut c_void);
    fn CFRelease(object: *const c_void);
}

/// A timer of the main run loop.
#[derive(Default)]
pub(crate) struct RunLoop(Mutex<Option<Timer>>);

struct Timer {
    timer: *mut c_void,
    owner: *mut Weak<Instance>,
}

// SAFETY: both pointers are used on the main thread only.
unsafe impl Send for Timer {}

impl RunLoop {
    /// `[main-thread]` Starts the tick.
    pub(crate) fn start(&self, instance: &Weak<Instance>, _context: Option<ComPtr<FUnknown>>) {
        self.stop();
        let owner = Box::into_raw(Box::new(Weak::clone(instance)));
        let mut context = Context {
            version: 0,
            info: owner.cast(),
            retain: null(),
            release: null(),
            describe: null(),
        };
        let seconds = TICK_MS as f64 / 1_000.0;
        // SAFETY: the context is copied; its owner lives until the timer is invalidated.
        let timer = unsafe {
            let first = CFAbsoluteTimeGetCurrent() + seconds;
            let timer =
                CFRunLoopTimerCreate(null(), first, seconds, 0, 0, on_timer, &raw mut context);
            CFRunLoopAddTimer(CFRunLoopGetMain(), timer, kCFRunLoopCommonModes);
            timer
        };
        *lock(&self.0) = Some(Timer { timer, owner });
    }

    /// `[main-thread]` The system's loop is there without a frame.
    pub(crate) fn use_frame(&self, _: &Weak<Instance>, _: Option<&ComPtr<IPlugFrame>>) {}

    /// `[main-thread]` Stops the tick.
    pub(crate) fn stop(&self) {
        if let Some(timer) = swap(&self.0, None) {
            // SAFETY: created in `start`, and released here once; no call follows invalidation.
            unsafe {
                if !timer.timer.is_null() {
                    CFRunLoopTimerInvalidate(timer.timer);
                    CFRelease(timer.timer);
                }
                drop(Box::from_raw(timer.owner));
            }
        }
    }

    /// Descriptors are for the run loop of Linux hosts.
    pub(crate) fn add_fd(&self, _: &Weak<Instance>, _fd: i32, _flags: u32) -> bool {
        false
    }

    /// Descriptors are for the run loop of Linux hosts.
    pub(crate) fn modify_fd(&self, _fd: i32, _flags: u32) -> bool {
        false
    }

    /// Descriptors are for the run loop of Linux hosts.
    pub(crate) fn remove_fd(&self, _fd: i32) -> bool {
        false
    }
}

unsafe extern "C" fn on_timer(_timer: *mut c_void, owner: *mut c_void) {
    // SAFETY: the owner of a valid timer lives.
    let owner = unsafe { Weak::clone(&*owner.cast::<Weak<Instance>>()) };
    tick(&owner);
}
