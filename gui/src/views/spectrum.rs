//! A spectrum: level over frequency, each in its own logarithm.

use egui::{Align2, Color32, Id, Mesh, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};

use crate::model::analysis::Analysis;
use crate::theme;

/// Columns that are kept; the picture is stretched to its room.
const COLUMNS: usize = 144;
const LOWEST_HZ: f32 = 20.0;
const HIGHEST_HZ: f32 = 20_000.0;
/// Top and bottom, dBFS.
const TOP_DB: f32 = 0.0;
const FLOOR_DB: f32 = -90.0;
/// How fast a column falls that nothing holds: what is drawn can be followed with the eye.
const FALL_DB_PER_SECOND: f32 = 36.0;
/// Lines, and what stands below them where there is room.
const GRID_HZ: [(f32, &str); 3] = [(100.0, "100"), (1_000.0, "1k"), (10_000.0, "10k")];
const GRID_DB: [f32; 2] = [-30.0, -60.0];

/// What is drawn: it rises at once and falls slowly.
#[derive(Clone, Debug)]
pub(crate) struct SpectrumView {
    columns: [f32; COLUMNS],
}

impl Default for SpectrumView {
    fn default() -> Self {
        Self {
            columns: [FLOOR_DB; COLUMNS],
        }
    }
}

impl SpectrumView {
    /// Lets time pass and sees the latest spectrum. True while something moves.
    pub(crate) fn update(&mut self, analysis: &Analysis, seconds: f32) -> bool {
        let mut moves = false;
        for (at, column) in self.columns.iter_mut().enumerate() {
            let fallen = (*column - FALL_DB_PER_SECOND * seconds).max(FLOOR_DB);
            let now = fallen.max(level(analysis, at));
            moves |= now > FLOOR_DB || *column > FLOOR_DB;
            *column = now;
        }
        moves
    }

    pub(crate) fn show(&self, ui: &Ui, rect: Rect) {
        let response = ui.interact(rect, Id::unique("spectrum"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, "Spectrum"));
        if !ui.is_rect_visible(rect) {
            return;
        }
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, theme::ROUND, theme::WELL);
        let faint = Stroke::new(1.0, theme::LINE);
        for db in GRID_DB {
            painter.hline(rect.x_range(), y_of(rect, db), faint);
        }
        for (hertz, text) in GRID_HZ {
            let x = rect.left() + rect.width() * travel(hertz);
            painter.vline(x, rect.y_range(), faint);
            let place = pos2(x + 3.0, rect.bottom() - 2.0);
            let (font, color) = (theme::SMALL, theme::TEXT_FAINT);
            painter.text(place, Align2::LEFT_BOTTOM, text, font, color);
        }
        let points = |(at, db): (usize, &f32)| {
            let x = rect.left() + rect.width() * at as f32 / (COLUMNS - 1) as f32;
            pos2(x, y_of(rect, *db))
        };
        let line: Vec<_> = self.columns.iter().enumerate().map(points).collect();
        painter.add(Shape::mesh(below(rect, &line)));
        painter.line(line, Stroke::new(1.25, theme::ACCENT));
    }
}

/// The area below a line.
fn below(rect: Rect, line: &[egui::Pos2]) -> Mesh {
    let mut mesh = Mesh::default();
    let color = theme::faded(theme::ACCENT_DEEP, 0.6);
    for (at, point) in (0_u32..).zip(line) {
        mesh.colored_vertex(*point, color);
        mesh.colored_vertex(pos2(point.x, rect.bottom()), Color32::TRANSPARENT);
        if let Some(before) = at.checked_sub(1) {
            let (left, right) = (2 * before, 2 * at);
            mesh.add_triangle(left, left + 1, right);
            mesh.add_triangle(left + 1, right, right + 1);
        }
    }
    mesh
}

fn y_of(rect: Rect, db: f32) -> f32 {
    let part = (db - FLOOR_DB) / (TOP_DB - FLOOR_DB);
    rect.bottom() - rect.height() * part.clamp(0.0, 1.0)
}

/// Where a frequency stands: 0 left, 1 right.
fn travel(hertz: f32) -> f32 {
    (hertz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln()
}

/// The frequency in the middle of a column; halves are its edges.
fn hertz(column: f32) -> f32 {
    LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(column / (COLUMNS - 1) as f32)
}

/// The largest level within a column, and between two levels what lies between them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in the spectrum; beyond its end there is nothing"
)]
fn level(analysis: &Analysis, column: usize) -> f32 {
    let levels = &analysis.spectrum;
    let step = analysis.hertz_per_level;
    if levels.is_empty() || step <= 0.0 {
        return FLOOR_DB;
    }
    let place = |half: f32| hertz(column as f32 + half) / step;
    let (from, to) = (place(-0.5), place(0.5));
    let (first, last) = (from.ceil() as usize, to.floor() as usize);
    let whole = levels.get(first..=last.min(levels.len() - 1));
    let whole = whole.filter(|_| first <= last).unwrap_or_default();
    if whole.is_empty() {
        let middle = place(0.0);
        let (low, part) = (middle as usize, middle.fract());
        let at = |index: usize| levels.get(index).map_or(FLOOR_DB, |db| db.max(FLOOR_DB));
        return at(low) * (1.0 - part) + at(low + 1) * part;
    }
    whole.iter().copied().fold(FLOOR_DB, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::snapshot::BusId;

    /// One line at `at` Hz over silence.
    fn tone(at: f32) -> Analysis {
        let mut analysis = Analysis::of(BusId(1));
        analysis.hertz_per_level = 48_000.0 / 4_096.0;
        analysis.spectrum = vec![f32::NEG_INFINITY; 2_049];
        let is_it = |bin: &usize| (*bin as f32 + 0.5) * analysis.hertz_per_level > at;
        let bin = (0..2_049).find(is_it).unwrap();
        analysis.spectrum[bin] = -6.0;
        analysis
    }

    fn highest(view: &SpectrumView) -> (usize, f32) {
        let columns = view.columns.iter().copied().enumerate();
        columns.fold(
            (0, FLOOR_DB),
            |most, it| if it.1 > most.1 { it } else { most },
        )
    }

    #[test]
    fn every_line_is_seen_where_it_stands() {
        for at in [1_000.0, 4_000.0, 15_000.0] {
            let mut view = SpectrumView::default();
            assert!(view.update(&tone(at), 0.0));
            let (column, db) = highest(&view);
            assert_eq!(db, -6.0, "{at}");
            assert!((column as f32 / 143.0 - travel(at)).abs() < 0.006, "{at}");
        }
        // Between the lines at the bottom there are fewer lines than columns.
        let mut view = SpectrumView::default();
        view.update(&tone(47.0), 0.0);
        assert!(highest(&view).1 > -20.0);
    }

    #[test]
    fn it_falls_and_comes_to_rest() {
        let mut view = SpectrumView::default();
        view.update(&tone(1_000.0), 0.0);
        let silent = Analysis::of(BusId(1));
        assert!(view.update(&silent, 1.0));
        assert_eq!(highest(&view).1, -42.0);
        assert!(view.update(&silent, 10.0));
        assert!(!view.update(&silent, 0.1));
    }

    #[test]
    fn levels_that_do_not_reach_20_khz_end_where_they_end() {
        let mut short = tone(1_000.0);
        short.spectrum.truncate(100);
        let mut view = SpectrumView::default();
        view.update(&short, 0.0);
        assert_eq!(view.columns[COLUMNS - 1], FLOOR_DB);
    }
}
