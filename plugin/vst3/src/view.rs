//! The editor: a CLAP window inside of the host's.

use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use clap_sys::ext::gui::*;
use vst3::Steinberg::*;
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use crate::guard::{Role, as_role, catch, lock, swap};
use crate::instance::Instance;
use crate::plugin::Plugin;

/// Windows of both interfaces, by what they call them.
const PLATFORMS: &[(FIDString, &CStr, bool)] = &[
    (
        kPlatformTypeX11EmbedWindowID,
        CLAP_WINDOW_API_X11,
        cfg!(target_os = "linux"),
    ),
    (
        kPlatformTypeHWND,
        CLAP_WINDOW_API_WIN32,
        cfg!(target_os = "windows"),
    ),
    (
        kPlatformTypeNSView,
        CLAP_WINDOW_API_COCOA,
        cfg!(target_os = "macos"),
    ),
];

/// The plug-in's window, of which there is one. The view that made it owns it.
pub(crate) struct Window {
    owner: u64,
    /// The view itself, not counted: its drop takes the window away.
    view: AtomicPtr<IPlugView>,
    frame: Option<ComPtr<IPlugFrame>>,
}

/// One view of the host. The first that needs the window gets it; others stay without.
pub(crate) struct View {
    instance: Arc<Instance>,
    token: u64,
    this: AtomicPtr<IPlugView>,
    frame: Mutex<Option<ComPtr<IPlugFrame>>>,
    /// The bits of the content scale, zero before the host has said it.
    scale: AtomicU32,
}

impl Class for View {
    type Interfaces = (IPlugView, IPlugViewContentScaleSupport);
}

impl View {
    /// `[main-thread]` A new view, or null if the plug-in has no window for this system.
    pub(crate) fn into_raw(instance: Arc<Instance>) -> *mut IPlugView {
        static TOKENS: AtomicU64 = AtomicU64::new(1);
        let Some(plugin) = instance.plugin() else {
            return std::ptr::null_mut();
        };
        let has_window = own_api().is_some_and(|api| plugin.supports_window(api));
        if !has_window {
            return std::ptr::null_mut();
        }
        let view = ComWrapper::new(Self {
            instance,
            token: TOKENS.fetch_add(1, Ordering::Relaxed),
            this: AtomicPtr::default(),
            frame: Mutex::default(),
            scale: AtomicU32::new(0),
        });
        let Some(pointer) = view.to_com_ptr::<IPlugView>() else {
            return std::ptr::null_mut();
        };
        view.this.store(pointer.as_ptr(), Ordering::Relaxed);
        pointer.into_raw()
    }

    /// Runs `body` on the main thread's side of the border.
    fn main<T: Copy>(&self, fallback: T, body: impl FnOnce(&Arc<Plugin>) -> T) -> T {
        catch(fallback, || {
            as_role(Role::Main, || {
                let plugin = self.instance.plugin();
                plugin.map_or(fallback, |plugin| body(&plugin))
            })
        })
    }

    /// The same for what needs the window.
    fn window<T: Copy>(&self, fallback: T, body: impl FnOnce(&Arc<Plugin>) -> T) -> T {
        self.main(fallback, |plugin| {
            if self.make_window(plugin) {
                body(plugin)
            } else {
                fallback
            }
        })
    }

    /// Makes the window unless it is there; `false` if it belongs to another view.
    fn make_window(&self, plugin: &Plugin) -> bool {
        if let Some(window) = &*lock(&self.instance.window) {
            return window.owner == self.token;
        }
        let is_made = own_api().is_some_and(|api| plugin.create_gui(api));
        if !is_made {
            return false;
        }
        let frame = lock(&self.frame).clone();
        let window = Window {
            owner: self.token,
            view: AtomicPtr::new(self.this.load(Ordering::Relaxed)),
            frame,
        };
        drop(swap(&self.instance.window, Some(window)));
        self.apply_scale(plugin);
        true
    }

    fn owns_window(&self) -> bool {
        let window = lock(&self.instance.window);
        window
            .as_ref()
            .is_some_and(|window| window.owner == self.token)
    }

