//! A knob: three quarters of a turn, dragged up and down.

use std::f32::consts::PI;

use egui::epaint::PathShape;
use egui::{Id, Pos2, Rect, Sense, Stroke, Ui, Vec2};

use super::adjust::{Adjusted, Handle, Law, adjusted, describe};
use super::paint::focus_ring;
use crate::theme;

/// Angle of the lower end, clockwise from three o'clock.
const START: f32 = 0.75 * PI;
const SWEEP: f32 = 1.5 * PI;
/// Points of pointer movement from one end to the other.
const WAY: f32 = 200.0;

/// A knob and what it stands for.
pub(crate) struct Knob<'a> {
    pub(crate) id: Id,
    pub(crate) label: &'a str,
    pub(crate) value: f32,
    pub(crate) default: f32,
}

/// Draws a knob; `write` says its value as text.
pub(crate) fn knob(
    ui: &Ui,
    rect: Rect,
    knob: &Knob<'_>,
    write: impl FnOnce(f32) -> String,
) -> (Adjusted, String) {
    let response = ui.interact(rect, knob.id, Sense::click_and_drag());
    let law = Law::Unit {
        default: knob.default,
    };
    let handle = Handle {
        response: &response,
        law,
        value: knob.value,
        way: -WAY,
    };
    let adjusted = adjusted(ui, &handle);
    let text = write(adjusted.shown);
    describe(ui, &handle, adjusted.shown, knob.label, &text);
    if ui.is_rect_visible(rect) {
        let is_hot = response.hovered() || response.dragged();
        paint(
            ui,
            rect,
            law.travel(adjusted.shown),
            law.travel(knob.default),
            is_hot,
        );
        focus_ring(ui.painter(), &response, rect.expand(2.0));
    }
    (adjusted, text)
}

/// A place where a knob would be.
pub(crate) fn paint_empty(ui: &Ui, rect: Rect) {
    let radius = rect.width().min(rect.height()) / 2.0 - 2.0;
    let stroke = Stroke::new(2.0, theme::LINE);
    ui.painter()
        .add(arc(rect.center(), radius, 0.0, 1.0, stroke));
}

fn paint(ui: &Ui, rect: Rect, travel: f32, default: f32, is_hot: bool) {
    let painter = ui.painter();
    let center = rect.center();
    let radius = rect.width().min(rect.height()) / 2.0 - 2.0;
    let width = (radius / 6.5).max(2.5);
    let body = radius - width - 2.0;
    let fill = if is_hot {
        theme::CONTROL_HOT
    } else {
        theme::CONTROL
    };
    painter.add(arc(
        center,
        radius,
        0.0,
        1.0,
        Stroke::new(width, theme::WELL),
    ));
    painter.circle(center, body, fill, Stroke::new(1.0, theme::LINE_STRONG));
    painter.add(arc(
        center,
        radius,
        0.0,
        travel,
        Stroke::new(width, theme::ACCENT),
    ));
    let mark = |travel: f32| center + Vec2::angled(angle(travel)) * (radius + width * 0.5 + 1.5);
    if default > 0.0 && default < 1.0 {
        painter.circle_filled(mark(default), 1.0, theme::TEXT_FAINT);
    }
    let ray = Vec2::angled(angle(travel));
    let hand = [center + ray * body * 0.35, center + ray * (body - 2.0)];
    painter.line_segment(hand, Stroke::new(2.0, theme::TEXT));
}

fn angle(travel: f32) -> f32 {
    START + SWEEP * travel
}

fn arc(center: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) -> PathShape {
    // A point every few degrees looks round at any scale.
    let steps = (2..=48)
        .find(|steps| (to - from) * 48.0 <= *steps as f32)
        .unwrap_or(48);
    let at = |step: usize| angle(from + (to - from) * step as f32 / steps as f32);
    let points = (0..=steps).map(|step| center + Vec2::angled(at(step)) * radius);
    PathShape::line(points.collect(), stroke)
}
