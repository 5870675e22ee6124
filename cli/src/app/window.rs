//! The window: the editor, the app's own dialogs above it, and what closing it means.

use super::bounce_view::{self, BounceView};
use super::model::{AppModel, BOUNCE, Next, QUIT, SETTINGS};
use super::settings_view::{self, Picture};
use eframe::egui::{self, Context, Key, KeyboardShortcut, Modifiers, RichText, Ui, UiBuilder};
use eframe::egui::{ViewportCommand, vec2};
use segue_gui::dialog::{button, dialog};
use segue_gui::{Editor, EditorSize, Model as _, ProjectState, frame_end, theme};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const KEYS: [(u32, KeyboardShortcut); 3] = [
    (BOUNCE, KeyboardShortcut::new(Modifiers::COMMAND, Key::B)),
    (
        SETTINGS,
        KeyboardShortcut::new(Modifiers::COMMAND, Key::Comma),
    ),
    (QUIT, KeyboardShortcut::new(Modifiers::COMMAND, Key::Q)),
];

/// The app as eframe runs it.
pub(super) struct AppWindow {
    model: AppModel,
    editor: Editor,
    has_settings: bool,
    bounce: Option<BounceView>,
    tone: bool,
    /// The user is choosing where to save before going on.
    is_saving: bool,
    title: String,
    /// What the last frame left for the next one.
    later: Vec<egui::Event>,
    /// Somebody outside wants the program to end.
    end: Arc<AtomicBool>,
}

impl AppWindow {
    pub(super) fn new(ctx: &Context, mut model: AppModel, end: Arc<AtomicBool>) -> AppWindow {
        theme::install(ctx);
        ctx.set_zoom_factor(model.settings.window.size().scale);
        model.shortcuts = KEYS
            .map(|(id, keys)| (id, ctx.format_shortcut(&keys)))
            .into();
        let mut editor = Editor::new();
        editor.set_vu_zero_dbfs(model.settings.meters.vu_zero_dbfs);
        AppWindow {
            model,
            editor,
            has_settings: false,
            bounce: None,
            tone: false,
            is_saving: false,
            title: String::new(),
            later: Vec::new(),
            end,
        }
    }

    fn is_free(&self) -> bool {
        let has_dialog = self.has_settings || self.bounce.is_some() || self.editor.is_choosing();
        !has_dialog && self.model.pending.is_none()
    }

    fn take_keys(&mut self, ctx: &Context) {
        for (id, keys) in KEYS {
            if ctx.input_mut(|input| input.consume_shortcut(&keys)) && self.is_free() {
                self.model.chosen = Some(id);
            }
        }
    }

    fn take_chosen(&mut self) {
        match self.model.chosen.take() {
            Some(BOUNCE) if self.model.project().is_some() => {
                let path = self.model.snapshot().project.path.clone();
                self.model.bounced = None;
                self.bounce = Some(BounceView::new(self.model.name(), path.as_deref()));
            }
            Some(SETTINGS) => {
                self.has_settings = true;
                self.model.rescan();
            }
            Some(QUIT) => self.model.ask_first(Next::Quit),
            _ => {}
        }
    }

    fn show_settings(&mut self, ui: &Ui) {
        let choice = self.model.state.choice.clone();
        let picture = Picture {
            audio: &self.model.settings.audio,
            midi: &self.model.settings.midi,
            choice: choice.as_deref(),
            running: self.model.output(),
            engine_latency: self.model.snapshot().performance.latency,
            tone: self.tone,
            heard: self.model.heard(),
            scale: ui.ctx().zoom_factor(),
        };
        for wish in settings_view::show(ui, &picture) {
            match wish {
                settings_view::Wish::Use(audio) => self.model.use_audio(audio),
                settings_view::Wish::Listen(ports) => self.model.listen(ports),
                settings_view::Wish::Tone(is_on) => self.set_tone(is_on),
                settings_view::Wish::Rescan => self.model.rescan(),
                settings_view::Wish::Scale(scale) => set_scale(ui.ctx(), scale),
                settings_view::Wish::Close => {
                    self.has_settings = false;
                    self.set_tone(false);
                }
            }
        }
    }

    fn set_tone(&mut self, is_on: bool) {
        self.tone = is_on;
        self.model.set_tone(is_on);
    }

    fn show_bounce(&mut self, ui: &Ui) {
        let Some(view) = &mut self.bounce else {
            return;
        };
        let bounced = self.model.bounced.clone();
        match view.show(ui, self.model.bounce.as_ref(), bounced.as_deref()) {
            Some(bounce_view::Wish::Start(job)) => {
                self.model.bounced = None;
                self.model.start_bounce(job);
            }
            Some(bounce_view::Wish::Cancel) => {
                self.model.bounce.iter().for_each(|bounce| bounce.cancel());
            }
            Some(bounce_view::Wish::Close) => self.bounce = None,
            None => {}
        }
    }

