//! The bottom line: how the engine is doing.

use std::fmt::Write as _;

use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Caption;
use crate::model::snapshot::{Performance, Snapshot};
use crate::text::write_number;
use crate::theme;
use crate::widgets::focus_ring;

/// Numbers that flicker cannot be read: they change this often.
const PERIOD: f64 = 0.25;
/// From here on a load is shown as a warning.
const HIGH_LOAD: f32 = 0.8;

/// What the line remembers: the numbers that it shows for a while.
#[derive(Debug, Default)]
pub(crate) struct StatusView {
    shown: Performance,
    due: f64,
    voices: String,
    load: String,
    rate: String,
    latency: String,
}

impl StatusView {
    /// Takes new numbers when it is time.
    pub(crate) fn update(&mut self, performance: &Performance, now: f64) {
        if *performance == self.shown && !self.voices.is_empty() {
            return;
        }
        let is_other_engine = performance.sample_rate != self.shown.sample_rate;
        if now < self.due && !is_other_engine {
            return;
        }
        self.due = now + PERIOD;
        self.shown = *performance;
        self.write();
    }

    /// Writing to a string cannot fail.
    fn write(&mut self) {
        let Performance {
            real_voices,
            virtual_voices,
            load,
            worst_load,
            sample_rate,
            latency,
        } = self.shown;
        for text in [
            &mut self.voices,
            &mut self.load,
            &mut self.rate,
            &mut self.latency,
        ] {
            text.clear();
        }
        let _ = write!(self.voices, "{real_voices} voices");
        if virtual_voices > 0 {
            let _ = write!(self.voices, " + {virtual_voices} virtual");
        }
        let [load, worst] = [load, worst_load].map(|load| load * 100.0);
        let _ = write!(self.load, "CPU {load:.0} %, worst {worst:.0} %");
        if sample_rate == 0 {
            self.rate.push_str("Engine off");
            return;
        }
        let rate = sample_rate as f32 / 1_000.0;
        let decimals = if sample_rate.is_multiple_of(1_000) {
            0
        } else {
            1
        };
        write_number(&mut self.rate, rate, decimals);
        self.rate.push_str(" kHz");
        self.latency.push_str("Latency ");
        write_number(&mut self.latency, latency as f32 / rate, 1);
        self.latency.push_str(" ms");
    }

    /// True if the user wants to see what is missing.
    pub(crate) fn show(&self, ui: &Ui, rect: Rect, snapshot: &Snapshot) -> bool {
        ui.painter().rect_filled(rect, 0.0, theme::BAR);
        let line = rect.with_max_y(rect.top() + 1.0);
        ui.painter().rect_filled(line, 0.0, theme::LINE);
        let mut row = Row {
            left: rect.left() + 12.0,
            rect,
        };
        row.text(ui, "voices", &self.voices, theme::TEXT_SOFT);
        row.bar(ui, self.shown.load, self.shown.worst_load);
        let is_high = self.shown.worst_load >= HIGH_LOAD;
        let color = if is_high {
            theme::WARN
        } else {
            theme::TEXT_SOFT
        };
        row.text(ui, "load", &self.load, color);
        row.text(ui, "rate", &self.rate, theme::TEXT_SOFT);
        row.text(ui, "latency", &self.latency, theme::TEXT_SOFT);
        missing(ui, rect, snapshot.missing.len())
    }
}

/// Texts one after another.
struct Row {
    left: f32,
    rect: Rect,
}

impl Row {
    fn text(&mut self, ui: &Ui, name: &str, text: &str, color: egui::Color32) {
        if text.is_empty() {
            return;
        }
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), theme::SMALL, color);
        let width = galley.size().x.ceil() + 1.0;
        let room = Rect::from_min_max(
            pos2(self.left, self.rect.top()),
            pos2(self.left + width, self.rect.bottom()),
        );
        self.left = room.right() + 20.0;
        let caption = Caption {
            text,
            font: theme::SMALL,
            color,
            align: Align2::LEFT_CENTER,
        };
        caption.show(ui, room, Id::unique(("status", name)));
    }

    /// A short bar with the load in it and the worst load on it.
    fn bar(&mut self, ui: &Ui, load: f32, worst: f32) {
        let center = pos2(self.left + 20.0, self.rect.center().y);
        let bar = Rect::from_center_size(center, vec2(40.0, 4.0));
        self.left = bar.right() + 8.0;
        ui.painter().rect_filled(bar, 2.0, theme::LINE);
        let part = |load: f32| {
            let load = if load.is_nan() {
                0.0
            } else {
                load.clamp(0.0, 1.0)
            };
            bar.left() + bar.width() * load
        };
        let color = if worst >= HIGH_LOAD {
            theme::WARN
        } else {
            theme::ACCENT
        };
        ui.painter()
            .rect_filled(bar.with_max_x(part(load)), 2.0, color);
        let mark = Rect::from_center_size(pos2(part(worst), bar.center().y), vec2(1.5, 8.0));
        ui.painter().rect_filled(mark, 0.0, color);
    }
}

fn missing(ui: &Ui, rect: Rect, count: usize) -> bool {
    if count == 0 {
        return false;
    }
    let noun = if count == 1 { "asset" } else { "assets" };
    let text = format!("{count} {noun} missing");
    let galley = ui
        .painter()
        .layout_no_wrap(text.clone(), theme::SMALL_STRONG, theme::WARN);
    let size = vec2(galley.size().x + 20.0, rect.height() - 5.0);
    let right = rect.right() - 8.0 - size.x / 2.0;
    let chip = Rect::from_center_size(pos2(right, rect.center().y + 0.5), size);
    let response = ui.interact(chip, Id::unique("missing chip"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
    let fill = if response.hovered() {
        theme::CONTROL_HOT
    } else {
        theme::CONTROL
    };
    ui.painter().rect_filled(chip, chip.height() / 2.0, fill);
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), chip);
    ui.painter().galley(place.min, galley, theme::WARN);
    focus_ring(ui.painter(), &response, chip);
    response.clicked()
}
