//! The song from its start to its end: bars, clips by bus, recorded stages, and where the transport is.

use egui::{Align2, CursorIcon, Id, Rect, Role, Sense, Stroke, Ui};
use egui::{WidgetInfo, pos2, vec2};

use super::Caption;
use super::layout::MARGIN;
use crate::gesture::Requests;
use crate::model::Action;
use crate::model::song::{Lane, Song};
use crate::theme;
use crate::widgets::FitText;

const RULER: f32 = 20.0;
const NAME: f32 = 15.0;
const LANE: f32 = 18.0;
const GAP: f32 = 6.0;
/// Least room between the numbers of two bars.
const NUMBER: f32 = 28.0;
/// What is too short to be seen is drawn as wide as this.
const SHORTEST: f32 = 3.0;

pub(crate) fn show(ui: &mut Ui, rect: Rect, song: &Song, can_seek: bool, requests: &mut Requests) {
    let empty = (song.end <= 0.0).then_some("Nothing stands on the time line.");
    super::page(ui, rect, "song", empty, |ui, room| {
        let height = RULER + song.lanes.len() as f32 * (NAME + LANE + GAP);
        let size = vec2(room.width() - MARGIN, height);
        let (field, _) = ui.allocate_exact_size(size, Sense::hover());
        let way = Way {
            field,
            end: song.end,
        };
        ruler(ui, &way, song, can_seek, requests);
        let mut top = field.top() + RULER;
        for (number, lane) in song.lanes.iter().enumerate() {
            show_lane(ui, &way, top, number, lane);
            top += NAME + LANE + GAP;
        }
        over_all(ui, &way, song);
    });
}

/// The way from the start to the end.
struct Way {
    field: Rect,
    end: f64,
}

impl Way {
    #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
    fn x(&self, beats: f64) -> f32 {
        let share = (beats / self.end).clamp(0.0, 1.0) as f32;
        self.field.left() + self.field.width() * share
    }

    fn beats(&self, x: f32) -> f64 {
        let share = (x - self.field.left()) / self.field.width();
        f64::from(share.clamp(0.0, 1.0)) * self.end
    }
}

/// Bars with their numbers where there is room; a click goes there.
fn ruler(ui: &Ui, way: &Way, song: &Song, can_seek: bool, requests: &mut Requests) {
    let rect = way.field.with_max_y(way.field.top() + RULER - 2.0);
    let sense = if can_seek {
        Sense::click_and_drag()
    } else {
        Sense::hover()
    };
    let mut response = ui.interact(rect, Id::unique("song ruler"), sense);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, can_seek, "Go to a place in the song"));
    if can_seek {
        response = response.on_hover_cursor(CursorIcon::PointingHand);
    }
    let pointer = response.interact_pointer_pos();
    if let Some(at) = pointer.filter(|_| response.clicked() || response.dragged()) {
        requests.push(Action::SeekTo(way.beats(at.x)));
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    ui.painter().rect_filled(rect, theme::ROUND, theme::WELL);
    let every = step(song.bars.len(), rect.width());
    for (number, beats) in song.bars.iter().enumerate().step_by(every) {
        let x = way.x(*beats);
        let line = Stroke::new(1.0, theme::LINE_STRONG);
        ui.painter().vline(x, rect.y_range(), line);
        if rect.right() - x > NUMBER / 2.0 {
            let text = (number + 1).to_string();
            let place = pos2(x + 3.0, rect.center().y);
            let (font, color) = (theme::SMALL, theme::TEXT_FAINT);
            ui.painter()
                .text(place, Align2::LEFT_CENTER, text, font, color);
        }
    }
}

/// Bars from one number to the next: 1, 2, 4, 8 and so on.
fn step(bars: usize, width: f32) -> usize {
    let mut every = 1;
    while bars as f32 / every as f32 * NUMBER > width {
        every *= 2;
    }
    every
}

fn show_lane(ui: &Ui, way: &Way, top: f32, number: usize, lane: &Lane) {
    let name = Rect::from_min_size(pos2(way.field.left(), top), vec2(way.field.width(), NAME));
    let (font, color, align) = (theme::SMALL, theme::TEXT_SOFT, Align2::LEFT_CENTER);
    let caption = Caption {
        text: &lane.name,
        font,
        color,
        align,
    };
    caption.show(ui, name, Id::unique(("lane", number)));
    let well = name
        .translate(vec2(0.0, NAME))
        .with_max_y(top + NAME + LANE);
    ui.painter().rect_filled(well, 2.0, theme::WELL);
    for (at, piece) in lane.pieces.iter().enumerate() {
        let (left, right) = (way.x(piece.from), way.x(piece.to));
        let rect = Rect::from_x_y_ranges(left..=right.max(left + SHORTEST), well.y_range());
        let rect = rect.intersect(way.field).shrink2(vec2(0.5, 1.0));
        let response = ui.interact(rect, Id::unique(("piece", number, at)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &piece.name));
        if ui.is_rect_visible(rect) {
            let fill = if response.hovered() {
                theme::ACCENT
            } else {
                theme::ACCENT_DEEP
            };
            ui.painter().rect_filled(rect, 2.0, fill);
            if rect.width() > NUMBER {
                let fit = FitText {
                    text: &piece.name,
                    font: theme::SMALL,
                    color: theme::TEXT,
                };
                let room = rect.shrink2(vec2(4.0, 0.0));
                fit.paint(ui.painter(), room, Align2::LEFT_CENTER);
            }
        }
        response.on_hover_text(&piece.name);
    }
}

/// The loop, and where the transport is.
fn over_all(ui: &Ui, way: &Way, song: &Song) {
    if let Some([start, end]) = song.range {
        let range = Rect::from_x_y_ranges(way.x(start)..=way.x(end), way.field.y_range());
        let edge = Stroke::new(1.0, theme::faded(theme::ACCENT, 0.5));
        let strip = range.with_max_y(range.top() + 3.0);
        ui.painter().rect_filled(strip, 0.0, theme::ACCENT);
        ui.painter().vline(range.left(), range.y_range(), edge);
        ui.painter().vline(range.right(), range.y_range(), edge);
    }
    let line = Stroke::new(1.5, theme::TEXT);
    ui.painter()
        .vline(way.x(song.place), way.field.y_range(), line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_room() {
        assert_eq!(step(8, 288.0), 1);
        assert_eq!(step(16, 288.0), 2);
        assert_eq!(step(2_000, 288.0), 256);
        assert_eq!(step(0, 288.0), 1);
    }

    #[test]
    fn places_lie_on_the_way() {
        let field = Rect::from_min_size(pos2(10.0, 0.0), vec2(200.0, 50.0));
        let way = Way { field, end: 32.0 };
        assert_eq!((way.x(0.0), way.x(16.0), way.x(99.0)), (10.0, 110.0, 210.0));
        assert_eq!((way.beats(110.0), way.beats(-5.0)), (16.0, 0.0));
    }
}