    /// Asks what is to become of unsaved changes.
    fn show_question(&mut self, ui: &Ui) {
        let Some(next) = self.model.pending.clone() else {
            return;
        };
        let title = format!("Save the changes to {}?", self.model.name());
        let asked = dialog(ui, "unsaved", &title, 400.0, |ui| {
            let note = RichText::new("Otherwise they are lost.");
            ui.label(note.color(theme::TEXT_SOFT));
            ui.add_space(12.0);
            ui.horizontal(|ui| {
                let save = button(ui, "Save", true).clicked();
                let discard = button(ui, "Don't save", false).clicked();
                let cancel = button(ui, "Cancel", false).clicked();
                [save, discard, cancel]
            })
            .inner
        });
        let [save, discard, cancel] = asked.inner;
        if save {
            self.model.pending = None;
            if !self.model.save_and_go(next) {
                self.editor.save_as();
                self.is_saving = true;
            }
        } else if discard {
            self.model.pending = None;
            self.model.go(next);
        } else if cancel || asked.should_close {
            self.model.pending = None;
        }
    }

    /// A user who does not say where to save stays.
    fn watch_saving(&mut self) {
        if self.is_saving && !self.editor.is_choosing() {
            self.is_saving = false;
            self.model.forget_after_save();
        }
    }

    fn take_close(&mut self, ctx: &Context) {
        if self.end.load(Relaxed) {
            self.model.may_quit = true;
        }
        let wants_close = ctx.input(|input| input.viewport().close_requested());
        if wants_close && !self.model.may_quit {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if self.model.pending.is_none() {
                self.model.ask_first(Next::Quit);
            }
        }
        if self.model.may_quit {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn show_title(&mut self, ctx: &Context) {
        let project = &self.model.snapshot().project;
        let name = &project.name;
        let title = match project.state {
            ProjectState::Empty => "Segue".to_owned(),
            ProjectState::Loading { .. } => format!("Loading {name} – Segue"),
            ProjectState::Ready if project.is_dirty => format!("• {name} – Segue"),
            ProjectState::Ready => format!("{name} – Segue"),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Remembers size and place of the window, and what the editor says.
    fn remember(&mut self, ctx: &Context) {
        self.model.settings.meters.vu_zero_dbfs = self.editor.vu_zero_dbfs();
        let window = &mut self.model.settings.window;
        window.scale = ctx.zoom_factor();
        ctx.input(|input| {
            let viewport = input.viewport();
            window.is_maximized = viewport.maximized.unwrap_or(false);
            if window.is_maximized || viewport.minimized == Some(true) {
                return;
            }
            if let Some(inner) = viewport.inner_rect {
                (window.width, window.height) = (inner.width(), inner.height());
            }
            window.place = viewport
                .outer_rect
                .map(|outer| (outer.min * window.scale).into());
        });
    }
}

fn set_scale(ctx: &Context, scale: f32) {
    ctx.set_zoom_factor(scale);
    let [width, height] = EditorSize::MIN;
    ctx.send_viewport_cmd(ViewportCommand::MinInnerSize(vec2(width, height)));
}

impl eframe::App for AppWindow {
    /// A window that is minimised or hidden is not drawn, but the project goes on: a save that
    /// somebody else makes is heard, and nothing is lost when it is closed.
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        let is_hidden = ctx.input(|input| input.viewport().visible() == Some(false));
        if is_hidden {
            self.model.refresh();
            self.take_close(ctx);
            let is_asked = ctx.input(|input| input.viewport().close_requested());
            if is_asked && self.model.pending.is_some() {
                // The question is to be seen.
                ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
                ctx.send_viewport_cmd(ViewportCommand::Focus);
            }
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.take_keys(&ctx);
        let window = ctx.content_rect();
        let mut child = ui.new_child(UiBuilder::new().max_rect(window));
        child.set_clip_rect(window);
        self.editor.show(&mut child, &mut self.model);
        self.watch_saving();
        self.take_chosen();
        if self.has_settings {
            self.show_settings(ui);
        }
        self.show_bounce(ui);
        self.show_question(ui);
        self.show_title(&ctx);
        self.remember(&ctx);
        self.take_close(&ctx);
    }

    fn raw_input_hook(&mut self, ctx: &Context, raw_input: &mut egui::RawInput) {
        self.later.append(&mut raw_input.events);
        let next = self.later.split_off(frame_end(&self.later));
        raw_input.events = std::mem::replace(&mut self.later, next);
        if !self.later.is_empty() {
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.editor.close(&mut self.model);
        self.model.keep();
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        theme::WINDOW.to_normalized_gamma_f32()
    }
}
