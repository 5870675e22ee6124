//! The game's side: what it can call, to be tried by hand, and what it does now.

use egui::{Align2, Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::layout::{MACRO_WIDTH, MARGIN};
use super::macros::{self, CELL};
use super::measure_row::{Bar, Row};
use super::{Caption, chosen};
use crate::gesture::Requests;
use crate::model::game::{Game, GameState};
use crate::model::{Action, Control};
use crate::text::write_number;
use crate::theme;
use crate::widgets::{FitText, Toggle, focus_ring};

const BUTTON: f32 = 24.0;
const ROW: f32 = 18.0;
const GAP: f32 = 4.0;
const TITLE: f32 = 22.0;
/// Lowest gain that a bar shows, dB.
const FLOOR_DB: f32 = -60.0;

pub(crate) fn show(ui: &mut Ui, rect: Rect, columns: usize, game: &Game, requests: &mut Requests) {
    let empty = game
        .is_empty()
        .then_some("This project has no events, game values or states.");
    super::page(ui, rect, "game", empty, |ui, room| {
        ui.spacing_mut().item_spacing.y = 0.0;
        // Room for the scroll bar.
        let page = Page {
            width: room.width() - MARGIN,
        };
        now(ui, page, game);
        events(ui, page, game, columns / 2, requests);
        rtpcs(ui, page, game, columns, requests);
        states(ui, page, &game.states, requests);
        log(ui, page, &game.log);
    });
}

/// Room that is taken from the top of a page that scrolls.
#[derive(Clone, Copy)]
struct Page {
    width: f32,
}

impl Page {
    fn take(self, ui: &mut Ui, height: f32) -> Rect {
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, height), Sense::hover());
        rect
    }

    /// Room for a button, with a gap below it.
    fn button(self, ui: &mut Ui) -> Rect {
        let rect = self.take(ui, BUTTON + GAP);
        rect.with_max_y(rect.bottom() - GAP)
    }

    fn title(self, ui: &mut Ui, text: &str) {
        let rect = self.take(ui, TITLE);
        super::title(ui, rect, text);
    }
}

/// Level, layers and ducks, while there are any, in the room that is kept for them.
fn now(ui: &mut Ui, page: Page, game: &Game) {
    if let Some((context, level)) = &game.level {
        let text = format!("level {level}");
        let rect = page.take(ui, ROW);
        Row::new(context, &text).strong().show(ui, rect);
    }
    for (name, db) in game.layers.iter().chain(&game.ducks) {
        let mut text = String::with_capacity(12);
        write_number(&mut text, *db, 1);
        text.push_str(" dB");
        let bar = Bar {
            to: ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0),
            ..Bar::default()
        };
        let rect = page.take(ui, ROW);
        Row::new(name, &text).wide_name().bar(bar).show(ui, rect);
    }
    page.take(ui, ROW * game.rows.saturating_sub(game.rows_now()) as f32);
}

fn events(ui: &mut Ui, page: Page, game: &Game, columns: usize, requests: &mut Requests) {
    if game.events.is_empty() {
        return;
    }
    page.title(ui, "Events");
    let columns = columns.max(1);
    for (line, row) in game.events.chunks(columns).enumerate() {
        let rect = page.button(ui);
        for (at, (event, place)) in row.iter().zip(cells(rect, columns)).enumerate() {
            let number = line * columns + at;
            let is_on = event.playing > 0;
            let label = format!("Post {}", event.name);
            if post_button(ui, place, number, &event.name, &label, is_on) {
                requests.push(Action::Post(number));
            }
        }
    }
    let rect = page.button(ui);
    let stop = Toggle {
        text: "Stop all",
        label: "Stop all events",
        is_on: false,
        fill: theme::CONTROL,
        on_fill: theme::TEXT,
    };
    if stop.show(ui, rect, Id::unique("stop posts")).clicked() {
        requests.push(Action::StopPosts);
    }
}

/// A name that is lit while it plays; true if it was pressed.
fn post_button(ui: &Ui, rect: Rect, number: usize, name: &str, label: &str, is_on: bool) -> bool {
    let response = ui.interact(rect, Id::unique(("post", number)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, label));
    if ui.is_rect_visible(rect) {
        let fill = match (is_on, response.hovered()) {
            (true, _) => theme::ACCENT_DEEP,
            (_, true) => theme::CONTROL_HOT,
            _ => theme::CONTROL,
        };
        ui.painter().rect_filled(rect, theme::ROUND, fill);
        let fit = FitText {
            text: name,
            font: theme::SMALL,
            color: theme::TEXT,
        };
        fit.paint(
            ui.painter(),
            rect.shrink2(vec2(8.0, 0.0)),
            Align2::LEFT_CENTER,
        );
        focus_ring(ui.painter(), &response, rect);
    }
    response.clicked()
}

fn rtpcs(ui: &mut Ui, page: Page, game: &Game, columns: usize, requests: &mut Requests) {
    if game.rtpcs.is_empty() {
        return;
    }
    page.title(ui, "Game values");
    let width = (page.width / columns as f32).min(MACRO_WIDTH);
    for (line, row) in game.rtpcs.chunks(columns).enumerate() {
        let rect = page.take(ui, CELL);
        for (at, rtpc) in row.iter().enumerate() {
            let left = rect.left() + at as f32 * width;
            let cell = Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, CELL));
            let control = Control::Rtpc(line * columns + at);
            macros::knob_in(ui, cell, control, rtpc, requests);
        }
    }
}

fn states(ui: &mut Ui, page: Page, states: &[GameState], requests: &mut Requests) {
    if states.is_empty() {
        return;
    }
    page.title(ui, "States");
    for (number, state) in states.iter().enumerate() {
        let rect = page.button(ui);
        let (name, list) = rect.split_left_right_at_fraction(0.4);
        let fit = FitText {
            text: &state.name,
            font: theme::SMALL,
            color: theme::TEXT_SOFT,
        };
        fit.paint(ui.painter(), name, Align2::LEFT_CENTER);
        let names = state.values.iter().map(String::as_str);
        let id = Id::unique(("state", number));
        if let Some(value) = chosen(ui, list, id, &state.name, names, state.current) {
            requests.push(Action::SetState(number, value));
        }
    }
}

/// What happened last, the latest first.
fn log(ui: &mut Ui, page: Page, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    page.title(ui, "Log");
    for (at, line) in lines.iter().rev().enumerate() {
        let rect = page.take(ui, ROW);
        let color: Color32 = if line.contains("refused") {
            theme::WARN
        } else {
            theme::TEXT_SOFT
        };
        let caption = Caption {
            text: line,
            font: theme::SMALL,
            color,
            align: Align2::LEFT_CENTER,
        };
        caption.show(ui, rect, Id::unique(("log", at)));
    }
}

/// Even cells beside one another.
fn cells(rect: Rect, count: usize) -> impl Iterator<Item = Rect> {
    let width = (rect.width() - GAP * (count - 1) as f32) / count as f32;
    (0..count).map(move |at| {
        let left = rect.left() + at as f32 * (width + GAP);
        Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, rect.height()))
    })
}
