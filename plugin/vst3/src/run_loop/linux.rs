//! The host's run loop.

use std::sync::{Mutex, Weak};

use clap_sys::ext::posix_fd_support::CLAP_POSIX_FD_READ;
use vst3::Steinberg::Linux::{IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait};
use vst3::Steinberg::Linux::{ITimerHandler, ITimerHandlerTrait};
use vst3::Steinberg::{FUnknown, IPlugFrame, kResultOk};
use vst3::{Class, ComPtr, ComWrapper};

use super::{TICK_MS, tick};
use crate::guard::{Role, as_role, catch, lock, swap};
use crate::instance::Instance;

/// Descriptors and the tick, registered wherever there is a run loop. Nothing is locked while the
/// host is called.
#[derive(Default)]
pub(crate) struct RunLoop {
    attached: Mutex<Option<Attached>>,
    descriptors: Mutex<Vec<Descriptor>>,
}

#[derive(Clone)]
struct Attached {
    host: ComPtr<IRunLoop>,
    tick: ComPtr<ITimerHandler>,
    is_of_frame: bool,
}

#[derive(Clone)]
struct Descriptor {
    fd: i32,
    handler: ComPtr<IEventHandler>,
}

impl RunLoop {
    /// `[main-thread]` Uses the run loop of the host's context, if it has one.
    pub(crate) fn start(&self, instance: &Weak<Instance>, context: Option<ComPtr<FUnknown>>) {
        if let Some(host) = context.and_then(|context| context.cast()) {
            self.attach(instance, host, false);
        }
    }

    /// `[main-thread]` Uses the run loop of a view's frame while there is no other; `None` when the
    /// frame goes.
    pub(crate) fn use_frame(&self, instance: &Weak<Instance>, frame: Option<&ComPtr<IPlugFrame>>) {
        let is_other = lock(&self.attached)
            .as_ref()
            .is_some_and(|attached| !attached.is_of_frame);
        if is_other {
            return;
        }
        self.stop();
        if let Some(host) = frame.and_then(|frame| frame.cast()) {
            self.attach(instance, host, true);
        }
    }

    /// `[main-thread]` Leaves the run loop. Descriptors stay known for the next one.
    pub(crate) fn stop(&self) {
        let Some(attached) = swap(&self.attached, None) else {
            return;
        };
        let descriptors = lock(&self.descriptors).clone();
        // SAFETY: the run loop is the host's, and the handlers were registered there.
        unsafe {
            attached.host.unregisterTimer(attached.tick.as_ptr());
            for descriptor in &descriptors {
                attached
                    .host
                    .unregisterEventHandler(descriptor.handler.as_ptr());
            }
        }
    }

    fn attach(&self, instance: &Weak<Instance>, host: ComPtr<IRunLoop>, is_of_frame: bool) {
        let tick = ComWrapper::new(Tick(Weak::clone(instance)));
        let Some(tick) = tick.to_com_ptr::<ITimerHandler>() else {
            return;
        };
        // SAFETY: the run loop is the host's, and the handler lives until it is unregistered.
        let result = unsafe { host.registerTimer(tick.as_ptr(), TICK_MS) };
        if result != kResultOk {
            return;
        }
        let descriptors = lock(&self.descriptors).clone();
        for descriptor in &descriptors {
            // SAFETY: as above.
            unsafe { host.registerEventHandler(descriptor.handler.as_ptr(), descriptor.fd) };
        }
        let attached = Attached {
            host,
            tick,
            is_of_frame,
        };
        drop(swap(&self.attached, Some(attached)));
    }

    /// `[main-thread]` Watches a descriptor for data. The run loop of VST3 knows nothing else.
    pub(crate) fn add_fd(&self, instance: &Weak<Instance>, fd: i32, flags: u32) -> bool {
        let is_known = lock(&self.descriptors).iter().any(|other| other.fd == fd);
        if is_known || flags & CLAP_POSIX_FD_READ == 0 {
            return false;
        }
        let handler = ComWrapper::new(Watch(Weak::clone(instance)));
        let Some(handler) = handler.to_com_ptr::<IEventHandler>() else {
            return false;
        };
        let attached = lock(&self.attached).clone();
        if let Some(attached) = attached {
            // SAFETY: the run loop is the host's, and the handler lives until it is unregistered.
            let result = unsafe { attached.host.registerEventHandler(handler.as_ptr(), fd) };
            if result != kResultOk {
                return false;
            }
        }
        lock(&self.descriptors).push(Descriptor { fd, handler });
        true
    }

    /// `[main-thread]`
    pub(crate) fn modify_fd(&self, fd: i32, flags: u32) -> bool {
        let is_known = lock(&self.descriptors).iter().any(|other| other.fd == fd);
        is_known && flags & CLAP_POSIX_FD_READ != 0
    }

    /// `[main-thread]`
    pub(crate) fn remove_fd(&self, fd: i32) -> bool {
        let descriptor = {
            let mut descriptors = lock(&self.descriptors);
            let place = descriptors.iter().position(|other| other.fd == fd);
            place.map(|place| descriptors.remove(place))
        };
        let Some(descriptor) = descriptor else {
            return false;
        };
        let attached = lock(&self.attached).clone();
        if let Some(attached) = attached {
            let handler = descriptor.handler.as_ptr();
            // SAFETY: the run loop is the host's, and the handler was registered there.
            unsafe { attached.host.unregisterEventHandler(handler) };
        }
        true
    }
}

struct Tick(Weak<Instance>);

impl Class for Tick {
    type Interfaces = (ITimerHandler,);
}

impl ITimerHandlerTrait for Tick {
    unsafe fn onTimer(&self) {
        tick(&self.0);
    }
}

struct Watch(Weak<Instance>);

impl Class for Watch {
    type Interfaces = (IEventHandler,);
}

impl IEventHandlerTrait for Watch {
    unsafe fn onFDIsSet(&self, fd: i32) {
        catch((), || {
            if let Some(instance) = self.0.upgrade() {
                as_role(Role::Main, || {
                    if let Some(plugin) = instance.plugin() {
                        plugin.on_fd(fd, CLAP_POSIX_FD_READ);
                    }
                    instance.pump();
                });
            }
        });
    }
}
