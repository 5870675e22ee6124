//! The views: each reads a part of the snapshot and adds to the requests.

pub(crate) mod errors;
mod game;
pub(crate) mod header;
pub(crate) mod layout;
mod lcd;
mod loudness;
mod macros;
mod measure_row;
pub(crate) mod missing;
pub(crate) mod mixer;
pub(crate) mod side;
mod song;
mod spectrum;
pub(crate) mod start;
pub(crate) mod status;
mod strip;
mod transport;

use egui::{
    Align2, Color32, FontId, Id, Popup, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke,
};
use egui::{Ui, UiBuilder, WidgetInfo, pos2, vec2};

use layout::{MARGIN, SCROLL_ROOM};

use crate::theme;
use crate::widgets::{FitText, focus_ring};

/// The name of a part of the editor, above it.
fn title(ui: &Ui, rect: Rect, text: &str) {
    let room = rect.with_max_y(rect.bottom() - 4.0);
    let (font, color, align) = (theme::SMALL_STRONG, theme::TEXT_FAINT, Align2::LEFT_CENTER);
    Caption {
        text,
        font,
        color,
        align,
    }
    .show(ui, room, Id::unique(("title", text)));
}

/// Text that a screen reader reads too, and that tells all of itself when it is cut off.
struct Caption<'a> {
    text: &'a str,
    font: FontId,
    color: Color32,
    align: Align2,
}

impl Caption<'_> {
    fn show(self, ui: &Ui, rect: Rect, id: Id) -> Response {
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.text));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let fit = FitText {
            text: self.text,
            font: self.font,
            color: self.color,
        };
        let is_cut = fit.paint(&ui.painter_at(rect), rect, self.align);
        if is_cut {
            response.on_hover_text(self.text)
        } else {
            response
        }
    }
}

/// A list that opens below the name that is chosen; the place of a new choice.
fn chosen<'a>(
    ui: &Ui,
    rect: Rect,
    id: Id,
    label: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    current: usize,
) -> Option<usize> {
    let name = names.clone().nth(current).unwrap_or_default();
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{label}: {name}")));
    if ui.is_rect_visible(rect) {
        let fill = if response.hovered() {
            theme::CONTROL_HOT
        } else {
            theme::CONTROL
        };
        ui.painter().rect_filled(rect, theme::ROUND, fill);
        let fit = FitText {
            text: name,
            font: theme::BODY_STRONG,
            color: theme::TEXT,
        };
        let room = rect.shrink2(vec2(8.0, 0.0)).with_max_x(rect.right() - 24.0);
        fit.paint(ui.painter(), room, Align2::LEFT_CENTER);
        let tip = pos2(rect.right() - 14.0, rect.center().y);
        let corners = [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)].map(|by| tip + by);
        let solid = Shape::convex_polygon(corners.into(), theme::TEXT_SOFT, Stroke::NONE);
        ui.painter().add(solid);
        focus_ring(ui.painter(), &response, rect);
    }
    let mut chosen = None;
    Popup::menu(&response).width(rect.width()).show(|ui| {
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for (place, name) in names.enumerate() {
                let button = egui::Button::new(name).min_size(vec2(rect.width(), 28.0));
                if ui.add(button).clicked() {
                    chosen = Some(place);
                    ui.close();
                }
            }
        });
    });
    chosen
}

/// A page of the right side: a card that scrolls, or, without anything to show, why it is empty. What it shows
/// is drawn in the room that it is given.
fn page(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    empty: Option<&str>,
    show: impl FnOnce(&mut Ui, Rect),
) {
    let card = rect.with_max_y(rect.bottom() - SCROLL_ROOM);
    ui.painter()
        .rect_filled(card, theme::ROUND_LARGE, theme::BAR);
    let room = card.shrink(MARGIN);
    if let Some(text) = empty {
        let (font, color, align) = (theme::SMALL, theme::TEXT_FAINT, Align2::CENTER_TOP);
        let caption = Caption {
            text,
            font,
            color,
            align,
        };
        caption.show(ui, room, Id::unique(("empty", name)));
        return;
    }
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt(name));
    child.set_clip_rect(room.expand2(vec2(MARGIN, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| show(ui, room));
}
