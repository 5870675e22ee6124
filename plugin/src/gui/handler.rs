//! The window's side: events in, frames out.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use baseview::{
    DamageArea, DropEffect, Event, EventStatus, HandlerError, MouseCursor, MouseEvent, TimerHandle,
    WindowContext, WindowHandler, WindowSize,
};
use segue_gui::{Editor, theme};

use super::bridge::{Bridge, Request};
use super::clipboard::Clipboard;
use super::display::Watch;
use super::input::{Input, View, cursor};
use super::model::WindowModel;
use super::pace::Pace;
use super::surface::{Picture, Surface};
use crate::error::Result;

/// How often it looks whether its window is still there.
const LOOK_AROUND: Duration = Duration::from_millis(100);

/// Receives what happens to the window, on its thread. A panic ends the editor, not the host.
pub(super) struct Handler {
    context: WindowContext,
    bridge: Arc<Bridge>,
    /// `None` once something in it has panicked.
    stage: RefCell<Option<Stage>>,
    /// True once the window has been on the screen: a frame that baseview 0.4 is asked for earlier
    /// never comes on X11, nor does any later one.
    is_exposed: Cell<bool>,
    watch: Watch,
    /// Rings as long as it is kept.
    _timer: TimerHandle,
}

/// Everything that makes frames.
struct Stage {
    surface: Surface,
    egui: egui::Context,
    input: Input,
    editor: Editor,
    model: WindowModel,
    clipboard: Clipboard,
    pace: Pace,
    opened: Instant,
    zoom: f32,
    /// What the VU meter called 0 in the last frame, dBFS.
    vu_zero: f32,
    cursor: MouseCursor,
}

/// What is done to the window after a frame, when nothing is borrowed.
#[derive(Default)]
struct Outcome {
    cursor: Option<MouseCursor>,
    wants_keyboard: bool,
}

impl Handler {
    /// An editor in the window that `context` belongs to.
    ///
    /// # Errors
    /// [`crate::Error::Window`] if there is no OpenGL.
    pub(super) fn new(context: WindowContext, bridge: &Arc<Bridge>) -> Result<Self> {
        let stage = Stage::new(&context, bridge)?;
        bridge.set_waker(context.waker());
        Ok(Self {
            watch: Watch::new(&context),
            _timer: context.create_timer(LOOK_AROUND)?,
            context,
            bridge: Arc::clone(bridge),
            stage: RefCell::new(Some(stage)),
            is_exposed: Cell::new(false),
        })
    }

    /// Does something with the stage, unless it is gone or, in the middle of another call, in use.
    fn with<T>(&self, body: impl FnOnce(&mut Stage, &WindowContext) -> T) -> Option<T> {
        let mut slot = self.stage.try_borrow_mut().ok()?;
        let stage = slot.as_mut()?;
        let done = catch_unwind(AssertUnwindSafe(|| body(stage, &self.context)));
        if done.is_err() {
            let broken = slot.take();
            _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
            self.context.request_close();
        }
        done.ok()
    }

    /// Sees to it that the window is woken when the next frame is due.
    fn schedule(&self) {
        let bridge = &self.bridge;
        let wake = self.with(|stage, _| {
            if let Some(at) = bridge.take_wish() {
                stage.pace.want(at);
            }
            let is_shown = bridge.is_visible() && self.is_exposed.get();
            is_shown
                .then(|| stage.pace.next_wake(Instant::now()))
                .flatten()
        });
        match wake.flatten() {
            Some(delay) if delay.is_zero() => self.context.request_redraw(),
            Some(delay) => self.context.request_redraw_after(delay),
            None => {}
        }
    }

    fn finish(&self, outcome: Outcome) {
        if let Some(cursor) = outcome.cursor {
            // A pointer of another shape is no reason to end.
            _ = self.context.set_mouse_cursor(cursor);
        }
        if outcome.wants_keyboard && !self.context.has_focus() {
            _ = self.context.focus();
        }
    }
}

impl WindowHandler for Handler {
    fn draw(&self) -> Result<(), HandlerError> {
        if self.bridge.is_visible() {
            let drawn = self.with(|stage, context| stage.draw(context));
            match drawn {
                Some(Ok(outcome)) => self.finish(outcome.unwrap_or_default()),
                Some(Err(error)) => return Err(HandlerError::from_boxed(Box::new(error))),
                None => {}
            }
        }
        self.schedule();
        Ok(())
    }

    fn damage(&self, _area: DamageArea) {
        self.is_exposed.set(true);
        self.with(|stage, _| stage.pace.want_now(Instant::now()));
        self.schedule();
    }

    fn poll(&self) {
        if self.bridge.is_closing() {
            self.context.request_close();
        }
        self.schedule();
    }

    /// Regularly, also when a frame that was asked for was lost.
    fn on_timer(&self, _timer: &TimerHandle) {
        if self.watch.is_gone() {
            self.context.request_close();
        }
        self.schedule();
    }

    fn resized(&self, _size: WindowSize) -> Result<(), HandlerError> {
        self.with(|stage, _| stage.pace.want_now(Instant::now()));
        self.bridge.ask(Request::Resized);
        self.schedule();
        Ok(())
    }

