//! The top bar: the project and its menu, the transport, the panic button, how loading goes.

use egui::{Align2, Id, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Caption, transport};
use crate::editor::keys;
use crate::gesture::{Ask, Requests};
use crate::model::Action;
use crate::model::snapshot::{ProjectState, Snapshot};
use crate::theme;
use crate::widgets::icon::{self, Icon};
use crate::widgets::{IconButton, focus_ring};

const PAD: f32 = 12.0;
const MARK: f32 = 32.0;
const PANIC: f32 = 36.0;
const NAME_AT_LEAST: f32 = 96.0;

pub(crate) fn show(ui: &mut Ui, rect: Rect, snapshot: &Snapshot, requests: &mut Requests) {
    ui.painter().rect_filled(rect, 0.0, theme::BAR);
    let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 1.0), rect.max);
    ui.painter().rect_filled(line, 0.0, theme::LINE);
    progress(ui, line, &snapshot.project.state);

    let inner = rect.shrink2(vec2(PAD, 0.0));
    let size = transport::size(rect.width());
    let first = inner.left() + MARK + PAD + NAME_AT_LEAST + PAD;
    let last = inner.right() - PANIC - PAD - size.x;
    let left = (inner.center().x - size.x / 2.0)
        .max(first)
        .min(last)
        .round();
    let place = Rect::from_min_size(pos2(left, inner.center().y - size.y / 2.0), size);

    let mark = Rect::from_min_size(
        pos2(inner.left(), inner.center().y - MARK / 2.0),
        vec2(MARK, MARK),
    );
    menu(ui, mark, snapshot, requests);
    let name = Rect::from_min_max(
        pos2(mark.right() + PAD, inner.top()),
        pos2(place.left() - PAD, inner.bottom()),
    );
    project(ui, name, snapshot);
    transport::show(
        ui,
        place,
        &snapshot.transport,
        snapshot.master.is_some(),
        requests,
    );
    panic_button(ui, inner, requests);
}

fn panic_button(ui: &Ui, inner: Rect, requests: &mut Requests) {
    let place = pos2(inner.right() - PANIC, inner.center().y - PANIC / 2.0);
    let rect = Rect::from_min_size(place, vec2(PANIC, PANIC));
    let label = "Panic: silence all voices";
    let button = IconButton {
        icon: Icon::Panic,
        label,
        is_on: false,
        is_enabled: true,
    };
    if button.show(ui, rect, Id::unique("panic")).clicked() {
        requests.push(Action::Panic);
    }
}

/// How loading goes, on the line below the bar.
fn progress(ui: &Ui, line: Rect, state: &ProjectState) {
    let ProjectState::Loading { fraction, .. } = state else {
        return;
    };
    let fraction = fraction.clamp(0.0, 1.0);
    let bar = line.with_min_y(line.bottom() - 2.0);
    ui.painter().rect_filled(bar, 0.0, theme::LINE);
    let done = bar.with_max_x(bar.left() + bar.width() * fraction);
    ui.painter().rect_filled(done, 0.0, theme::ACCENT);
    let response = ui.interact(bar, Id::unique("load progress"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Loading"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_numeric_value(f64::from(fraction));
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
    });
}

/// Name, and below it what there is to say about it.
fn project(ui: &Ui, rect: Rect, snapshot: &Snapshot) {
    let project = &snapshot.project;
    let below;
    let (name, note, color) = match &project.state {
        ProjectState::Empty => ("Segue", "No project", theme::TEXT_FAINT),
        ProjectState::Loading { fraction, step } => {
            below = format!("{:.0} %  {step}", fraction.clamp(0.0, 1.0) * 100.0);
            (project.name.as_str(), below.as_str(), theme::ACCENT)
        }
        ProjectState::Ready if project.is_dirty => {
            (project.name.as_str(), "Edited", theme::TEXT_SOFT)
        }
        ProjectState::Ready => {
            let note = match (project.is_in_session, project.path.is_some()) {
                (true, _) => "In the session",
                (false, true) => "Saved",
                (false, false) => "Not saved",
            };
            (project.name.as_str(), note, theme::TEXT_FAINT)
        }
    };
    let y = rect.center().y;
    let dot = if project.is_dirty { 12.0 } else { 0.0 };
    let top = Rect::from_min_max(
        pos2(rect.left(), y - 20.0),
        pos2(rect.right() - dot, y + 2.0),
    );
    let bottom = Rect::from_min_max(pos2(rect.left(), y + 2.0), pos2(rect.right(), y + 18.0));
    let align = Align2::LEFT_CENTER;
    let title = Caption {
        text: name,
        font: theme::TITLE,
        color: theme::TEXT,
        align,
    };
    title.show(ui, top, Id::unique("project name"));
    let note = Caption {
        text: note,
        font: theme::SMALL,
        color,
        align,
    };
    note.show(ui, bottom, Id::unique("project note"));
    if project.is_dirty {
        let galley = ui
            .painter()
            .layout_no_wrap(name.to_owned(), theme::TITLE, theme::TEXT);
        let x = top.left() + galley.size().x.min(top.width()) + 8.0;
        ui.painter()
            .circle_filled(pos2(x, top.center().y), 3.0, theme::ACCENT);
    }
}

fn menu(ui: &mut Ui, rect: Rect, snapshot: &Snapshot, requests: &mut Requests) {
    let response = ui.interact(rect, Id::unique("menu"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Menu"));
    let is_open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    icon::mark(ui.painter(), rect, response.hovered() || is_open);
    focus_ring(ui.painter(), &response, rect.expand(2.0));
    Popup::menu(&response)
        .gap(8.0)
        .width(220.0)
        .show(|ui| menu_items(ui, snapshot, requests));
}

fn menu_items(ui: &mut Ui, snapshot: &Snapshot, requests: &mut Requests) {
    let project = &snapshot.project;
    let has_project = project.state == ProjectState::Ready;
    if item(ui, "Open…", &keys::text(ui, &keys::OPEN), true) {
        requests.ask(Ask::Open);
    }
    if snapshot.has_factory && item(ui, "Open factory project", "", true) {
        requests.push(Action::OpenFactory);
    }
    if !snapshot.recent.is_empty() {
        ui.menu_button("Open recent", |ui| {
            for path in &snapshot.recent {
                let name = path
                    .file_stem()
                    .unwrap_or(path.as_os_str())
                    .to_string_lossy();
                if item(ui, &name, "", true) {
                    requests.push(Action::OpenPath(path.clone()));
                }
            }
        });
    }
    ui.separator();
    if item(ui, "Save", &keys::text(ui, &keys::SAVE), has_project) {
        requests.save(project.path.is_some());
    }
    if item(ui, "Save as…", &keys::text(ui, &keys::SAVE_AS), has_project) {
        requests.ask(Ask::SaveAs);
    }
    if !snapshot.menu.is_empty() {
        ui.separator();
    }
    for entry in &snapshot.menu {
        if item(ui, &entry.name, &entry.shortcut, entry.is_enabled) {
            requests.push(Action::Chosen(entry.id));
        }
    }
}

/// True if it was chosen.
fn item(ui: &mut Ui, name: &str, shortcut: &str, is_enabled: bool) -> bool {
    let mut button = egui::Button::new(name).min_size(vec2(220.0, 28.0));
    if !shortcut.is_empty() {
        button = button.shortcut_text(shortcut);
    }
    let is_chosen = ui.add_enabled(is_enabled, button).clicked();
    if is_chosen {
        ui.close();
    }
    is_chosen
}
