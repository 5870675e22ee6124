//! The dialog about assets that nobody found.

use egui::{Frame, Label, Margin, RichText, ScrollArea, Ui, vec2};

use crate::dialog::dialog;
use crate::gesture::{Ask, Requests};
use crate::model::snapshot::MissingAsset;
use crate::theme;
use crate::widgets::button_in;

const WIDTH: f32 = 520.0;
const LIST_HEIGHT: f32 = 224.0;

/// Whether the dialog is open. It opens by itself when more is missing than before.
#[derive(Debug, Default)]
pub(crate) struct MissingView {
    is_open: bool,
    count: usize,
}

impl MissingView {
    pub(crate) fn update(&mut self, missing: &[MissingAsset]) {
        if missing.len() > self.count {
            self.is_open = true;
        }
        self.count = missing.len();
        self.is_open &= self.count > 0;
    }

    pub(crate) fn open(&mut self) {
        self.is_open = true;
    }

    pub(crate) fn show(&mut self, ui: &Ui, missing: &[MissingAsset], requests: &mut Requests) {
        if !self.is_open {
            return;
        }
        let title = match missing.len() {
            1 => "An asset is missing".to_owned(),
            count => format!("{count} assets are missing"),
        };
        let response = dialog(ui, "missing assets", &title, WIDTH, |ui| {
            content(ui, missing, requests)
        });
        if response.inner || response.should_close {
            self.is_open = false;
        }
    }
}

/// True if the user wants to go on without.
fn content(ui: &mut Ui, missing: &[MissingAsset], requests: &mut Requests) -> bool {
    let note = "The project names files that are not where they were. It plays without them and \
                keeps their names until you say where they are.";
    ui.label(RichText::new(note).color(theme::TEXT_SOFT));
    ui.add_space(8.0);
    let height = LIST_HEIGHT.min(ui.ctx().content_rect().height() - 232.0);
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for asset in missing {
                row(ui, asset, requests);
            }
        });
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        if button_in(ui, "Look in a folder…", true).clicked() {
            requests.ask(Ask::RelocateAll);
        }
        button_in(ui, "Go on without", false).clicked()
    })
    .inner
}

fn row(ui: &mut Ui, asset: &MissingAsset, requests: &mut Requests) {
    let frame = Frame::new()
        .fill(theme::CARD)
        .corner_radius(4)
        .inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let width = ui.available_width() - 88.0;
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 2.0;
                let name = RichText::new(&asset.name)
                    .font(theme::BODY_STRONG)
                    .color(theme::TEXT);
                ui.add(Label::new(name).truncate());
                let path = RichText::new(&asset.path)
                    .font(theme::SMALL)
                    .color(theme::TEXT_FAINT);
                ui.add(Label::new(path).truncate());
            });
            let words = RichText::new("Locate…")
                .font(theme::BODY)
                .color(theme::TEXT);
            let button = egui::Button::new(words).min_size(vec2(80.0, 28.0));
            let label = ["Locate ", asset.name.as_str()].concat();
            if ui.add(button).accessible_name(label).clicked() {
                requests.ask(Ask::Relocate(asset.id));
            }
        });
    });
}
