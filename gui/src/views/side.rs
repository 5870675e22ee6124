//! The right side: macros, the song, the game, or the measures of a bus.

use std::sync::Arc;

use egui::{Color32, Galley, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2};

use super::layout::{Areas, TITLE};
use super::loudness::LoudnessView;
use super::{game, macros, song};
use crate::gesture::Requests;
use crate::model::snapshot::Snapshot;
use crate::theme;
use crate::widgets::focus_ring;

/// A page of the right side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    Macros,
    Song,
    Game,
    Meters,
}

impl Page {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Macros, "Macros"),
        (Self::Song, "Song"),
        (Self::Game, "Game"),
        (Self::Meters, "Meters"),
    ];
}

/// What the right side shows.
#[derive(Debug, Default)]
pub(crate) struct SideView {
    page: Page,
    loudness: LoudnessView,
}

impl SideView {
    /// The page of the measures, whether it is seen or not.
    pub(crate) fn loudness(&self) -> &LoudnessView {
        &self.loudness
    }

    pub(crate) fn loudness_mut(&mut self) -> &mut LoudnessView {
        &mut self.loudness
    }

    /// Lets time pass. True while something moves.
    pub(crate) fn update(
        &mut self,
        snapshot: &Snapshot,
        seconds: f32,
        requests: &mut Requests,
    ) -> bool {
        self.page == Page::Meters && self.loudness.update(snapshot, seconds, requests)
    }

    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        areas: &Areas,
        snapshot: &Snapshot,
        requests: &mut Requests,
    ) {
        let (mut row, rest) = areas.side.split_top_bottom_at_y(areas.side.top() + TITLE);
        let gap = gap(ui, row.width());
        for (page, name) in Page::ALL {
            let (word, is_chosen) = tab(ui, row, name, self.page == page);
            row = row.with_min_x(word.right() + gap);
            if is_chosen {
                self.page = page;
            }
        }
        let columns = areas.macro_columns;
        match self.page {
            Page::Macros => macros::show(ui, rest, columns, &snapshot.macros, requests),
            Page::Song => {
                let can_seek = !snapshot.transport.is_hosted;
                song::show(ui, rest, &snapshot.song, can_seek, requests);
            }
            Page::Game => game::show(ui, rest, columns, &snapshot.game, requests),
            Page::Meters => self.loudness.show(ui, rest, snapshot, requests),
        }
    }
}

/// Between the names of pages: less where there is little room.
fn gap(ui: &Ui, width: f32) -> f32 {
    let names = Page::ALL.iter();
    let taken: f32 = names
        .map(|(_, name)| word(ui, name, Color32::PLACEHOLDER).size().x.ceil())
        .sum();
    ((width - taken) / (Page::ALL.len() - 1) as f32).clamp(0.0, 12.0)
}

fn word(ui: &Ui, text: &str, color: Color32) -> Arc<Galley> {
    let font = theme::SMALL_STRONG;
    ui.painter().layout_no_wrap(text.to_owned(), font, color)
}

/// A word that shows something else below it; where it is, and whether it was chosen.
fn tab(ui: &Ui, row: Rect, text: &str, is_on: bool) -> (Rect, bool) {
    let width = word(ui, text, Color32::PLACEHOLDER).size().x.ceil();
    let rect = row.with_max_x(row.left() + width);
    let response = ui.interact(rect, Id::unique(("tab", text)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, text));
    let galley = word(ui, text, color_of(&response, is_on));
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
