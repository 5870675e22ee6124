//! One mixer strip, from top to bottom: name, pan, fader and meter, their values, mute and solo.

use egui::{Align2, Color32, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo};
use egui::{pos2, vec2};

use super::Caption;
use crate::gesture::{Adjust, Requests};
use crate::model::snapshot::Bus;
use crate::model::{Action, Control};
use crate::text::{read_gain, read_pan, write_gain};
use crate::theme;
use crate::widgets::{
    Entry, FitText, StripMeter, Toggle, entry, fader, marks, meter, pan, snapped,
};

pub(super) const WIDTH: f32 = 80.0;
pub(super) const MASTER_WIDTH: f32 = 104.0;
pub(super) const GAP: f32 = 4.0;

const PAD: f32 = 6.0;
const FADER: f32 = 28.0;
const METER: f32 = 18.0;

/// Where the parts of a strip are.
#[derive(Debug)]
struct Parts {
    name: Rect,
    pan: Rect,
    fader: Rect,
    marks: Rect,
    meter: Rect,
    gain: Rect,
    peak: Rect,
    mute: Rect,
    solo: Rect,
}

impl Parts {
    fn new(rect: Rect) -> Self {
        let inner = rect.shrink(PAD);
        let row = |top: f32, height: f32| {
            Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), height))
        };
        let halves = |row: Rect| row.split_left_right_at_fraction(0.5);
        let (mute, solo) = halves(row(inner.bottom() - 24.0, 24.0));
        let (gain, peak) = halves(row(mute.top() - 8.0 - 20.0, 20.0));
        let name = row(inner.top(), 20.0);
        let pan = row(name.bottom() + 4.0, 26.0);
        let tall = Rect::from_min_max(
            pos2(inner.left(), pan.bottom() + 4.0),
            pos2(inner.right(), gain.top() - 4.0),
        );
        let meter = tall.with_min_x(tall.right() - METER);
        let fader = tall.with_max_x(tall.left() + FADER);
        let marks = Rect::from_min_max(fader.right_top(), meter.left_bottom());
        Self {
            name,
            pan,
            fader,
            marks,
            meter,
            gain: gain.with_max_x(gain.right() - 2.0),
            peak: peak.with_min_x(peak.left() + 2.0),
            mute: mute.with_max_x(mute.right() - 2.0),
            solo: solo.with_min_x(solo.left() + 2.0),
        }
    }
}

/// A bus in hand, with what its parts need.
struct Strip<'a> {
    bus: &'a Bus,
    parts: Parts,
    is_master: bool,
}

impl Strip<'_> {
    fn id(&self, part: &str) -> Id {
        Id::unique(("bus", self.bus.id, part))
    }

    fn label(&self, what: &str) -> String {
        [what, " of ", self.bus.name.as_str()].concat()
    }
}

pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    bus: &Bus,
    is_master: bool,
    state: &mut StripMeter,
    requests: &mut Requests,
) {
    let strip = Strip {
        bus,
        parts: Parts::new(rect),
        is_master,
    };
    if ui.is_rect_visible(rect) {
        let fill = if is_master { theme::BAR } else { theme::CARD };
        ui.painter().rect_filled(rect, theme::ROUND_LARGE, fill);
        if is_master {
            let stroke = Stroke::new(1.0, theme::LINE);
            ui.painter()
                .rect_stroke(rect, theme::ROUND_LARGE, stroke, StrokeKind::Inside);
        }
        marks(ui, strip.mark_area(), is_master);
    }
    strip.name(ui);
    strip.pan(ui, requests);
    strip.gain(ui, requests);
    strip.meter(ui, state);
    strip.toggles(ui, requests);
}

