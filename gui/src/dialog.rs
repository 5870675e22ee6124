//! Dialogs that lie above an editor, all of one look.

use egui::{Color32, Frame, Id, Margin, Modal, Response, RichText, Stroke, Ui};

use crate::theme;
use crate::widgets::button_in;

/// Room around a dialog, in points.
const AROUND: f32 = 80.0;

/// What came of a dialog in one frame.
#[derive(Debug)]
pub struct Shown<R> {
    /// What the content returned.
    pub inner: R,
    /// The user wants to leave: Escape, or a click beside it.
    pub should_close: bool,
}

/// Shows a dialog above everything else, with a title, `width` points wide or as wide as the window
/// allows. What lies below is out of reach. `[main-thread]`
pub fn dialog<R>(
    ui: &Ui,
    name: &str,
    title: &str,
    width: f32,
    content: impl FnOnce(&mut Ui) -> R,
) -> Shown<R> {
    let frame = Frame::new()
        .fill(theme::RAISED)
        .stroke(Stroke::new(1.0, theme::LINE_STRONG))
        .corner_radius(8)
        .inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique(("dialog", name)))
        .backdrop_color(Color32::from_black_alpha(150))
        .frame(frame);
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width.min(ui.ctx().content_rect().width() - AROUND));
        ui.label(RichText::new(title).font(theme::TITLE).color(theme::TEXT));
        content(ui)
    });
    let should_close = response.should_close();
    Shown {
        inner: response.inner,
        should_close,
    }
}

/// A button with words; `is_main` marks the one that most people want. `[main-thread]`
pub fn button(ui: &mut Ui, words: &str, is_main: bool) -> Response {
    button_in(ui, words, is_main)
}
