//! What the system says about the display, for hosts that say nothing.

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

/// Hosts on Windows tell it, and macOS counts in points.
#[cfg(not(target_os = "linux"))]
pub(super) fn factor() -> f32 {
    1.0
}
