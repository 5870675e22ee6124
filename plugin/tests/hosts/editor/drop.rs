//! A file manager that drops a file: the source's side of XDND, as freedesktop.org describes it.

use std::path::Path;

use segue_plugin::Kind;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::{Editor, Screen};
use crate::host::Host;
use crate::projects::{project, state};

const VERSION: u32 = 5;

/// Offers files to a window.
struct Source {
    connection: RustConnection,
    window: Window,
    target: Window,
}

impl Source {
    fn new(target: Window) -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id().unwrap();
        let (class, look) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection
            .create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &look)
            .unwrap();
        let source = Self {
            connection,
            window,
            target,
        };
        let selection = source.atom("XdndSelection");
        source
            .connection
            .set_selection_owner(window, selection, x11rb::CURRENT_TIME)
            .unwrap()
            .check()
            .unwrap();
        source
    }

    fn atom(&self, name: &str) -> Atom {
        let atom = self.connection.intern_atom(false, name.as_bytes()).unwrap();
        atom.reply().unwrap().atom
    }

    fn send(&self, name: &str, [a, b, c, d]: [u32; 4]) {
        let data = [self.window, a, b, c, d];
        let message = ClientMessageEvent::new(32, self.target, self.atom(name), data);
        self.connection
            .send_event(false, self.target, EventMask::NO_EVENT, message)
            .unwrap()
            .check()
            .unwrap();
    }

    /// Drops a file at a place of the screen; true if the target has taken it.
    fn drop_file(&self, path: &Path, [x, y]: [u32; 2]) -> bool {
        let list = self.atom("text/uri-list");
        let copy = self.atom("XdndActionCopy");
        let (status, finished) = (self.atom("XdndStatus"), self.atom("XdndFinished"));
        self.send("XdndEnter", [VERSION << 24, list, 0, 0]);
        self.send("XdndPosition", [0, x << 16 | y, 0, copy]);
        let accepts = |it: &ClientMessageEvent| it.data.as_data32()[1] & 1 == 1;
        loop {
            match self.connection.wait_for_event().unwrap() {
                Event::SelectionRequest(request) => self.answer(&request, path),
                Event::ClientMessage(it) if it.type_ == status => {
                    assert!(accepts(&it), "it is refused");
                    self.send("XdndDrop", [0, 0, 0, 0]);
                }
                Event::ClientMessage(it) if it.type_ == finished => return accepts(&it),
                _ => {}
            }
        }
    }

    fn answer(&self, request: &SelectionRequestEvent, path: &Path) {
        let list = format!("file://{}\r\n", path.display());
        let SelectionRequestEvent {
            requestor,
            property,
            target,
            ..
        } = *request;
        let (mode, bytes) = (PropMode::REPLACE, list.as_bytes());
        self.connection
            .change_property8(mode, requestor, property, target, bytes)
            .unwrap()
            .check()
            .unwrap();
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor,
            selection: request.selection,
            target,
            property,
        };
        self.connection
            .send_event(false, requestor, EventMask::NO_EVENT, notice)
            .unwrap()
            .check()
            .unwrap();
    }
}

#[test]
fn a_dropped_project_is_opened_and_a_broken_one_is_not() {
    let screen = Screen::get();
    let folder = tempfile::tempdir().unwrap();
    let [good, bad] = ["good.segue", "bad.segue"].map(|name| folder.path().join(name));
    std::fs::write(&good, state()).unwrap();
    std::fs::write(&bad, &state()[..100]).unwrap();
    let mut host = Host::new(Kind::Instrument);
    host.start(48_000.0, 512);
    let editor = Editor::open(&mut host);
    let blank = editor.look();
    let source = Source::new(screen.children(editor.parent)[0]);
    assert!(source.drop_file(&good, [300, 200]));
    screen.wait_until("the project", || {
        host.idle();
        project(&host.save()) == project(&state())
    });
    let open = editor.look_again(&blank);
    assert!(source.drop_file(&bad, [300, 200]));
    // It says so, and goes on with what it has.
    screen.wait_until("an error", || {
        host.idle();
        editor.look().difference(&open) > 10_000
    });
    assert!(host.error().unwrap().contains("bad.segue"));
    assert_eq!(project(&host.save()), project(&state()));
    editor.close(&mut host);
}
