//! What the system says about the display and the window on it.

/// Pixels per point of the display.
#[cfg(target_os = "linux")]
pub(super) fn factor() -> f32 {
    const USUAL_DPI: f32 = 96.0;
    let dpi = xft_dpi().filter(|dpi| dpi.is_finite() && *dpi > 0.0);
    dpi.unwrap_or(USUAL_DPI) / USUAL_DPI
}

#[cfg(target_os = "linux")]
fn xft_dpi() -> Option<f32> {
    let (connection, _) = x11rb::connect(None).ok()?;
    let resources = x11rb::resource_manager::new_from_default(&connection).ok()?;
    resources.get_value("Xft.dpi", "").ok().flatten()
}

/// Hears when the window is gone: baseview does not, and OpenGL draws on into nothing.
#[cfg(target_os = "linux")]
pub(super) struct Watch(Option<(x11rb::rust_connection::RustConnection, u32)>);

#[cfg(target_os = "linux")]
impl Watch {
    pub(super) fn new(window: &baseview::WindowContext) -> Self {
        Self(Self::connect(window))
    }

    fn connect(
        window: &baseview::WindowContext,
    ) -> Option<(x11rb::rust_connection::RustConnection, u32)> {
        use raw_window_handle::{HasWindowHandle, RawWindowHandle};
        use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt, EventMask};
        let platform = window.platform_handle();
        let RawWindowHandle::Xcb(handle) = platform.window_handle().ok()?.as_raw() else {
            return None;
        };
        let id = handle.window.get();
        let (connection, _) = x11rb::connect(None).ok()?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        let selected = connection.change_window_attributes(id, &events).ok()?;
        selected.check().ok()?;
        Some((connection, id))
    }

    /// True once the window, or the whole display, is gone.
    pub(super) fn is_gone(&self) -> bool {
        use x11rb::connection::Connection;
        use x11rb::protocol::Event;
        let Some((connection, id)) = &self.0 else {
            return false;
        };
        loop {
            match connection.poll_for_event() {
                Ok(Some(Event::DestroyNotify(event))) if event.window == *id => return true,
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }
}

/// On Windows and macOS baseview hears it.
#[cfg(not(target_os = "linux"))]
pub(super) struct Watch;

#[cfg(not(target_os = "linux"))]
impl Watch {
    pub(super) fn new(_window: &baseview::WindowContext) -> Self {
        Self
    }

    pub(super) fn is_gone(&self) -> bool {
        false
    }
}

/// Hosts on Windows tell it, and macOS counts in points.
#[cfg(not(target_os = "linux"))]
pub(super) fn factor() -> f32 {
    1.0
}
