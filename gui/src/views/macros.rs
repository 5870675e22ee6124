//! The macros: a grid of knobs.

use egui::{Align2, Id, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::Caption;
use super::layout::{MACRO_WIDTH, MARGIN, SCROLL_ROOM};
use crate::gesture::{Adjust, Requests};
use crate::model::Control;
use crate::model::snapshot::{Macro, MacroSlot};
use crate::text::{read_macro, write_macro};
use crate::theme;
use crate::widgets::{Entry, Knob, entry, knob, paint_empty_knob};

const NAME: f32 = 16.0;
const VALUE: f32 = 18.0;
/// Below the knobs.
const NOTE: f32 = 32.0;
const ROW_AT_LEAST: f32 = 72.0;
const ROW_AT_MOST: f32 = 104.0;
const KNOB_AT_MOST: f32 = 56.0;

/// The room below knobs for names and values, and around all of it.
pub(crate) const CELL: f32 = 96.0;

pub(crate) fn show(
    ui: &mut Ui,
    rect: Rect,
    columns: usize,
    macros: &[MacroSlot],
    requests: &mut Requests,
) {
    let card = rect.with_max_y(rect.bottom() - SCROLL_ROOM);
    ui.painter()
        .rect_filled(card, theme::ROUND_LARGE, theme::BAR);
    let grid = card.shrink(MARGIN);
    // Free places between used ones stay, so that each macro stands where its number says.
    let used = macros
        .iter()
        .rposition(|slot| slot.used.is_some())
        .map_or(0, |last| last + 1);
    let rows = used.div_ceil(columns);
    let room = (grid.height() - NOTE) / rows.max(1) as f32;
    let height = room.clamp(ROW_AT_LEAST, ROW_AT_MOST).floor();
    let mut child = ui.new_child(UiBuilder::new().max_rect(grid).id_salt("macros"));
    child.set_clip_rect(grid.expand2(vec2(MARGIN, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| {
            let size = vec2(columns as f32 * MACRO_WIDTH, rows as f32 * height + NOTE);
            let (field, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            for (at, slot) in macros[..used].iter().enumerate() {
                let (column, row) = ((at % columns) as f32, (at / columns) as f32);
                let place = field.min + vec2(column * MACRO_WIDTH, row * height);
                let cell = Cell::new(Rect::from_min_size(place, vec2(MACRO_WIDTH, height)));
                match &slot.used {
                    Some(used) => show_used(ui, &cell, Control::Macro(at), used, requests),
                    None => show_free(ui, &cell, at),
                }
            }
            let note = Rect::from_min_max(pos2(field.left(), field.bottom() - NOTE), field.max);
            show_note(ui, note, used, macros.len());
        });
}

/// What is left of the macros.
fn show_note(ui: &Ui, rect: Rect, used: usize, count: usize) {
    let text = match (used, count - used) {
        (0, _) => "This project uses no macros.".to_owned(),
        (_, 0) => return,
        (_, 1) => format!("Macro {count} is free."),
        _ => format!("Macros {} – {count} are free.", used + 1),
    };
    let (font, color, align) = (theme::SMALL, theme::TEXT_FAINT, Align2::CENTER_CENTER);
    Caption {
        text: &text,
        font,
        color,
        align,
    }
    .show(ui, rect, Id::unique("free macros"));
}

/// Where the parts of one macro are.
struct Cell {
    knob: Rect,
    name: Rect,
    value: Rect,
}

impl Cell {
    fn new(rect: Rect) -> Self {
        let inner = rect.shrink2(vec2(2.0, 2.0));
        let size = (inner.height() - NAME - VALUE).min(KNOB_AT_MOST);
        let top = inner.top() + (inner.height() - NAME - VALUE - size) / 2.0;
        let knob =
            Rect::from_center_size(pos2(rect.center().x, top + size / 2.0), vec2(size, size));
        let row = |top: f32, height: f32| {
            Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), height))
        };
        let name = row(knob.bottom(), NAME);
        Self {
            knob,
            name,
            value: row(name.bottom(), VALUE - 2.0).shrink2(vec2(4.0, 0.0)),
        }
    }
}

/// A knob with its name and value in a cell.
pub(crate) fn knob_in(
    ui: &mut Ui,
    cell: Rect,
    control: Control,
    used: &Macro,
    requests: &mut Requests,
) {
    show_used(ui, &Cell::new(cell), control, used, requests);
}

fn show_used(ui: &mut Ui, cell: &Cell, control: Control, used: &Macro, requests: &mut Requests) {
    let id = |part: &str| Id::unique(("macro", control, part));
    let about = Knob {
        id: id("knob"),
        label: &used.name,
        value: used.value,
        default: used.default,
    };
    let (adjusted, text) = knob(ui, cell.knob, &about, |value| {
        let mut text = String::with_capacity(16);
        write_macro(&mut text, used, value);
        text
    });
    requests.adjust(control, adjusted.adjust);
    let (font, align) = (theme::SMALL, Align2::CENTER_CENTER);
    let name = Caption {
        text: &used.name,
        font: font.clone(),
        color: theme::TEXT,
        align,
    };
    name.show(ui, cell.name, id("name"));
    let label = ["Type ", used.name.as_str()].concat();
    let field = Entry {
        id: id("entry"),
        label: &label,
        text: &text,
        font,
        color: theme::TEXT_FAINT,
        has_well: false,
        is_enabled: true,
        opens: adjusted.wants_entry,
    };
    if let Some(value) = entry(ui, cell.value, &field, |text| read_macro(used, text)) {
        requests.adjust(control, Adjust::once(value));
    }
}

/// A macro that the project has no use for.
fn show_free(ui: &Ui, cell: &Cell, at: usize) {
    if !ui.is_rect_visible(cell.knob) {
        return;
    }
    paint_empty_knob(ui, cell.knob);
    let text = (at + 1).to_string();
    let (place, font) = (cell.knob.center(), theme::SMALL);
    ui.painter()
        .text(place, Align2::CENTER_CENTER, text, font, theme::LINE_STRONG);
}
