//! A pan: a short way from left to right with its value written on it.

use egui::{Align2, Id, Rect, Sense, Stroke, Ui};

use super::adjust::{Adjusted, Handle, Law, adjusted, describe};
use super::paint::{FitText, focus_ring, sided};
use crate::text::write_pan;
use crate::theme;

/// Points of pointer movement from one end to the other.
const WAY: f32 = 160.0;

/// Draws a pan that stands at `value`.
pub(crate) fn pan(ui: &Ui, rect: Rect, id: Id, label: &str, value: f32) -> (Adjusted, String) {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let handle = Handle {
        response: &response,
        law: Law::Sided,
        value,
        way: WAY,
    };
    let adjusted = adjusted(ui, &handle);
    let mut text = String::with_capacity(8);
    write_pan(&mut text, adjusted.shown);
    describe(ui, &handle, adjusted.shown, label, &text);
    if ui.is_rect_visible(rect) {
        let is_hot = response.hovered() || response.dragged();
        paint(ui, rect, Law::Sided.travel(adjusted.shown), &text, is_hot);
        focus_ring(ui.painter(), &response, rect);
    }
    (adjusted, text)
}

fn paint(ui: &Ui, rect: Rect, travel: f32, text: &str, is_hot: bool) {
    let painter = ui.painter();
    painter.rect_filled(rect, theme::ROUND, theme::WELL);
    let rail = Rect::from_min_max(
        egui::pos2(rect.left() + 3.0, rect.bottom() - 5.0),
        egui::pos2(rect.right() - 3.0, rect.bottom() - 3.0),
    );
    painter.rect_filled(rail, 1.0, theme::LINE);
    painter.rect_filled(sided(rail, 0.5, travel), 1.0, theme::ACCENT);
    let x = rail.left() + rail.width() * travel;
    let hand = egui::Rangef::new(rail.top() - 2.0, rail.bottom() + 2.0);
    painter.vline(x, hand, Stroke::new(2.0, theme::TEXT));
    let color = if is_hot {
        theme::TEXT
    } else {
        theme::TEXT_SOFT
    };
    let room = rect.with_max_y(rail.top() - 1.0);
    FitText {
        text,
        font: theme::SMALL,
        color,
    }
    .paint(painter, room, Align2::CENTER_CENTER);
}
