//! The editor in a host's window, with a display, a hand and an eye.

mod screen;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clack_extensions::gui::*;
use clack_host::prelude::*;
use segue_plugin::{Kind, Param};

use crate::host::{Event, Handlers, Host};
use crate::projects::rich_state;
use screen::{Picture, Screen};

/// An instance's editor as its host sees it.
struct Editor {
    gui: PluginGui,
    parent: u32,
    size: [u32; 2],
}

impl Editor {
    /// Opens it in a window of its own, at this scale.
    fn open(host: &mut Host, scale: Option<f64>) -> Self {
        let gui: PluginGui = host.extension();
        let plugin = host.instance.plugin_handle();
        let api = GuiConfiguration {
            api_type: GuiApiType::X11,
            is_floating: false,
        };
        assert!(gui.is_api_supported(&plugin, api));
        gui.create(&plugin, api).unwrap();
        if let Some(scale) = scale {
            gui.set_scale(&plugin, scale).unwrap();
        }
        let size = gui.get_size(&plugin).unwrap();
        let size = [size.width, size.height];
        let parent = Screen::get().host_window(size);
        let window = Window::from_x11_handle(parent.into());
        // SAFETY: the window outlives the editor, but where a test wants to know better.
        unsafe { gui.set_parent(&plugin, window) }.unwrap();
        gui.show(&plugin).unwrap();
        Self { gui, parent, size }
    }

    fn close(self, host: &mut Host) {
        self.gui.destroy(&host.instance.plugin_handle());
        Screen::get().destroy(self.parent);
    }

    fn look(&self) -> Picture {
        Screen::get().wait_for_editor(self.size)
    }
}

fn host() -> Host {
    Host::playing(Kind::Instrument, &rich_state())
}

#[test]
fn an_editor_opens_and_shows_something() {
    let mut host = host();
    let editor = Editor::open(&mut host, None);
    let picture = editor.look();
    picture.save(std::path::Path::new("/tmp/editor-test.png"));
    editor.close(&mut host);
}
