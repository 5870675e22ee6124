//! The editor as the host opens it: CLAP's `gui` extension, a child window of the host's.
//!
//! | thread | type | what it does |
//! |---|---|---|
//! | main | [`Gui`], `EditorWindow` | size, scale, parent; does what the window asks for |
//! | of the window | `Handler`, `WindowModel` | events in, frames out |
//! | both | `Bridge` | what one tells the other |
//!
//! On X11 the window has its own thread, on Windows and macOS it is the main thread. Either way the
//! window only reads what is shared and queues what the user does; the main thread does it when the
//! host visits. A host that never visits has an editor that shows everything and changes nothing.
//! Nothing is made before the host calls `create`, and nothing is left after `destroy`.

mod actions;
mod bridge;
mod clipboard;
mod display;
mod handler;
mod input;
mod model;
mod pace;
mod surface;
mod window;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use clack_extensions::gui::*;
use clack_plugin::prelude::PluginError;
use segue_engine::format::container;
use segue_gui::EditorSize;

use crate::error::{Error, Result};
use crate::main_thread::MainThread;
use bridge::{Bridge, Request, Seen, VU_ZERO};
use window::EditorWindow;

/// Hosts that say less or more mean something else.
const FACTORS: std::ops::RangeInclusive<f32> = 0.25..=8.0;

/// The editor of one instance, closed at first. `[main-thread]`
///
/// Nothing is borrowed while the window system or the host is called: both call back.
pub(crate) struct Gui {
    bridge: RefCell<Option<Arc<Bridge>>>,
    window: RefCell<Option<Rc<EditorWindow>>>,
    size: Cell<EditorSize>,
    /// The window in the system's units: points on macOS, else pixels.
    pixels: Cell<[u32; 2]>,
    /// Pixels per point of the display, if the host said it.
    factor: Cell<Option<f32>>,
    /// Errors so far.
    errors: Cell<u64>,
}

impl Gui {
    pub(crate) fn new() -> Self {
        Self {
            bridge: RefCell::new(None),
            window: RefCell::new(None),
            size: Cell::new(EditorSize::default()),
            pixels: Cell::new([0; 2]),
            factor: Cell::new(None),
            errors: Cell::new(0),
        }
    }

    /// True between `create` and `destroy`.
    pub(crate) fn is_open(&self) -> bool {
        self.bridge.borrow().is_some()
    }

    /// Counts an error, so that the same one twice is shown twice.
    pub(crate) fn count_error(&self) {
        self.errors.set(self.errors.get() + 1);
    }

    fn bridge(&self) -> Option<Arc<Bridge>> {
        self.bridge.borrow().clone()
    }

    fn window(&self) -> Option<Rc<EditorWindow>> {
        self.window.borrow().clone()
    }

    /// System units per point of the editor without the user's zoom.
    fn factor(&self) -> f32 {
        self.bridge.borrow().as_ref().map_or(1.0, |it| it.factor())
    }
}

impl Drop for Gui {
    /// The host is gone without `destroy`.
    fn drop(&mut self) {
        drop(self.window.take());
        if let Some(bridge) = self.bridge.take() {
            bridge.set_worker(None);
        }
    }
}

