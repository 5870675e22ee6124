//! Keys that make everything larger and smaller.

use std::sync::atomic::Ordering::Relaxed;

use clack_extensions::gui::GuiSize;
use segue_plugin::Kind;

use super::{Editor, Screen, pair};
use crate::host::Host;
use crate::projects::rich_state;

/// Waits until the editor has asked for a window of this size, and gives it.
fn grows(host: &mut Host, editor: &mut Editor, size: [u32; 2]) {
    let screen = Screen::get();
    screen.wait_until("another size", || {
        host.idle();
        pair(GuiSize::unpack_from_u64(host.asked.size.load(Relaxed))) == size
    });
    editor.size = size;
    screen.resize(editor.parent, size);
    editor.look();
}

fn size_of(host: &mut Host, editor: &Editor) -> [u32; 2] {
    pair(editor.gui.get_size(&host.instance.plugin_handle()).unwrap())
}

#[test]
fn the_zoom_by_keys_is_seen_and_remembered() {
    let screen = Screen::get();
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    let mut editor = Editor::open(&mut host);
    editor.look();
    screen.focus(editor.parent);
    screen.ctrl(u32::from(b'='));
    grows(&mut host, &mut editor, [1188, 748]);
    screen.ctrl(u32::from(b'+'));
    grows(&mut host, &mut editor, [1296, 816]);
    screen.ctrl(u32::from(b'-'));
    grows(&mut host, &mut editor, [1188, 748]);
    assert!(host.asked.dirty.load(Relaxed) > 0);
    let saved = host.save();
    editor.close(&mut host);

    let mut again = Host::playing(Kind::Instrument, &saved);
    let mut editor = Editor::open(&mut again);
    assert_eq!(size_of(&mut again, &editor), [1188, 748]);
    editor.look();
    screen.focus(editor.parent);
    screen.ctrl(u32::from(b'0'));
    grows(&mut again, &mut editor, [1080, 680]);
    assert_eq!(size_of(&mut again, &editor), [1080, 680]);
    editor.close(&mut again);
}
