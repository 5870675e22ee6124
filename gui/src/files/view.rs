//! How the dialog looks.

use egui::{Align, Align2, Frame, Id, Key, Label, Layout, Margin, Modifiers, Rect, Response};
use egui::{RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::listing::{Entry, Kind, Places};
use super::{Deed, Pick, State};
use crate::dialog::dialog;
use crate::theme;
use crate::widgets::icon::{self, Icon};
use crate::widgets::{FitText, IconButton, button_in, button_width, focus_ring};

const WIDTH: f32 = 720.0;
const LIST_HEIGHT: f32 = 300.0;
const PLACES_WIDTH: f32 = 136.0;
const ROW: f32 = 28.0;
/// Everything of the dialog but its list, in height.
const AROUND: f32 = 216.0;

/// Draws it and returns what the user did.
pub(super) fn show(ui: &Ui, state: &mut State, places: &Places) -> Option<Deed> {
    let keyed = keys(ui, state);
    let title = state.purpose.title.clone();
    let response = dialog(ui, "files", &title, WIDTH, |ui| content(ui, state, places));
    if response.should_close {
        return Some(Deed::Cancel);
    }
    keyed.or(response.inner)
}

/// The list is walked by keys while nothing is typed and no button has the focus.
fn keys(ui: &Ui, state: &mut State) -> Option<Deed> {
    if ui.memory(|memory| memory.focused().is_some()) {
        return None;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let count = state.shown().count();
    let step = |state: &mut State, to: usize| {
        state.selected = Some(to.min(count.saturating_sub(1))).filter(|_| count > 0);
        state.follows = true;
    };
    if pressed(Key::ArrowDown) {
        let to = state.selected.map_or(0, |at| at + 1);
        step(state, to);
    }
    if pressed(Key::ArrowUp) {
        let to = state.selected.map_or(0, |at| at.saturating_sub(1));
        step(state, to);
    }
    if pressed(Key::Backspace) {
        return state.wanted.parent().map(|up| Deed::Visit(up.to_owned()));
    }
    if pressed(Key::Enter) {
        let selected = state.selected().map(|entry| entry.path.clone());
        return Some(selected.map_or(Deed::Confirm, Deed::Visit));
    }
    None
}

fn content(ui: &mut Ui, state: &mut State, places: &Places) -> Option<Deed> {
    let room = ui.ctx().content_rect().size();
    let mut deed = None;
    path_row(ui, state, &mut deed);
    ui.add_space(4.0);
    let height = LIST_HEIGHT.min(room.y - AROUND - 40.0);
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(PLACES_WIDTH, height), |ui| {
            ui.set_min_size(vec2(PLACES_WIDTH, height));
            ui.vertical(|ui| show_places(ui, state, places, &mut deed));
        });
        ui.vertical(|ui| list(ui, state, height, &mut deed));
    });
    ui.add_space(8.0);
    if state.purpose.pick.is_new() {
        name_row(ui, state, &mut deed);
    }
    foot(ui, state, &mut deed);
    deed
}

fn path_row(ui: &mut Ui, state: &mut State, deed: &mut Option<Deed>) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
        let parent = state.wanted.parent().map(ToOwned::to_owned);
        let button = IconButton {
            icon: Icon::Up,
            label: "Up one folder",
            is_on: false,
            is_enabled: parent.is_some(),
        };
        if button.show(ui, rect, Id::unique("folder up")).clicked()
            && let Some(parent) = parent
        {
            *deed = Some(Deed::Visit(parent));
        }
        let width = ui.available_width();
        if line(ui, "path", &mut state.path_text, "Path", width) {
            let typed = state.wanted.join(state.path_text.trim());
            *deed = Some(Deed::Visit(typed));
        }
    });
}