impl MainThread<'_> {
    /// Shows the window what has changed here.
    pub(crate) fn publish(&self) {
        if let Some(bridge) = self.gui.bridge() {
            bridge.publish(self.seen());
        }
    }

    /// Does what the window has asked for.
    pub(crate) fn serve_editor(&self) {
        while let Some(request) = self.gui.bridge().and_then(|it| it.next_request()) {
            match request {
                Request::Act(action) => self.act(action),
                Request::Edit(edit) => {
                    // A value that finds no place is followed by another one, or by the end.
                    self.tell(edit);
                }
                Request::Keep(of, project) => self.keep(&of, *project),
                Request::Done(done) => self.finish(done),
                Request::Zoom => self.zoom(),
                Request::VuZero => self.keep_vu_zero(),
                Request::Resized => self.take_size(),
                Request::Closed => self.lose_window(),
            }
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            is_blank: self.is_blank(),
            document: self.document(),
            unplayable: self.report.borrow().unplayable.clone(),
            error: self
                .error
                .borrow()
                .clone()
                .map(|text| (self.gui.errors.get(), text)),
        }
    }

    #[allow(
        unsafe_code,
        reason = "the window outlives no borrow that a compiler could check"
    )]
    fn open_editor(&self) {
        // SAFETY: only the window uses it, and that is owned by this value and taken away with its
        // thread before this value is dropped, which the host waits for.
        let host = unsafe { self.host.shared().with_arbitrary_lifetime() };
        let bridge = Bridge::new(&self.shared.core, host, self.seen());
        let size = saved_size(self.editor_size.get());
        self.gui.size.set(size);
        let factor = self.gui.factor.get().unwrap_or_else(display::factor);
        bridge.set_factor(factor.clamp(*FACTORS.start(), *FACTORS.end()));
        bridge.set_zoom(size.scale);
        bridge.set_vu_zero(self.vu_zero.get().unwrap_or(VU_ZERO));
        bridge.set_worker(self.worker_sender().ok());
        *self.gui.bridge.borrow_mut() = Some(Arc::new(bridge));
        self.gui.pixels.set(size.pixels(self.gui.factor()));
        self.core().set_watched(true);
    }

    /// Takes the window away and does what is left to do: gestures end.
    pub(crate) fn close_editor(&self) {
        drop(self.gui.window.take());
        self.serve_editor();
        if let Some(bridge) = self.gui.bridge.take() {
            bridge.set_worker(None);
        }
        self.core().set_watched(false);
        self.core().values.release();
    }

    /// The user enlarged or shrank everything, so the window wants to follow.
    fn zoom(&self) {
        let Some(bridge) = self.gui.bridge() else {
            return;
        };
        let scale = bridge.zoom();
        let size = EditorSize {
            scale,
            ..self.gui.size.get()
        };
        self.ask_for_size(size.fitted());
    }

    /// Remembers for the session what 0 VU is.
    fn keep_vu_zero(&self) {
        let Some(bridge) = self.gui.bridge() else {
            return;
        };
        self.vu_zero.set(Some(bridge.vu_zero()));
        self.mark_dirty();
    }

    /// Takes over what 0 VU is in a session, also into an open editor.
    pub(crate) fn load_vu_zero(&self, saved: Option<f32>) {
        self.vu_zero.set(saved);
        if let Some(bridge) = self.gui.bridge() {
            bridge.set_vu_zero(saved.unwrap_or(VU_ZERO));
        }
    }

    /// Asks the host for room; without, everything is laid out in what there is.
    fn ask_for_size(&self, size: EditorSize) {
        let [width, height] = size.pixels(self.gui.factor());
        let host = self.host.shared();
        let gui = host.get_extension::<HostGui>();
        let is_granted = gui.is_some_and(|gui| gui.request_resize(&host, width, height).is_ok());
        if is_granted && self.gui.is_open() {
            self.keep_size(size);
            // A host that has called back already has done this.
            self.apply_size([width, height]);
        } else {
            let kept = size.resized(self.gui.pixels.get(), self.gui.factor());
            self.keep_size(kept);
        }
    }

    fn apply_size(&self, pixels: [u32; 2]) {
        self.gui.pixels.set(pixels);
        self.keep_size(self.gui.size.get().resized(pixels, self.gui.factor()));
        if let Some(window) = self.gui.window() {
            // A window that is gone already is not resized.
            _ = window.resize(pixels);
        }
    }

    /// Takes note of a size that did not come through this extension.
    fn take_size(&self) {
        let Some(pixels) = self.gui.window().and_then(|window| window.size()) else {
            return;
        };
        if self.gui.pixels.replace(pixels) != pixels {
            self.keep_size(self.gui.size.get().resized(pixels, self.gui.factor()));
        }
    }

    /// Remembers the size for the session.
    fn keep_size(&self, size: EditorSize) {
        if self.gui.size.replace(size) != size {
            self.editor_size.set(Some(to_saved(size)));
            self.mark_dirty();
        }
    }

    /// The window went away by itself: its parent is gone, or it could not be drawn any more.
    fn lose_window(&self) {
        if self.gui.window().is_none() {
            return;
        }
        let host = self.host.shared();
        if let Some(gui) = host.get_extension::<HostGui>() {
            gui.closed(&host, true);
        }
    }
}