    fn on_event(&self, event: Event) -> EventStatus {
        let status = self.with(|stage, _| stage.take_event(event));
        self.schedule();
        status.unwrap_or(EventStatus::Ignored)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let stage = self.stage.get_mut().take();
        _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(mut stage) = stage {
                stage.editor.close(&mut stage.model);
            }
        }));
        self.bridge.leave();
    }
}

impl Stage {
    fn new(context: &WindowContext, bridge: &Arc<Bridge>) -> Result<Self> {
        let surface = Surface::new(context)?;
        let egui = egui::Context::default();
        theme::install(&egui);
        let zoom = bridge.zoom();
        egui.set_zoom_factor(zoom);
        let wishes = Arc::clone(bridge);
        egui.set_request_repaint_callback(move |wish| wishes.want_frame(wish.delay));
        let mut pace = Pace::default();
        pace.want_now(Instant::now());
        Ok(Self {
            input: Input::new(surface.max_texture_side()),
            surface,
            egui,
            editor: Editor::new(),
            model: WindowModel::new(bridge),
            clipboard: Clipboard::default(),
            pace,
            opened: Instant::now(),
            zoom,
            vu_zero: f32::NAN,
            cursor: MouseCursor::Default,
        })
    }

    /// Draws a frame if one is due.
    fn draw(&mut self, context: &WindowContext) -> Result<Option<Outcome>> {
        let now = Instant::now();
        if !self.pace.begin(now) {
            return Ok(None);
        }
        let size = context.size();
        let bridge = self.model.bridge();
        if self.zoom != bridge.zoom() {
            self.zoom = bridge.zoom();
            self.egui.set_zoom_factor(self.zoom);
        }
        let factor = if cfg!(target_os = "macos") {
            segue_engine::to_f32(size.scale_factor)
        } else {
            bridge.factor()
        };
        if self.vu_zero != bridge.vu_zero() {
            self.editor.set_vu_zero_dbfs(bridge.vu_zero());
            // The nearest that there is; the session keeps what it has until somebody chooses.
            self.vu_zero = self.editor.vu_zero_dbfs();
            bridge.set_vu_zero(self.vu_zero);
        }
        let raw = self.input.take(View {
            size: size.physical.into(),
            factor,
            zoom: self.zoom,
            time: now.duration_since(self.opened).as_secs_f64(),
        });
        let Self {
            egui,
            editor,
            model,
            ..
        } = self;
        let mut output = egui.run_ui(raw, |ui| editor.show(ui, model));
        let shapes = egui.tessellate(output.shapes, output.pixels_per_point);
        self.surface.paint(Picture {
            size: size.physical.into(),
            pixels_per_point: output.pixels_per_point,
            shapes: &shapes,
            textures: &mut output.textures_delta,
        })?;
        self.follow_zoom();
        self.follow_vu_zero();
        if self.input.has_more() {
            self.pace.want(now);
        }
        Ok(Some(self.outcome(output.platform_output)))
    }

    /// egui changes its zoom by itself when the user presses the keys for it.
    fn follow_zoom(&mut self) {
        let zoom = self.egui.zoom_factor();
        if zoom != self.zoom {
            self.zoom = zoom;
            let bridge = self.model.bridge();
            bridge.set_zoom(zoom);
            bridge.ask(Request::Zoom);
        }
    }

    /// The user may have chosen another 0 VU.
    fn follow_vu_zero(&mut self) {
        let chosen = self.editor.vu_zero_dbfs();
        if chosen != self.vu_zero {
            self.vu_zero = chosen;
            let bridge = self.model.bridge();
            bridge.set_vu_zero(chosen);
            bridge.ask(Request::VuZero);
        }
    }

    fn outcome(&mut self, output: egui::PlatformOutput) -> Outcome {
        for command in output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                self.clipboard.set_text(text);
            }
        }
        let cursor = cursor(output.cursor_icon);
        let is_new = std::mem::replace(&mut self.cursor, cursor) != cursor;
        Outcome {
            cursor: is_new.then_some(cursor),
            wants_keyboard: self.egui.egui_wants_keyboard_input(),
        }
    }

    fn take_event(&mut self, event: Event) -> EventStatus {
        self.pace.want(Instant::now());
        match event {
            Event::Mouse(event) => {
                let is_drag = matches!(
                    event,
                    MouseEvent::DragEntered { .. }
                        | MouseEvent::DragMoved { .. }
                        | MouseEvent::DragDropped { .. }
                );
                self.input.mouse(event);
                if is_drag {
                    return EventStatus::AcceptDrop(DropEffect::Copy);
                }
                EventStatus::Captured
            }
            Event::Keyboard(event) => {
                self.input.key(&event, &mut self.clipboard);
                // What nothing here waits for is for the host: its space bar, say.
                if self.egui.egui_wants_keyboard_input() {
                    EventStatus::Captured
                } else {
                    EventStatus::Ignored
                }
            }
            Event::Window(event) => {
                self.input.window(&event);
                EventStatus::Captured
            }
            _ => EventStatus::Ignored,
        }
    }
}

/// A size in the units that hosts use: points on macOS, else pixels.
pub(super) fn native(size: WindowSize) -> [u32; 2] {
    let size = size.to_native_size::<u32>();
    [size.width, size.height]
}