/// A line to type in; true if Enter was pressed in it.
fn line(ui: &mut Ui, id: &str, text: &mut String, label: &str, width: f32) -> bool {
    let edit = TextEdit::singleline(text)
        .id(Id::unique(("file dialog", id)))
        .margin(Margin::symmetric(8, 6))
        .desired_width(width);
    let response = ui.add(edit).accessible_name(label);
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn show_places(ui: &mut Ui, state: &State, places: &Places, deed: &mut Option<Deed>) {
    ui.spacing_mut().item_spacing.y = 2.0;
    for (name, path) in places {
        let is_here = *path == state.wanted;
        let row = Row {
            text: name,
            label: &["Go to ", name].concat(),
            kind: None,
            is_selected: is_here,
        };
        if row.show(ui, Id::unique(("place", name))).clicked() {
            *deed = Some(Deed::Visit(path.clone()));
        }
    }
}

fn list(ui: &mut Ui, state: &mut State, height: f32, deed: &mut Option<Deed>) {
    let well = Frame::new().fill(theme::WELL).corner_radius(4);
    well.show(ui, |ui| {
        ui.set_min_size(vec2(ui.available_width(), height));
        let count = state.shown().count();
        if count == 0 {
            return empty(ui, state, height);
        }
        let mut area = ScrollArea::vertical()
            .id_salt("files")
            .auto_shrink(false)
            .max_height(height);
        if let Some(at) = state.selected.filter(|_| state.follows) {
            state.follows = false;
            let top = at as f32 * ROW - (height - ROW) / 2.0;
            area = area.vertical_scroll_offset(top.max(0.0));
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        area.show_rows(ui, ROW, count, |ui, range| {
            let rows: Vec<Entry> = state
                .shown()
                .skip(range.start)
                .take(range.len())
                .cloned()
                .collect();
            for (at, entry) in range.zip(rows) {
                show_entry(ui, state, at, &entry, deed);
            }
        });
    });
}

fn show_entry(ui: &mut Ui, state: &mut State, at: usize, entry: &Entry, deed: &mut Option<Deed>) {
    let row = Row {
        text: &entry.name,
        label: &entry.name,
        kind: Some(entry.kind),
        is_selected: state.selected == Some(at),
    };
    let response = row.show(ui, Id::unique(("file", &entry.path)));
    if response.double_clicked() {
        *deed = Some(Deed::Visit(entry.path.clone()));
    } else if response.clicked() {
        select(state, at, entry);
    }
}

/// A click on what is there is a wish to take its name.
fn select(state: &mut State, at: usize, entry: &Entry) {
    state.selected = Some(at);
    state.note = None;
    state.agreed = None;
    if state.purpose.pick.is_new() && entry.kind != Kind::Folder {
        state.is_packed = entry.kind == Kind::Container;
        state.name.clone_from(&entry.name);
    }
}

fn empty(ui: &mut Ui, state: &State, height: f32) {
    let text = match (&state.listing, &state.purpose.pick) {
        (None, _) => "Looking…",
        (Some(listing), _) if listing.error.is_some() => "This folder cannot be read.",
        (_, Pick::Project) => "No folders and no projects here.",
        (_, Pick::File(_)) => "No folders and no such files here.",
        _ => "No folders here.",
    };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let fit = FitText {
        text,
        font: theme::BODY,
        color: theme::TEXT_FAINT,
    };
    fit.paint(ui.painter(), rect, Align2::CENTER_CENTER);
}

/// One line of a list.
struct Row<'a> {
    text: &'a str,
    label: &'a str,
    kind: Option<Kind>,
    is_selected: bool,
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui, id: Id) -> Response {
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::ListBoxOption, true, self.is_selected, self.label)
        });
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let fill = match (self.is_selected, response.hovered()) {
            (true, _) => theme::ACCENT_DEEP,
            (_, true) => theme::CONTROL,
            _ => egui::Color32::TRANSPARENT,
        };
        ui.painter()
            .rect_filled(rect.shrink(1.0), theme::ROUND, fill);
        let indent = if self.kind.is_some() { 32.0 } else { 8.0 };
        if let Some(kind) = self.kind {
            let center = pos2(rect.left() + 18.0, rect.center().y);
            paint_kind(ui, kind, center, self.is_selected);
        }
        let room = Rect::from_min_max(pos2(rect.left() + indent, rect.top()), rect.max);
        let color = if self.is_selected {
            theme::TEXT
        } else {
            theme::TEXT_SOFT
        };
        let fit = FitText {
            text: self.text,
            font: theme::BODY,
            color,
        };
        let is_cut = fit.paint(
            ui.painter(),
            room.shrink2(vec2(4.0, 0.0)),
            Align2::LEFT_CENTER,
        );
        focus_ring(ui.painter(), &response, rect);
        if is_cut {
            return response.on_hover_text(self.text);
        }
        response
    }
}

