//! The views: each reads a part of the snapshot and adds to the requests.

pub(crate) mod errors;
pub(crate) mod header;
pub(crate) mod layout;
mod lcd;
mod loudness;
mod macros;
mod measure_row;
pub(crate) mod missing;
pub(crate) mod mixer;
pub(crate) mod side;
mod spectrum;
pub(crate) mod start;
pub(crate) mod status;
mod strip;
mod transport;

use egui::{Align2, Color32, FontId, Id, Rect, Response, Role, Sense, Ui, WidgetInfo};

use crate::theme;
use crate::widgets::FitText;

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
