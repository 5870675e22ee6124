//! A value that can be clicked and typed.

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Align2, Color32, FontId, Id, Key, Rect, Role, Sense, Stroke, StrokeKind};
use egui::{TextEdit, Ui, UiBuilder, WidgetInfo};

use super::paint::FitText;
use crate::theme;

/// A value as text.
pub(crate) struct Entry<'a> {
    pub(crate) id: Id,
    /// What the value is, for screen readers.
    pub(crate) label: &'a str,
    /// The value as it is written.
    pub(crate) text: &'a str,
    pub(crate) font: FontId,
    pub(crate) color: Color32,
    /// Lies in a well; otherwise it shows its frame only under the pointer.
    pub(crate) has_well: bool,
    pub(crate) is_enabled: bool,
    /// Opens it now: Enter on the control that it belongs to.
    pub(crate) opens: bool,
}

/// What is being typed, and whether the field was opened in this frame.
#[derive(Clone)]
struct Typing {
    text: String,
    is_fresh: bool,
}

impl Entry<'_> {
    /// True while the value is typed.
    pub(crate) fn is_open(ui: &Ui, id: Id) -> bool {
        ui.data(|data| data.get_temp::<Typing>(id).is_some())
    }

    /// Puts a field with `text` in place of the value.
    pub(crate) fn open(ui: &Ui, id: Id, text: &str) {
        let typing = Typing {
            text: text.to_owned(),
            is_fresh: true,
        };
        ui.data_mut(|data| data.insert_temp(id, typing));
        ui.ctx().request_repaint();
    }
}

/// Shows a value, and a field in its place while it is typed. Enter takes what `read` can read and
/// stays where it cannot; Escape and looking elsewhere drop it.
pub(crate) fn entry<T>(
    ui: &mut Ui,
    rect: Rect,
    entry: &Entry<'_>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let typing: Option<Typing> = ui.data(|data| data.get_temp(entry.id));
    match typing {
        Some(typing) if entry.is_enabled => typed(ui, rect, entry, typing, read),
        _ => {
            shown(ui, rect, entry);
            None
        }
    }
}

fn shown(ui: &Ui, rect: Rect, entry: &Entry<'_>) {
    // Tab stops at the control beside it, where Enter opens the field.
    let sense = if entry.is_enabled {
        Sense::CLICK
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, entry.id, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, entry.is_enabled, entry.label));
    if entry.is_enabled && (entry.opens || response.clicked()) {
        Entry::open(ui, entry.id, entry.text);
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    let is_hot = entry.is_enabled && response.hovered();
    if entry.has_well || is_hot {
        ui.painter().rect_filled(rect, theme::ROUND, theme::WELL);
    }
    if is_hot {
        let stroke = Stroke::new(1.0, theme::LINE_STRONG);
        ui.painter()
            .rect_stroke(rect, theme::ROUND, stroke, StrokeKind::Inside);
    }
    let text = FitText {
        text: entry.text,
        font: entry.font.clone(),
        color: entry.color,
    };
    text.paint(
        ui.painter(),
        rect.shrink2(egui::vec2(1.0, 0.0)),
        Align2::CENTER_CENTER,
    );
}

fn typed<T>(
    ui: &mut Ui,
    rect: Rect,
    entry: &Entry<'_>,
    mut typing: Typing,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let edit_id = entry.id.with("edit");
    if typing.is_fresh {
        // A field without the focus would forget what is selected.
        ui.memory_mut(|memory| memory.request_focus(edit_id));
        select_all(ui, edit_id, &typing.text);
        typing.is_fresh = false;
    }
    let edit = TextEdit::singleline(&mut typing.text)
        .id(edit_id)
        .font(entry.font.clone())
        .text_color(theme::TEXT)
        .frame(egui::Frame::NONE)
        .margin(egui::Margin::symmetric(2, 0))
        .align(Align2::CENTER_CENTER)
        .char_limit(64);
    ui.painter().rect_filled(rect, theme::ROUND, theme::WELL);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(edit_id));
    child.spacing_mut().interact_size.y = rect.height();
    let response = child
        .add_sized(rect.size(), edit.min_size(rect.size()))
        .accessible_name(entry.label);
    let value = read(&typing.text);
    let color = if value.is_some() {
        theme::ACCENT
    } else {
        theme::ALARM
    };
    let stroke = Stroke::new(1.0, color);
    ui.painter()
        .rect_stroke(rect, theme::ROUND, stroke, StrokeKind::Inside);
    let is_left = response.lost_focus();
    let is_entered = is_left && ui.input(|input| input.key_pressed(Key::Enter));
    if is_entered && value.is_none() {
        response.request_focus();
    }
    let is_open = !is_left || (is_entered && value.is_none());
    ui.data_mut(|data| {
        if is_open {
            data.insert_temp(entry.id, typing);
        } else {
            data.remove::<Typing>(entry.id);
        }
    });
    value.filter(|_| is_entered)
}

fn select_all(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let end = CCursor::new(text.chars().count());
    state
        .cursor
        .set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    state.store(ui.ctx(), id);
}
