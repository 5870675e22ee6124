//! The window that an editor is drawn in: a child of the host's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use baseview::dpi::{LogicalSize, PhysicalSize, Size};
use baseview::{HandlerError, WindowSettings};
use clack_extensions::gui::Window as Parent;

use super::bridge::Bridge;
use super::handler::{Handler, native};
use super::surface::Surface;
use crate::error::{Error, Result};

/// An open window. Dropping it takes the window away and, where it has a thread, joins that.
/// `[main-thread]`
pub(super) struct EditorWindow {
    /// Taken when it is dropped.
    window: Option<baseview::Window>,
    bridge: Arc<Bridge>,
}

impl EditorWindow {
    /// A hidden window inside of the host's, `size` large in the system's units.
    ///
    /// # Errors
    /// [`Error::Window`] if there is no such parent, no window system, or no OpenGL.
    pub(super) fn open(
        parent: Parent<'_, '_>,
        size: [u32; 2],
        bridge: &Arc<Bridge>,
    ) -> Result<Self> {
        if is_nothing(&parent) {
            return Err(Error::Window("the host gave it no parent".to_owned()));
        }
        let mut last = None;
        for config in Surface::configs() {
            let settings = WindowSettings::new()
                .with_title("Segue")
                .with_size(native_size(size))
                .with_gl_config(config)
                .with_parent(&parent);
            let handled = Arc::clone(bridge);
            let made = baseview::Window::create(settings, move |context| {
                Handler::new(context, &handled).map_err(HandlerError::from)
            });
            match made {
                Ok(window) => {
                    return Ok(Self {
                        window: Some(window),
                        bridge: Arc::clone(bridge),
                    });
                }
                Err(error) => last = Some(error.into()),
            }
        }
        Err(last.unwrap_or_else(|| Error::Window("there is no way to draw".to_owned())))
    }

    /// Its size in the system's units.
    pub(super) fn size(&self) -> Option<[u32; 2]> {
        Some(native(self.window.as_ref()?.size()))
    }

    /// Makes it this large, in the system's units.
    pub(super) fn resize(&self, size: [u32; 2]) -> Result<()> {
        self.with(|window| window.resize(native_size(size)))
    }

    pub(super) fn show(&self) -> Result<()> {
        self.with(baseview::Window::show)
    }

    pub(super) fn hide(&self) -> Result<()> {
        self.with(baseview::Window::hide)
    }

    fn with(
        &self,
        body: impl FnOnce(&baseview::Window) -> Result<(), baseview::Error>,
    ) -> Result<()> {
        Ok(self.window.as_ref().map_or(Ok(()), body)?)
    }
}

impl Drop for EditorWindow {
    fn drop(&mut self) {
        let window = self.window.take();
        self.bridge.close();
        // baseview 0.4 joins the thread of an X11 window only if that has ended by itself.
        #[cfg(target_os = "linux")]
        {
            self.bridge.wait_until_gone();
            while window.as_ref().is_some_and(baseview::Window::is_open) {
                std::thread::yield_now();
            }
        }
        // A panic of the window's thread comes out here, and ends here.
        _ = catch_unwind(AssertUnwindSafe(|| drop(window)));
    }
}

fn is_nothing(parent: &Parent<'_, '_>) -> bool {
    match parent.as_x11_handle() {
        Some(number) => u32::try_from(number).is_ok_and(|number| number == 0),
        None => parent.as_generic_ptr().is_null(),
    }
}

fn native_size([width, height]: [u32; 2]) -> Size {
    if cfg!(target_os = "macos") {
        LogicalSize::new(width, height).into()
    } else {
        PhysicalSize::new(width, height).into()
    }
}
