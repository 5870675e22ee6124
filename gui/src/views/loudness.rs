//! The measures of one bus: spectrum, loudness, correlation, needles and inserts.

use std::fmt::Write as _;

use egui::{Id, Rect, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::chosen;
use super::layout::{MARGIN, SCROLL_ROOM};
use super::measure_row::{Bar, Row};
use super::spectrum::SpectrumView;
use crate::gesture::Requests;
use crate::model::Action;
use crate::model::analysis::Analysis;
use crate::model::snapshot::{Bus, BusId, Snapshot};
use crate::text::{write_gain, write_number};
use crate::theme;
use crate::widgets::Toggle;

const BUTTON: f32 = 24.0;
const GAP: f32 = 4.0;
const ROW: f32 = 18.0;
const SPECTRUM_AT_LEAST: f32 = 64.0;
const SPECTRUM_AT_MOST: f32 = 160.0;
/// M, S, I, range, true peak, PLR, correlation.
const ROWS: usize = 7;
/// EBU R 128.
const TARGET_LUFS: f32 = -23.0;
const PEAK_DBTP: f32 = -1.0;

/// How loudness is written (EBU Tech 3341): the name, the ends in LU, and whether in LU.
const SCALES: [(&str, [f32; 2], bool); 4] = [
    ("LUFS +9", [-18.0, 9.0], false),
    ("LUFS +18", [-36.0, 18.0], false),
    ("LU +9", [-18.0, 9.0], true),
    ("LU +18", [-36.0, 18.0], true),
];

/// A needle: its name, its place in the analysis, its 0 in dBFS, its ends in dB of its own.
struct Dial {
    name: &'static str,
    place: usize,
    zero_dbfs: f32,
    ends: [f32; 2],
    unit: &'static str,
}

const DIALS: [Dial; 5] = [
    dial("Digital", 2, 0.0, [-60.0, 0.0], "dBFS"),
    dial("PPM I (DIN)", 0, -9.0, [-50.0, 5.0], "dB"),
    dial("PPM IIa (BBC)", 1, -18.0, [-14.0, 12.0], ""),
    dial("PPM IIb (EBU)", 1, -18.0, [-12.0, 12.0], "dB"),
    dial("VU", 3, -18.0, [-20.0, 3.0], "VU"),
];
/// Its scale has the marks 1 to 7 and no decibels.
const BBC: usize = 2;
/// Where its zero is differs from house to house.
const VU: usize = 4;
/// What 0 VU can be, dBFS; the first is that of EBU R 68 and the usual one.
const VU_ZEROS: [f32; 5] = [-18.0, -20.0, -16.0, -14.0, -12.0];

const fn dial(
    name: &'static str,
    place: usize,
    zero_dbfs: f32,
    ends: [f32; 2],
    unit: &'static str,
) -> Dial {
    Dial {
        name,
        place,
        zero_dbfs,
        ends,
        unit,
    }
}

/// What the panel remembers: scales, and what falls.
#[derive(Debug, Default)]
pub(crate) struct LoudnessView {
    spectrum: SpectrumView,
    before: Option<Analysis>,
    scale: usize,
    dial: usize,
    /// What 0 VU is, a place in [`VU_ZEROS`].
    vu_zero: usize,
    /// The master that was asked for, so that it is asked for once.
    asked: Option<BusId>,
}

impl LoudnessView {
    /// What 0 VU is, dBFS.
    pub(crate) fn vu_zero_dbfs(&self) -> f32 {
        VU_ZEROS[self.vu_zero]
    }

    /// Sets it to the nearest that there is.
    pub(crate) fn set_vu_zero_dbfs(&mut self, dbfs: f32) {
        let off = |place: &usize| (VU_ZEROS[*place] - dbfs).abs();
        let nearest = (0..VU_ZEROS.len()).min_by(|a, b| off(a).total_cmp(&off(b)));
        self.vu_zero = nearest.filter(|_| dbfs.is_finite()).unwrap_or(0);
    }

    /// Lets time pass, and asks for the measures of the master if there are none. True while
    /// something moves.
    pub(crate) fn update(
        &mut self,
        snapshot: &Snapshot,
        seconds: f32,
        requests: &mut Requests,
    ) -> bool {
        let Some(analysis) = &snapshot.analysis else {
            let master = snapshot.master.as_ref().map(|bus| bus.id);
            if let Some(bus) = master.filter(|_| self.asked != master) {
                self.asked = master;
                requests.push(Action::Analyse(bus));
            }
            return false;
        };
        let is_falling = self.spectrum.update(analysis, seconds);
        let is_new = self.before.as_ref() != Some(analysis);
        if is_new {
            self.before = Some(analysis.clone());
        }
        is_falling || is_new
    }

    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        snapshot: &Snapshot,
        requests: &mut Requests,
    ) {
        let card = rect.with_max_y(rect.bottom() - SCROLL_ROOM);
        ui.painter()
            .rect_filled(card, theme::ROUND_LARGE, theme::BAR);
        let room = card.shrink(MARGIN);
        let Some(analysis) = &snapshot.analysis else {
            // What could not be measured can be asked for once more, or another bus.
            let place = room.with_max_y(room.top() + BUTTON);
            return chooser(ui, place, snapshot, None, requests);
        };
        let inserts = analysis.inserts.len() as f32;
        let others = 3.0 * (BUTTON + GAP) + 3.0 * GAP + (ROWS as f32 + 2.0 + inserts) * ROW;
        let spectrum = (room.height() - others).clamp(SPECTRUM_AT_LEAST, SPECTRUM_AT_MOST);
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("loudness"));
        child.set_clip_rect(room.expand2(vec2(MARGIN, 0.0)).intersect(ui.clip_rect()));
        ScrollArea::vertical()
            .auto_shrink(false)
            .show(&mut child, |ui| {
                let size = vec2(room.width(), others + spectrum);
                let (mut field, _) = ui.allocate_exact_size(size, Sense::hover());
                if size.y > room.height() {
                    // Room for the scroll bar.
                    field.max.x -= MARGIN;
                }
                let mut column = Column { rest: field };
                let measured = Some(analysis.bus);
                chooser(ui, column.take(BUTTON), snapshot, measured, requests);
                self.spectrum.show(ui, column.take(spectrum));
                self.buttons(ui, column.take(BUTTON), analysis, requests);
                self.loudness(ui, &mut column, analysis);
                column.take(0.0);
                self.needles(ui, &mut column, analysis);
                column.take(0.0);
                inserts_of(ui, &mut column, analysis);
            });
    }

    fn buttons(&mut self, ui: &Ui, rect: Rect, analysis: &Analysis, requests: &mut Requests) {
        let unit = (rect.width() - 2.0 * GAP) / 3.4;
        let cell = |from: f32, width: f32| {
            Rect::from_min_size(pos2(from, rect.top()), vec2(width, rect.height()))
        };
        let first = cell(rect.left(), 1.4 * unit);
        let second = cell(first.right() + GAP, unit);
        let third = cell(second.right() + GAP, unit);
        let (name, ..) = SCALES[self.scale];
        if press(ui, first, "loudness scale", name, "Loudness scale") {
            self.scale = (self.scale + 1) % SCALES.len();
        }
        let pause = Toggle {
            text: "Pause",
            label: "Pause measuring",
            is_on: analysis.is_paused,
            fill: theme::WARN,
            on_fill: theme::ON_SIGNAL,
        };
        if pause
            .show(ui, second, Id::unique("pause measuring"))
            .clicked()
        {
            requests.push(Action::PauseAnalysis(!analysis.is_paused));
        }
        // Lit when what was measured is not all that was heard.
        let reset = Toggle {
            text: "Reset",
            label: if analysis.has_gaps {
                "Reset measures: they have gaps"
            } else {
                "Reset measures"
            },
            is_on: analysis.has_gaps,
            fill: theme::WARN,
            on_fill: theme::ON_SIGNAL,
        };
        if reset
            .show(ui, third, Id::unique("reset measures"))
            .clicked()
        {
            requests.push(Action::ResetAnalysis);
        }
    }

    fn loudness(&self, ui: &Ui, column: &mut Column, it: &Analysis) {
        let bar = |lufs: f32, most: f32| {
            let (_, ends, _) = SCALES[self.scale];
            let place = |lufs: f32| travel(ends, lufs - TARGET_LUFS);
            Bar {
                from: 0.0,
                to: place(lufs),
                mark: (most > f32::NEG_INFINITY).then(|| place(most)),
                tick: Some(place(TARGET_LUFS)),
            }
        };
        let (m, s) = (it.momentary, it.short_term);
        let text = |lufs: f32| self.text(lufs);
        let line = |column: &mut Column, name: &str, bar: Bar, text: String| {
            Row::new(name, &text).bar(bar).show(ui, column.row());
        };
        line(column, "M", bar(m, it.max_momentary), text(m));
        line(column, "S", bar(s, it.max_short_term), text(s));
        let whole = bar(it.integrated, f32::NEG_INFINITY);
        Row::new("I", &text(it.integrated))
            .bar(whole)
            .strong()
            .show(ui, column.row());
        let mut range = number(it.range, 1, "LU");
        if !it.range_is_stable {
            range.insert_str(0, "~ ");
        }
        Row::new("Range", &range).show(ui, column.row());
        let peak = number(it.true_peak_db, 1, "dBTP");
        Row::new("True peak", &peak)
            .alarm(it.true_peak_db > PEAK_DBTP)
            .show(ui, column.row());
        let plr = it.plr.map_or("–".to_owned(), |lu| number(lu, 1, "LU"));
        Row::new("PLR", &plr).show(ui, column.row());
        let correlation = Bar {
            from: 0.5,
            to: 0.5 + 0.5 * it.correlation.clamp(-1.0, 1.0),
            mark: None,
            tick: Some(0.5),
        };
        Row::new("Corr", &number(it.correlation, 2, ""))
            .bar(correlation)
            .alarm(it.correlation < -0.3)
            .show(ui, column.row());
    }

    /// A loudness in the chosen unit.
    fn text(&self, lufs: f32) -> String {
        let (_, _, is_relative) = SCALES[self.scale];
        let mut text = String::with_capacity(16);
        if is_relative {
            write_gain(&mut text, lufs - TARGET_LUFS);
            text.push_str(" LU");
        } else {
            write_number(&mut text, lufs, 1);
            text.push_str(" LUFS");
        }
        text
    }

    /// The level that the needle calls 0, dBFS.
    fn zero_dbfs(&self) -> f32 {
        if self.dial == VU {
            self.vu_zero_dbfs()
        } else {
            DIALS[self.dial].zero_dbfs
        }
    }

    fn needles(&mut self, ui: &Ui, column: &mut Column, analysis: &Analysis) {
        let (dial, zero) = (&DIALS[self.dial], self.zero_dbfs());
        let mut place = column.take(BUTTON);
        if self.dial == VU {
            let (left, right) = place.split_left_right_at_fraction(0.5);
            place = left.with_max_x(left.right() - GAP);
            let text = number(zero, 0, "dBFS");
            if press(ui, right, "needle zero", &text, "0 VU") {
                self.vu_zero = (self.vu_zero + 1) % VU_ZEROS.len();
            }
        }
        if press(ui, place, "needle", dial.name, "Needle") {
            self.dial = (self.dial + 1) % DIALS.len();
        }
        for (side, dbfs) in ["L", "R"].iter().zip(analysis.needles[dial.place]) {
            let db = dbfs - zero;
            let bar = Bar {
                from: 0.0,
                to: travel(dial.ends, db),
                mark: None,
                tick: (dial.ends[1] > 0.0).then(|| travel(dial.ends, 0.0)),
            };
            let text = if self.dial == BBC {
                number(bbc(db), 1, dial.unit)
            } else {
                number(db, 1, dial.unit)
            };
            Row::new(side, &text).bar(bar).show(ui, column.row());
        }
    }
}