impl PluginGuiImpl for MainThread<'_> {
    fn is_api_supported(&self, configuration: GuiConfiguration) -> bool {
        Some(configuration) == self.get_preferred_api()
    }

    fn get_preferred_api(&self) -> Option<GuiConfiguration<'_>> {
        Some(GuiConfiguration {
            api_type: GuiApiType::default_for_current_platform()?,
            is_floating: false,
        })
    }

    fn create(&self, configuration: GuiConfiguration) -> Result<(), PluginError> {
        if !self.is_api_supported(configuration) {
            return Err(PluginError::Message("this kind of window is not offered"));
        }
        if self.gui.is_open() {
            return Err(PluginError::Message("the editor is open already"));
        }
        self.open_editor();
        Ok(())
    }

    fn destroy(&self) {
        self.close_editor();
    }

    fn set_scale(&self, scale: f64) -> Result<(), PluginError> {
        let factor = segue_engine::to_f32(scale);
        if cfg!(target_os = "macos") || !FACTORS.contains(&factor) {
            return Err(PluginError::Message("this scale is not offered"));
        }
        self.gui.factor.set(Some(factor));
        let Some(bridge) = self.gui.bridge() else {
            return Ok(());
        };
        let size = self.gui.size.get();
        bridge.set_factor(factor);
        if self.gui.window().is_none() {
            self.gui.pixels.set(size.pixels(factor));
        } else {
            // The host is told of the new size when it is not in the middle of this call.
            bridge.ask(Request::Zoom);
        }
        Ok(())
    }

    fn get_size(&self) -> Option<GuiSize> {
        let [width, height] = self.gui.pixels.get();
        self.gui.is_open().then_some(GuiSize { width, height })
    }

    fn can_resize(&self) -> bool {
        true
    }

    fn get_resize_hints(&self) -> Option<GuiResizeHints> {
        Some(GuiResizeHints {
            can_resize_horizontally: true,
            can_resize_vertically: true,
            strategy: AspectRatioStrategy::Disregard,
        })
    }

    fn adjust_size(&self, size: GuiSize) -> Option<GuiSize> {
        let limit = |[width, height]: [f32; 2]| {
            let size = EditorSize {
                width,
                height,
                ..self.gui.size.get()
            };
            size.pixels(self.gui.factor())
        };
        let (least, most) = (limit(EditorSize::MIN), limit(EditorSize::MAX));
        Some(GuiSize {
            width: size.width.clamp(least[0], most[0]),
            height: size.height.clamp(least[1], most[1]),
        })
    }

    fn set_size(&self, size: GuiSize) -> Result<(), PluginError> {
        if !self.gui.is_open() || size.width == 0 || size.height == 0 {
            return Err(PluginError::Message("there is no such size"));
        }
        self.apply_size([size.width, size.height]);
        Ok(())
    }

    fn set_parent(&self, parent: Window) -> Result<(), PluginError> {
        let bridge = self
            .gui
            .bridge()
            .ok_or(Error::Window("it was not created".to_owned()))?;
        if self.gui.window().is_some() {
            return Err(PluginError::Message("the editor has a parent already"));
        }
        let window = EditorWindow::open(parent, self.gui.pixels.get(), &bridge)
            .inspect_err(|error| self.say(error))?;
        let window = Rc::new(window);
        *self.gui.window.borrow_mut() = Some(Rc::clone(&window));
        if bridge.is_visible() {
            window.show()?;
        }
        Ok(())
    }

    fn set_transient(&self, _window: Window) -> Result<(), PluginError> {
        Err(PluginError::Message("floating windows are not offered"))
    }

    fn show(&self) -> Result<(), PluginError> {
        self.set_visible(true)
    }

    fn hide(&self) -> Result<(), PluginError> {
        self.set_visible(false)
    }
}

impl MainThread<'_> {
    fn set_visible(&self, visible: bool) -> Result<(), PluginError> {
        let bridge = self
            .gui
            .bridge()
            .ok_or(Error::Window("it was not created".to_owned()))?;
        bridge.set_visible(visible);
        match self.gui.window() {
            Some(window) if visible => window.show()?,
            Some(window) => window.hide()?,
            // It is shown as soon as it has a parent.
            None => {}
        }
        Ok(())
    }
}

fn saved_size(saved: Option<container::EditorSize>) -> EditorSize {
    let Some(saved) = saved else {
        return EditorSize::default();
    };
    EditorSize {
        width: saved.width as f32,
        height: saved.height as f32,
        scale: saved.percent as f32 / 100.0,
    }
    .fitted()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fitted size is within a few thousand"
)]
fn to_saved(size: EditorSize) -> container::EditorSize {
    let whole = |value: f32| value.round() as u32;
    container::EditorSize {
        width: whole(size.width),
        height: whole(size.height),
        percent: whole(size.scale * 100.0),
    }
}