    /// On macOS the system scales.
    fn apply_scale(&self, plugin: &Plugin) -> bool {
        let scale = f32::from_bits(self.scale.load(Ordering::Relaxed));
        scale > 0.0 && !cfg!(target_os = "macos") && plugin.set_gui_scale(f64::from(scale))
    }
}

impl Drop for View {
    fn drop(&mut self) {
        catch((), || {
            as_role(Role::Main, || {
                self.instance.close_window(Some(self.token));
                if lock(&self.frame).is_some() {
                    let this = self.instance.this();
                    self.instance.run_loop.use_frame(this, None);
                }
            });
        });
    }
}

impl IPlugViewTrait for View {
    unsafe fn isPlatformTypeSupported(&self, platform: FIDString) -> tresult {
        self.main(kResultFalse, |plugin| {
            // SAFETY: the host passes a text that ends with zero, or null.
            let api = unsafe { api_of(platform) };
            result(api.is_some_and(|api| plugin.supports_window(api)))
        })
    }

    unsafe fn attached(&self, parent: *mut c_void, platform: FIDString) -> tresult {
        // SAFETY: the host passes a text that ends with zero, or null.
        let (false, Some(api)) = (parent.is_null(), unsafe { api_of(platform) }) else {
            return kInvalidArgument;
        };
        self.window(kResultFalse, |plugin| {
            let window = clap_window {
                api: api.as_ptr(),
                specific: handle_of(parent, api),
            };
            if !plugin.set_gui_parent(&window) {
                self.instance.close_window(Some(self.token));
                return kResultFalse;
            }
            plugin.show_gui();
            self.instance.attend();
            kResultOk
        })
    }

    unsafe fn removed(&self) -> tresult {
        self.main(kResultOk, |_| {
            self.instance.close_window(Some(self.token));
            self.instance.attend();
            kResultOk
        })
    }

    /// The window gets the system's own events.
    unsafe fn onWheel(&self, _distance: f32) -> tresult {
        kResultFalse
    }

