//! The right side: macros, or the measures of a bus.

use egui::{Color32, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2};

use super::layout::{Areas, TITLE};
use super::loudness::LoudnessView;
use super::macros;
use crate::gesture::Requests;
use crate::model::snapshot::Snapshot;
use crate::theme;
use crate::widgets::focus_ring;

/// What the right side shows.
#[derive(Debug, Default)]
pub(crate) struct SideView {
    is_measuring: bool,
    loudness: LoudnessView,
}

impl SideView {
    /// Lets time pass. True while something moves.
    pub(crate) fn update(
        &mut self,
        snapshot: &Snapshot,
        seconds: f32,
        requests: &mut Requests,
    ) -> bool {
        self.is_measuring && self.loudness.update(snapshot, seconds, requests)
    }

    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        areas: &Areas,
        snapshot: &Snapshot,
        requests: &mut Requests,
    ) {
        let (row, rest) = areas.side.split_top_bottom_at_y(areas.side.top() + TITLE);
        let (first, is_macros) = tab(ui, row, "Macros", !self.is_measuring);
        let row = row.with_min_x(first.right() + 12.0);
        let (_, is_loudness) = tab(ui, row, "Loudness", self.is_measuring);
        if is_macros || is_loudness {
            self.is_measuring = is_loudness;
        }
        if self.is_measuring {
            self.loudness.show(ui, rest, snapshot, requests);
        } else {
            macros::show(ui, rest, areas.macro_columns, &snapshot.macros, requests);
        }
    }
}

/// A word that shows something else below it; where it is, and whether it was chosen.
fn tab(ui: &Ui, row: Rect, text: &str, is_on: bool) -> (Rect, bool) {
    let place = |color: Color32| {
        let font = theme::SMALL_STRONG;
        ui.painter().layout_no_wrap(text.to_owned(), font, color)
    };
    let width = place(Color32::PLACEHOLDER).size().x.ceil();
    let rect = row.with_max_x(row.left() + width);
    let response = ui.interact(rect, Id::unique(("tab", text)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, text));
    let galley = place(color_of(&response, is_on));
    let y = rect.center().y - 2.0 - galley.size().y / 2.0;
    ui.painter()
        .galley(pos2(rect.left(), y), galley, Color32::PLACEHOLDER);
    if is_on {
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 4.0), rect.max);
        let line = line.with_max_y(rect.bottom() - 2.0);
        ui.painter().rect_filled(line, 0.0, theme::ACCENT);
    }
    focus_ring(ui.painter(), &response, rect.expand(2.0));
    (rect, response.clicked())
}

fn color_of(response: &Response, is_on: bool) -> Color32 {
    match (is_on, response.hovered()) {
        (true, _) => theme::TEXT_SOFT,
        (_, true) => theme::TEXT,
        _ => theme::TEXT_FAINT,
    }
}