/// The marks of the British programme meter: 6 dB from 1 to 2, 4 dB from each of the others to the next.
fn bbc(db: f32) -> f32 {
    let mark = if db > -8.0 {
        4.0 + db / 4.0
    } else {
        2.0 + (db + 8.0) / 6.0
    };
    mark.max(0.0)
}

fn travel([low, high]: [f32; 2], value: f32) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

fn number(value: f32, decimals: usize, unit: &str) -> String {
    let mut text = String::with_capacity(16);
    write_number(&mut text, value, decimals);
    if !unit.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, " {unit}");
    }
    text
}

/// Room that is given away from the top.
struct Column {
    rest: Rect,
}

impl Column {
    /// Room of this height, and a gap below it.
    fn take(&mut self, height: f32) -> Rect {
        let (taken, rest) = self.rest.split_top_bottom_at_y(self.rest.top() + height);
        self.rest = rest.with_min_y(rest.top() + GAP);
        taken
    }

    fn row(&mut self) -> Rect {
        let (taken, rest) = self.rest.split_top_bottom_at_y(self.rest.top() + ROW);
        self.rest = rest;
        taken
    }
}

/// A button that shows what it stands on; true if it is to go on to the next.
fn press(ui: &Ui, rect: Rect, id: &str, text: &str, label: &str) -> bool {
    let label = format!("{label}: {text}");
    let button = Toggle {
        text,
        label: &label,
        is_on: false,
        fill: theme::CONTROL,
        on_fill: theme::TEXT,
    };
    button.show(ui, rect, Id::unique(id)).clicked()
}

