//! Buttons: with a picture, with a letter that lights up, with words.

use egui::{Align2, Color32, Id, Rect, Response, Role, Sense, Ui, WidgetInfo};

use super::icon::Icon;
use super::paint::{focus_ring, scroll_to_focus};
use crate::theme;

/// A button with a picture and a name that only screen readers and tool tips tell.
pub(crate) struct IconButton<'a> {
    pub(crate) icon: Icon,
    pub(crate) label: &'a str,
    /// Lit: what it stands for is on.
    pub(crate) is_on: bool,
    pub(crate) is_enabled: bool,
}

impl IconButton<'_> {
    pub(crate) fn show(self, ui: &Ui, rect: Rect, id: Id) -> Response {
        let sense = if self.is_enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = ui.interact(rect, id, sense);
        let info = || WidgetInfo::selected(Role::Button, self.is_enabled, self.is_on, self.label);
        response.widget_info(info);
        if ui.is_rect_visible(rect) {
            let (fill, color) = self.colors(&response);
            ui.painter().rect_filled(rect, theme::ROUND, fill);
            self.icon.paint(ui.painter(), rect.center(), color);
            focus_ring(ui.painter(), &response, rect);
        }
        response.on_hover_text(self.label)
    }

    fn colors(&self, response: &Response) -> (Color32, Color32) {
        if !self.is_enabled {
            let color = if self.is_on {
                theme::ACCENT
            } else {
                theme::LINE_STRONG
            };
            return (Color32::TRANSPARENT, color);
        }
        let color = if self.is_on {
            theme::ACCENT
        } else {
            theme::TEXT_SOFT
        };
        match (response.is_pointer_button_down_on(), response.hovered()) {
            (true, _) => (theme::CONTROL_HOT, theme::TEXT),
            (_, true) => (theme::CONTROL, if self.is_on { color } else { theme::TEXT }),
            _ => (Color32::TRANSPARENT, color),
        }
    }
}

/// A letter that lights up.
pub(crate) struct Toggle<'a> {
    pub(crate) text: &'a str,
    pub(crate) label: &'a str,
    pub(crate) is_on: bool,
    /// Its colours while it is on.
    pub(crate) fill: Color32,
    pub(crate) on_fill: Color32,
}

impl Toggle<'_> {
    pub(crate) fn show(self, ui: &Ui, rect: Rect, id: Id) -> Response {
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.is_on, self.label));
        scroll_to_focus(&response);
        if ui.is_rect_visible(rect) {
            let rest = if response.hovered() {
                theme::CONTROL_HOT
            } else {
                theme::CONTROL
            };
            let color = if response.hovered() {
                theme::TEXT
            } else {
                theme::TEXT_SOFT
            };
            let (fill, color) = if self.is_on {
                (self.fill, self.on_fill)
            } else {
                (rest, color)
            };
            ui.painter().rect_filled(rect, theme::ROUND, fill);
            let (center, font) = (rect.center(), theme::SMALL_STRONG);
            ui.painter()
                .text(center, Align2::CENTER_CENTER, self.text, font, color);
            focus_ring(ui.painter(), &response, rect);
        }
        response
    }
}

/// A button with words; `is_main` marks the one that most people want.
pub(crate) fn button_in(ui: &mut Ui, words: &str, is_main: bool) -> Response {
    let (fill, color) = if is_main {
        (theme::ACCENT, theme::ON_ACCENT)
    } else {
        (theme::CONTROL, theme::TEXT)
    };
    let text = egui::RichText::new(words)
        .font(theme::BODY_STRONG)
        .color(color);
    let button = egui::Button::new(text).min_size(egui::vec2(0.0, 32.0));
    // The main button keeps its colour under the pointer.
    ui.add(if is_main { button.fill(fill) } else { button })
}

/// How wide such a button is.
pub(crate) fn button_width(ui: &Ui, words: &str) -> f32 {
    let font = theme::BODY_STRONG;
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, Color32::PLACEHOLDER);
    galley.size().x + 2.0 * ui.spacing().button_padding.x
}
