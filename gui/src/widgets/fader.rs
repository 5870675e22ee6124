//! A fader on the scale that meters have too.

use egui::{Align2, Id, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::adjust::{Adjusted, Handle, Law, adjusted, describe};
use super::paint::focus_ring;
use super::snapped;
use crate::scale::{MARKS_DB, travel_from_db};
use crate::text::{write_gain, write_number};
use crate::theme;

/// Room above and below the scale, so that the cap stays inside.
const FADER_INSET: f32 = 16.0;
const CAP: egui::Vec2 = vec2(24.0, 28.0);

/// Draws a fader that stands at `value` decibels.
pub(crate) fn fader(ui: &Ui, rect: Rect, id: Id, label: &str, value: f32) -> (Adjusted, String) {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let way = scale_in(rect).height();
    let handle = Handle {
        response: &response,
        law: Law::Gain,
        value,
        way: -way.max(1.0),
    };
    let adjusted = adjusted(ui, &handle);
    let mut text = String::with_capacity(12);
    write_gain(&mut text, adjusted.shown);
    let spoken = [text.as_str(), " dB"].concat();
    describe(ui, &handle, adjusted.shown, label, &spoken);
    if ui.is_rect_visible(rect) {
        let is_hot = response.hovered() || response.dragged();
        paint(ui, rect, Law::Gain.travel(adjusted.shown), is_hot);
        focus_ring(ui.painter(), &response, rect);
    }
    (adjusted, text)
}

/// Marks across `rect`, which is as high as the fader beside it, with figures or without.
pub(crate) fn marks(ui: &Ui, rect: Rect, has_figures: bool) {
    let scale = scale_in(rect);
    let mut text = String::with_capacity(4);
    let mut places = [f32::INFINITY; MARKS_DB.len()];
    let distance = if has_figures { 12.0 } else { 6.0 };
    for (at, db) in MARKS_DB.into_iter().enumerate() {
        let y = scale.bottom() - scale.height() * travel_from_db(db);
        if places.iter().any(|place| (place - y).abs() < distance) {
            continue;
        }
        places[at] = y;
        let is_main = db == 0.0;
        if has_figures {
            text.clear();
            write_number(&mut text, db, 0);
            let color = if is_main {
                theme::TEXT_SOFT
            } else {
                theme::TEXT_FAINT
            };
            let (place, font) = (pos2(rect.center().x, y), egui::FontId::proportional(10.0));
            ui.painter()
                .text(place, Align2::CENTER_CENTER, &text, font, color);
        } else {
            let color = if is_main {
                theme::TEXT_FAINT
            } else {
                theme::LINE
            };
            let line = Rect::from_center_size(pos2(rect.center().x, y), vec2(rect.width(), 1.0));
            ui.painter().rect_filled(snapped(ui, line), 0.0, color);
        }
    }
}

/// The part of a fader's or a meter's height that is the scale.
pub(super) fn scale_in(rect: Rect) -> Rect {
    rect.shrink2(vec2(0.0, FADER_INSET))
}

fn paint(ui: &Ui, rect: Rect, travel: f32, is_hot: bool) {
    let painter = ui.painter();
    let scale = scale_in(rect);
    let slot = Rect::from_center_size(rect.center(), vec2(4.0, scale.height() + 8.0));
    painter.rect_filled(slot, 2.0, theme::WELL);
    let y = scale.bottom() - scale.height() * travel;
    let filled = Rect::from_min_max(pos2(slot.left() + 1.0, y), slot.max - vec2(1.0, 2.0));
    painter.rect_filled(filled, 1.0, theme::ACCENT_DEEP);
    let cap = snapped(ui, Rect::from_center_size(pos2(rect.center().x, y), CAP));
    let shadow = cap.translate(vec2(0.0, 2.0)).expand(1.0);
    painter.rect_filled(shadow, 5.0, egui::Color32::from_black_alpha(90));
    let fill = if is_hot {
        theme::LINE_STRONG
    } else {
        theme::CONTROL_HOT
    };
    painter.rect_filled(cap, 4.0, fill);
    let edge = Stroke::new(1.0, theme::faded(theme::TEXT_FAINT, 0.45));
    painter.rect_stroke(cap, 4.0, edge, StrokeKind::Inside);
    let line = Rect::from_center_size(cap.center(), vec2(CAP.x - 8.0, 2.0));
    painter.rect_filled(snapped(ui, line), 1.0, theme::ACCENT);
}
