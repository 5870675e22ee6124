//! The display of the transport: bars and beats, time, tempo, signature.

use std::fmt::Write as _;

use egui::{Align2, Id, Rect, Ui, pos2};

use super::Caption;
use crate::gesture::Requests;
use crate::model::Action;
use crate::model::snapshot::Transport;
use crate::text::{read_position, write_position, write_time};
use crate::theme;
use crate::widgets::{Entry, entry};

const POSITION: f32 = 112.0;
const TIME: f32 = 108.0;
const TEMPO: f32 = 76.0;
const SIGNATURE: f32 = 56.0;
const CENTER: Align2 = Align2::CENTER_CENTER;

pub(super) fn width(has_time: bool) -> f32 {
    POSITION + TEMPO + SIGNATURE + if has_time { TIME } else { 0.0 }
}

pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    transport: &Transport,
    is_enabled: bool,
    requests: &mut Requests,
) {
    ui.painter()
        .rect_filled(rect, theme::ROUND_LARGE, theme::WELL);
    let has_time = rect.width() >= width(true);
    let mut text = String::with_capacity(24);
    let mut left = rect.left();
    let mut field = |width: f32| {
        let field = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        left += width;
        field
    };

    write_position(&mut text, transport.position);
    position(ui, field(POSITION), transport, &text, is_enabled, requests);
    if has_time {
        text.clear();
        write_time(&mut text, transport.seconds);
        reading(ui, field(TIME), &text, "time", true);
    }
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "{:.2}", transport.tempo);
    reading(ui, field(TEMPO), &text, "bpm", true);
    text.clear();
    let (beats, unit) = transport.signature;
    let _ = write!(text, "{beats}/{unit}");
    reading(ui, field(SIGNATURE), &text, "meter", true);
}

fn position(
    ui: &mut Ui,
    rect: Rect,
    transport: &Transport,
    text: &str,
    is_enabled: bool,
    requests: &mut Requests,
) {
    let (value, below) = halves(rect);
    let color = if transport.is_playing {
        theme::ACCENT
    } else {
        theme::TEXT
    };
    let field = Entry {
        id: Id::unique("position"),
        label: "Position in bars and beats",
        text,
        font: theme::DISPLAY,
        color,
        has_well: false,
        is_enabled,
        opens: false,
    };
    if let Some(position) = entry(
        ui,
        value.shrink2(egui::vec2(4.0, 0.0)),
        &field,
        read_position,
    ) {
        requests.push(Action::Seek(position));
    }
    let note = if transport.is_hosted {
        "bars | beats of the host"
    } else {
        "bars | beats"
    };
    caption(ui, below, note);
}

fn reading(ui: &Ui, rect: Rect, text: &str, note: &str, has_line: bool) {
    let (value, below) = halves(rect);
    let label = Caption {
        text,
        font: theme::BODY_STRONG,
        color: theme::TEXT_SOFT,
        align: CENTER,
    };
    label.show(ui, value, Id::unique(("reading", note)));
    caption(ui, below, note);
    if has_line {
        let line = Rect::from_min_max(
            pos2(rect.left(), rect.top() + 8.0),
            pos2(rect.left() + 1.0, rect.bottom() - 8.0),
        );
        ui.painter()
            .rect_filled(crate::widgets::snapped(ui, line), 0.0, theme::LINE);
    }
}

fn caption(ui: &Ui, rect: Rect, note: &str) {
    let font = egui::FontId::proportional(10.0);
    ui.painter()
        .text(rect.center(), CENTER, note, font, theme::TEXT_FAINT);
}

/// Room for a value, and below it for what it is.
fn halves(rect: Rect) -> (Rect, Rect) {
    let (value, below) = rect.split_top_bottom_at_y(rect.top() + 25.0);
    (
        value.with_min_y(rect.top() + 3.0),
        below.with_max_y(rect.bottom() - 4.0),
    )
}