fn paint_kind(ui: &Ui, kind: Kind, center: egui::Pos2, is_selected: bool) {
    let color = if is_selected {
        theme::TEXT
    } else {
        theme::TEXT_FAINT
    };
    match kind {
        Kind::Project | Kind::Container => {
            let rect = Rect::from_center_size(center, vec2(18.0, 18.0));
            icon::mark(ui.painter(), rect, is_selected);
        }
        Kind::Folder => Icon::Folder.paint(ui.painter(), center, color),
        Kind::File => Icon::File.paint(ui.painter(), center, color),
    }
}

fn name_row(ui: &mut Ui, state: &mut State, deed: &mut Option<Deed>) {
    let is_project = matches!(state.purpose.pick, Pick::NewProject { .. });
    let before = (state.name.clone(), state.is_packed);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Name").color(theme::TEXT_SOFT));
        let kinds = if is_project { 168.0 } else { 0.0 };
        let width = ui.available_width() - kinds;
        if line(ui, "name", &mut state.name, "Name", width) {
            *deed = Some(Deed::Confirm);
        }
        if is_project {
            ui.selectable_value(&mut state.is_packed, false, "Folder")
                .on_hover_text("A folder with project.json and the audio files");
            ui.selectable_value(&mut state.is_packed, true, "One file")
                .on_hover_text("A .segue file with everything in it, to be mailed to a friend");
        }
    });
    ui.add_space(8.0);
    if before != (state.name.clone(), state.is_packed) {
        state.note = None;
        state.agreed = None;
    }
}

fn foot(ui: &mut Ui, state: &State, deed: &mut Option<Deed>) {
    let is_replacing = state.agreed.is_some();
    let verb = if is_replacing {
        "Replace"
    } else {
        &state.purpose.verb
    };
    let is_ready = match &state.purpose.pick {
        Pick::Project | Pick::File(_) => state.selected.is_some(),
        Pick::Folder => true,
        _ => !state.name.trim().is_empty(),
    };
    ui.horizontal(|ui| {
        let buttons = button_width(ui, "Cancel") + button_width(ui, verb) + 16.0;
        let width = (ui.available_width() - buttons).max(0.0);
        ui.allocate_ui_with_layout(
            vec2(width, 32.0),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_min_width(width);
                note(ui, state);
            },
        );
        if button_in(ui, "Cancel", false).clicked() {
            *deed = Some(Deed::Cancel);
        }
        ui.add_enabled_ui(is_ready, |ui| {
            if button_in(ui, verb, true).clicked() {
                *deed = Some(Deed::Confirm);
            }
        });
    });
}

fn note(ui: &mut Ui, state: &State) {
    let is_cut = state.listing.as_ref().is_some_and(|it| it.is_cut);
    let (text, color) = match &state.note {
        Some(note) => (note.as_str(), theme::WARN),
        None if is_cut => (
            "Only a part of this large folder is shown.",
            theme::TEXT_FAINT,
        ),
        None => return,
    };
    let text = RichText::new(text).font(theme::SMALL).color(color);
    ui.add(Label::new(text).truncate());
}
