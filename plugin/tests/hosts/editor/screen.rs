//! A display without a screen, with a hand and an eye.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::*;
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Longer than any slow machine takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Numbers of keys among the symbols of X.
pub(super) const RETURN: u32 = 0xff0d;
const SHIFT: u32 = 0xffe1;
const CONTROL: u32 = 0xffe3;
/// Behind every editor; no editor has it.
const BACKDROP: u32 = 0x00ff_00ff;

/// The display of this process. It ends with the process, its last client.
pub(super) struct Screen {
    connection: RustConnection,
    root: Window,
}

/// What there was to see: rows of red, green and blue.
#[derive(Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    rgb: Vec<u8>,
}

impl Screen {
    /// Starts it at the first call.
    pub(super) fn get() -> &'static Self {
        static SCREEN: OnceLock<Screen> = OnceLock::new();
        SCREEN.get_or_init(|| {
            let display = start_server();
            // SAFETY: once, before the first window of this process, and nobody else writes it.
            unsafe { std::env::set_var("DISPLAY", &display) };
            let (connection, number) = x11rb::connect(Some(&display)).unwrap();
            let root = connection.setup().roots[number].root;
            Self { connection, root }
        })
    }

    /// A window of a host, at the left top.
    pub(super) fn host_window(&self, [width, height]: [u32; 2]) -> Window {
        let id = self.connection.generate_id().unwrap();
        let look = CreateWindowAux::new()
            .background_pixel(BACKDROP)
            .override_redirect(1);
        let size = [width, height].map(|side| u16::try_from(side).unwrap());
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(0, id, self.root, 0, 0, size[0], size[1], 0, class, 0, &look)
            .unwrap()
            .check()
            .unwrap();
        self.connection.map_window(id).unwrap().check().unwrap();
        id
    }

    pub(super) fn resize(&self, window: Window, [width, height]: [u32; 2]) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        let done = self.connection.configure_window(window, &size).unwrap();
        done.check().unwrap();
    }

    pub(super) fn destroy(&self, window: Window) {
        self.connection
            .destroy_window(window)
            .unwrap()
            .check()
            .unwrap();
    }

    /// The windows inside of a host's.
    pub(super) fn children(&self, window: Window) -> Vec<Window> {
        let tree = self.connection.query_tree(window).unwrap();
        tree.reply().unwrap().children
    }

    pub(super) fn size(&self, window: Window) -> [u32; 2] {
        let place = self
            .connection
            .get_geometry(window)
            .unwrap()
            .reply()
            .unwrap();
        [place.width.into(), place.height.into()]
    }

    /// What is seen of a window at the left top.
    pub(super) fn look(&self, [width, height]: [u32; 2]) -> Picture {
        let size = [width, height].map(|side| u16::try_from(side).unwrap());
        let format = ImageFormat::Z_PIXMAP;
        let image = self
            .connection
            .get_image(format, self.root, 0, 0, size[0], size[1], u32::MAX)
            .unwrap();
        let data = image.reply().unwrap().data;
        let rgb = data.chunks_exact(4).flat_map(|it| [it[2], it[1], it[0]]);
        Picture {
            width,
            height,
            rgb: rgb.collect(),
        }
    }

    pub(super) fn move_to(&self, [x, y]: [i16; 2]) {
        self.fake(MOTION_NOTIFY_EVENT, 0, [x, y]);
    }

    pub(super) fn button(&self, number: u8, is_down: bool) {
        let event = if is_down {
            BUTTON_PRESS_EVENT
        } else {
            BUTTON_RELEASE_EVENT
        };
        self.fake(event, number, [0, 0]);
    }

    pub(super) fn click(&self, place: [i16; 2]) {
        self.move_to(place);
        self.button(1, true);
        self.button(1, false);
    }

    /// True if what is typed goes to a window inside of this one.
    pub(super) fn has_keyboard(&self, parent: Window) -> bool {
        let focus = self.connection.get_input_focus().unwrap();
        self.children(parent)
            .contains(&focus.reply().unwrap().focus)
    }

    /// Gives the keyboard to the window inside of this one, as hosts do when it is clicked.
    pub(super) fn focus(&self, parent: Window) {
        let window = self.children(parent)[0];
        let done = self
            .connection
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME);
        done.unwrap().check().unwrap();
    }

    /// Presses and releases a key, by its number among the symbols of X.
    pub(super) fn key(&self, symbol: u32) {
        let (code, is_shifted) = self.code(symbol);
        let held = is_shifted.then_some(SHIFT);
        self.hold(held, || self.tap(code));
    }

    /// The same with Ctrl held.
    pub(super) fn ctrl(&self, symbol: u32) {
        self.hold(Some(CONTROL), || self.key(symbol));
    }

    pub(super) fn type_text(&self, text: &str) {
        // The symbols of Latin letters and digits are their codes.
        text.bytes().for_each(|byte| self.key(byte.into()));
    }

    /// The key of a symbol, and whether it needs Shift.
    fn code(&self, symbol: u32) -> (u8, bool) {
        let setup = self.connection.setup();
        let (least, most) = (setup.min_keycode, setup.max_keycode);
        let map = self
            .connection
            .get_keyboard_mapping(least, most - least + 1)
            .unwrap()
            .reply()
            .unwrap();
        let rows = map.keysyms.chunks(map.keysyms_per_keycode.into());
        let has = |row: &[u32]| row.iter().take(2).position(|it| *it == symbol);
        let mut keys = (least..).zip(rows);
        let found = keys.find_map(|(code, row)| Some((code, has(row)? == 1)));
        found.unwrap()
    }

    fn hold(&self, modifier: Option<u32>, body: impl FnOnce()) {
        let code = modifier.map(|symbol| self.code(symbol).0);
        if let Some(code) = code {
            self.fake(KEY_PRESS_EVENT, code, [0, 0]);
        }
        body();
        if let Some(code) = code {
            self.fake(KEY_RELEASE_EVENT, code, [0, 0]);
        }
    }

    fn tap(&self, code: u8) {
        self.fake(KEY_PRESS_EVENT, code, [0, 0]);
        self.fake(KEY_RELEASE_EVENT, code, [0, 0]);
    }

    fn fake(&self, event: u8, detail: u8, [x, y]: [i16; 2]) {
        self.connection
            .xtest_fake_input(event, detail, 0, self.root, x, y, 0)
            .unwrap()
            .check()
            .unwrap();
    }

    /// Asks again and again, with a round trip to the display in between.
    pub(super) fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < until, "it never came: {what}");
            self.turn();
        }
    }

    /// Waits for an answer of the display.
    pub(super) fn turn(&self) {
        self.connection.get_input_focus().unwrap().reply().unwrap();
    }

    /// Waits until an editor fills a host's window of this size, and returns what it looks like.
    pub(super) fn wait_for_editor(&self, size: [u32; 2]) -> Picture {
        let mut picture = self.look(size);
        self.wait_until("a frame", || {
            picture = self.look(size);
            picture.is_filled()
        });
        picture
    }
}

