//! The parts that views are made of. Each draws itself into a rectangle that it is given.

mod adjust;
mod button;
mod entry;
mod fader;
pub(crate) mod icon;
mod knob;
mod meter;
mod paint;
mod pan;

pub(crate) use button::{IconButton, Toggle, button_in, button_width};
pub(crate) use entry::{Entry, entry};
pub(crate) use fader::{fader, marks};
pub(crate) use knob::{Knob, knob, paint_empty as paint_empty_knob};
pub(crate) use meter::{StripMeter, meter};
pub(crate) use paint::{FitText, focus_ring};
pub(crate) use pan::pan;

/// Rounds to the grid of the pixels, so that lines are sharp.
pub(crate) fn snapped(ui: &egui::Ui, rect: egui::Rect) -> egui::Rect {
    use egui::emath::GuiRounding as _;
    rect.round_to_pixels(ui.pixels_per_point())
}
