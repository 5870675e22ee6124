//! The same editor in a VST3 host, through the exported factory.
#![allow(non_snake_case, reason = "the names of VST3 are C++ names")]

use std::ffi::c_void;
use std::sync::Mutex;

use vst3::Steinberg::Linux::{
    IEventHandler, IRunLoop, IRunLoopTrait, ITimerHandler, ITimerHandlerTrait,
};
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;
use vst3::{Class, ComPtr, ComRef, ComWrapper, Interface};

use segue_plugin::Param;

use super::use_it::MACRO;
use super::{Picture, Screen};
use crate::projects::rich_state;

// SAFETY: these are what `segue_plugin` exports.
unsafe extern "system" {
    safe fn ModuleEntry(library: *mut c_void) -> bool;
    safe fn ModuleExit() -> bool;
    safe fn GetPluginFactory() -> *mut c_void;
}

/// What the plug-in tells the host of a parameter, or asks of its window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Said {
    Begin(u32),
    Perform(u32, f64),
    End(u32),
    Resize(i32, i32),
}

/// Run loop, component handler and frame of a host.
#[derive(Default)]
struct Desk {
    said: Mutex<Vec<Said>>,
    timers: Mutex<Vec<ComPtr<ITimerHandler>>>,
}

impl Class for Desk {
    type Interfaces = (IRunLoop, IComponentHandler, IPlugFrame);
}

impl Desk {
    fn hear(&self, said: Said) -> tresult {
        self.said.lock().unwrap().push(said);
        kResultOk
    }

    fn turn(&self) {
        let timers = self.timers.lock().unwrap().clone();
        for timer in timers {
            // SAFETY: registered and alive.
            unsafe { timer.onTimer() };
        }
    }
}

impl IRunLoopTrait for Desk {
    unsafe fn registerEventHandler(&self, _: *mut IEventHandler, _: i32) -> tresult {
        kNotImplemented
    }

    unsafe fn unregisterEventHandler(&self, _: *mut IEventHandler) -> tresult {
        kNotImplemented
    }

    unsafe fn registerTimer(&self, timer: *mut ITimerHandler, _: u64) -> tresult {
        // SAFETY: the plug-in passes a handler.
        let timer = unsafe { ComRef::from_raw(timer) }.unwrap().to_com_ptr();
        self.timers.lock().unwrap().push(timer);
        kResultOk
    }

    unsafe fn unregisterTimer(&self, timer: *mut ITimerHandler) -> tresult {
        let mut timers = self.timers.lock().unwrap();
        timers.retain(|other| other.as_ptr() != timer);
        kResultOk
    }
}

impl IComponentHandlerTrait for Desk {
    unsafe fn beginEdit(&self, id: u32) -> tresult {
        self.hear(Said::Begin(id))
    }

    unsafe fn performEdit(&self, id: u32, value: f64) -> tresult {
        self.hear(Said::Perform(id, value))
    }

    unsafe fn endEdit(&self, id: u32) -> tresult {
        self.hear(Said::End(id))
    }

    unsafe fn restartComponent(&self, _: i32) -> tresult {
        kResultOk
    }
}

impl IPlugFrameTrait for Desk {
    unsafe fn resizeView(&self, view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: the plug-in passes its view and a rectangle.
        unsafe {
            self.hear(Said::Resize((*size).right, (*size).bottom));
            ComRef::from_raw(view).unwrap().onSize(size)
        }
    }
}

/// An instance of Segue in a VST3 host that runs no audio.
pub(super) struct Rig {
    desk: ComWrapper<Desk>,
    controller: ComPtr<IEditController>,
    component: ComPtr<IComponent>,
}

impl Rig {
    pub(super) fn new() -> Self {
        assert!(ModuleEntry(std::ptr::null_mut()));
        // SAFETY: the module has been entered; its factory and classes are those of VST3.
        unsafe {
            let factory = ComPtr::from_raw(GetPluginFactory().cast::<IPluginFactory>()).unwrap();
            let mut class: PClassInfo = std::mem::zeroed();
            assert_eq!(factory.getClassInfo(0, &raw mut class), kResultOk);
            let mut made: *mut c_void = std::ptr::null_mut();
            let id = IComponent::IID;
            let (class, id) = (class.cid.as_ptr(), id.as_ptr().cast());
            assert_eq!(factory.createInstance(class, id, &raw mut made), kResultOk);
            let component = ComPtr::from_raw(made.cast::<IComponent>()).unwrap();
            let desk = ComWrapper::new(Desk::default());
            let context = desk.to_com_ptr::<FUnknown>().unwrap();
            assert_eq!(component.initialize(context.as_ptr()), kResultOk);
            let controller = component.cast::<IEditController>().unwrap();
            let handler = desk.to_com_ptr::<IComponentHandler>().unwrap();
            controller.setComponentHandler(handler.as_ptr());
            Self {
                desk,
                controller,
                component,
            }
        }
    }

    /// One turn of the host's run loop.
    pub(super) fn turn(&self) {
        self.desk.turn();
    }

    pub(super) fn said(&self) -> Vec<Said> {
        self.desk.said.lock().unwrap().clone()
    }

    pub(super) fn load(&self, state: &[u8]) {
        let stream = ComWrapper::new(Bytes(Mutex::new((state.to_vec(), 0))));
        let stream = stream.to_com_ptr::<IBStream>().unwrap();
        // SAFETY: a component of VST3 and a stream.
        let loaded = unsafe { self.component.setState(stream.as_ptr()) };
        assert_eq!(loaded, kResultOk);
    }

