//! A window that exists in numbers only.

use std::ffi::c_char;
use std::sync::atomic::Ordering;

use clap_sys::ext::gui::*;
use clap_sys::plugin::clap_plugin;

use super::of;

/// Width and height in one number.
pub(super) fn size_bits(width: u32, height: u32) -> u64 {
    u64::from(width) << 32 | u64::from(height)
}

pub(super) static TABLE: clap_plugin_gui = clap_plugin_gui {
    is_api_supported: Some(gui_is_api_supported),
    get_preferred_api: None,
    create: Some(gui_create),
    destroy: Some(gui_destroy),
    set_scale: Some(gui_set_scale),
    get_size: Some(gui_get_size),
    can_resize: Some(gui_yes),
    get_resize_hints: None,
    adjust_size: Some(gui_adjust_size),
    set_size: Some(gui_set_size),
    set_parent: Some(gui_set_parent),
    set_transient: None,
    suggest_title: None,
    show: Some(gui_yes),
    hide: Some(gui_yes),
};

unsafe extern "C" fn gui_is_api_supported(
    _plugin: *const clap_plugin,
    _api: *const c_char,
    is_floating: bool,
) -> bool {
    !is_floating
}

unsafe extern "C" fn gui_create(
    plugin: *const clap_plugin,
    _api: *const c_char,
    _is_floating: bool,
) -> bool {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.is_on_main());
    !gain.has_gui.swap(true, Ordering::Relaxed)
}

unsafe extern "C" fn gui_destroy(plugin: *const clap_plugin) {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.has_gui.swap(false, Ordering::Relaxed));
}

unsafe extern "C" fn gui_set_scale(plugin: *const clap_plugin, scale: f64) -> bool {
    let size = size_bits((400.0 * scale) as u32, (300.0 * scale) as u32);
    // SAFETY: ours.
    unsafe { of(plugin) }.gui.store(size, Ordering::Relaxed);
    true
}

unsafe extern "C" fn gui_get_size(
    plugin: *const clap_plugin,
    width: *mut u32,
    height: *mut u32,
) -> bool {
    // SAFETY: ours, and the host passes two places.
    unsafe {
        let size = of(plugin).gui.load(Ordering::Relaxed);
        (*width, *height) = ((size >> 32) as u32, size as u32);
    }
    true
}

unsafe extern "C" fn gui_yes(_plugin: *const clap_plugin) -> bool {
    true
}

/// Multiples of 50.
unsafe extern "C" fn gui_adjust_size(
    _plugin: *const clap_plugin,
    width: *mut u32,
    height: *mut u32,
) -> bool {
    // SAFETY: the host passes two places.
    unsafe {
        *width = (*width / 50).max(1) * 50;
        *height = (*height / 50).max(1) * 50;
    }
    true
}

unsafe extern "C" fn gui_set_size(plugin: *const clap_plugin, width: u32, height: u32) -> bool {
    // SAFETY: ours.
    let gain = unsafe { of(plugin) };
    gain.expect(gain.has_gui.load(Ordering::Relaxed));
    gain.gui.store(size_bits(width, height), Ordering::Relaxed);
    true
}

unsafe extern "C" fn gui_set_parent(
    plugin: *const clap_plugin,
    window: *const clap_window,
) -> bool {
    // SAFETY: ours, and the host passes a window.
    unsafe { of(plugin).has_gui.load(Ordering::Relaxed) && !window.is_null() }
}