impl Strip<'_> {
    fn mark_area(&self) -> Rect {
        let room = self.parts.marks;
        if self.is_master {
            room
        } else {
            room.shrink2(vec2((room.width() - 6.0) / 2.0, 0.0))
        }
    }

    fn name(&self, ui: &Ui) {
        let is_heard = !self.bus.is_muted && !self.bus.is_silenced;
        let color = if is_heard {
            theme::TEXT
        } else {
            theme::TEXT_FAINT
        };
        let (font, align) = (egui::FontId::monospace(12.0), Align2::CENTER_CENTER);
        let caption = Caption {
            text: &self.bus.name,
            font,
            color,
            align,
        };
        caption.show(ui, self.parts.name, self.id("name"));
    }

    fn pan(&self, ui: &mut Ui, requests: &mut Requests) {
        let label = self.label("Pan");
        let rect = self.parts.pan;
        let field = self.id("pan entry");
        let control = Control::Pan(self.bus.id);
        if !Entry::is_open(ui, field) {
            let (adjusted, text) = pan(ui, rect, self.id("pan"), &label, self.bus.pan);
            requests.adjust(control, adjusted.adjust);
            if adjusted.wants_entry {
                Entry::open(ui, field, &text);
            }
            return;
        }
        let entry_of_pan = self.entry(field, &label, "");
        if let Some(value) = entry(ui, rect, &entry_of_pan, read_pan) {
            requests.adjust(control, Adjust::once(value));
        }
    }

    fn gain(&self, ui: &mut Ui, requests: &mut Requests) {
        let label = self.label("Gain");
        let control = Control::Gain(self.bus.id);
        let (adjusted, text) = fader(
            ui,
            self.parts.fader,
            self.id("gain"),
            &label,
            self.bus.gain_db,
        );
        requests.adjust(control, adjusted.adjust);
        let label = self.label("Type gain");
        let mut field = self.entry(self.id("gain entry"), &label, &text);
        field.opens = adjusted.wants_entry;
        if let Some(value) = entry(ui, self.parts.gain, &field, read_gain) {
            requests.adjust(control, Adjust::once(value));
        }
    }

    fn entry<'a>(&self, id: Id, label: &'a str, text: &'a str) -> Entry<'a> {
        Entry {
            id,
            label,
            text,
            font: theme::SMALL,
            color: theme::TEXT_SOFT,
            has_well: true,
            is_enabled: true,
            opens: false,
        }
    }

    /// What clipped is remembered by the window that shows it, so a click forgets it right here.
    fn meter(&self, ui: &Ui, state: &mut StripMeter) {
        let label = self.label("Level");
        let lamp = meter(ui, self.parts.meter, self.id("meter"), &label, state);
        let peak = self.peak(ui, state);
        if lamp.clicked() || peak.clicked() {
            state.reset_clip();
        }
    }

    /// The highest peak as a number; a click forgets it.
    fn peak(&self, ui: &Ui, state: &StripMeter) -> Response {
        let rect = self.parts.peak;
        let response = ui.interact(rect, self.id("peak"), Sense::CLICK);
        let label = || {
            self.label(if state.has_clipped {
                "Reset clip"
            } else {
                "Reset peak"
            })
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label()));
        if ui.is_rect_visible(rect) {
            let (fill, color) = match (state.has_clipped, response.hovered()) {
                (true, _) => (theme::ALARM, theme::ON_SIGNAL),
                (_, true) => (theme::CONTROL, theme::TEXT),
                _ => (Color32::TRANSPARENT, theme::TEXT_FAINT),
            };
            ui.painter()
                .rect_filled(snapped(ui, rect), theme::ROUND, fill);
            let mut text = String::with_capacity(8);
            write_gain(&mut text, state.highest_db);
            let fit = FitText {
                text: &text,
                font: theme::SMALL,
                color,
            };
            fit.paint(ui.painter(), rect, Align2::CENTER_CENTER);
        }
        response
    }

    fn toggles(&self, ui: &Ui, requests: &mut Requests) {
        let bus = self.bus;
        let mute = Toggle {
            text: "M",
            label: &self.label("Mute"),
            is_on: bus.is_muted,
            fill: theme::WARN,
            on_fill: theme::ON_SIGNAL,
        };
        let rect = if self.is_master {
            self.parts.mute.union(self.parts.solo)
        } else {
            self.parts.mute
        };
        if mute.show(ui, rect, self.id("mute")).clicked() {
            requests.push(Action::SetMute(bus.id, !bus.is_muted));
        }
        if self.is_master {
            return;
        }
        let solo = Toggle {
            text: "S",
            label: &self.label("Solo"),
            is_on: bus.is_soloed,
            fill: theme::ACCENT,
            on_fill: theme::ON_ACCENT,
        };
        if solo.show(ui, self.parts.solo, self.id("solo")).clicked() {
            requests.push(Action::SetSolo(bus.id, !bus.is_soloed));
        }
    }
}