    pub(super) fn open(&self, scale: Option<f32>) -> View {
        // SAFETY: the interfaces of VST3 as its hosts call them.
        unsafe {
            let view = ComPtr::from_raw(self.controller.createView(ViewType::kEditor)).unwrap();
            let frame = self.desk.to_com_ptr::<IPlugFrame>().unwrap();
            view.setFrame(frame.as_ptr());
            if let Some(scale) = scale {
                let scaling = view.cast::<IPlugViewContentScaleSupport>().unwrap();
                assert_eq!(scaling.setContentScaleFactor(scale), kResultOk);
            }
            let mut rect: ViewRect = std::mem::zeroed();
            assert_eq!(view.getSize(&raw mut rect), kResultOk);
            let size = [rect.right, rect.bottom].map(|side| u32::try_from(side).unwrap());
            let parent = Screen::get().host_window(size);
            let handle = std::ptr::without_provenance_mut(parent as usize);
            let attached = view.attached(handle, kPlatformTypeX11EmbedWindowID);
            assert_eq!(attached, kResultOk);
            View { view, parent, size }
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // SAFETY: the end of a component's life.
        unsafe { self.component.terminate() };
        ModuleExit();
    }
}

/// An attached view.
pub(super) struct View {
    view: ComPtr<IPlugView>,
    pub(super) parent: u32,
    pub(super) size: [u32; 2],
}

impl View {
    pub(super) fn look(&self) -> Picture {
        Screen::get().wait_for_editor(self.size)
    }

    pub(super) fn resize(&mut self, [width, height]: [u32; 2]) {
        let side = |side: u32| i32::try_from(side).unwrap();
        let mut rect = ViewRect {
            left: 0,
            top: 0,
            right: side(width),
            bottom: side(height),
        };
        // SAFETY: the view of VST3, with a rectangle.
        unsafe {
            assert_eq!(self.view.checkSizeConstraint(&raw mut rect), kResultOk);
            assert_eq!(self.view.onSize(&raw mut rect), kResultOk);
        }
        self.size = [rect.right, rect.bottom].map(|side| u32::try_from(side).unwrap());
        Screen::get().resize(self.parent, self.size);
    }

    pub(super) fn close(self) {
        // SAFETY: the view is attached.
        unsafe { self.view.removed() };
        drop(self.view);
        assert!(Screen::get().children(self.parent).is_empty());
        Screen::get().destroy(self.parent);
    }
}

struct Bytes(Mutex<(Vec<u8>, usize)>);

impl Class for Bytes {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Bytes {
    unsafe fn read(&self, place: *mut c_void, most: i32, count: *mut i32) -> tresult {
        let mut bytes = self.0.lock().unwrap();
        let (data, at) = &mut *bytes;
        let len = usize::try_from(most).unwrap().min(data.len() - *at);
        // SAFETY: the plug-in passes room for so many bytes, and a place or null.
        unsafe {
            place.cast::<u8>().copy_from(data[*at..].as_ptr(), len);
            if !count.is_null() {
                count.write(i32::try_from(len).unwrap());
            }
        }
        *at += len;
        kResultOk
    }

    unsafe fn write(&self, _: *mut c_void, _: i32, _: *mut i32) -> tresult {
        kNotImplemented
    }

    unsafe fn seek(&self, _: i64, _: i32, _: *mut i64) -> tresult {
        kNotImplemented
    }

    unsafe fn tell(&self, _: *mut i64) -> tresult {
        kNotImplemented
    }
}

#[test]
fn a_vst3_host_opens_resizes_and_closes_it() {
    let rig = Rig::new();
    rig.load(&rich_state());
    let mut threads = None;
    for round in 0..20 {
        let view = rig.open(None);
        assert_eq!(view.size, [1080, 680]);
        if round % 5 == 0 {
            view.look();
        }
        rig.turn();
        view.close();
        let now = std::fs::read_dir("/proc/self/task").unwrap().count();
        assert_eq!(*threads.get_or_insert(now), now, "round {round}");
    }
    let mut view = rig.open(Some(1.5));
    assert_eq!(view.size, [1620, 1020]);
    view.look();
    for (wanted, given) in [([1300, 900], [1300, 900]), ([10, 10], [1080, 720])] {
        view.resize(wanted);
        assert_eq!(view.size, given);
        view.look();
    }
    let screen = Screen::get();
    screen.destroy(view.parent);
    // The host may hear of it, or not, before it removes the view.
    rig.turn();
    // SAFETY: the view is attached.
    unsafe { view.view.removed() };
    drop(view);
    let view = rig.open(Some(1.0));
    view.look();
    view.close();
}

#[test]
fn a_vst3_host_hears_of_a_gesture() {
    let screen = Screen::get();
    let rig = Rig::new();
    rig.load(&rich_state());
    let view = rig.open(None);
    let before = view.look();
    let id = Param::Macro(0).number();
    screen.move_to(MACRO);
    screen.button(1, true);
    let [x, y] = MACRO;
    screen.move_to([x, y - 40]);
    let moved =
        |said: &Said| matches!(said, Said::Perform(other, value) if *other == id && *value > 0.5);
    screen.wait_until("a value", || {
        rig.turn();
        rig.said().iter().any(moved)
    });
    screen.button(1, false);
    screen.wait_until("the end", || {
        rig.turn();
        rig.said().last() == Some(&Said::End(id))
    });
    let said = rig.said();
    assert_eq!(said[0], Said::Begin(id));
    assert!(said[1..said.len() - 1].iter().all(moved), "{said:?}");
    assert!(view.look().difference(&before) > 0);
    view.close();
}