/// The bus, and the menu of all buses.
fn chooser(
    ui: &Ui,
    rect: Rect,
    snapshot: &Snapshot,
    measured: Option<BusId>,
    requests: &mut Requests,
) {
    let buses: Vec<&Bus> = snapshot.master.iter().chain(&snapshot.buses).collect();
    if buses.is_empty() {
        return;
    }
    let place = buses.iter().position(|bus| Some(bus.id) == measured);
    let names = buses.iter().map(|bus| bus.name.as_str());
    let id = Id::unique("measured bus");
    if let Some(place) = chosen(ui, rect, id, "Measured", names, place.unwrap_or(0)) {
        requests.push(Action::Analyse(buses[place].id));
    }
}

/// What each insert does to the signal.
fn inserts_of(ui: &Ui, column: &mut Column, analysis: &Analysis) {
    for insert in &analysis.inserts {
        let text = insert
            .value
            .map_or("–".to_owned(), |value| number(value, 1, insert.unit));
        Row::new(&insert.name, &text).show(ui, column.row());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BS 6840-10: mark 4 at the test level, 4 dB a mark, 6 dB from 1 to 2.
    #[test]
    fn the_british_marks_are_those_of_the_standard() {
        for (db, mark) in [
            (0.0, 4.0),
            (8.0, 6.0),
            (12.0, 7.0),
            (-8.0, 2.0),
            (-14.0, 1.0),
        ] {
            assert!((bbc(db) - mark).abs() < 1e-6, "{db}");
        }
        assert_eq!(bbc(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn only_the_zero_of_the_vu_meter_can_be_set() {
        let mut view = LoudnessView::default();
        for (place, dial) in DIALS.iter().enumerate() {
            view.dial = place;
            view.vu_zero = 0;
            assert_eq!(view.zero_dbfs(), dial.zero_dbfs, "{}", dial.name);
            view.vu_zero = 1;
            let other = if dial.name == "VU" {
                -20.0
            } else {
                dial.zero_dbfs
            };
            assert_eq!(view.zero_dbfs(), other, "{}", dial.name);
        }
    }

    #[test]
    fn the_zero_that_was_kept_comes_back() {
        for (kept, zero) in [
            (-20.0, -20.0),
            (-12.0, -12.0),
            (-18.0, -18.0),
            (-3.0, -12.0),
            (f32::NAN, -18.0),
            (f32::INFINITY, -18.0),
        ] {
            let mut view = LoudnessView::default();
            view.set_vu_zero_dbfs(-14.0);
            view.set_vu_zero_dbfs(kept);
            assert_eq!(view.vu_zero_dbfs(), zero, "{kept}");
        }
    }

    #[test]
    fn loudness_is_written_in_both_units_with_one_decimal() {
        let mut view = LoudnessView::default();
        assert_eq!(view.text(-18.04), "−18.0 LUFS");
        view.scale = 2;
        assert_eq!(view.text(-18.04), "+5.0 LU");
        assert_eq!(view.text(-23.0), "0.0 LU");
        assert_eq!(view.text(f32::NEG_INFINITY), "−∞ LU");
    }
}
