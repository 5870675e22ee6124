//! What is there while no project is: how to begin, or how loading goes.

use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

use crate::gesture::{Ask, Requests};
use crate::model::Action;
use crate::model::snapshot::{ProjectState, Snapshot};
use crate::theme;
use crate::widgets::{button_in, button_width, icon};

const WIDTH: f32 = 360.0;
const MARK: f32 = 64.0;
const RECENT_AT_MOST: usize = 4;
const OPEN: &str = "Open project…";
const FACTORY: &str = "Try the factory project";

pub(crate) fn show(ui: &mut Ui, rect: Rect, snapshot: &Snapshot, requests: &mut Requests) {
    let recent = snapshot.recent.len().min(RECENT_AT_MOST) as f32;
    let height = 196.0
        + if recent > 0.0 {
            32.0 + recent * 28.0
        } else {
            0.0
        };
    let room = Rect::from_center_size(rect.center(), vec2(WIDTH, height.min(rect.height())));
    let layout = Layout::top_down(Align::Center);
    let builder = UiBuilder::new()
        .max_rect(room)
        .layout(layout)
        .id_salt("start");
    let mut child = ui.new_child(builder);
    let ui = &mut child;
    let (mark, _) = ui.allocate_exact_size(vec2(MARK, MARK), Sense::hover());
    icon::mark(ui.painter(), mark, false);
    ui.add_space(12.0);
    match &snapshot.project.state {
        ProjectState::Loading { fraction, step } => {
            loading(ui, &snapshot.project.name, *fraction, step);
        }
        _ => begin(ui, snapshot, requests),
    }
}

fn loading(ui: &mut Ui, name: &str, fraction: f32, step: &str) {
    let fraction = fraction.clamp(0.0, 1.0);
    heading(ui, &["Loading ", name].concat());
    let (bar, _) = ui.allocate_exact_size(vec2(240.0, 4.0), Sense::hover());
    ui.painter().rect_filled(bar, 2.0, theme::CONTROL);
    let done = bar.with_max_x(bar.left() + bar.width() * fraction);
    ui.painter().rect_filled(done, 2.0, theme::ACCENT);
    ui.add_space(4.0);
    let step = RichText::new(step)
        .font(theme::SMALL)
        .color(theme::TEXT_FAINT);
    ui.add(egui::Label::new(step).truncate());
}

fn begin(ui: &mut Ui, snapshot: &Snapshot, requests: &mut Requests) {
    heading(ui, "No project is open");
    let note = "Open one, or drop its folder or file on this window.";
    ui.label(RichText::new(note).color(theme::TEXT_SOFT));
    ui.add_space(12.0);
    let words: &[&str] = if snapshot.has_factory {
        &[OPEN, FACTORY]
    } else {
        &[OPEN]
    };
    let gap = ui.spacing().item_spacing.x;
    let width = words
        .iter()
        .map(|words| button_width(ui, words) + gap)
        .sum::<f32>()
        - gap;
    ui.allocate_ui_with_layout(
        vec2(width, 32.0),
        Layout::left_to_right(Align::Center),
        |ui| {
            if button_in(ui, OPEN, true).clicked() {
                requests.ask(Ask::Open);
            }
            if snapshot.has_factory && button_in(ui, FACTORY, false).clicked() {
                requests.push(Action::OpenFactory);
            }
        },
    );
    if !snapshot.recent.is_empty() {
        recent(ui, snapshot, requests);
    }
}

fn recent(ui: &mut Ui, snapshot: &Snapshot, requests: &mut Requests) {
    ui.add_space(16.0);
    ui.label(
        RichText::new("Recent")
            .font(theme::SMALL_STRONG)
            .color(theme::TEXT_FAINT),
    );
    for path in snapshot.recent.iter().take(RECENT_AT_MOST) {
        let name = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        let words = RichText::new(name).color(theme::ACCENT);
        let button = egui::Button::new(words)
            .fill(egui::Color32::TRANSPARENT)
            .truncate();
        let response = ui.add_sized(vec2(WIDTH, 24.0), button);
        if response.on_hover_text(path.to_string_lossy()).clicked() {
            requests.push(Action::OpenPath(path.clone()));
        }
    }
}

fn heading(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(theme::TITLE).color(theme::TEXT);
    ui.add(egui::Label::new(text).truncate());
    ui.add_space(4.0);
}
