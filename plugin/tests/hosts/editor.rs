//! The editor in a host's window, with a display, a hand and an eye.

mod drop;
mod files;
mod keys;
mod life;
mod portrait;
mod screen;
mod use_it;
mod vst3;

use clack_extensions::gui::*;

use crate::host::Host;
use screen::{Picture, Screen};

/// What hosts on X11 ask for.
const API: GuiConfiguration<'static> = GuiConfiguration {
    api_type: GuiApiType::X11,
    is_floating: false,
};

/// An instance's editor as its host sees it.
struct Editor {
    gui: PluginGui,
    parent: u32,
    size: [u32; 2],
}

impl Editor {
    /// Opens it in a window of its own.
    fn open(host: &mut Host) -> Self {
        Self::open_at(host, None)
    }

    /// The same on a display with so many pixels a point.
    fn open_at(host: &mut Host, scale: Option<f64>) -> Self {
        let screen = Screen::get();
        let gui: PluginGui = host.extension();
        let plugin = host.instance.plugin_handle();
        assert!(gui.is_api_supported(&plugin, API));
        gui.create(&plugin, API).unwrap();
        if let Some(scale) = scale {
            gui.set_scale(&plugin, scale).unwrap();
        }
        assert!(gui.can_resize(&plugin));
        let size = pair(gui.get_size(&plugin).unwrap());
        let parent = screen.host_window(size);
        let window = Window::from_x11_handle(parent.into());
        // SAFETY: the window is there, and a window that goes too early is what a test is about.
        unsafe { gui.set_parent(&plugin, window) }.unwrap();
        gui.show(&plugin).unwrap();
        Self { gui, parent, size }
    }

    /// The host makes its window as large as the editor allows, and tells it.
    fn resize(&mut self, host: &mut Host, [width, height]: [u32; 2]) {
        let plugin = host.instance.plugin_handle();
        let wanted = GuiSize { width, height };
        let size = self.gui.adjust_size(&plugin, wanted).unwrap();
        self.gui.set_size(&plugin, size).unwrap();
        self.size = pair(size);
        Screen::get().resize(self.parent, self.size);
    }

    fn close(self, host: &mut Host) {
        self.gui.destroy(&host.instance.plugin_handle());
        assert!(Screen::get().children(self.parent).is_empty());
        Screen::get().destroy(self.parent);
    }

    /// Waits for a frame.
    fn look(&self) -> Picture {
        Screen::get().wait_for_editor(self.size)
    }

    /// Waits until it looks different.
    fn look_again(&self, before: &Picture) -> Picture {
        let screen = Screen::get();
        let mut now = self.look();
        screen.wait_until("another look", || {
            now = screen.look(self.size);
            now.difference(before) > 0
        });
        now
    }
}

fn pair(size: GuiSize) -> [u32; 2] {
    [size.width, size.height]
}