impl Picture {
    /// True if nothing of the host shows through, and there is something at all.
    fn is_filled(&self) -> bool {
        let [_, red, green, blue] = BACKDROP.to_be_bytes();
        let mut pixels = self.rgb.chunks_exact(3);
        let has_backdrop = pixels.any(|it| it == [red, green, blue]);
        let first = &self.rgb[..3];
        !has_backdrop && self.rgb.chunks_exact(3).any(|it| it != first)
    }

    /// Pixels that differ.
    pub(super) fn difference(&self, other: &Self) -> usize {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let both = self.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3));
        both.filter(|(one, other)| one != other).count()
    }

    /// A part of it: left, top, width and height.
    pub(super) fn part(&self, [left, top, width, height]: [usize; 4]) -> Vec<&[u8]> {
        let rows = self.rgb.chunks_exact(3 * self.width as usize);
        let columns = 3 * left..3 * (left + width);
        let rows = rows.skip(top).take(height);
        rows.map(|row| &row[columns.clone()]).collect()
    }

    pub(super) fn save(&self, path: &Path) {
        let (width, height) = (self.width, self.height);
        let image = image::RgbImage::from_raw(width, height, self.rgb.clone()).unwrap();
        image.save(path).unwrap();
    }
}

/// Starts a server on a free display and returns that.
#[expect(
    clippy::zombie_processes,
    reason = "it ends when its last client does, and that is this process"
)]
fn start_server() -> String {
    let server = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "2400x1600x24",
            "-nolisten",
            "tcp",
        ])
        .args(["-terminate", "-dpi", "96"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb: `cargo xtask test` installs it");
    let mut line = String::new();
    let mut answer = BufReader::new(server.stdout.unwrap());
    answer.read_line(&mut line).unwrap();
    format!(":{}", line.trim())
}
