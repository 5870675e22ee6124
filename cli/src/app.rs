//! The app: a window with the editor, an engine that plays, MIDI, and what belongs around it.
//!
//! Three threads of its own: the window (`window`, `model`), the control thread (`desk`), which owns
//! engine and output, and the output's audio thread (`player`). A bounce has one more.

mod bounce;
mod bounce_view;
mod desk;
mod factory;
mod midi;
mod model;
mod player;
mod settings;
mod settings_view;
mod window;

use crate::cancel::Cancel;
use crate::failure::Failure;
use desk::Source;
use eframe::egui::{Context, ViewportBuilder, ViewportCommand};
use model::AppModel;
use segue_gui::EditorSize;
use settings::Store;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use window::AppWindow;

/// Why the window is not opened after all.
type Stop = Box<dyn std::error::Error + Send + Sync>;

/// Which project to begin with.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Nothing,
    Factory,
    Path(PathBuf),
}

/// Opens the window and runs until it is closed.
pub(crate) fn run(start: Start) -> Result<(), Failure> {
    check_display()?;
    let store = Store::of_user();
    let end = Arc::new(AtomicBool::new(false));
    let ctx: Arc<OnceLock<Context>> = Arc::default();
    let (their_end, their_ctx) = (Arc::clone(&end), Arc::clone(&ctx));
    let _cancel = Cancel::listen(move || {
        their_end.store(true, Relaxed);
        if let Some(ctx) = their_ctx.get() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
            ctx.request_repaint();
        }
    })?;
    let project = match start {
        Start::Nothing => None,
        Start::Factory => Some(Source::Factory),
        Start::Path(path) => Some(Source::Path(path)),
    };
    let options = eframe::NativeOptions {
        viewport: viewport(&store),
        ..Default::default()
    };
    let create =
        move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Stop> {
            let window_ctx = creation.egui_ctx.clone();
            // Nothing was there before.
            _ = ctx.set(window_ctx.clone());
            let wake_ctx = window_ctx.clone();
            let wake = Arc::new(move || wake_ctx.request_repaint());
            let model = AppModel::start(store, project, wake).map_err(|failure| failure.message)?;
            Ok(Box::new(AppWindow::new(&window_ctx, model, end)))
        };
    eframe::run_native("segue", options, Box::new(create)).map_err(|error| failure(&error))
}

/// The window as it was.
fn viewport(store: &Store) -> ViewportBuilder {
    let window = store.load().0.window;
    let EditorSize {
        width,
        height,
        scale,
    } = window.size();
    let builder = ViewportBuilder::default()
        .with_title("Segue")
        .with_app_id("segue")
        .with_inner_size([width * scale, height * scale])
        .with_min_inner_size(EditorSize::MIN.map(|side| side * scale))
        .with_maximized(window.is_maximized);
    match window.place {
        Some(place) => builder.with_position(place),
        None => builder,
    }
}

/// Says so early and clearly where there is nothing to open a window on.
fn check_display() -> Result<(), Failure> {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return Ok(());
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(no_display("neither DISPLAY nor WAYLAND_DISPLAY is set"))
}

fn no_display(reason: &str) -> Failure {
    Failure::new(format!("there is no display to open a window on: {reason}"))
        .hint("start it from a graphical session; `segue play` and `segue render` need no display")
}

fn failure(error: &eframe::Error) -> Failure {
    match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            no_display(&error.to_string())
        }
        eframe::Error::AppCreation(error) => Failure::new(error.to_string()),
        _ => Failure::new(format!("the window cannot be drawn: {error}")).hint(
            "it needs OpenGL 2.1 or ES 2.0; on Debian and Ubuntu libgl1-mesa-dri draws without a \
             graphics card",
        ),
    }
}
