//! What went wrong, above the status line, until the user has read it.

use egui::{Align2, Id, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::Caption;
use super::layout::{ERROR_ROW, MARGIN};
use crate::gesture::Requests;
use crate::model::Action;
use crate::model::snapshot::ErrorReport;
use crate::theme;
use crate::widgets::IconButton;
use crate::widgets::icon::Icon;

const GAP: f32 = 4.0;
const BUTTON: f32 = 32.0;

pub(crate) fn show(ui: &mut Ui, rect: Rect, errors: &[ErrorReport], requests: &mut Requests) {
    if errors.is_empty() {
        return;
    }
    let room = rect
        .shrink2(vec2(MARGIN, 0.0))
        .with_max_y(rect.bottom() - GAP);
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("errors"));
    child.set_clip_rect(room.intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| {
            let count = errors.len() as f32;
            let size = vec2(room.width(), count * (ERROR_ROW + GAP) - GAP);
            let (field, _) = ui.allocate_exact_size(size, Sense::hover());
            // The latest one is on top: it is what the user just did.
            for (row, error) in errors.iter().rev().enumerate() {
                let place = field.min + vec2(0.0, row as f32 * (ERROR_ROW + GAP));
                let rect = Rect::from_min_size(place, vec2(field.width(), ERROR_ROW));
                show_one(ui, rect, error, requests);
            }
        });
}

fn show_one(ui: &Ui, rect: Rect, error: &ErrorReport, requests: &mut Requests) {
    let id = |part: &str| Id::unique(("error", error.id, part));
    let response = ui.interact(rect, id("card"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &error.what));
    ui.painter()
        .rect_filled(rect, theme::ROUND_LARGE, theme::ALARM_CARD);
    let middle = rect.center().y;
    Icon::Warning.paint(ui.painter(), pos2(rect.left() + 22.0, middle), theme::ALARM);

    let place = |index: f32| {
        let center = pos2(rect.right() - 8.0 - BUTTON * (index + 0.5), middle);
        Rect::from_center_size(center, vec2(BUTTON, BUTTON))
    };
    let button = |icon, label| IconButton {
        icon,
        label,
        is_on: false,
        is_enabled: true,
    };
    if button(Icon::Copy, "Copy error")
        .show(ui, place(1.0), id("copy"))
        .clicked()
    {
        ui.ctx().copy_text(copied(error));
    }
    if button(Icon::Close, "Dismiss error")
        .show(ui, place(0.0), id("dismiss"))
        .clicked()
    {
        requests.push(Action::DismissError(error.id));
    }

    let left = rect.left() + 44.0;
    let row = |from: f32, to: f32| {
        Rect::from_min_max(pos2(left, from), pos2(place(1.0).left() - 8.0, to))
    };
    let align = Align2::LEFT_CENTER;
    let what = Caption {
        text: &error.what,
        font: theme::BODY_STRONG,
        color: theme::TEXT,
        align,
    };
    what.show(ui, row(rect.top() + 6.0, middle), id("what"));
    let detail = detail(error);
    if !detail.is_empty() {
        let (font, color) = (theme::SMALL, theme::TEXT_SOFT);
        let caption = Caption {
            text: &detail,
            font,
            color,
            align,
        };
        caption.show(ui, row(middle + 2.0, rect.bottom() - 6.0), id("detail"));
    }
}

/// The value and the way out, on one line.
fn detail(error: &ErrorReport) -> String {
    let parts = [error.value.as_str(), error.hint.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  –  ")
}

/// All of it, a line each.
fn copied(error: &ErrorReport) -> String {
    let parts = [
        error.what.as_str(),
        error.value.as_str(),
        error.hint.as_str(),
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}