    unsafe fn onKeyDown(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn onKeyUp(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn getSize(&self, size: *mut ViewRect) -> tresult {
        self.window(kResultFalse, |plugin| match plugin.gui_size() {
            // SAFETY: the host passes a place for a rectangle, or null.
            Some((width, height)) => unsafe { crate::write_out(size, rect(width, height)) },
            None => kResultFalse,
        })
    }

    unsafe fn onSize(&self, size: *mut ViewRect) -> tresult {
        // SAFETY: the host passes a rectangle, or null.
        let Some((width, height)) = (unsafe { size_of(size) }) else {
            return kInvalidArgument;
        };
        self.window(kResultFalse, |plugin| {
            let is_same = plugin.gui_size() == Some((width, height));
            result(is_same || plugin.can_resize_gui() && plugin.set_gui_size(width, height))
        })
    }

    unsafe fn onFocus(&self, _has_focus: TBool) -> tresult {
        kResultOk
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        catch(kResultFalse, || {
            // SAFETY: the host passes a frame, or null.
            let frame = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
            let former = swap(&self.frame, frame.clone());
            if self.owns_window() {
                let mut window = lock(&self.instance.window);
                let former = window
                    .as_mut()
                    .and_then(|window| std::mem::replace(&mut window.frame, frame.clone()));
                drop(window);
                drop(former);
            }
            let this = self.instance.this();
            as_role(Role::Main, || {
                self.instance.run_loop.use_frame(this, frame.as_ref())
            });
            drop(former);
            kResultOk
        })
    }

    unsafe fn canResize(&self) -> tresult {
        self.window(kResultFalse, |plugin| result(plugin.can_resize_gui()))
    }

    unsafe fn checkSizeConstraint(&self, size: *mut ViewRect) -> tresult {
        // SAFETY: the host passes a rectangle, or null.
        let Some((width, height)) = (unsafe { size_of(size) }) else {
            return kInvalidArgument;
        };
        self.window(kResultFalse, |plugin| {
            let nearest = if plugin.can_resize_gui() {
                plugin.adjust_gui_size(width, height)
            } else {
                plugin.gui_size()
            };
            let Some((width, height)) = nearest else {
                return kResultFalse;
            };
            // SAFETY: not null, and the host's rectangle for the call.
            unsafe {
                (*size).right = (*size).left + clamped(width);
                (*size).bottom = (*size).top + clamped(height);
            }
            kResultOk
        })
    }
}

impl IPlugViewContentScaleSupportTrait for View {
    unsafe fn setContentScaleFactor(&self, factor: f32) -> tresult {
        if !(factor.is_finite() && factor > 0.0) {
            return kInvalidArgument;
        }
        self.scale.store(factor.to_bits(), Ordering::Relaxed);
        self.main(kResultFalse, |plugin| {
            if self.owns_window() {
                self.apply_scale(plugin);
            }
            kResultOk
        })
    }
}

/// The window's side of an instance.
impl Instance {
    /// `[main-thread]` Destroys the window: that of one view, or any.
    pub(crate) fn close_window(&self, owner: Option<u64>) {
        let window = {
            let mut window = lock(&self.window);
            let is_it = |window: &mut Window| owner.is_none_or(|owner| owner == window.owner);
            window.take_if(is_it)
        };
        if let (Some(_), Some(plugin)) = (&window, self.plugin()) {
            plugin.hide_gui();
            plugin.destroy_gui();
        }
        drop(window);
    }

    /// `[main-thread]` Asks the host for another size of the window. Without a frame there is nobody
    /// to ask, and the plug-in must not change.
    pub(crate) fn resize_view(&self, width: u32, height: u32) -> bool {
        let (view, frame) = match &*lock(&self.window) {
            Some(window) => (window.view.load(Ordering::Relaxed), window.frame.clone()),
            None => return false,
        };
        let Some(frame) = frame else {
            return false;
        };
        let mut size = rect(width, height);
        // SAFETY: the view owns the window and has not been dropped, so both are alive.
        unsafe { frame.resizeView(view, &raw mut size) == kResultOk }
    }

    /// `[main-thread]` The same for a request from another thread: the plug-in waits for the answer.
    pub(crate) fn resize_from_elsewhere(&self, plugin: &Plugin, width: u32, height: u32) {
        let is_granted = self.resize_view(width, height);
        let has_window = lock(&self.window).is_some();
        if let Some((current, other)) = plugin.gui_size().filter(|_| has_window && !is_granted) {
            plugin.set_gui_size(current, other);
        }
    }
}

/// The window system of this computer.
fn own_api() -> Option<&'static CStr> {
    let own = PLATFORMS.iter().find(|(_, _, is_own)| *is_own);
    own.map(|(_, api, _)| *api)
}

/// What CLAP calls a platform, if it is that of this computer.
///
/// # Safety
/// `platform` is null or a text that ends with zero.
unsafe fn api_of(platform: *const c_char) -> Option<&'static CStr> {
    if platform.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let platform = unsafe { CStr::from_ptr(platform) };
    // SAFETY: the names in the table are constants that end with zero.
    let is_it = |name: FIDString| unsafe { CStr::from_ptr(name) } == platform;
    let own = PLATFORMS
        .iter()
        .find(|(name, _, is_own)| *is_own && is_it(*name));
    own.map(|(_, api, _)| *api)
}

fn handle_of(parent: *mut c_void, api: &CStr) -> clap_window_handle {
    if api == CLAP_WINDOW_API_X11 {
        // VST3 passes the number of the window in place of a pointer.
        return clap_window_handle {
            x11: parent as usize as clap_xwnd,
        };
    }
    clap_window_handle { ptr: parent }
}

fn clamped(size: u32) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

fn rect(width: u32, height: u32) -> ViewRect {
    ViewRect {
        left: 0,
        top: 0,
        right: clamped(width),
        bottom: clamped(height),
    }
}

/// Width and height, unless there is none.
///
/// # Safety
/// `rect` is null or points to a rectangle.
unsafe fn size_of(rect: *const ViewRect) -> Option<(u32, u32)> {
    // SAFETY: the caller vouches for it.
    let rect = unsafe { rect.as_ref()? };
    let side = |from: i32, to: i32| u32::try_from(to.checked_sub(from)?).ok();
    Some((side(rect.left, rect.right)?, side(rect.top, rect.bottom)?))
        .filter(|(width, height)| *width > 0 && *height > 0)
}

fn result(is_ok: bool) -> tresult {
    if is_ok { kResultOk } else { kResultFalse }
}
